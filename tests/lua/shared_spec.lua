--- Every Lua computes the same: tests/lua/shared.lua prints this under each of them.

local support = require "tests.lua.support"

local EXPECTED = [[
data 120 2 120 c295cc43 43285384
margin_loss 0.49010105431079865 1 -0.056494247168302536 0.9507402777671814
batch_loss all 0.73688042669338927 166939 c74e01bc
batch_loss semihard 0.37556389146377722 3767 ca408a4f
batch_loss info_nce 16.305748158726367 14280 e64f2638
batch_loss multi_similarity 3.2636100946757396 14280 94cb843d
mine 4680 4abf8ee0
trainer 41 0.82114379489350886 168 17eac43d
nearest 37 0.057267315685749054 b8be59d9
evaluate 0.97499999999999998 0.79013954579444523 120
verify 0.91801077279202281 0.2988029271364212 0.2988029271364212
loaded 41 true
resumed true
texts 0 8
bad argument #2 to 'matrix' (cols: expected an integer >= 0, got number 0.5)
bad argument #3 to 'batch_loss' (options: unknown option "margn"; did you mean margin? ]]

describe("a script in the dialect of all versions", function()
  it("prints what it prints under each", function()
    local path = os.tmpname()
    local pipe = io.popen(("%s tests/lua/shared.lua %s 2>&1"):format(support.interpreter, path))
    local output = pipe:read("*a")
    pipe:close()
    os.remove(path)
    assert.equal(EXPECTED, output:sub(1, #EXPECTED))
  end)
end)
