--- What tests/lua/tampering.lua does, in a process of its own, where freed memory is made unlike what it was.

local support = require "tests.lua.support"

describe("strangers, metamethods by hand and lost metatables", function()
  it("are refused, and break nothing", function()
    local pipe = io.popen(("folder=$(mktemp -d); MALLOC_PERTURB_=165 %s tests/lua/tampering.lua $folder 2>&1 "
      .. "| tail -n 20; rm -r $folder"):format(support.interpreter))
    local said = pipe:read("*a")
    pipe:close()
    assert.equal("works on\n", said)
  end)
end)
