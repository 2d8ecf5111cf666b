-- What the service of nearest rows is to answer, as plain Lua has it: a line for each request, of the body, the status
-- and the answer, with tabs between them. lua5.4 tests/places/answers.lua MODEL

package.path = "lua/places/nginx/?.lua;" .. package.path
local service = require "service"

service.load(arg[1])

local bodies = {
  "[5.1, 3.5, 1.4]", "[]", "", "[1, 2, true, 4]", '{"x": 1}', "[1e300, 2, 3, 4]", "[9, 9, 9, 9]", "4.9 3.0 1.4 0.2",
}
for line in io.lines("tests/data/iris.csv") do
  local vector = line:match("^([%d.,]+),%a+$")
  bodies[#bodies + 1] = vector and "[" .. vector:gsub(",", ", ") .. "]"
end
for _, body in ipairs(bodies) do
  print(("%s\t%d\t%s"):format(body, service.answer(body)))
end
