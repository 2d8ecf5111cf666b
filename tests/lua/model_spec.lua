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
    local length = bytes:byte(1) + 256 * bytes:byte(2)
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

    local table = assert(triplet.from_bytes(make{ layers = {}, dim = 2 }:tobytes())) -- which has its rows, at least
    local unlabelled = "(labels: expected a table of labels: this trainer has no data of its own)"
    assert.equal("bad argument #2 to 'evaluate' " .. unlabelled, failure(table.evaluate, table))
    assert.equal("bad argument #2 to 'verify' " .. unlabelled, failure(table.verify, table))
    assert.is_number(table:evaluate(nil, labels).precision_at_1)
  end)

  it("are refused with a message wherever they are cut or wrong", function()
    local bytes = make():tobytes()
    for length = 0, #bytes - 1, 97 do
      local loaded, message = triplet.from_bytes(bytes:sub(1, length))
      assert.is_nil(loaded)
      assert.is_true(#message > 0)
    end
    local lying = "\0\0\0\0\0\0\0\64{}"
    for _, wrong in ipairs{ "", "x", ("\0"):rep(8), ("\255"):rep(64), lying, bytes .. "x" } do
      local loaded, message = triplet.from_bytes(wrong)
      assert.is_nil(loaded)
      assert.is_string(message)
    end
    assert.equal("bad argument #1 to 'from_bytes' (bytes: expected a string, got nil)", failure(triplet.from_bytes))
  end)
end)

describe("what a model carries along", function()
  local function round(trainer)
    return assert(triplet.from_bytes(trainer:tobytes()))
  end

  it("is a threshold, until the weights change", function()
    local trainer = make()
    assert.is_nil(trainer.threshold)
    for _, threshold in ipairs{ 0.5, -2, 0, 1e-300, 7 } do
      trainer.threshold = threshold
      assert.equal(threshold, trainer.threshold)
      assert.equal(threshold, round(trainer).threshold)
    end
    trainer.threshold = nil
    assert.is_nil(trainer.threshold)
    assert.is_nil(round(trainer).threshold)
    trainer.threshold = 0.25
    trainer:step()
    assert.is_nil(trainer.threshold)
  end)

  it("is texts by name", function()
    local trainer = make()
    assert.same({}, trainer.facts)
    local facts = { seed = "7", ["held out"] = "20 %", [""] = "", ["\195\169"] = "\226\130\172\n\"" }
    trainer.facts = facts
    assert.same(facts, trainer.facts)
    assert.same(facts, round(trainer).facts)
    local bytes = trainer:tobytes()
    local copy = trainer.facts
    copy.seed = nil -- of the copy alone
    assert.same(facts, trainer.facts)
    trainer:step()
    assert.same(facts, trainer.facts)
    trainer.facts = {}
    assert.same({}, trainer.facts)
    local other = make()
    other.facts = setmetatable({}, { __index = facts, __pairs = function()
      return next, facts, nil
    end })
    assert.equal(bytes, other:tobytes())
  end)

  it("is rows to classify by, with the labels as they were given", function()
    for _, case in ipairs{
      { { 0, 1, 2, 1 }, { "in", "middle", "out", "middle" } },
      { { "out", "in", { "middle", "out" }, {} } },
      { { "out", "new", { "in", "newer" }, "new" } },
      { { { "out" }, { "in" }, { "in" }, { "in" } }, { "out", "in", "in", "in" } },
      { { -1, 7, 0, 1 }, { -1, 7, "in", "middle" } },
    } do
      local trainer = make()
      assert.is_nil(trainer.kept_rows)
      local embeddings = trainer:embed(x:view(1, 4))
      trainer:keep_rows(embeddings, case[1])
      for _, model in ipairs{ trainer, round(trainer) } do
        local kept = model.kept_rows
        assert.equal(embeddings:tobytes(), kept.embeddings:tobytes())
        assert.same({ 4, 2 }, { kept.embeddings.rows, kept.embeddings.cols })
        assert.same(case[2] or case[1], kept.labels)
        kept.embeddings:fill(0) -- a copy
        assert.equal(embeddings:tobytes(), model.kept_rows.embeddings:tobytes())
      end
      trainer:keep_rows(embeddings:view(1, 1), { "in" })
      assert.same({ "in" }, trainer.kept_rows.labels)
      trainer:keep_rows()
      assert.is_nil(trainer.kept_rows)
      assert.is_nil(round(trainer).kept_rows)
    end
    local plain = make{ classes = {} }
    plain:keep_rows({ { 1, 2 }, { 3, 4 } }, { 5, { 6, 5 } })
    assert.same({ 5, { 6, 5 } }, plain.kept_rows.labels)
    plain:step()
    assert.is_nil(plain.kept_rows)
  end)

  it("adds texts among the labels of kept rows to its classes, unless they are refused", function()
    local trainer = make()
    trainer:keep_rows({ { 1, 2 } }, { "new" })
    assert.same({ "in", "middle", "out", "new" }, trainer.classes)
    local refused = failure(trainer.keep_rows, trainer, { { 1, 2, 3 } }, { "other" })
    assert.matches("^bad argument #1 to 'keep_rows' %(embeddings: ", refused)
    assert.same({ "in", "middle", "out", "new" }, trainer.classes)
    assert.same({ "new" }, trainer.kept_rows.labels)
  end)

  it("classifies as the rows themselves do", function()
    local trainer = make()
    trainer:run()
    trainer:keep_rows(trainer:embed(), labels)
    local names = {}
    for i, label in ipairs(labels) do
      names[i] = trainer.classes[label + 1]
    end
    local queries = trainer:embed(x:view(1, 20))
    local kept = round(trainer).kept_rows
    assert.same(triplet.classify(queries, trainer:embed(), names, { k = 3 }),
      triplet.classify(queries, kept.embeddings, kept.labels, { k = 3 }))
  end)

  it("is nil of a trainer that is closed, and cannot be set", function()
    local trainer = make()
    trainer:close()
    for _, name in ipairs{ "threshold", "facts", "kept_rows" } do
      assert.is_nil(trainer[name])
    end
    assert.equal("calling 'threshold' on a closed trainer", failure(function() trainer.threshold = 1 end))
    assert.equal("calling 'facts' on a closed trainer", failure(function() trainer.facts = {} end))
    assert.equal("calling 'keep_rows' on a closed trainer", failure(trainer.keep_rows, trainer))
  end)

  local trainer = make()
  trainer.threshold, trainer.facts = 0.5, { a = "b" }
  trainer:keep_rows({ { 1, 2 } }, { 1 })
  for expected, call in pairs{
    ["#1 to 'threshold' (threshold: expected a number, got string \"1\")"] = function() trainer.threshold = "1" end,
    ["#1 to 'threshold' (threshold: expected a number, got boolean false)"] = function() trainer.threshold = false end,
    ["#1 to 'facts' (facts: expected a table with names as keys, got nil)"] = function() trainer.facts = nil end,
    ["#1 to 'facts' (facts: expected names as keys, got number 1)"] = function() trainer.facts = { "a" } end,
    ["#1 to 'facts' (facts.steps: expected a string, got number 7)"] = function() trainer.facts = { steps = 7 } end,
    ["#1 to 'facts' (facts.a: expected a string without zero bytes, got some)"] = function()
      trainer.facts = { a = "b\0" }
    end,
    ["#1 to 'facts' (facts: expected UTF-8, got other bytes in name 2)"] = function()
      trainer.facts = { a = "\255" }
    end,
    ["#1 to 'keep_rows' (embeddings: expected a matrix or a table of rows, got nil)"] = function()
      trainer:keep_rows(nil, { 1 })
    end,
    ["#1 to 'keep_rows' (embeddings: row 1, column 2 is not finite)"] = function()
      trainer:keep_rows({ { 1, 0 / 0 } }, { 1 })
    end,
    ["#2 to 'keep_rows' (labels: expected a table of labels or { relations = matrix }, got nil)"] = function()
      trainer:keep_rows({ { 1, 2 } })
    end,
    ["#2 to 'keep_rows' (labels: expected labels of 1 rows, got 2)"] = function()
      trainer:keep_rows({ { 1, 2 } }, { 1, 2 })
    end,
  } do
    it("refuses: " .. expected, function()
      assert.equal("bad argument " .. expected, failure(call))
      assert.same({ 0.5, { a = "b" }, { "middle" } }, { trainer.threshold, trainer.facts, trainer.kept_rows.labels })
    end)
  end

  it("refuses a threshold that is infinite, and relations of kept rows", function()
    assert.matches("^bad argument #1 to 'threshold' %(threshold: expected ", failure(function()
      trainer.threshold = math.huge
    end))
    assert.matches("^bad argument #2 to 'keep_rows' %(labels: expected labels", failure(trainer.keep_rows, trainer,
      { { 1, 2 } }, { relations = { { 1 } } }))
  end)
end)
