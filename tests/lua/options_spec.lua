--- Tables as callers write them: with defaults in a metatable, and with names that are none.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local x, labels = triplet.synthetic("rings", 60, 1, 7)

--- The ways in which a table can have entries that are not its own. Each gives one that stands for `entries`.
local stand_ins = {
  ["a table"] = function(entries)
    return setmetatable({}, { __index = entries })
  end,
  ["a chain"] = function(entries)
    local first = setmetatable({}, { __index = entries })
    return setmetatable({}, { __index = setmetatable({}, { __index = first }) })
  end,
  ["a class"] = function(entries)
    local class = { __name = "Options", new = print }
    for key, value in pairs(entries) do
      class[key] = value
    end
    class.__index = class
    return setmetatable({}, class)
  end,
  ["a function"] = function(entries)
    return setmetatable({}, {
      __index = function(_, key) return entries[key] end,
      __len = function() return #entries end,
    })
  end,
  ["a proxy"] = function(entries)
    return setmetatable({}, {
      __index = function(_, key) return entries[key] end,
      __len = function() return #entries end,
      __pairs = function() return next, entries, nil end,
    })
  end,
}

--- The same of all tables in it.
local function deeply(stand_in, value)
  if type(value) ~= "table" then
    return value
  end
  local entries = {}
  for key, each in pairs(value) do
    entries[key] = deeply(stand_in, each)
  end
  return stand_in(entries)
end

--- What can be compared: matrices as their bytes.
local function plain(value)
  if type(value) == "userdata" then
    return value.tobytes and value:tobytes() or tostring(value):match("^[%w.]+")
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for key, each in pairs(value) do
    copy[key] = plain(each)
  end
  return copy
end

local rows, first = x:view(1, 6):totable(), { table.unpack(labels, 1, 6) }

--- Calls that take tables of every kind.
local calls = {
  batch_loss = { triplet.batch_loss, rows, first, {
    mining = "hard", margin = 3, distance = "squared", reduction = "none", weights = { 1, 2, 3, 4, 5, 6 },
    references = rows, reference_labels = first, reference_self = { 1, 2, 3, 4, 5, 6 }, reference_gradient = true,
  } },
  classify = { triplet.classify, rows, rows, { "a", "b", "a", { "b" }, {}, "c" }, {
    k = 2, threshold = 5, reference_self = { 1, 2, 3, 4, 5, 6 }, exclude = { { 1 }, {}, { 2, 3 }, {}, {}, { 1 } },
  } },
  decode_matrix = { triplet.decode_matrix, x:encode("npy"), { format = "npy" } },
  distances = { triplet.distances, rows, rows, { p = 1 } },
  encoder = { function(options)
    return triplet.encoder(options).parameters
  end, { inputs = 2, layers = { 3, 2 }, seed = 5 } },
  evaluate = { triplet.evaluate, rows, first, { k = { 1, 2 }, references = rows, reference_labels = first } },
  evaluate_held_out = { triplet.evaluate_held_out, rows, first, { 1, 2, 3, 4 }, { k = { 1, 2 }, seed = 3 } },
  index = { function(references, options)
    return triplet.index(references, options):nearest(rows, { k = 2 })
  end, rows, { distance = "squared" } },
  index_nearest = { function(queries, options)
    return triplet.index(rows):nearest(queries, options)
  end, rows, { k = 2, exclude = { { 1 }, {}, { 2, 3, 4, 5, 6 }, {}, {}, { 1 } } } },
  indexed_loss = { triplet.indexed_loss, rows, { anchors = { 1 }, positives = { 2 }, negatives = { 3 } },
                   { margin = 7, margins = { 8 } } },
  margin_loss = { triplet.margin_loss, rows, rows, rows, { grad_output = 2, margin = 5 } },
  matrix = { triplet.matrix, rows },
  memory = { function(options)
    local memory = triplet.memory(options)
    memory:push(rows, first)
    return #memory
  end, { capacity = 4 } },
  mine = { triplet.mine, rows, first, { mining = "random", seed = 9 } },
  nearest = { triplet.nearest, rows, rows, { k = 2, exclude = { { 1 }, {}, { 2, 3, 4, 5, 6 }, {}, {}, { 1 } } } },
  optimizer = { function(options)
    return triplet.optimizer(options):get("momentum")
  end, { name = "sgd", momentum = 0.5 } },
  pair_slopes = { triplet.pair_slopes, rows, first, {
    margin = 2, weights = { 1, 2, 3, 4, 5, 6 }, references = rows, reference_labels = first,
    reference_self = { 1, 2, 3, 4, 5, 6 },
  } },
  principal_axes = { triplet.principal_axes, rows, { count = 1 } },
  project = { triplet.project, rows, { mean = { 1, 2 }, axes = { { 1, 0 } } } },
  reach = { triplet.reach, { margin = 3 }, 1 },
  ring = { triplet.ring, { 1, 2 }, { { 1, 0 }, { 0, 1 } }, 0.5, { p = 1, sphere = true } },
  sampler = { function(options)
    return triplet.sampler(options):next()
  end, { labels = first, classes_per_batch = 2, rows_per_class = 2, seed = 3, sampler = "epoch" } },
  select = { function(indices)
    return x:select(indices)
  end, { 3, 1, 2 } },
  split = { triplet.split, first, 0.5, 1 },
  standardize = { triplet.standardize, rows, { mean = { 1, 2 }, deviation = { 3, 4 } } },
  trainer = { function(options, changes)
    local trainer = triplet.trainer(options)
    trainer:set("optimizer", changes)
    trainer:run()
    return { trainer:tobytes(), trainer.classes, trainer:evaluate(rows, first, { k = { 1 } }) }
  end, {
    data = rows, labels = first, layers = { 3, 2 }, optimizer = { name = "adamw", learning_rate = 0.5 }, steps = 3,
    classes = { "a", "b", "c" }, columns = { "x", "y" },
  }, { learning_rate = 0.25 } },
  trainer_of_pairs = { function(options)
    local trainer = triplet.trainer(options)
    trainer:run()
    return { trainer:tobytes(), trainer:evaluate() }
  end, {
    data = rows, references = rows, layers = { 2 }, residual = true, adapt = "queries", steps = 3, loss = "info_nce",
    classes_per_batch = 2, rows_per_class = 2,
  } },
  verify = { triplet.verify, rows, first, {
    far = { 0.1, 0.5 }, curve = 5, threshold = 1, references = rows, reference_labels = first,
    reference_self = { 1, 2, 3, 4, 5, 6 }, most_pairs = 3, seed = 2,
  } },
  verify_pairs = { triplet.verify_pairs, rows, rows, { true, false, true, 1, 0, 1 }, {
    far = { 0 }, distance = "dot",
  } },
}

describe("tables", function()
  for how, stand_in in pairs(stand_ins) do
    for name, call in pairs(calls) do
      it("of " .. name .. " may have their entries from " .. how, function()
        local wrapped = { call[1] }
        for i = 2, #call do
          wrapped[i] = deeply(stand_in, call[i])
        end
        assert.same(plain{ call[1](table.unpack(call, 2)) }, plain{ call[1](table.unpack(wrapped, 2)) })
      end)
    end
  end

  it("of earlier results may stand for others", function()
    for _, stand_in in pairs(stand_ins) do
      local result = triplet.batch_loss(x, labels, { mining = "hard", reduction = "none" })
      local loss, gradient = result.loss, result.gradient
      local out = stand_in(result)
      local again = triplet.batch_loss(x, labels, { mining = "semihard", reduction = "none", out = out })
      local expected = triplet.batch_loss(x, labels, { mining = "semihard", reduction = "none" })
      assert.equal(out, again)
      assert.is_true(rawequal(gradient, again.gradient) and rawequal(loss, again.loss))
      assert.same(plain{ expected.loss, expected.gradient, expected.stats },
                  plain{ again.loss, again.gradient, again.stats })
    end
  end)

  it("are as long as their own entries where they have some", function()
    local list = setmetatable({ 1, 2 }, { __index = function() return 0 end })
    assert.same({ 2, 2 }, { x:select(list).rows, x:select(setmetatable({}, { __index = list })).rows })
    for length, message in pairs{
      [-1] = "number -1", [1.5] = "number 1.500000", many = "string \"many\"",
    } do
      local told = setmetatable({}, { __len = function() return length end })
      assert.equal("bad argument #1 to 'select' (indices: expected a length that is an integer >= 0, got "
        .. (message:gsub("0+$", "")) .. ")", failure(x.select, x, told))
    end
    assert.equal("not enough memory", failure(x.select, x, setmetatable({}, { __len = function()
      return math.maxinteger
    end })))
  end)

  local unknown = "bad argument #3 to 'distances' %(options: unknown option \"margn\"; known are "
  local far = { margn = 1 }
  for _ = 1, 1000 do
    far = setmetatable({}, { __index = far })
  end
  for name, options in pairs{
    ["the table itself"] = setmetatable({ margn = 1 }, { __index = { p = 1 } }),
    ["one it inherits from"] = setmetatable({ p = 1 }, { __index = { margn = 1 } }),
    ["one up the chain"] = stand_ins["a chain"]{ margn = 1 },
    ["one a thousand tables up"] = far,
    ["a class"] = stand_ins["a class"]{ margn = 1 },
    ["what pairs gives"] = stand_ins["a proxy"]{ margn = 1 },
  } do
    it("have no unknown option in " .. name, function()
      assert.matches("^" .. unknown, failure(triplet.distances, x, x, options))
    end)
  end

  it("have no unknown option in tables inside, nor other keys", function()
    local optimizer = setmetatable({}, { __index = { lr = 1 } })
    assert.matches("^bad argument #1 to 'trainer' %(optimizer.options: unknown option \"lr\"; ",
                   failure(triplet.trainer, { data = x, labels = labels, optimizer = optimizer }))
    assert.equal("bad argument #3 to 'distances' (options: expected names as keys, got number 1)",
                 failure(triplet.distances, x, x, setmetatable({}, { __index = { 2 } })))
    assert.matches("options: unknown option \"__index\"", failure(triplet.distances, x, x, { __index = { p = 1 } }))
  end)

  it("pass on what their metamethods raise", function()
    local raises = setmetatable({}, { __index = function(_, key) error("no " .. key, 0) end })
    assert.equal("no convention", failure(triplet.distances, x, x, raises))
    assert.equal("no 1", failure(x.select, x, setmetatable({}, { __len = function() return 1 end,
      __index = function(_, key) error("no " .. key, 0) end })))
    local trainer = triplet.trainer{ data = x, labels = labels, layers = { 2 } }
    local before = trainer:tobytes()
    assert.equal("no name", failure(trainer.set, trainer, "optimizer", raises))
    assert.equal(before, trainer:tobytes())
  end)

  it("that refer to themselves are told", function()
    local loop = {}
    setmetatable(loop, { __index = loop })
    local message = failure(triplet.distances, x, x, loop) -- Lua's own
    assert.truthy(message:find("chain too long") or message:find("loop in gettable"), message)
  end)
end)

describe("options that play no part", function()
  local few = { data = x, labels = labels }
  local function with(options)
    return setmetatable(options, { __index = few })
  end

  for expected, call in pairs{
    ["#4 to 'margin_loss' (p: belongs to distance = \"minkowski\", got distance = \"squared\")"] = {
      triplet.margin_loss, x, x, x, { distance = "squared", p = 3 } },
    ["#4 to 'margin_loss' (eps: belongs to convention = \"torch\" or \"optax\", got convention = \"exact\")"] = {
      triplet.margin_loss, x, x, x, { convention = "exact", eps = 1 } },
    ["#3 to 'indexed_loss' (eps: belongs to distance = \"minkowski\", got distance = \"cosine\")"] = {
      triplet.indexed_loss, x, { anchors = { 1 }, positives = { 2 }, negatives = { 3 } },
      { distance = "cosine", eps = 1 } },
    ["#3 to 'batch_loss' (fallback: belongs to mining = \"semihard\" or \"easy_positive\", got mining = \"all\")"] = {
      triplet.batch_loss, x, labels, { fallback = "farthest" } },
    ["#3 to 'batch_loss' (seed: belongs to mining = \"distance_weighted\" or \"random\", got mining = \"hard\")"] = {
      triplet.batch_loss, x, labels, { seed = 1, mining = "hard" } },
    ["#3 to 'mine' (seed: belongs to mining = \"distance_weighted\" or \"random\", got mining = \"semihard\")"] = {
      triplet.mine, x, labels, { mining = "semihard", seed = 1 } },
    ["#3 to 'distances' (convention: belongs to distance = \"minkowski\", got distance = \"cosine\")"] = {
      triplet.distances, x, x, { distance = "cosine", convention = "torch" } },
    ["#3 to 'nearest' (eps: belongs to convention = \"torch\" or \"optax\", got convention = \"exact\")"] = {
      triplet.nearest, x, x, { k = 1, eps = 1 } },
    ["#4 to 'classify' (eps: belongs to convention = \"torch\" or \"optax\", got convention = \"exact\")"] = {
      triplet.classify, x, x, labels, { eps = 1 } },
    ["#3 to 'verify' (p: belongs to distance = \"minkowski\", got distance = \"squared\")"] = {
      triplet.verify, x, labels, { distance = "squared", p = 1 } },
    ["#4 to 'verify_pairs' (convention: belongs to distance = \"minkowski\", got distance = \"dot\")"] = {
      triplet.verify_pairs, x, x, {}, { distance = "dot", convention = "torch" } },
    ["#1 to 'trainer' (residual: belongs to layers > 0, got 0)"] = { triplet.trainer, with{ residual = true } },
    ["#1 to 'encoder' (residual: belongs to layers > 0, got 0)"] = {
      triplet.encoder, { inputs = 2, layers = {}, seed = 1, residual = true } },
    ["#3 to 'evaluate' (p: belongs to distance = \"minkowski\", got distance = \"squared\")"] = {
      triplet.evaluate, x, labels, { distance = "squared", p = 1 } },
    ["#4 to 'evaluate_held_out' (p: belongs to distance = \"minkowski\", got distance = \"squared\")"] = {
      triplet.evaluate_held_out, x, labels, { 1 }, { distance = "squared", p = 1 } },
    ["#1 to 'optimizer' (momentum: belongs to name = \"sgd\", got name = \"adam\")"] = {
      triplet.optimizer, { momentum = 0.5 } },
    ["#1 to 'optimizer' (nesterov: belongs to name = \"sgd\", got name = \"adamw\")"] = {
      triplet.optimizer, { nesterov = true, name = "adamw" } },
    ["#1 to 'optimizer' (b1: belongs to name = \"adam\" or \"adamw\", got name = \"sgd\")"] = {
      triplet.optimizer, { name = "sgd", b1 = 0.5 } },
    ["#1 to 'optimizer' (b2: belongs to name = \"adam\" or \"adamw\", got name = \"sgd\")"] = {
      triplet.optimizer, { name = "sgd", b2 = 0.5 } },
    ["#1 to 'optimizer' (eps: belongs to name = \"adam\" or \"adamw\", got name = \"sgd\")"] = {
      triplet.optimizer, { name = "sgd", eps = 0.5 } },
    ["#1 to 'encoder' (activation: belongs to layers > 1, got 1)"] = {
      triplet.encoder, { inputs = 2, layers = { 2 }, seed = 1, activation = "tanh" } },
    ["#1 to 'trainer' (activation: belongs to layers > 1, got 1)"] = {
      triplet.trainer, with{ layers = { 2 }, activation = "tanh" } },
    ["#1 to 'trainer' (dim: belongs to layers = 0, got 1)"] = { triplet.trainer, with{ dim = 3, layers = { 2 } } },
    ["#1 to 'trainer' (standardize: belongs to layers > 0, got 0)"] = { triplet.trainer, with{ standardize = false } },
    ["#1 to 'trainer' (evaluate_every: belongs to validation > 0, got 0)"] = {
      triplet.trainer, with{ evaluate_every = 1 } },
    ["#1 to 'trainer' (patience: belongs to validation > 0, got 0)"] = { triplet.trainer, with{ patience = 1 } },
    ["#1 to 'trainer' (optimizer.momentum: belongs to name = \"sgd\", got name = \"adam\")"] = {
      triplet.trainer, with{ optimizer = { momentum = 0.5 } } },
  } do
    it("are refused: " .. expected, function()
      assert.equal("bad argument " .. expected, failure(table.unpack(call, 1, 5)))
      local options = call[#call]
      call[#call] = setmetatable({}, { __index = options }) -- from elsewhere, too
      assert.equal("bad argument " .. expected, failure(table.unpack(call, 1, 5)))
    end)
  end

  it("are taken where they play one, and where they say what holds anyway", function()
    triplet.margin_loss(x, x, x, { distance = "squared", p = 2, eps = 1e-6 })
    triplet.margin_loss(x, x, x, { p = 3, eps = 1 })
    triplet.batch_loss(x, labels, { fallback = "farthest", mining = "easy_positive" })
    triplet.batch_loss(x, labels, { fallback = "skip", seed = 0 })
    triplet.batch_loss(x, labels, { seed = 1, mining = "random" })
    triplet.optimizer{ momentum = 0.5, nesterov = true, name = "sgd" }
    triplet.optimizer{ momentum = 0, b1 = 0.5, weight_decay = 0.5 }
    triplet.encoder{ inputs = 2, layers = { 3, 2 }, seed = 1, activation = "tanh" }
    triplet.trainer(with{ dim = 3, standardize = true, activation = "relu" })
    triplet.trainer(with{ layers = { 2 }, standardize = false, validation = 0.5, patience = 1, evaluate_every = 2 })
  end)

  it("may come into what lives", function()
    local trainer = triplet.trainer(with{ layers = { 2 }, p = 3, validation = 0.5, patience = 2 })
    trainer:set("distance", "cosine")
    trainer:set("p", 1)
    trainer:set("fallback", "farthest")
    trainer:set("optimizer", { momentum = 0.5 })
    assert.equal(1, triplet.from_bytes(trainer:tobytes()):get("p"))
    assert.matches("#3 to 'evaluate' %(p: belongs to distance = \"minkowski\"",
                   failure(trainer.evaluate, trainer, x, labels, { p = 3 }))
    trainer:evaluate(x, labels, { p = 3, distance = "minkowski" })
    local optimizer = triplet.optimizer{ name = "sgd", momentum = 0.5 }
    optimizer:set("name", "adam")
    assert.equal(0.5, triplet.trainer(with{ optimizer = optimizer }):get("optimizer").momentum)
  end)

  it("are described", function()
    local belongs = {}
    for _, field in ipairs(triplet.schema("trainer")) do
      belongs[field.name] = field.belongs
      assert.matches("^%u", field.help)
    end
    assert.equal("loss=triplet,mining=semihard|easy_positive/negatives=semihard", belongs.fallback)
    assert.equal("distance=minkowski,convention=torch|optax", belongs.eps)
    assert.equal("loss=triplet", belongs.margin)
    assert.is_nil(belongs.reduction)
  end)
end)

describe("texts with zeros", function()
  local trainer = triplet.trainer{ data = x, labels = labels, layers = { 2 } }
  local optimizer = triplet.optimizer{}
  for expected, call in pairs{
    ["#4 to 'margin_loss' (options: expected names without zero bytes as keys, got one that begins \"margin\")"] = {
      triplet.margin_loss, x, x, x, { ["margin\0x"] = 1 } },
    ["#1 to 'trainer' (optimizer: expected names without zero bytes as keys, got one that begins \"name\")"] = {
      triplet.trainer, { data = x, labels = labels, optimizer = { ["name\0"] = "sgd" } } },
    ["#3 to 'batch_loss' (mining: expected a string without zero bytes, got some)"] = {
      triplet.batch_loss, x, labels, { mining = "hard\0x" } },
    ["#1 to 'get' (key: expected a string without zero bytes, got some)"] = { trainer.get, trainer, "margin\0x" },
    ["#1 to 'set' (key: expected a string without zero bytes, got some)"] = { trainer.set, trainer, "margin\0", 1 },
    ["#2 to 'set' (mining: expected a string without zero bytes, got some)"] = {
      trainer.set, trainer, "mining", "all\0",
    },
    ["#2 to 'set' (name: expected a string without zero bytes, got some)"] = {
      optimizer.set, optimizer, "name", "sgd\0",
    },
    ["#1 to 'trainer' (optimizer.name: expected a string without zero bytes, got some)"] = {
      triplet.trainer, { data = x, labels = labels, optimizer = { name = "sgd\0" } } },
    ["#1 to 'trainer' (classes[2]: expected a string without zero bytes, got some)"] = {
      triplet.trainer, { data = x, labels = labels, classes = { "a", "b\0" } } },
    ["#1 to 'synthetic' (kind: expected a string without zero bytes, got some)"] = {
      triplet.synthetic, "rings\0", 3, 1, 1,
    },
    ["#4 to 'split' (hold_out: expected a string without zero bytes, got some)"] = {
      triplet.split, labels, 0.5, 1, "rows\0" },
    ["#1 to 'schema' (name: expected a string without zero bytes, got some)"] = { triplet.schema, "mine\0" },
    ["#1 to 'instruction_set' (name: expected a string without zero bytes, got some)"] = {
      triplet.instruction_set, triplet.instruction_set() .. "\0" },
  } do
    it("are refused: " .. expected, function()
      assert.equal("bad argument " .. expected, failure(table.unpack(call, 1, 6)))
    end)
  end
end)

describe("fields", function()
  local columns, recipe = triplet.table.read("x,y,kind\n0,1,a\n2,3,b\n", { label = "kind" })
  local objects = {
    matrix = triplet.matrix(2, 2),
    memory = triplet.memory{ capacity = 3 },
    encoder = triplet.encoder{ inputs = 2, layers = { 2 }, seed = 1 },
    index = triplet.index { { 1, 2 } },
    optimizer = triplet.optimizer{},
    sampler = triplet.sampler{ labels = { 1, 1, 2 } },
    trainer = triplet.trainer{
      data = recipe:matrix(columns), labels = columns.labels, layers = { 2 }, recipe = recipe,
    },
    columns = columns,
    recipe = recipe,
  }

  objects.trainer.threshold = 1
  objects.trainer:keep_rows({ { 1, 2 } }, { 0 })

  for kind, methods in pairs(triplet.methods) do
    local object = objects[kind]
    if object then
      it("of a triplet." .. kind .. " are those that it has", function()
        local names = {}
        for _, list in pairs{ methods, triplet.properties[kind] } do
          for name in pairs(list) do
            names[#names + 1] = name
            assert.is_not_nil(object[name])
          end
        end
        table.sort(names)
        local has = (": it has %s"):format(table.concat(names, ", "))
        assert.equal("triplet." .. kind .. " has no field 'foo'" .. has, failure(function() return object.foo end))
        local message = failure(function() object.foo = 1 end)
        assert.equal("triplet." .. kind .. " does not let you set field 'foo'" .. has, message)
        assert.is_false(pcall(function() return object[1] end))
        assert.is_nil(object.__pairs)
        assert.matches("^triplet." .. kind, tostring(object))
      end)
    end
  end

  it("of strangers are not read", function()
    for kind, properties in pairs(triplet.properties) do
      for name, property in pairs(properties) do
        for _, stranger in ipairs{ 1, io.stdout, "x" } do
          local message = ("calling '%s' on bad self (expected a triplet.%s, got "):format(name, kind)
          assert.equal(message, failure(property, stranger):sub(1, #message))
        end
      end
    end
  end)
end)
