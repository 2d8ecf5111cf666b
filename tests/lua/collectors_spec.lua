--- What tests/lua/collectors.lua finds, in a process of its own, where freed memory is made unlike what it was.

local support = require "tests.lua.support"

describe("whenever garbage is collected", function()
  it("a call of everything tells the same", function()
    local pipe = io.popen(("MALLOC_PERTURB_=165 %s tests/lua/collectors.lua 2>&1"):format(support.interpreter))
    local said = pipe:read("*a")
    pipe:close()
    local runs, same = said:gsub("[^\n]+: the same\n", "")
    assert.same({ "", 5 }, { runs, same })
  end)
end)
