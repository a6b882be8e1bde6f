-- create tags
--
-- Revision ID: 6fb4c8d30597
-- Revises: 3c81f5a0d264
-- Create Date: 2026-11-20 10:05:00

local op = require "op"
local types = op.types

local M = {
  revision = "6fb4c8d30597",
  down_revision = "3c81f5a0d264",
  branch_labels = "tags",
  depends_on = nil,
}

function M.upgrade()
  op.create_table("tags", {
    { "id", types.bigint, primary_key = true },
    { "name", types.varchar(40), nullable = false, unique = true },
  })
  op.create_table("post_tags", {
    { "post_id", types.bigint, nullable = false, references = "posts.id", ondelete = "CASCADE" },
    { "tag_id", types.bigint, nullable = false, references = "tags.id", ondelete = "CASCADE" },
    op.primary_key { "post_id", "tag_id" },
  })
end

function M.downgrade()
  op.drop_table("post_tags")
  op.drop_table("tags")
end

return M
