std = "lua54"
max_line_length = 120
files["tests/lua"] = { std = "+busted" }
-- The annotations declare functions that nobody calls, for editors to read.
files["lua/library"] = { ignore = { "211", "212", "241" } }
