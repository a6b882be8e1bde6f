-- posts have slugs
--
-- A backfill: every post gets a slug that is made of its title, then the column becomes unique.
--
-- Revision ID: a3f80c1749db
-- Revises: 92e7fb0638ca
-- Create Date: 2026-11-20 11:20:00

local op = require "op"
local types = op.types

local M = {
  revision = "a3f80c1749db",
  down_revision = "92e7fb0638ca",
  branch_labels = nil,
  depends_on = nil,
}

--- "Notes on the Engine, part 1" -> "notes-on-the-engine-part-1"
local function slugify(title)
  local slug = title:lower():gsub("[^%w]+", "-"):gsub("^%-+", ""):gsub("%-+$", "")
  return slug
end

function M.upgrade()
  op.add_column("posts", { "slug", types.varchar(200) })
  for _, post in ipairs(op.get_bind():all("SELECT id, title FROM posts WHERE slug IS NULL")) do
    op.update("posts", { slug = slugify(post.title) }, { id = post.id })
  end
  op.create_index("posts_by_slug", "posts", { "slug" }, { unique = true })
end

function M.downgrade()
  op.drop_index("posts_by_slug", { table = "posts" })
  op.drop_column("posts", "slug")
end

return M
