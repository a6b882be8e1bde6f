-- tag posts by their titles
--
-- A data migration: a Lua function over rows.
--
-- Revision ID: 70c5d9e416a8
-- Revises: 6fb4c8d30597
-- Create Date: 2026-11-20 10:45:00

local op = require "op"

local M = {
  revision = "70c5d9e416a8",
  down_revision = "6fb4c8d30597",
  branch_labels = nil,
  depends_on = nil,
}

local words = { "curlews", "engine", "moth", "wire" }

function M.upgrade()
  local ids = {}
  for _, word in ipairs(words) do
    ids[word] = op.insert("tags", { name = word })
  end
  local conn = op.get_bind()
  for post in conn:rows("SELECT id, title FROM posts ORDER BY id") do
    for _, word in ipairs(words) do
      if post.title:lower():find(word, 1, true) then
        op.insert("post_tags", { post_id = post.id, tag_id = ids[word] })
      end
    end
  end
end

function M.downgrade()
  op.delete("post_tags", op.all)
  op.delete("tags", { name = words })
end

return M
