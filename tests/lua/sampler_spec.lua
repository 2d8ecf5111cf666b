--- triplet.sampler: what batches promise, and that they are those of a trainer.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

--- Labels of so many rows: classes of every size, a few of one row.
local function labels_of(rows)
  local labels = {}
  for i = 1, rows do
    labels[i] = math.floor(math.sqrt(i)) % 7
  end
  labels[rows - 1], labels[rows] = 100, 101
  return labels
end

local function ints(count)
  local list = {}
  for i = 1, count do
    list[i] = 0
  end
  return list
end

describe("a sampler", function()
  it("draws P classes x K rows, and uses all rows of a class before one again", function()
    local labels = labels_of(90)
    for seed = 1, 5 do
      local sampler = triplet.sampler{ labels = labels, classes_per_batch = 3, rows_per_class = 4, seed = seed }
      assert.equal(12, sampler.batch_rows)
      local uses, seen = ints(90), {}
      for _ = 1, 60 do
        local batch, classes, count = sampler:next(), {}, 0
        local twice = {}
        assert.is_true(#batch <= sampler.batch_rows)
        for _, row in ipairs(batch) do
          assert.is_nil(twice[row])
          twice[row] = true
          uses[row] = uses[row] + 1
          classes[labels[row]] = (classes[labels[row]] or 0) + 1
        end
        for label, rows in pairs(classes) do
          if label < 100 then
            count = count + 1
            seen[label] = true
            assert.is_true(rows <= 4)
          end
        end
        assert.equal(3, count)
      end
      for label = 0, 6 do
        assert.is_true(seen[label])
        local least, most = math.huge, 0
        for row = 1, 90 do
          if labels[row] == label then
            least, most = math.min(least, uses[row]), math.max(most, uses[row])
          end
        end
        assert.is_true(most - least <= 1)
      end
    end
  end)

  it("of epochs uses every row once before any again", function()
    local labels = labels_of(70)
    local sampler = triplet.sampler{ labels = labels, sampler = "epoch", classes_per_batch = 4, rows_per_class = 2 }
    for _ = 1, 3 do
      local uses, used = ints(70), 0
      while used < 70 do
        for _, row in ipairs(sampler:next()) do
          uses[row] = uses[row] + 1
          used = used + 1
        end
      end
      for row = 1, 70 do
        assert.equal(1, uses[row])
      end
    end
  end)

  it("makes the batches of a trainer", function()
    local labels, x = labels_of(50), triplet.matrix(50, 2):random(1)
    for _, name in ipairs{ "balanced", "epoch" } do
      for seed = 1, 3 do
        local shape = { labels = labels, sampler = name, classes_per_batch = 3, rows_per_class = 3, seed = seed }
        local sampler = triplet.sampler(shape)
        shape.data, shape.layers = x, { 2 }
        local trainer = triplet.trainer(shape)
        for _ = 1, 20 do
          trainer:step()
          assert.same(trainer.last_batch, sampler:next())
        end
      end
    end
  end)

  it("takes texts, several labels a row and none", function()
    local integers = { 0, 1, 0, 1, 2, 2, 0, 1 }
    local texts, sets = {}, {}
    for i, label in ipairs(integers) do
      texts[i], sets[i] = ("t" .. label), { label }
    end
    local shape = { classes_per_batch = 2, rows_per_class = 2 }
    local function first_of(labels)
      shape.labels = labels
      local sampler, batches = triplet.sampler(shape), {}
      for i = 1, 6 do
        batches[i] = sampler:next()
      end
      return batches
    end
    local expected = first_of(integers)
    assert.same(expected, first_of(texts))
    assert.same(expected, first_of(sets))
    local sampler = triplet.sampler{ labels = { {}, { 1, 2 }, { 1 }, {}, { 2 } } }
    for _ = 1, 5 do
      local batch = sampler:next()
      table.sort(batch)
      assert.same({ 2, 3, 5 }, batch)
    end
  end)

  it("of nothing to draw gives nothing", function()
    for _, name in ipairs{ "balanced", "epoch" } do
      local sampler = triplet.sampler{ labels = {}, sampler = name }
      assert.same({ 0, {} }, { sampler.batch_rows, sampler:next() })
    end
    local sampler = triplet.sampler{ labels = { 1, 2, 3 } }
    assert.same({ 0, {} }, { sampler.batch_rows, sampler:next() })
  end)

  it("is freed when nobody holds it, and can be closed", function()
    collectgarbage()
    local before = collectgarbage("count")
    local labels = labels_of(2000)
    for _ = 1, 50 do
      triplet.sampler{ labels = labels }:next()
    end
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 1000)
    local sampler = triplet.sampler{ labels = labels }
    debug.getmetatable(sampler).__close(sampler)
    assert.equal("calling 'next' on a closed sampler", failure(sampler.next, sampler))
    assert.is_nil(sampler.batch_rows)
  end)

  for _, case in ipairs{
    { "#1 to 'sampler' (labels: expected a table of labels or { relations = matrix }, got nil)" },
    { "#1 to 'sampler' (labels[2]: expected an integer, a text or a list of them, got number 1.5)",
      { labels = { 1, 1.5 } } },
    { "#1 to 'sampler' (options: expected a table, got number 1)", 1 },
    { "#1 to 'sampler' (options: unknown option \"rows\"; known are labels, sampler, classes_per_batch, "
      .. "rows_per_class, seed)", { rows = 1 } },
    { "#1 to 'sampler' (sampler: expected one of balanced|epoch, got \"all\")", { labels = { 1 }, sampler = "all" } },
    { "#1 to 'sampler' (classes_per_batch: expected an integer in 2 .. 1000000000, got 1)",
      { labels = { 1 }, classes_per_batch = 1 } },
    { "#1 to 'sampler' (rows_per_class: expected an integer in 2 .. 1000000000, got 1)",
      { labels = { 1 }, rows_per_class = 1 } },
    { "#1 to 'sampler' (seed: expected an integer in 0 .. 9007199254740991, got -1)", { labels = { 1 }, seed = -1 } },
  } do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.sampler, case[2]))
    end)
  end

  it("refuses relations", function()
    assert.matches("^bad argument #1 to 'sampler' %(labels: expected ", failure(triplet.sampler,
      { labels = { relations = { { 1, 1 }, { 1, 1 } } } }))
  end)
end)
