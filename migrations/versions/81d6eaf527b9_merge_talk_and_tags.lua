-- merge talk and tags
--
-- Revision ID: 81d6eaf527b9
-- Revises: 5ea3b7c2f486, 70c5d9e416a8
-- Create Date: 2026-11-20 11:00:00

local M = {
  revision = "81d6eaf527b9",
  down_revision = { "5ea3b7c2f486", "70c5d9e416a8" },
  branch_labels = nil,
  depends_on = nil,
}

function M.upgrade() end

function M.downgrade() end

return M
