-- Lua 5.4 everywhere; unused arguments named _x are on purpose.
std = "lua54"
max_line_length = 130 -- aim at 100
max_string_line_length = false
self = false -- methods of a class share their form, whether they need self or not
cache = true
ignore = { "212/_.*" }
exclude_files = { "build", "lua/_meta" }

files["tests"] = { std = "+busted", max_line_length = 200 } -- tables of cases
