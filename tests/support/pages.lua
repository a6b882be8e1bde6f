--- Pages of the documentation, tried as they are printed: a block of Lua or C whose first line is a comment with a file's
--- name is written to that file, and the lines of a shell block are run, in the order of the page.

local e2e = require "support.e2e"
local process = require "support.process"

local M = {}

--- The blocks of a page: { language =, text =, file = }.
---@param path string
---@return table[]
function M.blocks(path)
  local list = {}
  for language, text in ("\n" .. e2e.read(path)):gmatch("\n```(%l+)\n(.-)\n```") do
    local file, rest = text:match("^%-%- ([%w_./]+%.lua)\n(.*)$")
    if language == "c" then file = text:match("^/%* ([%w_./-]+%.c) %*/\n") end
    list[#list + 1] = { language = language, text = rest or text, file = file }
  end
  return list
end

--- Writes all files of a page into a folder, then runs its commands in one shell. Returns what process.run
--- returns, and how many files and blocks of commands there were.
---@param path string
---@param folder string
---@param before string? shell text that is run first
---@return table result
---@return integer files
---@return integer shells
function M.try(path, folder, before)
  local bin = e2e.bin:match("^/") and e2e.bin or (process.capture("pwd"):gsub("\n", "") .. "/" .. e2e.bin)
  local files, shells = 0, 0
  local script = {
    "set -e", "unset DATABASE_URL CURLEW_CONFIG", "cd " .. process.quote(folder),
    "curlew() { echo \"\\$ curlew $*\" >&2; " .. process.quote(bin) .. " \"$@\"; }",
  }
  script[#script + 1] = before
  for _, block in ipairs(M.blocks(path)) do
    if block.file then
      files = files + 1
      e2e.write(folder .. "/" .. block.file, block.text .. "\n")
    elseif block.language == "sh" then
      shells = shells + 1
      script[#script + 1] = block.text
    end
  end
  e2e.write(folder .. "/page.sh", table.concat(script, "\n"))
  return process.run("bash", { folder .. "/page.sh", cwd = folder }), files, shells
end

return M
