--- `require "curlew"` in plain Lua. A project's configuration is named curlew.lua too, and Lua looks for
--- Lua files, those of the working directory included, before it looks for C modules. This file is installed
--- where Lua looks first, and loads the C module.

local path = assert(package.searchpath("curlew", package.cpath))
return assert(package.loadlib(path, "luaopen_curlew"))("curlew", path)
