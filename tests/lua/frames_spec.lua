--- Where frames go natively; tests/lua/show_spec.lua is about what they are.

local support = require "tests.lua.support"

describe("frames", function()
  local folder

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
  end)

  after_each(function()
    os.execute("rm -r " .. folder)
  end)

  local function run(environment, script)
    local pipe = io.popen(("%s %s -e '%s' 2>&1"):format(environment, support.interpreter, script))
    local output = pipe:read("*a")
    pipe:close()
    return output
  end

  local function files()
    local list = {}
    for name in io.popen("ls " .. folder):lines() do
      list[#list + 1] = name
    end
    return list
  end

  it("are SVG files where TRIPLET_FRAMES names a folder", function()
    assert.equal("", run("TRIPLET_FRAMES=" .. folder, [[
      local triplet = require "triplet"
      triplet.show({ { 0, 0 }, { 1, 0 }, { 0, 1 } }, { 5, -2, 5 }, "first")
      triplet.show({ { 0, 0, 0, 1 }, { 1, 0, 2, 0 } }, { 0, 1 }, { step = 2, loss = 0.5 })]]))
    assert.same({ "frame-00001.svg", "frame-00002.svg" }, files())
    local file = assert(io.open(folder .. "/frame-00001.svg"))
    local text = file:read("*a")
    file:close()
    assert.equal("<svg ", text:sub(1, 5))
    assert.is_truthy(text:find('<text class="subtitle"[^>]*>first</text>'))
    -- Three points, and two classes in the legend.
    local _, marks = text:gsub("<use ", "")
    assert.equal(5, marks)
    assert.is_truthy(text:find(">%-2</text>") < text:find(">5</text>"))
  end)

  it("that cannot be written are an error", function()
    local output = run("TRIPLET_FRAMES=" .. folder .. "/none", 'require("triplet").show({ { 0 } }, { 0 })')
    assert.matches("none/frame%-00001.svg: No such file or directory", output)
  end)

  it("go nowhere when nobody asks and standard error is no terminal", function()
    local ask = 'print(require("triplet.progress").on_terminal(), require("triplet.frames").wanted())'
    assert.equal("false\tfalse\n", run("", ask))
    assert.equal("false\tfalse\n", run("TRIPLET_FRAMES=", ask))
    assert.equal("", run("", 'require("triplet").show({ { 0 } }, { 0 }, "words")'))
    assert.same({}, files())
  end)
end)
