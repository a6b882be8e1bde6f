-- the first posts
--
-- Revision ID: 3c81f5a0d264
-- Revises: 2b7d90e4c153
-- Create Date: 2026-11-20 09:20:00

local op = require "op"

local M = {
  revision = "3c81f5a0d264",
  down_revision = "2b7d90e4c153",
  branch_labels = nil,
  depends_on = nil,
}

local authors = {
  { email = "ada@example.org", name = "Ada", role = "editor" },
  { email = "grace@example.org", name = "Grace" }, -- the role is the column's default
}

local posts = {
  ["ada@example.org"] = {
    { title = "Why curlews?", body = "Numenius means new moon." },
    { title = "Notes on the Engine, part 1", body = "It weaves algebraic patterns." },
    { title = "Notes on the Engine, part 2", body = "Just as the loom weaves flowers." },
  },
  ["grace@example.org"] = {
    { title = "A moth in the relay", body = "First actual case of a bug being found." },
    { title = "Nanoseconds: a piece of wire", body = "Thirty centimetres of it." },
  },
}

function M.upgrade()
  for _, author in ipairs(authors) do
    local id = op.insert("users", author)
    for _, post in ipairs(posts[author.email]) do
      op.insert("posts", { author_id = id, title = post.title, body = post.body })
    end
  end
end

function M.downgrade()
  op.delete("posts", op.all)
  op.delete("users", { email = { "ada@example.org", "grace@example.org" } })
end

return M
