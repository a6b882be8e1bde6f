-- posts can be drafts
--
-- Revision ID: 92e7fb0638ca
-- Revises: 81d6eaf527b9
-- Create Date: 2026-11-20 11:10:00

local op = require "op"
local types = op.types

local M = {
  revision = "92e7fb0638ca",
  down_revision = "81d6eaf527b9",
  branch_labels = nil,
  depends_on = nil,
}

function M.upgrade()
  op.add_column("posts", { "published", types.boolean, nullable = false, server_default = false })
  op.update("posts", { published = true }, op.all) -- what stands there was public so far
end

function M.downgrade()
  op.drop_column("posts", "published")
end

return M
