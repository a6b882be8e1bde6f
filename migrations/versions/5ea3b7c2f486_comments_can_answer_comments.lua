-- comments can answer comments
--
-- Revision ID: 5ea3b7c2f486
-- Revises: 4d92a6b1e375
-- Create Date: 2026-11-20 10:30:00

local op = require "op"
local types = op.types

local M = {
  revision = "5ea3b7c2f486",
  down_revision = "4d92a6b1e375",
  branch_labels = nil,
  depends_on = nil,
}

function M.upgrade()
  op.add_column("comments", { "answers", types.bigint })
  op.create_index("comments_by_answer", "comments", { "answers" })
end

function M.downgrade()
  op.drop_index("comments_by_answer", { table = "comments" })
  op.drop_column("comments", "answers")
end

return M
