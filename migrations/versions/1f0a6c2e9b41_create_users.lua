-- create users
--
-- Revision ID: 1f0a6c2e9b41
-- Revises:
-- Create Date: 2026-11-20 09:00:00

local op = require "op"
local types = op.types

local M = {
  revision = "1f0a6c2e9b41",
  down_revision = nil,
  branch_labels = nil,
  depends_on = nil,
}

function M.upgrade()
  op.create_table("users", {
    { "id", types.bigint, primary_key = true },
    { "email", types.varchar(120), nullable = false, unique = true },
    { "name", types.varchar(80), nullable = false },
    { "role", types.varchar(20), nullable = false, server_default = "author" },
    { "created_at", types.timestamp, nullable = false, server_default = op.sql "CURRENT_TIMESTAMP" },
  })
end

function M.downgrade()
  op.drop_table("users")
end

return M
