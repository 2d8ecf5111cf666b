--- Labels that are texts, several a row, or a matrix of relations, in every function that takes labels.

local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local ROWS = 24
local rows = support.random_rows(ROWS, 5, 3)

--- 0 to 3 of six tags for each row.
local sets = {}
for i = 1, ROWS do
  sets[i] = {}
  for j = 1, i % 4 do
    sets[i][j] = (i * j * 7 + j) % 6
  end
end

local function texts_of(labels)
  local texts = {}
  for i, label in ipairs(labels) do
    texts[i] = type(label) == "table" and texts_of(label) or "tag " .. label
  end
  return texts
end

--- What sets say: 1, -1 or 0 of each two rows.
local function relations_of(labels, others)
  local matrix = {}
  for i, own in ipairs(labels) do
    matrix[i] = {}
    for j, other in ipairs(others or labels) do
      local relation = #own > 0 and #other > 0 and -1 or 0
      for _, a in ipairs(own) do
        for _, b in ipairs(other) do
          relation = a == b and 1 or relation
        end
      end
      matrix[i][j] = relation
    end
  end
  return matrix
end

--- The same function of the same rows under different names for the same relations.
local function same(f, first, second)
  local expected, got = f(first), f(second)
  assert.same(expected, got)
end

--- Without what goes by labels.
local function figures_of(evaluation)
  evaluation.classes, evaluation.macro = nil, nil
  return evaluation
end

local function loss_of(labels, options)
  local r = triplet.batch_loss(rows, labels, options)
  return { r.loss, r.gradient:tobytes(), r.stats }
end

local function mined(labels, options)
  return triplet.mine(rows, labels, options)
end

local MINING = { "all", "hard", "semihard", "easy_positive", "distance_weighted", "random" }

describe("labels", function()
  it("count every triplet whose labels say so", function()
    local relations, count = relations_of(sets), 0
    for a = 1, ROWS do
      for p = 1, ROWS do
        for n = 1, ROWS do
          count = count + (a ~= p and relations[a][p] == 1 and relations[a][n] == -1 and 1 or 0)
        end
      end
    end
    assert.equal(count, triplet.batch_loss(rows, sets).stats.triplets)
    local t = mined(sets)
    assert.equal(count, #t.anchors)
    for i, a in ipairs(t.anchors) do
      assert.equal(1, relations[a][t.positives[i]])
      assert.equal(-1, relations[a][t.negatives[i]])
    end
  end)

  it("are the same as sets, as texts and as relations", function()
    local full = {} -- a row without labels is left out, one without relations lacks a positive
    for i, set in ipairs(sets) do
      full[i] = #set > 0 and set or { 3 }
    end
    local matrix = relations_of(full)
    for i, other in ipairs{ texts_of(sets), { relations = matrix }, { relations = triplet.matrix(matrix) } } do
      local labels = i == 1 and sets or full
      for _, mining in ipairs(MINING) do
        local options = { mining = mining }
        same(function(given) return loss_of(given, options) end, labels, other)
        same(function(given) return mined(given, options) end, labels, other)
      end
      for _, loss in ipairs{ "contrastive", "info_nce", "sup_con", "multi_similarity" } do
        same(function(given) return loss_of(given, { loss = loss }) end, labels, other)
      end
      same(function(given) return figures_of(triplet.evaluate(rows, given, { k = { 1, 3 } })) end, labels, other)
    end
  end)

  it("of one label a row are integers to the bit", function()
    local integers, single = {}, {}
    for i = 1, ROWS do
      integers[i] = i % 5 - 2
      single[i] = i % 2 == 0 and integers[i] or { integers[i] }
    end
    for _, mining in ipairs(MINING) do
      same(function(labels) return loss_of(labels, { mining = mining }) end, integers, single)
      same(function(labels) return mined(labels, { mining = mining }) end, integers, single)
    end
    same(function(labels) return triplet.evaluate(rows, labels, { k = { 1, 3 } }) end, integers, single)
    same(function(labels) return { triplet.split(labels, 0.3, 1) } end, integers, single)
  end)

  it("share their texts with the references", function()
    local references = { references = support.random_rows(4, 5, 9), reference_labels = { "b", "c", "a", "d" } }
    local r = triplet.batch_loss(rows, texts_of(sets), references)
    assert.equal(0, r.stats.triplets)
    local labels = { "a", "b", "a" }
    local t = triplet.mine({ rows[1], rows[2], rows[3] }, labels, references)
    local positives = {}
    for i, a in ipairs(t.anchors) do
      positives[a .. " " .. t.positives[i]] = true
    end
    assert.same({ ["1 3"] = true, ["2 1"] = true, ["3 3"] = true }, positives)
    assert.equal(9, #t.anchors)
  end)

  it("of relations to references need no others", function()
    local others = support.random_rows(3, 5, 9)
    local relations = {}
    for i = 1, ROWS do
      relations[i] = { 1, i % 2 == 0 and 0 or -1, -1 }
    end
    local t = triplet.mine(rows, { relations = relations }, { references = others })
    assert.equal(ROWS * 3 / 2, #t.anchors)
    for i, a in ipairs(t.anchors) do
      assert.equal(1, t.positives[i])
      assert.is_true(t.negatives[i] == 3 or a % 2 == 1)
    end
    assert.equal(1, triplet.evaluate({ rows[1] }, { relations = { { 1, 0, 0 } } }, { references = others }).map_at_r)
  end)

  it("leave out rows that have none, or one to ignore", function()
    local some = {}
    for i = 1, 7 do
      some[i] = rows[i]
    end
    local t = triplet.mine(some, { "a", {}, "a", "b", { "b", -1 }, {}, "b" }, { ignore_label = -1 })
    assert.same({ 1, 1, 3, 3, 4, 4, 7, 7 }, t.anchors)
    assert.same({ 3, 3, 1, 1, 7, 7, 4, 4 }, t.positives)
    assert.same({ 4, 7, 4, 7, 1, 3, 1, 3 }, t.negatives)
  end)

  it("split their rows under each of them", function()
    local training, held_out = triplet.split(texts_of(sets), 0.25, 1)
    assert.equal(ROWS, #training + #held_out)
    local left = {}
    for _, row in ipairs(training) do
      for _, label in ipairs(sets[row]) do
        left[label] = (left[label] or 0) + 1
      end
    end
    for label = 0, 5 do
      assert.is_true(left[label] >= 2)
    end
    for _, row in ipairs(held_out) do
      assert.is_true(#sets[row] > 0)
    end
  end)

  local x, y = { { 0 }, { 1 }, { 2 } }, { 1, 1, 2 }
  local misuse = {
    { "labels[2][1]: expected an integer or a text, got number 1.5", { 1, { 1.5 }, 1 } },
    { "labels[2][2]: expected an integer or a text, got table", { 1, { 1, {} }, 1 } },
    { "labels[2]: expected an integer, a text or a list of them, got boolean true", { 1, true, 1 } },
    { "labels[1][1]: expected a text without zero bytes, got string \"a\"", { { "a\0b" }, "b", "a" } },
    { "labels[3]: expected no integer >= 0 beside texts, got number 0", { "a", -1, 0 } },
    { "labels[2][2]: expected no text beside integers >= 0, got string \"a\"", { -1, { 7, "a" }, 1 } },
    { "labels: expected labels of 3 rows, got 2", { { 1 }, 1 } },
    { "labels: expected a table of labels or { relations = matrix }, got string \"a\"", "a" },
    { "labels.relations: expected 3 x 3 like queries x references, got 1 x 3", { relations = { { 1, 1, 1 } } } },
    { "labels.relations: expected 1, -1 or 0, got 2 at row 2, column 3",
      { relations = { { 1, 1, 1 }, { 1, 1, 2 }, { 1, 1, 1 } } } },
    { "labels.relations: expected a matrix or a table of rows, got number 1", { relations = 1 } },
  }
  for _, case in ipairs(misuse) do
    it("are refused: " .. case[1], function()
      for _, f in ipairs{ "batch_loss", "mine", "evaluate" } do
        assert.equal(("bad argument #2 to '%s' (%s)"):format(f, case[1]), failure(triplet[f], x, case[2]))
      end
    end)
  end

  local references = {
    { "reference_labels: expected none beside relations, which say all, got some",
      { relations = { { 1 }, { 1 }, { 1 } } }, { 1 } },
    { "reference_labels[1]: expected no text beside integers >= 0, got string \"a\"", y, { "a" } },
    { "reference_labels[1]: expected no integer >= 0 beside texts, got number 3", { "a", "b", "c" }, { 3 } },
    { "reference_labels: expected labels, got a matrix of relations", y, { relations = { { 1 } } } },
  }
  for _, case in ipairs(references) do
    it("of references are refused: " .. case[1], function()
      local options = { references = { { 0 } }, reference_labels = case[3] }
      assert.equal(("bad argument #3 to 'mine' (%s)"):format(case[1]), failure(triplet.mine, x, case[2], options))
    end)
  end

  it("that are relations keep no rows", function()
    local relations = { relations = { { 1, -1, -1 }, { -1, 1, -1 }, { -1, -1, 1 } } }
    local expected = "(labels: expected labels, got a matrix of relations)"
    assert.equal("bad argument #1 to 'split' " .. expected, failure(triplet.split, relations, 0.5, 1))
    assert.equal("bad argument #2 to 'push' " .. expected,
      failure(triplet.memory{ capacity = 3 }.push, triplet.memory{ capacity = 3 }, x, relations))
    assert.equal("bad argument #1 to 'trainer' " .. expected,
      failure(triplet.trainer, { data = x, labels = relations, layers = { 1 } }))
    assert.equal("bad argument #2 to 'evaluate_held_out' " .. expected,
      failure(triplet.evaluate_held_out, x, relations, { 1 }))
  end)
end)

describe("a memory", function()
  local function pairs_with(memory, queries, labels)
    local t = triplet.mine(queries, labels, { references = memory })
    local found = {}
    for i, a in ipairs(t.anchors) do
      found[("%d %d"):format(a, t.positives[i])] = true
    end
    return found
  end

  it("keeps the numbers of its texts", function()
    local memory = triplet.memory{ capacity = 4 }
    memory:push({ { 1 }, { 2 } }, { "b", { "a", "c" } })
    memory:push({ { 3 } }, { "c" })
    local queries, labels = { { 0 }, { 0 }, { 0 } }, { "c", "new", "b" }
    local expected = { ["1 2"] = true, ["1 3"] = true, ["3 1"] = true }
    assert.same(expected, pairs_with(memory, queries, labels))
    assert.same(expected, pairs_with(memory, queries, labels))
    memory:push({ { 4 }, { 5 } }, { "new", {} }) -- over the first row
    assert.same({ ["1 2"] = true, ["1 3"] = true, ["2 4"] = true }, pairs_with(memory, queries, labels))
  end)

  it("does not take texts for integers", function()
    local memory = triplet.memory{ capacity = 4 }
    memory:push({ { 1 }, { 2 } }, { "a", -1 })
    assert.equal("bad argument #2 to 'push' (labels[1]: expected no integer >= 0 beside texts, got number 0)",
      failure(memory.push, memory, { { 1 } }, { 0 }))
    assert.equal("bad argument #2 to 'mine' (labels[1]: expected no integer >= 0 beside texts, got number 0)",
      failure(triplet.mine, { { 1 } }, { 0 }, { references = memory }))
    assert.equal(2, #memory)
    memory:clear()
    memory:push({ { 1 } }, { 0 })
    assert.equal("bad argument #2 to 'push' (labels[1]: expected no text beside integers >= 0, got string \"a\")",
      failure(memory.push, memory, { { 1 } }, { "a" }))
  end)

  it("learns no text of a push that fails", function()
    local memory = triplet.memory{ capacity = 4 }
    assert.is_false(pcall(memory.push, memory, { { 1 } }, { "lost", "lost" }))
    assert.is_false(pcall(memory.push, memory, { { 1 } }, { 5, 5 }))
    memory:push({ { 1 }, { 2 } }, { "a", "b" })
    assert.same({ ["1 2"] = true }, pairs_with(memory, { { 0 } }, { "b" }))
  end)
end)

describe("a trainer", function()
  local x, classes = triplet.synthetic("blobs", 60, 1, 1)
  local NAMES = { [0] = "red", "green", "blue", "grey" }
  local texts, tags = {}, {}
  for i, class in ipairs(classes) do
    texts[i] = NAMES[class]
    tags[i] = i % 9 == 0 and {} or i % 5 == 0 and { NAMES[class], "fifth" } or NAMES[class]
  end

  local function make(options)
    options.data, options.layers, options.seed = x, { 4, 2 }, 3
    options.rows_per_class, options.classes_per_batch, options.validation = 3, 3, 0.2
    return triplet.trainer(options)
  end

  it("names its classes by the texts of its labels, in order of appearance", function()
    local trainer, plain = make{ labels = texts }, make{ labels = classes }
    assert.same({ "red", "green", "blue", "grey" }, trainer.classes)
    assert.same({}, plain.classes)
    for _ = 1, 20 do
      assert.same(plain:step(), trainer:step())
    end
    assert.same(figures_of(plain:evaluate()), figures_of(trainer:evaluate()))
    assert.same(trainer:evaluate(), trainer:evaluate(x, texts))
    assert.same(plain.parameters:totable(), trainer.parameters:totable())
    assert.same({ "grey", "blue", "red", "green" },
      make{ labels = texts, classes = { "grey", "blue" } }.classes)
  end)

  it("of several labels a row goes on where its model was", function()
    local trainer = make{ labels = tags }
    assert.same({ "red", "green", "blue", "grey", "fifth" }, trainer.classes)
    for _ = 1, 7 do
      trainer:step()
      for _, row in ipairs(trainer.last_batch) do
        assert.are_not.same({}, tags[row])
      end
    end
    local loaded = triplet.from_bytes(trainer:tobytes())
    loaded:attach(x, tags)
    for _ = 1, 7 do
      trainer:step()
      loaded:step()
    end
    assert.equal(trainer:tobytes(), loaded:tobytes())
    assert.same(trainer:evaluate(), loaded:evaluate())
    loaded:attach(x, texts)
    assert.same({ "red", "green", "blue", "grey", "fifth" }, loaded.classes)
    texts[1] = "sixth"
    loaded:attach(x, texts)
    assert.same({ "red", "green", "blue", "grey", "fifth", "sixth" }, loaded.classes)
    texts[1] = "red"
  end)

  it("keeps its classes when labels do not fit", function()
    local trainer = make{ labels = texts }
    assert.equal("bad argument #2 to 'attach' (labels: expected labels of 60 rows, got 1)",
      failure(trainer.attach, trainer, x, { "other" }))
    assert.equal("bad argument #2 to 'attach' (labels: expected UTF-8, got other bytes in name 5)",
      failure(trainer.attach, trainer, x, { "\255" }))
    assert.same({ "red", "green", "blue", "grey" }, trainer.classes)
    assert.equal("bad argument #1 to 'trainer' (labels: expected UTF-8, got other bytes in name 1)",
      failure(triplet.trainer, { data = { { 1 } }, labels = { "\255" }, layers = { 1 } }))
  end)

  it("is evaluated against texts and relations", function()
    local trainer = make{ labels = texts }
    trainer:run()
    local against = { references = x, reference_labels = texts }
    local some, names = { x:totable()[1], x:totable()[2] }, { texts[1], texts[2] }
    local expected = trainer:evaluate(some, names, against)
    assert.equal(2, expected.queries)
    local relations = {}
    for i = 1, 2 do
      relations[i] = {}
      for j, text in ipairs(texts) do
        relations[i][j] = text == names[i] and 1 or -1
      end
    end
    local memory = triplet.memory{ capacity = 60 }
    memory:push(x, texts)
    assert.same(expected, trainer:evaluate(some, names, { references = memory }))
    local related = trainer:evaluate(some, { relations = relations }, { references = x })
    assert.same(figures_of(expected), figures_of(related))
    assert.equal("bad argument #2 to 'evaluate' (labels: expected a table of labels beside a memory that has texts, "
      .. "got nil)", failure(trainer.evaluate, trainer, nil, nil, { references = memory }))
  end)
end)
