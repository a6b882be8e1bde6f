-- create posts
--
-- Revision ID: 2b7d90e4c153
-- Revises: 1f0a6c2e9b41
-- Create Date: 2026-11-20 09:10:00

local op = require "op"
local types = op.types

local M = {
  revision = "2b7d90e4c153",
  down_revision = "1f0a6c2e9b41",
  branch_labels = nil,
  depends_on = nil,
}

function M.upgrade()
  op.create_table("posts", {
    { "id", types.bigint, primary_key = true },
    { "author_id", types.bigint, nullable = false, references = "users.id", ondelete = "CASCADE" },
    { "title", types.varchar(200), nullable = false },
    { "body", types.text, nullable = false },
    { "created_at", types.timestamp, nullable = false, server_default = op.sql "CURRENT_TIMESTAMP" },
    op.check("length(title) > 0", { name = "post_has_a_title" }),
  })
  op.create_index("posts_by_author", "posts", { "author_id", "created_at" })
end

function M.downgrade()
  op.drop_table("posts")
end

return M
