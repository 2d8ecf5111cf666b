--- Each version has words of its own: a script in the dialect of the Lua that runs this prints what those of all others
--- print in theirs.

local support = require "tests.lua.support"

local EXPECTED = table.concat({
  "rows\t60\t14c6d4a0",
  "loss\t1.1128664733928324 28154\t066e837a",
  "run\t20 210\tae5cc425",
  "classes\téén\ttwee\t三",
  "near\t2\t11\t58",
  "refused\tbad argument #3 to 'mine' (seed: expected an integer in 0 .. 9007199254740991, got 0.5)",
  "",
}, "\n")

it("a script in a dialect prints what those in the others print", function()
  local interpreter = support.interpreter
  local pipe = io.popen(("%s tests/lua/dialects/%s.lua 2>&1"):format(interpreter, interpreter:match("[^/]+$")))
  local output = pipe:read("*a")
  pipe:close()
  assert.equal(EXPECTED, output)
end)
