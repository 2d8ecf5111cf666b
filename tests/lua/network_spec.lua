local triplet = require "triplet"
local support = require "tests.lua.support"
local failure, flat, error_of = support.failure, support.flat, support.error_of

describe("encoder", function()
  local x = support.random_rows(5, 3, 1)

  --- Two layers, tanh between, in double.
  local function forward(weights, rows)
    local function dense(row, offset, inputs, outputs)
      local result = {}
      for o = 1, outputs do
        result[o] = weights[offset + inputs * outputs + o]
        for i = 1, inputs do
          result[o] = result[o] + weights[offset + (o - 1) * inputs + i] * row[i]
        end
      end
      return result
    end
    local result = {}
    for _, row in ipairs(rows) do
      local hidden = dense(row, 0, 3, 4)
      for i, value in ipairs(hidden) do
        hidden[i] = 1 - 2 / (math.exp(2 * value) + 1)
      end
      table.move(dense(hidden, 16, 4, 2), 1, 2, #result + 1, result)
    end
    return result
  end

  local function make(seed)
    return triplet.encoder{ inputs = 3, layers = { 4, 2 }, activation = "tanh", seed = seed }
  end

  it("is its layers", function()
    local encoder = make(1)
    assert.same({ 3, 2, 1, 26 }, { encoder.inputs, encoder.dim, encoder.parameters.rows, encoder.parameters.cols })
    local weights = flat(encoder.parameters)
    assert.is_true(error_of(flat(encoder:forward(x)), forward(weights, x)) <= 1e-6)
    for i = 1, 16 do
      assert.is_true(math.abs(weights[i]) <= 1 / math.sqrt(3))
    end
    assert.equal(make(1).parameters:tobytes(), encoder.parameters:tobytes())
    assert.are_not.equal(make(2).parameters:tobytes(), encoder.parameters:tobytes())
  end)

  it("differentiates: central differences of the double forward pass", function()
    local encoder = make(1)
    local weights = flat(encoder.parameters)
    encoder:forward(x)
    local upstream = support.random_rows(5, 2, 9)
    local gradient = encoder:backward(upstream)
    local function objective(list, rows)
      local sum = 0
      for i, value in ipairs(forward(list, rows)) do
        sum = sum + value * flat(upstream)[i]
      end
      return sum
    end
    local expected = {}
    for i = 1, #weights do
      local kept = weights[i]
      weights[i] = kept + 1e-5
      local above = objective(weights, x)
      weights[i] = kept - 1e-5
      expected[i] = (above - objective(weights, x)) / 2e-5
      weights[i] = kept
    end
    assert.is_true(error_of(flat(gradient.parameters), expected) <= 1e-5)
    assert.same({ 5, 3 }, { gradient.x.rows, gradient.x.cols })
  end)

  it("learns with an optimizer and a loss", function()
    local rows, labels = triplet.synthetic("moons", 64, 1, 1)
    local encoder = triplet.encoder{ inputs = 2, layers = { 16, 2 }, seed = 1 }
    local optimizer = triplet.optimizer{ learning_rate = 0.01 }
    local before = triplet.evaluate(encoder:forward(rows), labels).map_at_r
    for _ = 1, 100 do
      local r = triplet.batch_loss(encoder:forward(rows), labels, { mining = "all" })
      optimizer:update(encoder.parameters, encoder:backward(r.gradient).parameters)
    end
    assert.equal(100, optimizer.steps)
    assert.is_true(triplet.evaluate(encoder:forward(rows), labels).map_at_r > before + 0.05)
  end)

  local misuse = {
    { "#1 to 'encoder' (inputs: expected an integer in 1 .. 2147483647, got nil)",
      triplet.encoder, { layers = { 2 } } },
    { "#1 to 'encoder' (layers: expected a table of integers, got number 2)",
      triplet.encoder, { inputs = 2, layers = 2 } },
    { "#1 to 'encoder' (layers[1]: expected an integer in 1 .. 2147483647, got 0)",
      triplet.encoder, { inputs = 2, layers = { 0 } } },
    { "#1 to 'encoder' (layers: expected at most 16 widths, got 17)",
      triplet.encoder, { inputs = 2, layers = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } } },
    { "#1 to 'encoder' (seed: expected an integer >= 0, got nil)", triplet.encoder, { inputs = 2, layers = { 2 } } },
    { "#1 to 'encoder' (activation: expected one of relu|tanh|none, got \"gelu\")",
      triplet.encoder, { activation = "gelu" } },
    { "#1 to 'encoder' (options: unknown option \"width\"; known are activation, normalize, residual, inputs, layers, "
      .. "seed)", triplet.encoder, { width = 1 } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(table.unpack(case, 2, 4)))
    end)
  end

  it("goes backward only after forward", function()
    local encoder = make(1)
    assert.equal("calling 'backward' before 'forward'", failure(encoder.backward, encoder, { { 1, 2 } }))
    encoder:forward(x)
    assert.matches("^bad argument #1 to 'backward' ", failure(encoder.backward, encoder, { { 1, 2 } }))
    assert.matches("^bad argument #1 to 'forward' %(x: ", failure(encoder.forward, encoder, { { 1, 2 } }))
  end)
end)

describe("optimizer", function()
  local gradients = support.random_rows(7, 4, 3)

  --- The formulas of torch.optim, in double.
  local function torch(options, steps)
    local p, m, v = { 1, -2, 3, 0.5 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 }
    for t = 1, steps do
      for i = 1, 4 do
        local g = gradients[t][i]
        if options.name == "sgd" then
          g = g + options.weight_decay * p[i]
          m[i] = t == 1 and g or options.momentum * m[i] + g
          p[i] = p[i] - options.learning_rate * (options.nesterov and g + options.momentum * m[i] or m[i])
        else
          if options.name == "adamw" then
            p[i] = p[i] * (1 - options.learning_rate * options.weight_decay)
          else
            g = g + options.weight_decay * p[i]
          end
          m[i] = 0.9 * m[i] + 0.1 * g
          v[i] = 0.999 * v[i] + 0.001 * g * g
          p[i] = p[i] - options.learning_rate / (1 - 0.9 ^ t) * m[i] / (math.sqrt(v[i] / (1 - 0.999 ^ t)) + 1e-8)
        end
      end
    end
    return p
  end

  for _, options in ipairs{
    { name = "sgd", learning_rate = 0.1, momentum = 0, weight_decay = 0 },
    { name = "sgd", learning_rate = 0.1, momentum = 0.9, weight_decay = 0.01 },
    { name = "sgd", learning_rate = 0.1, momentum = 0.9, nesterov = true, weight_decay = 0 },
    { name = "adam", learning_rate = 0.01, weight_decay = 0 },
    { name = "adam", learning_rate = 0.01, weight_decay = 0.1 },
    { name = "adamw", learning_rate = 0.01, weight_decay = 0.1 },
  } do
    it(("is PyTorch's %s, decay %g"):format(options.name, options.weight_decay), function()
      local optimizer = triplet.optimizer(options)
      local p = triplet.matrix{ { 1, -2, 3, 0.5 } }
      for t = 1, 7 do
        optimizer:update(p, { gradients[t] })
      end
      assert.is_true(error_of(flat(p), torch(options, 7)) <= 2e-6)
    end)
  end

  it("tells and takes its numbers", function()
    local optimizer = triplet.optimizer{ name = "adamw" }
    assert.equal("adamw", optimizer:get("name"))
    assert.equal(0.001, optimizer:get("learning_rate"))
    assert.equal(0.01, optimizer:get("weight_decay"))
    optimizer:set("learning_rate", 0.5)
    assert.equal(0.5, optimizer:get("learning_rate"))
    assert.equal(0.25, triplet.optimizer{ weight_decay = 0.25, name = "adamw" }:get("weight_decay"))
  end)

  local optimizer, one = triplet.optimizer{}, triplet.matrix{ { 1, 2 } }
  optimizer:update(one, { { 0, 0 } })
  local misuse = {
    { "#1 to 'optimizer' (learning_rate: expected a finite number >= 0, got -1)",
      triplet.optimizer, { learning_rate = -1 } },
    { "#1 to 'optimizer' (b1: expected a number in [0, 1), got 1)", triplet.optimizer, { b1 = 1 } },
    { "#1 to 'optimizer' (name: expected one of sgd|adam|adamw, got \"lamb\")", triplet.optimizer, { name = "lamb" } },
    { "#1 to 'optimizer' (options: unknown option \"lr\"; known are name, learning_rate, momentum, nesterov, b1, b2, "
      .. "eps, weight_decay)", triplet.optimizer, { lr = 1 } },
    { "#1 to 'update' (parameters: expected a matrix, got table)", optimizer.update, optimizer, { { 1, 2 } } },
    { "#2 to 'update' (gradient: expected 1 x 2 like parameters, got 2 x 1)",
      optimizer.update, optimizer, one, { { 1 }, { 2 } } },
    { "#2 to 'update' (parameters: expected memory of its own, shares gradient's)",
      optimizer.update, optimizer, one, one },
    { "#1 to 'update' (parameters: expected as many as in the first update, got 1 x 1)",
      optimizer.update, optimizer, triplet.matrix(1, 1), { { 1 } } },
    { "#2 to 'set' (b2: expected a number in [0, 1), got 2)", optimizer.set, optimizer, "b2", 2 },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(table.unpack(case, 2, 5)))
    end)
  end
end)

describe("suggest_layers", function()
  it("grows with inputs and classes, between its bounds", function()
    for _, case in ipairs {
      { 1, 1, 16 }, { 16, 8, 16 }, { 17, 8, 17 }, { 16, 9, 18 }, { 64, 2, 64 }, { 65, 2, 64 }, { 1, 32, 64 },
      { 2147483647, 2147483647, 64 },
    } do
      assert.same({ 256, case[3] }, triplet.suggest_layers(case[1], case[2]))
    end
  end)

  it("gives what a trainer takes", function()
    local trainer = triplet.trainer {
      data = { { 1, 2 }, { 2, 1 }, { 5, 6 }, { 6, 5 } }, labels = { 0, 0, 1, 1 }, layers = triplet.suggest_layers(2, 2),
    }
    assert.same({ 256, 16 }, trainer:get("layers"))
    assert.equal(16, trainer.dim)
  end)

  it("refuses what is no size", function()
    for _, case in ipairs {
      { { 0, 3 }, "#1 to 'suggest_layers' (inputs: expected an integer in 1 .. 2147483647, got number 0)" },
      { { 2.5, 3 }, "#1 to 'suggest_layers' (inputs: expected an integer in 1 .. 2147483647, got number 2.5)" },
      { { 2 }, "#2 to 'suggest_layers' (classes: expected an integer in 1 .. 2147483647, got nil)" },
    } do
      assert.equal("bad argument " .. case[2], failure(triplet.suggest_layers, table.unpack(case[1])))
    end
  end)
end)
