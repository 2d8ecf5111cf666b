--- table.unpack, by the name it has in this Lua.
return table.unpack or unpack -- luacheck: ignore 113 143
