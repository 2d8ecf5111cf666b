--- Encoders, optimizers and trainers as bytes.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local x = triplet.matrix(9, 3):random(3)

--- Encoders of all kinds, by the options that make them.
local shapes = {
  { inputs = 3, layers = { 2 }, seed = 1 },
  { inputs = 3, layers = { 8, 4, 2 }, seed = 2, activation = "tanh", normalize = true },
  { inputs = 3, layers = { 5, 3 }, seed = 3, residual = true },
  { inputs = 3, layers = {}, seed = 4 },
  { inputs = 3, layers = {}, seed = 4, normalize = true },
  { inputs = 3, layers = { 4, 4 }, seed = 5, activation = "none" },
}

describe("an encoder's bytes", function()
  it("are the same encoder", function()
    for _, shape in ipairs(shapes) do
      local encoder = triplet.encoder(shape)
      encoder.parameters:random(7)
      local loaded = assert(triplet.from_bytes(encoder:tobytes()))
      assert.equal("encoder", triplet.kind(loaded))
      assert.same({ encoder.inputs, encoder.dim }, { loaded.inputs, loaded.dim })
      assert.equal(encoder.parameters:tobytes(), loaded.parameters:tobytes())
      assert.equal(encoder:forward(x):tobytes(), loaded:forward(x):tobytes())
      assert.equal(encoder:backward(encoder:forward(x)).parameters:tobytes(),
        loaded:backward(loaded:forward(x)).parameters:tobytes())
      assert.equal(encoder:tobytes(), loaded:tobytes())
    end
  end)

  it("are its parameters at that moment", function()
    local encoder = triplet.encoder(shapes[1])
    local before = encoder:tobytes()
    encoder.parameters:scale(2)
    local loaded = triplet.from_bytes(before)
    assert.equal(encoder.parameters:tobytes(), loaded.parameters:scale(2):tobytes())
    assert.equal(encoder:tobytes(), loaded:tobytes())
  end)

  it("name its layers as a model does", function()
    local bytes = triplet.encoder(shapes[2]):tobytes()
    for _, name in ipairs{ "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias" } do
      assert.is_truthy(bytes:find('"' .. name .. '"', 1, true))
    end
    local first = triplet.encoder(shapes[2])
    local weight = assert(triplet.decode_matrix(first:tobytes(), { tensor = "layers.0.weight" }))
    assert.same({ 8, 3 }, { weight.rows, weight.cols })
    assert.equal(first.parameters:get(1, 5), weight:get(2, 2))
  end)

  it("of a loaded one want forward before backward", function()
    local loaded = triplet.from_bytes(triplet.encoder(shapes[1]):tobytes())
    assert.equal("calling 'backward' before 'forward'", failure(loaded.backward, loaded, x))
  end)
end)

local rules = {
  {},
  { name = "sgd", learning_rate = 0.5 },
  { name = "sgd", momentum = 0.9, nesterov = true, weight_decay = 0.1 },
  { name = "adam", b1 = 0.5, b2 = 0.75, eps = 1e-3 },
  { name = "adamw", learning_rate = 0.25 },
}

describe("an optimizer's bytes", function()
  it("go on to the bit", function()
    for _, rule in ipairs(rules) do
      for updates = 0, 3 do
        local optimizer = triplet.optimizer(rule)
        local weights, gradient = triplet.matrix(2, 5):random(1), triplet.matrix(2, 5):random(2)
        for _ = 1, updates do
          optimizer:update(weights, gradient)
          gradient:scale(-0.7)
        end
        local loaded = assert(triplet.from_bytes(optimizer:tobytes()))
        assert.equal("optimizer", triplet.kind(loaded))
        assert.equal(updates, loaded.steps)
        for _, field in ipairs(triplet.schema("optimizer")) do
          assert.equal(optimizer:get(field.name), loaded:get(field.name))
        end
        assert.equal(optimizer:tobytes(), loaded:tobytes())
        local others = weights:copy()
        for _ = 1, 3 do
          optimizer:update(weights, gradient)
          loaded:update(others, gradient)
        end
        assert.equal(weights:tobytes(), others:tobytes())
        assert.equal(optimizer:tobytes(), loaded:tobytes())
      end
    end
  end)

  it("fix the number of parameters", function()
    local optimizer = triplet.optimizer{}
    optimizer:update(triplet.matrix(1, 3), triplet.matrix(1, 3):fill(1))
    local loaded = triplet.from_bytes(optimizer:tobytes())
    assert.equal("bad argument #1 to 'update' (parameters: expected as many as in the first update, got 1 x 4)",
      failure(loaded.update, loaded, triplet.matrix(1, 4), triplet.matrix(1, 4)))
  end)
end)

describe("the bytes of objects", function()
  local function objects()
    local trainer = triplet.trainer{ data = x, labels = { 1, 1, 1, 2, 2, 2, 3, 3, 3 }, layers = { 2 } }
    trainer:step()
    return { trainer = trainer, encoder = triplet.encoder(shapes[3]), optimizer = triplet.optimizer(rules[4]) }
  end

  it("are refused with a message wherever they are cut or wrong", function()
    for kind, object in pairs(objects()) do
      local bytes = object:tobytes()
      for length = 0, #bytes - 1, 13 do
        local loaded, message = triplet.from_bytes(bytes:sub(1, length))
        assert.is_nil(loaded, kind)
        assert.is_true(#message > 0)
      end
      assert.is_nil((triplet.from_bytes(bytes .. "x")))
    end
    local loaded, message = triplet.from_bytes(triplet.matrix(2, 2):encode("safetensors"))
    assert.is_nil(loaded)
    assert.is_string(message)
  end)

  it("change by no flipped byte into what crashes", function()
    local state = 1
    for _, object in pairs(objects()) do
      local bytes = object:tobytes()
      for _ = 1, 300 do
        state = support.next(state)
        local at = math.floor(state / 256) % #bytes + 1
        local loaded = triplet.from_bytes(bytes:sub(1, at - 1) .. string.char(state % 256) .. bytes:sub(at + 1))
        if loaded and triplet.kind(loaded) == "encoder" then
          pcall(loaded.forward, loaded, x)
        end
      end
    end
  end)
end)

describe("kind", function()
  it("names the module's objects, and nothing else", function()
    local columns, recipe = triplet.table.read("a,b\n1,x\n2,y\n", { label = "b" })
    for kind, object in pairs{
      matrix = x, memory = triplet.memory{ capacity = 1 }, encoder = triplet.encoder(shapes[1]),
      optimizer = triplet.optimizer{}, sampler = triplet.sampler{ labels = { 1, 1 } }, columns = columns,
      recipe = recipe,
    } do
      assert.equal(kind, triplet.kind(object))
    end
    assert.equal("matrix", triplet.kind(x:view(1, 2)))
    local pretender = setmetatable({}, { __name = "triplet.matrix" })
    for _, other in ipairs{ 1, "matrix", true, {}, print, io.stdout, pretender } do
      assert.is_nil(triplet.kind(other))
    end
    assert.is_nil(triplet.kind(nil))
    assert.is_nil(triplet.kind())
  end)
end)
