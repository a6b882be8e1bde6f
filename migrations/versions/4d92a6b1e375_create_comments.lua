-- create comments
--
-- Revision ID: 4d92a6b1e375
-- Revises: 3c81f5a0d264
-- Create Date: 2026-11-20 10:00:00

local op = require "op"
local types = op.types

local M = {
  revision = "4d92a6b1e375",
  down_revision = "3c81f5a0d264",
  branch_labels = "talk",
  depends_on = nil,
}

function M.upgrade()
  op.create_table("comments", {
    { "id", types.bigint, primary_key = true },
    { "post_id", types.bigint, nullable = false, references = "posts.id", ondelete = "CASCADE", index = true },
    { "name", types.varchar(80), nullable = false },
    { "body", types.text, nullable = false },
  })
end

function M.downgrade()
  op.drop_table("comments")
end

return M
