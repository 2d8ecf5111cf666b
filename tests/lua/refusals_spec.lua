-- What is refused that no other spec has: calls on what is none of theirs, outputs that share memory, names there are
-- none of.
local support = require "tests.lua.support"
local triplet = require "triplet"

local failure = support.failure
local x = triplet.matrix{ { 1, 2 }, { 3, 5 }, { 2, 1 }, { 0, 4 } }
local labels = { 1, 1, 2, 2 }

describe("misuse", function()
  it("of schema names what came", function()
    assert.equal("bad argument #1 to 'schema' (name: expected a function that takes options, got string \"x\")",
                 failure(triplet.schema, "x"))
  end)

  it("of outputs that are the same memory is told before anything is written", function()
    local one, other = triplet.matrix(4, 2), triplet.matrix(4, 2)
    local out = { gradients = { anchors = one, positives = other, negatives = one } }
    assert.equal("bad argument #4 to 'margin_loss' (out.gradients.negatives: expected memory of its own, " ..
                 "shares out.gradients.anchors's)", failure(triplet.margin_loss, x, x, x, { out = out }))
    assert.same({ { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } }, one:totable())
  end)

  it("of grad_output tells what is no number", function()
    assert.equal("bad argument #4 to 'margin_loss' (grad_output: expected a finite number, got number nan)",
                 failure(triplet.margin_loss, x, x, x, { grad_output = 0 / 0 }))
    assert.equal("bad argument #4 to 'margin_loss' (grad_output: expected a finite number, got number inf)",
                 failure(triplet.margin_loss, x, x, x, { grad_output = math.huge }))
  end)

  it("of a view is that of memory which cannot be", function()
    local pointer = x:pointer()
    assert.matches("^a matrix of 1073741824 x %d+ does not fit in memory$",
                   failure(triplet.matrix.over, pointer, 2 ^ 30, 2 ^ 32)) -- fewer where memory has 32 bits
  end)

  it("of a table's export is its own", function()
    local table = triplet.trainer{ data = x, labels = labels, layers = {}, dim = 2 }
    assert.equal("calling 'export' on bad self (layers: expected at least 1 to export, got 0: a free table has no " ..
                 "encoder)", failure(table.export, table, "x.onnx"))
  end)
end)

describe("a result", function()
  it("with a metatable is written to as any other", function()
    local plain = triplet.margin_loss(x, x:select{ 2, 3, 4, 1 }, x:select{ 3, 4, 1, 2 })
    local out = setmetatable({ gradients = setmetatable({}, {}) }, {})
    local got = triplet.margin_loss(x, x:select{ 2, 3, 4, 1 }, x:select{ 3, 4, 1, 2 }, { out = out })
    assert.equal(out, got)
    got = triplet.margin_loss(x, x:select{ 2, 3, 4, 1 }, x:select{ 3, 4, 1, 2 }, { out = got })
    assert.equal(plain.loss, got.loss)
    assert.equal(plain.gradients.negatives:tobytes(), got.gradients.negatives:tobytes())
  end)
end)

describe("a memory", function()
  it("that its own labels change while they are read is told of", function()
    local memory = triplet.memory{ capacity = 8 }
    memory:push(x, { "a", "a", "b", "b" })
    local changing = setmetatable({}, { __len = function() return 4 end, __index = function(_, i)
      memory:clear()
      return type(i) == "number" and "a" or nil
    end })
    assert.equal("labels: the memory was changed in the middle of 'push'", failure(memory.push, memory, x, changing))
    assert.equal(0, #memory)
    memory:push(x, labels)
    assert.equal(4, #memory)
  end)
end)

describe("the best weights", function()
  it("come back at any time", function()
    local rows, kinds = {}, {}
    for i = 1, 16 do
      rows[i], kinds[i] = { i % 5, i % 3 }, i % 2
    end
    local trainer = triplet.trainer{ data = rows, labels = kinds, layers = { 2 }, validation = 0.5,
                                     evaluate_every = 3, steps = 3 }
    trainer:run()
    local best = trainer.parameters:tobytes()
    trainer:step()
    assert.not_equal(best, trainer.parameters:tobytes())
    trainer:restore_best()
    assert.equal(best, trainer.parameters:tobytes())
  end)
end)
