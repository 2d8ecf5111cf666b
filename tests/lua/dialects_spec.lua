--- Each version has words of its own: a script in the dialect of the Lua that runs this prints what those of all others
--- print in theirs.

local support = require "tests.lua.support"

local EXPECTED = [[
rows	60	14c6d4a0
loss	1.1128664733928324 28154	066e837a
run	20 210	ae5cc425
classes	één	twee	三
near	2	11	58
refused	bad argument #3 to 'mine' (seed: expected an integer in 0 .. 9007199254740991, got 0.5)
]]

it("a script in a dialect prints what those in the others print", function()
  local interpreter = support.interpreter
  local pipe = io.popen(("%s tests/lua/dialects/%s.lua 2>&1"):format(interpreter, interpreter:match("[^/]+$")))
  local output = pipe:read("*a")
  pipe:close()
  assert.equal(EXPECTED, output)
end)
