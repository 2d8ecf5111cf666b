local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

describe("distances", function()
  it("are right by hand", function()
    local x, y = { { 0, 0 }, { 1, 1 } }, { { 3, 4 }, { 0, 0 }, { 1, 2 } }
    local roots = triplet.matrix{ { 5, 0, math.sqrt(5) }, { math.sqrt(13), math.sqrt(2), 1 } }
    assert.same(roots:totable(), triplet.distances(x, y):totable())
    assert.same({ { 7, 0, 3 }, { 5, 2, 1 } }, triplet.distances(x, y, { p = 1 }):totable())
    assert.same({ { 4, 0, 2 }, { 3, 1, 1 } }, triplet.distances(x, y, { p = math.huge }):totable())
    assert.same({ { 25, 0, 5 }, { 13, 2, 1 } }, triplet.distances(x, y, { distance = "squared" }):totable())
    assert.same({ { 1, 1, 1 } }, triplet.distances({ { 0, 0 } }, y, { distance = "cosine" }):totable())
    assert.same({ { 0, 0, 0 }, { -7, 0, -3 } }, triplet.distances(x, y, { distance = "dot" }):totable())
  end)

  it("agree with the double reference", function()
    local x, y = support.random_rows(13, 21, 1), support.random_rows(70, 21, 2)
    local measures = { { distance = "squared" }, { distance = "cosine" }, { distance = "dot" } }
    for _, p in ipairs{ 1, 1.5, 2, 3, math.huge } do
      for convention, eps in pairs{ torch = 1e-3, optax = 1e-3, exact = false } do
        table.insert(measures, { distance = "minkowski", p = p, convention = convention, eps = eps or nil })
      end
    end
    for _, options in ipairs(measures) do
      local d = triplet.distances(x, y, options)
      assert.same({ 13, 70 }, { d.rows, d.cols })
      local expected = {}
      for i = 1, #x do
        for j = 1, #y do
          expected[#expected + 1] = support.distance(x[i], y[j], options)
        end
      end
      assert.is_true(support.error_of(support.flat(d), expected) <= 1e-6)
    end
  end)

  it("write into a matrix", function()
    local out = triplet.matrix(1, 2)
    assert.equal(out, triplet.distances({ { 0 } }, { { 1 }, { 2 } }, { out = out }))
    assert.same({ { 1, 2 } }, out:totable())
  end)

  it("name rows that are not finite", function()
    assert.equal("bad argument #1 to 'distances' (x: distance of row 1 to row 2 of y is not finite)",
                 failure(triplet.distances, { { 0 } }, { { 1 }, { 0 / 0 } }))
  end)

  local x, one = triplet.matrix{ { 1, 2 } }, triplet.matrix{ { 1 } }
  local misuse = {
    { "#1 to 'distances' (x: expected a matrix or a table of rows, got nil)" },
    { "#2 to 'distances' (y: expected 2 columns like x, got 3)", x, { { 1, 2, 3 } } },
    { "#3 to 'distances' (p: expected a number in [1, inf], got -inf)", x, x, { p = -math.huge } },
    { "#3 to 'distances' (out: expected 1 x 1, got 1 x 2)", x, x, { out = triplet.matrix(1, 2) } },
    { "#3 to 'distances' (out: expected a matrix, got table)", x, x, { out = {} } },
    { "#3 to 'distances' (out: expected memory of its own, shares x's)", one, one, { out = one } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.distances, table.unpack(case, 2, 4)))
    end)
  end
end)

describe("nearest", function()
  local queries, references = support.random_rows(9, 5, 3), support.random_rows(40, 5, 4)

  it("finds the largest inner products with dot", function()
    local found = triplet.nearest({ { 1, 2 } }, { { -3, -3 }, { 0, 3 }, { 4, 1 }, { 0.5, 0 } },
                                  { k = 4, distance = "dot" })
    assert.same({ { 2, 3, 4, 1 } }, found.indices)
    assert.same({ { -6, -6, -0.5, 9 } }, found.distances:totable())
  end)

  it("finds what sorting finds", function()
    local d = triplet.distances(queries, references):totable()
    local found = triplet.nearest(queries, references, { k = 7 })
    for i = 1, #queries do
      local order = {}
      for j = 1, #references do
        order[j] = j
      end
      table.sort(order, function(a, b)
        return d[i][a] < d[i][b] or d[i][a] == d[i][b] and a < b
      end)
      for rank = 1, 7 do
        assert.equal(order[rank], found.indices[i][rank])
        assert.equal(d[i][order[rank]], found.distances:get(i, rank))
      end
      assert.equal(7, #found.indices[i])
    end
  end)

  it("leaves out each query's own row, and gives ties to the lowest index", function()
    local rows = { { 0 }, { 0 }, { 0 }, { 1 } }
    local found = triplet.nearest(rows, rows, { k = 2, reference_self = { 1, 2, 0, 4 } })
    assert.same({ { 2, 3 }, { 1, 3 }, { 1, 2 }, { 1, 2 } }, found.indices)
  end)

  local rows = { { 0 }, { 1 } }
  local misuse = {
    { "#3 to 'nearest' (k: expected an integer in 1 .. 2, got nil)", rows, rows },
    { "#3 to 'nearest' (k: expected an integer in 1 .. 2, got number 3)", rows, rows, { k = 3 } },
    { "#3 to 'nearest' (k: expected an integer in 1 .. 2, got number 0)", rows, rows, { k = 0 } },
    { "#3 to 'nearest' (reference_self[2]: expected an integer in 0 .. 2, got 3)",
      rows, rows, { k = 1, reference_self = { 0, 3 } } },
    { "#2 to 'nearest' (references: expected 1 columns like queries, got 2)", rows, { { 1, 2 } }, { k = 1 } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.nearest, table.unpack(case, 2, 4)))
    end)
  end
end)

--- An evaluation of so many rows without a query.
local function nothing_of(rows, classes)
  return { queries = 0, skipped = rows, recall_at = {}, classes = classes, intervals = { recall_at = {} },
    macro = { queries = 0, skipped = #classes, recall_at = {} } }
end

describe("evaluate", function()
  -- On a line: 1 1 2 1 2 2, then a class of its own.
  local rows, labels = { { 0 }, { 1 }, { 3 }, { 6 }, { 10 }, { 15 }, { 40 } }, { 1, 1, 2, 1, 2, 2, 3 }

  it("is right by hand", function()
    local e = triplet.evaluate(rows, labels, { k = { 1, 2, 100 } })
    assert.equal(6, e.queries)
    assert.equal(1, e.skipped)
    -- Nearest of each: 2 right, 1 right, 2 wrong, 3 wrong (d = 3), 4 wrong (d = 4), 5 right.
    assert.equal(3 / 6, e.precision_at_1)
    assert.same({ [1] = 3 / 6, [2] = e.recall_at[2], [100] = 1 }, e.recall_at)
    -- R = 2: neighbours {2, 3}, {1, 3}, {2, 1}, {3, 5}, {4, 6}, {5, 4}: hits 1 0, 1 0, 0 0, 0 0, 0 1, 1 0.
    assert.equal(4 / 6, e.recall_at[2])
    assert.is_true(math.abs(e.r_precision - 4 / 12) < 1e-15)
    assert.is_true(math.abs(e.map_at_r - (0.5 + 0.5 + 0.25 + 0.5) / 6) < 1e-15)
    -- Ranks of the positives: {1, 3}, {1, 3}, {4, 5}, {3, 4}, {2, 3}, {1, 3}.
    assert.is_true(math.abs(e.mrr - (1 + 1 + 1 / 4 + 1 / 3 + 1 / 2 + 1) / 6) < 1e-15)
    local precisions = 3 * (1 + 2 / 3) + (1 / 4 + 2 / 5) + (1 / 3 + 2 / 4) + (1 / 2 + 2 / 3)
    assert.is_true(math.abs(e.map - precisions / 2 / 6) < 1e-15)
  end)

  it("has figures of each class, and their mean", function()
    local e = triplet.evaluate(rows, labels, { k = { 1, 2 } })
    assert.equal(3, #e.classes)
    local one, two, three = table.unpack(e.classes)
    assert.same({ 1, 3, 0, 2 / 3 }, { one.label, one.queries, one.skipped, one.precision_at_1 })
    assert.same({ 2, 3, 0, 1 / 3 }, { two.label, two.queries, two.skipped, two.precision_at_1 })
    assert.same({ label = 3, queries = 0, skipped = 1 }, three)
    assert.same({ 2, 1, 0.5 }, { e.macro.queries, e.macro.skipped, e.macro.precision_at_1 })
    assert.same({ [1] = 0.5, [2] = 2 / 3 }, e.macro.recall_at)
    for _, name in ipairs{ "r_precision", "map_at_r", "map", "mrr", "triplet_accuracy" } do
      assert.is_true(math.abs(e.macro[name] - (one[name] + two[name]) / 2) < 1e-15, name)
    end
    -- Where one class has more queries than another, the means differ.
    local most = triplet.evaluate(rows, { 1, 1, 2, 1, 2, 1, 1 })
    assert.is_true(math.abs(most.precision_at_1 - most.macro.precision_at_1) > 0.05)
    assert.equal((most.classes[1].precision_at_1 + most.classes[2].precision_at_1) / 2, most.macro.precision_at_1)
  end)

  it("names classes as labels are named, one or several a row", function()
    local texts = { "b", "b", "a", "b", "a", "a", "c" }
    local expected, e = triplet.evaluate(rows, labels), triplet.evaluate(rows, texts)
    for i, name in ipairs{ "b", "a", "c" } do
      assert.equal(name, e.classes[i].label)
      expected.classes[i].label = name
    end
    assert.same(expected, e)
    local sets = triplet.evaluate(rows, { { "b", "x" }, "b", "a", { "b", "x" }, "a", "a", {} })
    assert.same({ "b", "x", "a" }, { sets.classes[1].label, sets.classes[2].label, sets.classes[3].label })
    assert.same({ 2, 0.5 }, { sets.classes[2].queries, sets.classes[2].precision_at_1 })

    local trainer = triplet.trainer{ data = rows, labels = texts, layers = { 1 } }
    assert.equal("b", trainer:evaluate().classes[1].label)
    assert.equal("a", trainer:evaluate(rows, texts).classes[2].label)
    assert.equal("new", trainer:evaluate(rows, { "new", "b", "a", "b", "a", "a", "c" }).classes[4].label)
    assert.equal("a", trainer:evaluate(rows, labels).classes[1].label) -- label 1 of the model
    assert.equal(7, trainer:evaluate(rows, { 7, 7, 7, 7, 7, 7, 7 }).classes[1].label)
  end)

  it("has no classes with relations", function()
    local relations = triplet.matrix{ { 0, 1, -1 }, { 1, 0, -1 }, { -1, 0, 1 } }
    local e = triplet.evaluate({ { 0 }, { 1 }, { 5 } }, { relations = relations }, { k = { 1 } })
    assert.same({ 2, 1, 1 }, { e.queries, e.skipped, e.map })
    assert.same({}, e.classes)
    assert.same({ queries = 0, skipped = 0, recall_at = {} }, e.macro)
  end)

  it("counts ordered triplets", function()
    local right, all = 0, 0
    for a = 1, #rows do
      for p = 1, #rows do
        for n = 1, #rows do
          if a ~= p and labels[a] == labels[p] and labels[n] ~= labels[a] then
            all = all + 1
            right = right + (math.abs(rows[a][1] - rows[p][1]) < math.abs(rows[a][1] - rows[n][1]) and 1 or 0)
          end
        end
      end
    end
    assert.is_true(math.abs(triplet.evaluate(rows, labels).triplet_accuracy - right / all) < 1e-15)
  end)

  it("compares with references", function()
    local e = triplet.evaluate({ { 0 }, { 9 } }, { 1, 1 }, {
      references = { { 1 }, { 10 } },
      reference_labels = { 1, 2 },
      k = { 2 },
    })
    assert.equal(0.5, e.precision_at_1)
    assert.equal(1, e.recall_at[2])
    assert.equal(1, triplet.evaluate(rows, labels, { ignore_label = 1 }).skipped - 3)
  end)

  it("has intervals: Wilson's of shares, and of other means by how much queries differ", function()
    local x, kinds = triplet.synthetic("rings", 40, 2, 5)
    local e = triplet.evaluate(x, kinds, { k = { 1, 6 } })
    local intervals = e.intervals
    assert.same({ triplet.share_interval(e.precision_at_1, e.queries) }, intervals.precision_at_1)
    for _, k in ipairs{ 1, 6 } do
      assert.same({ triplet.share_interval(e.recall_at[k], e.queries) }, intervals.recall_at[k])
    end
    for _, name in ipairs{ "r_precision", "map_at_r", "map", "mrr" } do
      local sum, squares = 0, 0
      for i = 1, 40 do
        local one = triplet.evaluate(x:view(i, i), { kinds[i] }, {
          references = x, reference_labels = kinds, reference_self = { i },
        })
        sum, squares = sum + one[name], squares + one[name] ^ 2
      end
      local added = 1.959963984540054 ^ 2 -- half of it values of 0, half of 1 (Agresti and Coull 1998)
      local count, centre = 40 + added, (sum + added / 2) / (40 + added)
      local reach = math.sqrt(added * ((squares + added / 2) / count - centre ^ 2) / count)
      local low, high = centre - reach, centre + reach
      assert.is_true(math.abs(math.max(low, 0) - intervals[name][1]) < 1e-5, name)
      assert.is_true(math.abs(math.min(high, 1) - intervals[name][2]) < 1e-5, name)
    end
    local of_neighbors = triplet.evaluate_neighbors(triplet.nearest(x, x, { k = 40 }).indices, kinds, { k = { 1, 6 } })
    assert.same(intervals, of_neighbors.intervals)
  end)

  it("has no figure where there is nothing to evaluate", function()
    local alone = triplet.evaluate({ { 0 }, { 1 } }, { 1, 2 }, { k = { 1 } })
    local classes = { { label = 1, queries = 0, skipped = 1 }, { label = 2, queries = 0, skipped = 1 } }
    assert.same(nothing_of(2, classes), alone)
    assert.same(nothing_of(0, {}), triplet.evaluate(triplet.matrix(0, 2), {}))
    local one_class = triplet.evaluate({ { 0 }, { 1 } }, { 1, 1 })
    assert.equal(1, one_class.precision_at_1)
    assert.is_nil(one_class.triplet_accuracy)
    local trainer = triplet.trainer{ data = { { 0 }, { 1 }, { 2 }, { 3 } }, labels = { 1, 1, 2, 2 }, layers = { 1 } }
    assert.is_nil(trainer:evaluate({ { 0 } }, { 1 }).map_at_r)
  end)

  local misuse = {
    { "#2 to 'evaluate' (labels: expected a table of labels or { relations = matrix }, got nil)", rows },
    { "#2 to 'evaluate' (labels: expected labels of 7 rows, got 1)", rows, { 1 } },
    { "#2 to 'evaluate' (labels[1]: expected an integer, a text or a list of them, got nil)", rows, { nil, 1 } },
    { "#3 to 'evaluate' (k[1]: expected an integer in 1 .. 2147483647, got 0)", rows, labels, { k = { 0 } } },
    { "#3 to 'evaluate' (k: expected a table of integers, got number 5)", rows, labels, { k = 5 } },
    { "#3 to 'evaluate' (reference_labels: expected references beside it, got none)",
      rows, labels, { reference_labels = labels } },
    { "#3 to 'evaluate' (reference_labels: expected a table of labels or { relations = matrix }, got nil)",
      rows, labels, { references = rows } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.evaluate, table.unpack(case, 2, 4)))
    end)
  end
end)

describe("evaluate_neighbors", function()
  local rows, labels = { { 0 }, { 1 }, { 3 }, { 6 }, { 10 }, { 15 }, { 40 } }, { 1, 1, 2, 1, 2, 2, 3 }

  it("is evaluate where all are given", function()
    local x, kinds = triplet.synthetic("rings", 60, 2, 5)
    local n = triplet.nearest(x, x, { k = 60 })
    assert.same(triplet.evaluate(x, kinds, { k = { 1, 7 }, ignore_label = 2 }),
      triplet.evaluate_neighbors(n.indices, kinds, { k = { 1, 7 }, ignore_label = 2 }))
  end)

  it("has no figure that neighbours not given could change", function()
    local self = { 1, 2, 3, 4, 5, 6, 7 }
    local all = triplet.evaluate(rows, labels, { k = { 1, 2, 3 } })
    local n = triplet.nearest(rows, rows, { k = 2, reference_self = self })
    local e = triplet.evaluate_neighbors(n.indices, labels, { k = { 1, 2, 3 } })
    for _, name in ipairs{ "queries", "skipped", "precision_at_1", "r_precision", "map_at_r" } do
      assert.equal(all[name], e[name], name)
    end
    assert.same({ [1] = all.recall_at[1], [2] = all.recall_at[2] }, e.recall_at)
    assert.same({}, { e.map, e.mrr, e.triplet_accuracy, e.macro.mrr })
    assert.equal(2 / 3, e.classes[1].precision_at_1)
  end)

  it("takes short lists, a query among its own neighbours, and other references", function()
    local e = triplet.evaluate_neighbors({ { 1, 2, 3 }, { 1 }, { 2, 0, 3 } }, { "a", "a", "b" })
    assert.same({ 2, 1, 1, 1 }, { e.queries, e.skipped, e.mrr, e.map })
    local given = { reference_labels = { "a", "b", "a" }, k = { 1 } }
    e = triplet.evaluate_neighbors({ { 2, 1, 3 } }, { "a" }, given)
    assert.same({ 0, 1 / 2, 0.5 * (1 / 2 + 2 / 3) }, { e.precision_at_1, e.mrr, e.map })
    given.reference_self = { 1 }
    e = triplet.evaluate_neighbors({ { 2, 1, 3 } }, { "a" }, given)
    assert.same({ 0, 1 / 2, 1 / 2 }, { e.precision_at_1, e.mrr, e.map })
    e = triplet.evaluate_neighbors({ { 1 } }, { relations = { { 1, -1, 0 } } })
    assert.same({ 1, 1, {} }, { e.map, e.triplet_accuracy, e.classes })
    assert.is_nil(triplet.evaluate_neighbors({ {}, {} }, { 1, 1 }, { reference_labels = { 1, 2 } }).precision_at_1)
  end)

  local misuse = {
    { "#1 to 'evaluate_neighbors' (indices: expected a table of lists, got nil)", nil, labels },
    { "#1 to 'evaluate_neighbors' (indices: expected a list for each of 2 queries, got 1)", { { 1 } }, { 1, 1 } },
    { "#1 to 'evaluate_neighbors' (indices[2]: expected a table of integers, got number 1)", { { 2 }, 1 }, { 1, 1 } },
    { "#1 to 'evaluate_neighbors' (indices[1][2]: expected an integer in 0 .. 2, got 3)", { { 1, 3 }, {} }, { 1, 1 } },
    { "#1 to 'evaluate_neighbors' (indices: expected each reference once, got 2 again at row 1, column 2)",
      { { 2, 2 }, {} }, { 1, 1 } },
    { "#2 to 'evaluate_neighbors' (labels: expected a table of labels or { relations = matrix }, got nil)", {} },
    { "#3 to 'evaluate_neighbors' (reference_self[1]: expected an integer in 0 .. 1, got 2)", { {} }, { 1 },
      { reference_self = { 2 } } },
    { "#3 to 'evaluate_neighbors' (k[1]: expected an integer in 1 .. 2147483647, got 0)", { {} }, { 1 },
      { k = { 0 } } },
    { "#3 to 'evaluate_neighbors' (reference_labels: expected none beside relations, which say all, got some)",
      { {} }, { relations = { { 1 } } }, { reference_labels = { 1 } } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.evaluate_neighbors, table.unpack(case, 2, 4)))
    end)
  end
end)

describe("evaluate_held_out", function()
  -- Three classes far apart on a line, but for the last row, which lies among the first class.
  local rows = { { 0 }, { 0.1 }, { 0.2 }, { 10 }, { 10.1 }, { 10.2 }, { 20 }, { 20.1 }, { 0.05 } }
  local labels = { 1, 1, 1, 2, 2, 2, 3, 3, 3 }

  it("evaluates held-out rows among the training rows and among themselves", function()
    local e = triplet.evaluate_held_out(rows, labels, { 3, 6, 9 }, { k = { 1, 8 } })
    assert.same({ 3, 3 }, { e.held_out, e.queries })
    local training = e.against_training
    assert.same({ 3, 0 }, { training.queries, training.skipped })
    assert.equal(2 / 3, training.precision_at_1)
    assert.same({ [1] = 2 / 3, [8] = 1 }, training.recall_at)
    assert.equal(2 / 3, training.knn_accuracy)
    assert.same({ 2 / 3, { [1] = 2 / 3, [8] = 1 } }, { training.macro.knn_accuracy, training.macro.recall_at })
    assert.same({ 1, 1, 0 }, { training.classes[1].mrr, training.classes[2].mrr, training.classes[3].precision_at_1 })
    local classes = {}
    for i = 1, 3 do
      classes[i] = { label = i, queries = 0, skipped = 1 }
    end
    assert.same(nothing_of(3, classes), e.among_themselves)
  end)

  it("is evaluate with the others as references", function()
    local x, kinds = triplet.synthetic("rings", 90, 2, 5)
    local training, held_out = triplet.split(kinds, 0.3, 1)
    local e = triplet.evaluate_held_out(x, kinds, held_out, { k = { 1, 3 }, distance = "squared", ignore_label = 2 })
    local function of(list)
      local some = {}
      for i, row in ipairs(list) do
        some[i] = kinds[row]
      end
      return x:select(list), some
    end
    local queries, query_labels = of(held_out)
    local references, reference_labels = of(training)
    local options = { k = { 1, 3 }, distance = "squared", ignore_label = 2 }
    assert.same(triplet.evaluate(queries, query_labels, options), e.among_themselves)
    options.references, options.reference_labels = references, reference_labels
    local training_figures = e.against_training
    assert.same({ triplet.share_interval(training_figures.knn_accuracy, training_figures.queries) },
      training_figures.intervals.knn_accuracy)
    training_figures.knn_accuracy, training_figures.macro.knn_accuracy = nil, nil
    training_figures.intervals.knn_accuracy = nil
    assert.same(triplet.evaluate(queries, query_labels, options), e.against_training)
  end)

  it("has no figure for classes that were held out whole, but among themselves", function()
    local e = triplet.evaluate_held_out(rows, labels, { 4, 5, 6 })
    assert.same(nothing_of(3, { { label = 2, queries = 0, skipped = 3 } }), e.against_training)
    assert.equal(1, e.among_themselves.precision_at_1)
    local none = triplet.evaluate_held_out(rows, labels, {})
    assert.same({ 0, 0 }, { none.held_out, none.queries })
  end)

  it("asks a sample where more rows are held out than most_queries, among all", function()
    local e = triplet.evaluate_held_out(rows, labels, { 4, 5, 6, 7, 8 }, { most_queries = 2, seed = 1 })
    local among = e.among_themselves
    assert.same({ 5, 2 }, { e.held_out, e.queries })
    assert.same({ 2, 0, 1 }, { among.queries, among.skipped, among.precision_at_1 })
  end)

  local misuse = {
    { "#3 to 'evaluate_held_out' (held_out: expected a table of integers, got nil)", rows, labels },
    { "#3 to 'evaluate_held_out' (held_out[2]: expected an integer in 1 .. 9, got 10)", rows, labels, { 1, 10 } },
    { "#2 to 'evaluate_held_out' (labels: expected labels of 9 rows, got 1)", rows, { 1 }, {} },
    { "#4 to 'evaluate_held_out' (k: expected a table of integers, got number 5)", rows, labels, {}, { k = 5 } },
    { "#4 to 'evaluate_held_out' (options: expected a table, got number 5)", rows, labels, {}, 5 },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.evaluate_held_out, table.unpack(case, 2, 5)))
    end)
  end
end)
