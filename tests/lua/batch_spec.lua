local triplet = require "triplet"
local support = require "tests.lua.support"
local failure, flat, error_of = support.failure, support.flat, support.error_of

--- Every triplet of the batch in double, the gradients scattered to rows.
local function enumerate(rows, labels, options)
  local gradient, loss, count, active = {}, 0, 0, 0
  for i = 1, #rows do
    gradient[i] = {}
    for k = 1, #rows[1] do
      gradient[i][k] = 0
    end
  end
  local function add(i, list)
    for k, value in ipairs(list) do
      gradient[i][k] = gradient[i][k] + value
    end
  end
  for a = 1, #rows do
    for p = 1, #rows do
      for n = 1, #rows do
        if a ~= p and labels[a] == labels[p] and labels[a] ~= labels[n] then
          local t = support.triplet(rows[a], rows[p], rows[n], options)
          loss, count, active = loss + t.loss, count + 1, active + (t.active and 1 or 0)
          add(a, t.anchors)
          add(p, t.positives)
          add(n, t.negatives)
        end
      end
    end
  end
  return loss, gradient, count, active
end

local rows, labels = support.random_rows(24, 6, 5), {}
for i = 1, 24 do
  labels[i] = ({ -7, 0, 2147483647, -7, 12 })[i % 5 + 1]
end
labels[24] = 99

describe("batch_loss", function()
  it("is every triplet of the batch", function()
    for _, swap in ipairs{ false, true } do
      for _, soft_margin in ipairs{ false, true } do
        for _, measure in ipairs{ { "minkowski", 2 }, { "minkowski", 1 }, { "squared", 2 }, { "cosine", 2 } } do
          local options = { convention = "exact", distance = measure[1], p = measure[2], margin = 0.4,
                            swap = swap, soft_margin = soft_margin, reduction = "sum" }
          local r = triplet.batch_loss(rows, labels, options)
          local loss, gradient, count, active = enumerate(rows, labels, options)
          assert.equal(count, r.stats.triplets)
          assert.equal(active, r.active)
          assert.is_true(math.abs(r.loss - loss) <= 1e-5 * loss)
          assert.is_true(error_of(flat(r.gradient), flat(gradient)) <= 1e-5)
        end
      end
    end
  end)

  it("equals the indexed loss of what mine selects", function()
    for _, mining in ipairs{ "all", "hard", "semihard", "easy_positive", "distance_weighted", "random" } do
      local draws = mining == "distance_weighted" or mining == "random"
      local options = { mining = mining, seed = draws and 3 or nil }
      local picks = triplet.mine(rows, labels, options)
      local batch = triplet.batch_loss(rows, labels, options)
      local indexed = triplet.indexed_loss(rows, picks, { convention = "exact", margin = 0.2 })
      assert.equal(#picks.anchors, batch.stats.triplets)
      assert.is_true(#picks.anchors > 0)
      assert.equal(indexed.active, batch.active)
      assert.is_true(math.abs(indexed.loss - batch.loss) <= 1e-12)
      assert.is_true(error_of(flat(batch.gradient), flat(indexed.gradient)) <= 1e-6)
    end
  end)

  it("draws by seed", function()
    local function draw(seed)
      return table.concat(triplet.mine(rows, labels, { mining = "random", seed = seed }).negatives, " ")
    end
    assert.equal(draw(1), draw(1))
    assert.are_not.equal(draw(1), draw(2))
  end)

  it("says what it saw", function()
    local line = { { 0 }, { 1 }, { 1.1 }, { 3 }, { 9 } }
    local stats = triplet.batch_loss(line, { 1, 1, 2, 2, 3 }, { mining = "hard" }).stats
    local positive, negative = stats.mean_positive_distance, stats.mean_negative_distance
    -- 1: p 2, n 3 (1.1 in the margin); 2: p 1, n 3 (0.1); 3: p 4, n 2 (0.1); 4: p 3, n 2 (2 in the margin of 1.9).
    assert.same({ triplets = 4, active = 4, hard = 2, semihard = 2, easy = 0, anchors_without_positive = 1,
                  anchors_without_negative = 0, nonfinite = 0, collapsed = false,
                  mean_positive_distance = positive, mean_negative_distance = negative }, stats)
    assert.is_true(math.abs(positive - 1.45) < 1e-6)
    assert.is_true(math.abs(negative - (1.1 + 0.1 + 0.1 + 2) / 4) < 1e-6)
  end)

  it("has nothing to learn from one class, one row or none", function()
    for _, case in ipairs{ { { { 1 }, { 2 } }, { 5, 5 } }, { { { 1 } }, { 1 } }, { triplet.matrix(0, 1), {} } } do
      local r = triplet.batch_loss(case[1], case[2])
      assert.same({ 0, 0 }, { r.loss, r.stats.triplets })
      for _, value in ipairs(flat(r.gradient)) do
        assert.equal(0, value)
      end
    end
  end)

  it("gives one loss per anchor with reduction none", function()
    local none = triplet.batch_loss(rows, labels, { reduction = "none" })
    local sum = triplet.batch_loss(rows, labels, { reduction = "sum" })
    assert.same({ 24, 1 }, { none.loss.rows, none.loss.cols })
    local total = 0
    for i = 1, 24 do
      total = total + none.loss:get(i, 1)
    end
    assert.is_true(math.abs(total - sum.loss) <= 1e-5 * sum.loss)
  end)

  it("takes the batch itself as references", function()
    local self = {}
    for i = 1, #rows do
      self[i] = i
    end
    for _, mining in ipairs{ "all", "hard", "semihard" } do
      local plain = triplet.batch_loss(rows, labels, { mining = mining })
      local r = triplet.batch_loss(rows, labels, { mining = mining, references = rows, reference_labels = labels,
                                                   reference_self = self, reference_gradient = true })
      assert.equal(plain.stats.triplets, r.stats.triplets)
      assert.is_true(math.abs(plain.loss - r.loss) < 1e-12)
      local sum = {}
      for i, value in ipairs(flat(r.gradient)) do
        sum[i] = value + flat(r.reference_gradient)[i]
      end
      assert.is_true(error_of(sum, flat(plain.gradient)) <= 1e-5)
      assert.is_nil(plain.reference_gradient)
    end
  end)

  it("writes into an earlier result", function()
    local first = triplet.batch_loss(rows, labels)
    local gradient, stats, bytes = first.gradient, first.stats, first.gradient:tobytes()
    local second = triplet.batch_loss(rows, labels, { out = first })
    assert.equal(first, second)
    assert.equal(gradient, second.gradient)
    assert.equal(stats, second.stats)
    assert.equal(bytes, gradient:tobytes())
    assert.is_nil(triplet.batch_loss(rows, labels, { gradients = false }).gradient)
  end)

  it("raises what is not finite, or leaves it out", function()
    local bad = { { 0 }, { 1 }, { 0 / 0 }, { 2 } }
    assert.equal("bad argument #1 to 'batch_loss' (embeddings: row 3 or a distance of it is not finite)",
                 failure(triplet.batch_loss, bad, { 1, 1, 2, 2 }))
    local r = triplet.batch_loss(bad, { 1, 1, 2, 2 }, { nonfinite = "allow" })
    assert.equal(1, r.nonfinite)
    assert.equal(2, r.stats.triplets)
  end)

  local x, y = { { 0 }, { 1 }, { 2 } }, { 1, 1, 2 }
  local column = triplet.matrix(3, 1)
  local misuse = {
    { "#2 to 'batch_loss' (labels: expected a table of labels or { relations = matrix }, got nil)", x },
    { "#2 to 'batch_loss' (labels: expected labels of 3 rows, got 2)", x, { 1, 2 } },
    { "#2 to 'batch_loss' (labels[3]: expected an integer, a text or a list of them, got number 1.5)",
      x, { 1, 2, 1.5 } },
    { "#2 to 'batch_loss' (labels[1]: expected an integer, a text or a list of them, got number nan)",
      x, { 0 / 0, 2, 1 } },
    { "#2 to 'batch_loss' (labels[2]: expected no text beside integers >= 0, got string \"2\")", x, { 1, "2", 1 } },
    { "#2 to 'batch_loss' (labels[2]: expected an integer in -2147483648 .. 2147483647, got number 2147483648)",
      x, { 1, 2147483648, 1 } },
    { "#3 to 'batch_loss' (mining: expected one of all|hard|semihard|easy_positive|distance_weighted|random, "
      .. "got \"best\")", x, y,
      { mining = "best" } },
    { "#3 to 'batch_loss' (seed: expected an integer in 0 .. 9007199254740991, got -1)", x, y, { seed = -1 } },
    { "#3 to 'batch_loss' (ignore_label: expected an integer in -2147483648 .. 2147483647, got 0.5)",
      x, y, { ignore_label = 0.5 } },
    { "#3 to 'batch_loss' (weights: expected 3 numbers, got 1)", x, y, { weights = { 1 } } },
    { "#3 to 'batch_loss' (reference_self: expected references beside it, got none)",
      x, y, { reference_self = { 1, 2, 3 } } },
    { "#3 to 'batch_loss' (reference_gradient: expected references beside it, got none)",
      x, y, { reference_gradient = true } },
    { "#3 to 'batch_loss' (reference_self[1]: expected an integer in 0 .. 3, got -1)", x, y,
      { references = x, reference_labels = y, reference_self = { -1, 2, 3 } } },
    { "#3 to 'batch_loss' (out.gradient: expected 3 x 1, got 1 x 3)",
      x, y, { out = { gradient = triplet.matrix(1, 3) } } },
    { "#3 to 'batch_loss' (out.loss: expected memory of its own, shares grad_output's)", x, y,
      { reduction = "none", grad_output = column, out = { loss = column } } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.batch_loss, table.unpack(case, 2, 4)))
    end)
  end

  it("mine refuses options of the loss", function()
    assert.equal("bad argument #3 to 'mine' (options: unknown option \"swap\"; known are mining, positives, "
      .. "negatives, fallback, cutoff, far_cutoff, ignore_label, seed, violating, margin, convention, distance, p, "
      .. "eps, nonfinite, margins, references, reference_labels, reference_self, progress)",
      failure(triplet.mine, x, y, { swap = true }))
  end)
end)

describe("memory", function()
  it("is a ring of references", function()
    local memory = triplet.memory{ capacity = 3 }
    assert.equal(0, #memory)
    memory:push({ { 5 }, { 6 } }, { 1, 2 })
    assert.equal(2, #memory)
    memory:push({ { 7 }, { 8 } }, { 3, 1 })
    assert.equal(3, #memory)
    -- What it holds, as the nearest rows see it: 5 has gone.
    local found = triplet.nearest({ { 5 } }, memory, { k = 3 }).distances:totable()
    assert.same({ { 1, 2, 3 } }, found)
    memory:clear()
    assert.equal(0, #memory)
  end)

  it("takes part in losses, mining and evaluation", function()
    local memory = triplet.memory{ capacity = 100 }
    local alone = triplet.batch_loss({ { 0 }, { 1 } }, { 1, 2 }, { references = memory })
    assert.same({ 0, 0 }, { alone.loss, alone.stats.triplets })
    memory:push(rows, labels)
    local given = { references = rows, reference_labels = labels }
    local queries, names = support.random_rows(5, 6, 9), { -7, 0, 12, -7, 99 }
    assert.equal(triplet.batch_loss(queries, names, given).gradient:tobytes(),
                 triplet.batch_loss(queries, names, { references = memory }).gradient:tobytes())
    assert.same(triplet.mine(queries, names, given), triplet.mine(queries, names, { references = memory }))
    assert.same(triplet.evaluate(queries, names, given), triplet.evaluate(queries, names, { references = memory }))
  end)

  it("closes", function()
    local kept = triplet.memory{ capacity = 2 }
    kept:push({ { 1 } }, { 1 })
    support.close(kept)
    assert.matches("closed memory", failure(kept.push, kept, { { 1 } }, { 1 }))
    for _ = 1, 100 do
      triplet.memory{ capacity = 1000 }:push({ { 1 } }, { 1 })
    end
    collectgarbage()
  end)

  local memory = triplet.memory{ capacity = 2 }
  memory:push({ { 1, 2 } }, { 1 })
  local misuse = {
    { "bad argument #1 to 'memory' (capacity: expected an integer >= 1, got nil)", triplet.memory, {} },
    { "bad argument #1 to 'memory' (capacity: expected an integer >= 1, got number 0)",
      triplet.memory, { capacity = 0 } },
    { "bad argument #1 to 'memory' (options: unknown option \"size\"; known are capacity)",
      triplet.memory, { size = 1 } },
    { "bad argument #2 to 'push' (labels: expected labels of 1 rows, got 2)",
      memory.push, memory, { { 1, 2 } }, { 1, 2 } },
    { "bad argument #1 to 'push' (embeddings: expected 2 columns, got 1)", memory.push, memory, { { 1 } }, { 1 } },
    { "calling 'push' on bad self (expected a triplet.memory, got table)", memory.push, {} },
    { "bad argument #3 to 'batch_loss' (reference_labels: expected none beside a memory, which holds its own)",
      triplet.batch_loss, { { 1, 2 } }, { 1 }, { references = memory, reference_labels = { 1 } } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal(case[1], failure(table.unpack(case, 2, 6)))
    end)
  end
end)
