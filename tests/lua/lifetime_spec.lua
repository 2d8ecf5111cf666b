--- What tests/lua/lifetime.lua finds, in a process of its own, where memory that was freed is made unlike what it was.

local support = require "tests.lua.support"

describe("objects", function()
  it("live as long as a call works with them, and are closed in the end", function()
    local path = os.tmpname()
    local pipe = io.popen(("MALLOC_PERTURB_=165 %s tests/lua/lifetime.lua %s 2>&1"):format(support.interpreter, path))
    local said = pipe:read("*a")
    pipe:close()
    os.remove(path)
    assert.matches("^%d%d%d%d+ calls, 0 failures\nclosed in the end\n$", said)
  end)

  it("live as long as threads work with them, even when a call's progress function closes the state", function()
    local script = [[
      local triplet = require "triplet"
      triplet.threads(3)
      local rows, labels = triplet.synthetic("blobs", 1000, 1, 1)
      local memory = triplet.memory{ capacity = 1000 }
      memory:push(rows, labels)
      local function call()
        triplet.nearest(rows, memory, { k = 3, progress = function()
          debug.getmetatable(memory).__close(memory)
          print("closing")
          os.exit(0, true)
        end })
      end
      if ... then
        coroutine.wrap(call)()
      end
      call()
    ]]
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    for _, argument in ipairs{ "", "coroutine" } do
      local pipe = io.popen(("%s %s %s 2>&1"):format(support.interpreter, path, argument))
      local said = pipe:read("*a")
      assert.same({ "closing\n", true }, { said, (pipe:close()) })
    end
    os.remove(path)
  end)
end)
