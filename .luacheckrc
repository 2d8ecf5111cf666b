std = "min" -- what Lua 5.1 to 5.4 and LuaJIT share
max_line_length = 120
files["tests"] = { std = "lua54" }
files["tests/lua"] = { std = "lua54+busted" }
-- The annotations declare functions that nobody calls, for editors to read.
files["lua/library"] = { ignore = { "211", "212", "241" } }
exclude_files = { "tests/lua/dialects" } -- what each version has of its own, environments among it
