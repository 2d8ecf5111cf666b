--- Trainers of pairs: queries that learn to find their references, with labels or without.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local queries = triplet.matrix(60, 5):random(1)
local references = triplet.matrix(60, 5):random(2):scale(0.4):add(queries)

local function make(more)
  local options = {
    data = queries, references = references, layers = { 5 }, residual = true, standardize = false, loss = "info_nce",
    classes_per_batch = 2, rows_per_class = 6, steps = 30, optimizer = { learning_rate = 0.01 },
  }
  for key, value in pairs(more or {}) do
    options[key] = value
  end
  return triplet.trainer(options)
end

local function numbers(count)
  local list = {}
  for i = 1, count do
    list[i] = i
  end
  return list
end

--- Rows scaled to length 1.
local function normalized(rows)
  local encoder = triplet.encoder{ inputs = rows.cols, layers = {}, normalize = true, seed = 1 }
  return encoder:forward(rows)
end

describe("a trainer of pairs", function()
  it("begins as the identity, and takes the loss of queries against references", function()
    for _, adapt in ipairs{ "both", "queries" } do
      local trainer = make{ adapt = adapt }
      assert.equal(queries:tobytes(), trainer:embed():tobytes())
      local report = trainer:step()
      local batch = trainer.last_batch
      assert.equal(12, #batch)
      local expected = triplet.batch_loss(queries:select(batch), numbers(12), {
        loss = "info_nce", references = references:select(batch), reference_labels = numbers(12),
      })
      assert.is_true(math.abs(expected.loss - report.loss) < 1e-6 * expected.loss)
      assert.equal(expected.stats.pairs, report.stats.pairs)
    end
  end)

  it("uses all pairs before one again, and learns", function()
    local trainer = make{ steps = 60 }
    local uses = {}
    local before = trainer:evaluate().mrr
    trainer:run(function()
      for _, row in ipairs(trainer.last_batch) do
        uses[row] = (uses[row] or 0) + 1
      end
      for row = 1, 60 do
        uses[row] = uses[row] or 0
      end
      local least, most = math.huge, 0
      for _, count in ipairs(uses) do
        least, most = math.min(least, count), math.max(most, count)
      end
      assert.is_true(most - least <= 1)
    end)
    assert.is_true(trainer:evaluate().mrr > before)
  end)

  it("takes pairs of one label as positives of each other", function()
    local labels = {}
    for i = 1, 60 do
      labels[i] = ("class " .. i % 5)
    end
    local trainer = make{ labels = labels }
    local report = trainer:step()
    local batch, own = trainer.last_batch, {}
    for i, row in ipairs(batch) do
      own[i] = labels[row]
    end
    local expected = triplet.batch_loss(queries:select(batch), own, {
      loss = "info_nce", references = references:select(batch), reference_labels = own,
    })
    assert.is_true(math.abs(expected.loss - report.loss) < 1e-6 * expected.loss)
    assert.equal(expected.stats.positive_pairs, report.stats.positive_pairs)
    assert.same({ "class 0", "class 1" }, { trainer.classes[5], trainer.classes[1] })
    assert.equal("class 1", trainer:evaluate().classes[1].label)
  end)

  it("evaluates its own queries against its own references", function()
    local ids = numbers(60)
    for _, case in ipairs{
      { adapt = "both" }, { adapt = "queries" }, { adapt = "both", normalize = true },
      { adapt = "queries", normalize = true, distance = "minkowski" }, { adapt = "queries", layers = { 3 },
        residual = false, normalize = true },
    } do
      local sides = case.adapt == "queries" and case.layers and triplet.matrix(60, 3):random(9) or references
      case.references = sides
      local trainer = make(case)
      trainer:step()
      local others = case.adapt == "both" and trainer:embed(references)
        or case.normalize and normalized(sides) or sides
      local expected = triplet.evaluate(trainer:embed(queries), ids, {
        references = others, reference_labels = ids, k = { 1, 5 }, distance = trainer:get("distance"),
      })
      for _, class in ipairs(expected.classes) do
        class.label = class.label - 1
      end
      assert.same(expected, trainer:evaluate(nil, nil, { k = { 1, 5 } }))
      for _, class in ipairs(expected.classes) do
        class.label = class.label + 1
      end
      assert.same(expected, trainer:evaluate(queries, ids, {
        references = sides, reference_labels = ids, k = { 1, 5 },
      }))
    end
  end)

  it("resumes to the bit from a file", function()
    for _, adapt in ipairs{ "both", "queries" } do
      local whole, half = make{ adapt = adapt }, make{ adapt = adapt }
      for _ = 1, 10 do
        whole:step()
        half:step()
      end
      local resumed = assert(triplet.from_bytes(half:tobytes()))
      assert.equal(adapt, resumed:get("adapt"))
      assert.is_true(resumed:get("residual"))
      resumed:attach(queries, nil, references)
      for _ = 1, 10 do
        whole:step()
        resumed:step()
      end
      assert.equal(whole:tobytes(), resumed:tobytes())
      assert.same(whole:evaluate(), resumed:evaluate())
    end
  end)

  it("sets pairs aside for validation", function()
    local trainer = make{ validation = 0.25, evaluate_every = 1 }
    local report = trainer:step()
    assert.equal(15, #trainer.validation_rows)
    assert.is_number(report.validation)
  end)

  it("keeps what it learns from alive, and copies it", function()
    local options = { data = queries:copy(), references = references:copy() }
    local trainer = make(options)
    options.data:fill(0)
    options.references:fill(0)
    trainer:run()
    local other = make()
    other:run()
    assert.equal(other.parameters:tobytes(), trainer.parameters:tobytes())
    other:attach(queries:totable(), nil, references:totable())
    collectgarbage()
    assert.equal(60, other:evaluate().queries)
    other:attach(queries, numbers(60))
    assert.equal(60, other:evaluate().skipped) -- no pairs any longer, and each of its class
  end)

  local x = triplet.matrix(4, 2):random(1)
  local trainer = triplet.trainer{ data = x, references = x, layers = { 2 } }
  local function new(options)
    options.data = options.data or x
    return { triplet.trainer, options }
  end
  for expected, call in pairs{
    ["#1 to 'trainer' (references: expected a matrix or a table of rows, got number 3)"] = new{ references = 3 },
    ["#1 to 'trainer' (references: expected 4 x 2 like queries, got 1 x 1)"] = new{
      layers = { 2 }, references = { { 1 } } },
    ["#1 to 'trainer' (references: expected 4 x 3 like queries.rows x dim, got 4 x 2)"] = new{
      layers = { 3 }, references = x, adapt = "queries" },
    ["#1 to 'trainer' (references: row 1, column 2 is not finite)"] = new{
      layers = { 2 }, references = { { 1, 0 / 0 }, { 1, 1 }, { 1, 1 }, { 1, 1 } } },
    ["#1 to 'trainer' (data: row 1, column 1 is not finite)"] = new{
      layers = { 1 }, data = { { 0 / 0 } }, references = { { 1 } } },
    ["#1 to 'trainer' (labels: expected labels of 4 rows, got 1)"] = new{
      layers = { 2 }, references = x, labels = { 1 } },
    ["#1 to 'trainer' (labels: expected a table of labels or { relations = matrix }, got nil)"] = new{
      layers = { 2 } },
    ["#1 to 'trainer' (adapt: expected references beside it, got none)"] = new{
      layers = { 2 }, labels = { 1, 1, 2, 2 }, adapt = "queries" },
    ["#1 to 'trainer' (adapt: expected one of both|queries, got \"references\")"] = new{ adapt = "references" },
    ["#1 to 'trainer' (layers: expected at least 1 to train on pairs, got 0: a free embedding table has no encoder)"]
      = new{ references = x },
    ["#1 to 'trainer' (layers: expected a last width of 2 like the inputs of a residual encoder, got 3)"] = new{
      references = x, layers = { 3 }, residual = true },
    ["#1 to 'trainer' (residual: belongs to layers > 0, got 0)"] = new{ labels = { 1, 1, 2, 2 }, residual = true },
    ["#1 to 'encoder' (layers: expected a last width of 2 like the inputs of a residual encoder, got 3)"] = {
      triplet.encoder, { inputs = 2, layers = { 3 }, residual = true, seed = 1 } },
    ["#2 to 'attach' (labels: expected a table of labels or { relations = matrix }, got nil)"] = {
      trainer.attach, trainer, x },
    ["#3 to 'attach' (references: expected a matrix or a table of rows, got boolean true)"] = {
      trainer.attach, trainer, x, nil, true },
    ["#3 to 'attach' (references: expected 4 x 2 like queries, got 1 x 1)"] = {
      trainer.attach, trainer, x, nil, { { 1 } } },
    ["#2 to 'attach' (labels: expected labels of 4 rows, got 1)"] = { trainer.attach, trainer, x, { 1 }, x },
    ["#1 to 'set' (key: references cannot change in a living trainer)"] = {
      trainer.set, trainer, "references", x },
  } do
    it("refuses: " .. expected, function()
      assert.equal("bad argument " .. expected, failure(call[1], call[2], call[3], call[4], call[5]))
    end)
  end

  it("refuses changes of what is fixed", function()
    for key, value in pairs{ adapt = "queries", residual = true } do
      assert.matches("^bad argument #%d to 'set' %(" .. key .. ": ", failure(trainer.set, trainer, key, value))
    end
  end)
end)

describe("a residual encoder", function()
  it("is the identity at first, and adds its layers afterwards", function()
    local x = triplet.matrix(7, 3):random(4)
    for _, layers in ipairs{ { 3 }, { 8, 3 } } do
      local adapter = triplet.encoder{ inputs = 3, layers = layers, residual = true, seed = 1 }
      assert.equal(x:tobytes(), adapter:forward(x):tobytes())
      local plain = triplet.encoder{ inputs = 3, layers = layers, seed = 1 }
      adapter.parameters:random(5)
      plain.parameters:copy(adapter.parameters)
      local expected, found = plain:forward(x), adapter:forward(x)
      for i = 1, 7 do
        for j = 1, 3 do
          assert.is_true(math.abs(expected:get(i, j) + x:get(i, j) - found:get(i, j)) < 1e-5)
        end
      end
    end
  end)
end)
