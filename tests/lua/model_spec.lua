local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local x, labels = triplet.synthetic("rings", 90, 1, 7)

local function make(more)
  local options = { data = x, labels = labels, layers = { 8, 2 }, steps = 40, optimizer = { learning_rate = 0.01 },
                    columns = { "x", "y" }, classes = { "in", "middle", "out" } }
  for key, value in pairs(more or {}) do
    options[key] = value
  end
  return triplet.trainer(options)
end

local function advance(trainer, steps)
  local report
  for _ = 1, steps do
    report = trainer:step()
  end
  return report
end

describe("a model's bytes", function()
  it("embed as the trainer did, with its names and options", function()
    local trainer = make{ mining = "hard", margin = 0.3 }
    advance(trainer, 10)
    local loaded = assert(triplet.from_bytes(trainer:tobytes()))
    assert.equal(trainer:embed(x):tobytes(), loaded:embed(x):tobytes())
    assert.equal(trainer:tobytes(), loaded:tobytes())
    assert.same({ "x", "y" }, loaded.columns)
    assert.same({ "in", "middle", "out" }, loaded.classes)
    assert.same({ 10, 2, 2 }, { loaded.steps, loaded.dim, loaded.inputs })
    assert.same({ "hard", 0.3 }, { loaded:get("mining"), loaded:get("margin") })
    assert.equal(0.01, loaded:get("optimizer").learning_rate)
    assert.same(trainer:evaluate(), loaded:evaluate(x, labels))
  end)

  it("resume to the bit", function()
    for _, more in ipairs{ {}, { layers = {}, dim = 2 }, { optimizer = { name = "sgd", momentum = 0.9 } },
                           { validation = 0.2, evaluate_every = 4, patience = 50 } } do
      local trainer = make(more)
      advance(trainer, 13)
      local loaded = assert(triplet.from_bytes(trainer:tobytes()))
      loaded:attach(x, labels)
      local last, resumed = advance(trainer, 20), advance(loaded, 20)
      assert.same(last, resumed)
      assert.equal(trainer.parameters:tobytes(), loaded.parameters:tobytes())
      assert.equal(trainer:tobytes(), loaded:tobytes())
    end
  end)

  it("start with a safetensors header", function()
    local bytes = make():tobytes()
    local length = string.unpack("<I8", bytes)
    local header = bytes:sub(9, 8 + length)
    assert.equal("{", header:sub(1, 1))
    for _, name in ipairs{ "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias" } do
      assert.is_truthy(header:find('"' .. name .. '"', 1, true))
    end
  end)

  it("without data neither step nor evaluate", function()
    local loaded = assert(triplet.from_bytes(make():tobytes()))
    assert.is_string(failure(loaded.step, loaded))
    local missing = "(x: expected a matrix or a table of rows: this trainer has no data of its own)"
    assert.equal("bad argument #1 to 'evaluate' " .. missing, failure(loaded.evaluate, loaded))
    assert.equal("bad argument #1 to 'embed' " .. missing, failure(loaded.embed, loaded))
    assert.matches("^bad argument #1 to 'attach' %(data: ", failure(loaded.attach, loaded, { { 1, 2, 3 } }, { 1 }))
    assert.matches("^bad argument #2 to 'attach' %(labels: ", failure(loaded.attach, loaded, x, { 1 }))
  end)

  it("are refused with a message wherever they are cut or wrong", function()
    local bytes = make():tobytes()
    for length = 0, #bytes - 1, 97 do
      local loaded, message = triplet.from_bytes(bytes:sub(1, length))
      assert.is_nil(loaded)
      assert.is_true(#message > 0)
    end
    local lying = string.pack("<I8", 1 << 62) .. "{}"
    for _, wrong in ipairs{ "", "x", ("\0"):rep(8), ("\255"):rep(64), lying, bytes .. "x" } do
      local loaded, message = triplet.from_bytes(wrong)
      assert.is_nil(loaded)
      assert.is_string(message)
    end
    assert.equal("bad argument #1 to 'from_bytes' (bytes: expected a string, got nil)", failure(triplet.from_bytes))
  end)
end)
