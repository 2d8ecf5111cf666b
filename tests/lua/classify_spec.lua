--- triplet.classify, and the references that triplet.nearest leaves out, against a brute force of sorted distances.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local queries = support.random_rows(30, 3, 1)
local references = support.random_rows(40, 3, 2)
local labels, words = {}, { "ant", "bee", "cow", "dog" }
for i = 1, #references do
  labels[i] = (i * 7) % 5 - 1
end

--- The references of a query, the nearest first, ties to the lowest index, without those that are left out.
local function order_of(distances, query, excluded)
  local order = {}
  for j = 1, distances.cols do
    if not excluded[j] then
      order[#order + 1] = j
    end
  end
  table.sort(order, function(a, b)
    local x, y = distances:get(query, a), distances:get(query, b)
    return x < y or x == y and a < b
  end)
  return order
end

--- Which references each query leaves out: those of `exclude`, and itself.
local function excluded_of(options, query)
  local excluded = {}
  for _, j in ipairs(options.exclude and options.exclude[query] or {}) do
    excluded[j] = true
  end
  if options.reference_self then
    excluded[options.reference_self[query]] = true
  end
  return excluded
end

--- What classify is to find: the votes of the k nearest within the threshold.
local function brute(sets, options)
  local distances = triplet.distances(queries, references, { distance = options.distance, p = options.p })
  local found = { labels = {}, votes = {} }
  for i = 1, #queries do
    local order = order_of(distances, i, excluded_of(options, i))
    local voters, votes, best = 0, {}, nil
    for rank = 1, math.min(options.k or 5, #order) do
      local set = sets[order[rank]]
      if #set > 0 and distances:get(i, order[rank]) <= (options.threshold or math.huge) then
        voters = voters + 1
        for _, label in ipairs(set) do
          votes[label] = votes[label] or { count = 0, first = rank, label = label }
          votes[label].count = votes[label].count + 1
        end
      end
    end
    for _, vote in pairs(votes) do
      if not best or vote.count > best.count or vote.count == best.count and (vote.first < best.first
        or vote.first == best.first and vote.label < best.label) then
        best = vote
      end
    end
    found.labels[i] = best and best.label or false
    found.votes[i] = best and best.count / voters or 0
  end
  return found
end

local function each_alone(list)
  local sets = {}
  for i, label in ipairs(list) do
    sets[i] = { label }
  end
  return sets
end

local function assert_found(expected, found)
  assert.same(expected.labels, found.labels)
  for i, vote in ipairs(expected.votes) do
    assert.is_true(math.abs(vote - found.votes[i]) < 1e-6)
  end
  assert.equal(#expected.votes, #found.votes)
end

--- Seeded lists of references to leave out, of any length up to all of them.
local function random_exclude(seed)
  local state, exclude = seed, {}
  local function draw(below)
    state = support.next(state)
    return math.floor(state / 65536) % below
  end
  for i = 1, #queries do
    exclude[i] = {}
    for _ = 1, draw(3) == 0 and draw(200) or draw(10) do
      table.insert(exclude[i], draw(#references) + 1)
    end
  end
  return exclude
end

local cases = {
  { k = 1 },
  {},
  { k = 7, distance = "cosine" },
  { k = 40, p = 1 },
  { k = 1000, threshold = 0.9 },
  { k = 3, threshold = 0.35 },
  { k = 4, distance = "squared", threshold = 0 },
  { k = 6, distance = "dot", threshold = -0.25 },
}

describe("classify", function()
  it("elects by the votes of the nearest", function()
    for _, options in ipairs(cases) do
      assert_found(brute(each_alone(labels), options), triplet.classify(queries, references, labels, options))
    end
  end)

  it("leaves out what it is told to", function()
    for seed, options in ipairs(cases) do
      local with, self = { exclude = random_exclude(seed), reference_self = {} }, {}
      for i = 1, #queries do
        self[i] = i % 4 == 0 and 0 or i
      end
      with.reference_self = self
      for key, value in pairs(options) do
        with[key] = value
      end
      assert_found(brute(each_alone(labels), with), triplet.classify(queries, references, labels, with))
    end
  end)

  it("gives texts back as they came, and takes several or none a row", function()
    local sets, texts = {}, {}
    for i = 1, #references do
      sets[i], texts[i] = {}, {}
      for bit = 1, 3 do
        if i % (bit + 1) == 0 then
          table.insert(sets[i], bit - 1)
          table.insert(texts[i], words[bit])
        end
      end
    end
    texts[1] = { "ant" } -- so that they are numbered in this order
    sets[1] = { 0 }
    texts[2], sets[2] = { "ant", "bee" }, { 0, 1 }
    texts[3], sets[3] = "bee", { 1 }
    for _, options in ipairs(cases) do
      local expected = brute(sets, options)
      assert_found(expected, triplet.classify(queries, references, sets, options))
      for i, label in ipairs(expected.labels) do
        expected.labels[i] = label and words[label + 1]
      end
      assert_found(expected, triplet.classify(queries, references, texts, options))
    end
    local found = triplet.classify({ { 0 } }, { { 0 }, { 1 } }, { {}, {} })
    assert.same({ { false }, { 0 } }, { found.labels, found.votes })
  end)

  it("takes a memory, which brings its labels", function()
    local memory = triplet.memory{ capacity = 40 }
    assert.same({ false }, triplet.classify({ { 1, 2, 3 } }, memory).labels)
    memory:push(references, labels)
    local expected = triplet.classify(queries, references, labels, { k = 3 })
    assert.same(expected, triplet.classify(queries, memory, nil, { k = 3 }))
    memory:clear()
    memory:push({ { 0, 0, 0 } }, { "ant" })
    assert.same({ "ant" }, triplet.classify({ { 1, 2, 3 } }, memory).labels)
    assert.equal("bad argument #3 to 'classify' (reference_labels: expected none beside a memory, which holds its own)",
      failure(triplet.classify, { { 1, 2, 3 } }, memory, { 1 }))
  end)

  it("is the same for any number of threads, and of nothing finds nothing", function()
    local expected = triplet.classify(queries, references, labels)
    triplet.threads(3)
    local found = triplet.classify(queries, references, labels)
    triplet.threads(1)
    assert.same(expected, found)
    assert.same({ labels = {}, votes = {} }, triplet.classify(triplet.matrix(0, 3), references, labels))
  end)

  it("counts what is not finite as infinitely far where it is allowed", function()
    local rows = { { 0 }, { 0 / 0 } }
    assert.same({ 1, 1 }, triplet.classify({ { 1 }, { 2 } }, rows, { 1, 2 }, { k = 1, nonfinite = "allow" }).labels)
    assert.equal("queries: row 1 has a distance that is not finite",
      failure(triplet.classify, { { 1 } }, rows, { 1, 2 }):match("%((.*)%)"))
  end)

  local x = { { 0 }, { 1 } }
  for _, case in ipairs{
    { "#1 to 'classify' (queries: expected a matrix or a table of rows, got nil)" },
    { "#2 to 'classify' (references: expected a matrix or a table of rows, got nil)", x },
    { "#2 to 'classify' (references: expected 2 columns like queries, got 1)", { { 1, 2 } }, x, { 1, 2 } },
    { "#3 to 'classify' (reference_labels: expected a table of labels or { relations = matrix }, got nil)", x, x },
    { "#3 to 'classify' (reference_labels: expected labels of 2 rows, got 1)", x, x, { 1 } },
    { "#3 to 'classify' (reference_labels[2]: expected an integer, a text or a list of them, got boolean true)",
      x, x, { 1, true } },
    { "#4 to 'classify' (options: expected a table, got number 5)", x, x, { 1, 2 }, 5 },
    { "#4 to 'classify' (k: expected an integer in 1 .. 1000000000, got 0)", x, x, { 1, 2 }, { k = 0 } },
    { "#4 to 'classify' (threshold: expected a finite number, got nan)", x, x, { 1, 2 }, { threshold = 0 / 0 } },
    { "#4 to 'classify' (p: belongs to distance = \"minkowski\", got distance = \"cosine\")",
      x, x, { 1, 2 }, { distance = "cosine", p = 3 } },
    { "#4 to 'classify' (reference_self[1]: expected an integer in 0 .. 2, got 3)",
      x, x, { 1, 2 }, { reference_self = { 3, 0 } } },
    { "#4 to 'classify' (exclude: expected lists of 2 queries, got 1)", x, x, { 1, 2 }, { exclude = { {} } } },
    { "#4 to 'classify' (exclude: expected a table of lists, got number 1)", x, x, { 1, 2 }, { exclude = 1 } },
    { "#4 to 'classify' (exclude[2]: expected a table of integers, got number 1)",
      x, x, { 1, 2 }, { exclude = { {}, 1 } } },
    { "#4 to 'classify' (exclude[2][1]: expected an integer in 1 .. 2, got 3)",
      x, x, { 1, 2 }, { exclude = { {}, { 3 } } } },
    { "#4 to 'classify' (progress: expected a function, got number 1)", x, x, { 1, 2 }, { progress = 1 } },
  } do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.classify, case[2], case[3], case[4], case[5]))
    end)
  end

  it("takes no relations", function()
    assert.matches("^bad argument #3 to 'classify' %(reference_labels: expected labels, got a matrix of relations",
      failure(triplet.classify, x, x, { relations = { { 1, -1 }, { -1, 1 } } }))
  end)
end)

describe("nearest", function()
  it("leaves out what each query names, and has shorter lists where fewer are left", function()
    local distances = triplet.distances(queries, references)
    local shorter = 0
    for seed = 1, 5 do
      local options = { k = 30, exclude = random_exclude(seed) }
      local found = triplet.nearest(queries, references, options)
      for i = 1, #queries do
        local order = order_of(distances, i, excluded_of(options, i))
        local expected = {}
        for rank = 1, 30 do
          expected[rank] = order[rank]
          assert.equal(order[rank] and distances:get(i, order[rank]) or math.huge, found.distances:get(i, rank))
        end
        assert.same(expected, found.indices[i])
        shorter = shorter + (#expected < 30 and 1 or 0)
      end
    end
    assert.is_true(shorter > 5)
  end)

  it("is told when the lists do not fit in memory", function()
    local endless = setmetatable({}, { __len = function() return 2 ^ 60 end })
    for _, exclude in ipairs{ endless, { endless } } do
      assert.equal("not enough memory", failure(triplet.nearest, { { 0 } }, { { 0 } }, { k = 1, exclude = exclude }))
      assert.equal("not enough memory", failure(triplet.classify, { { 0 } }, { { 0 } }, { 1 }, { exclude = exclude }))
    end
  end)

  it("refuses references that are none", function()
    local x = { { 0 }, { 1 } }
    for message, exclude in pairs{
      ["exclude: expected a table of lists, got string \"x\""] = "x",
      ["exclude: expected lists of 2 queries, got 0"] = {},
      ["exclude: expected lists of 2 queries, got 3"] = { {}, {}, {} },
      ["exclude[1]: expected a table of integers, got boolean true"] = { true, {} },
      ["exclude[1][1]: expected an integer in 1 .. 2, got 0"] = { { 0 }, {} },
      ["exclude[2][2]: expected an integer in 1 .. 2, got 3"] = { {}, { 1, 3 } },
      ["exclude[2][1]: expected an integer, got number 1.5"] = { {}, { 1.5 } },
    } do
      assert.equal("bad argument #3 to 'nearest' (" .. message .. ")",
        failure(triplet.nearest, x, x, { k = 1, exclude = exclude }))
    end
  end)
end)
