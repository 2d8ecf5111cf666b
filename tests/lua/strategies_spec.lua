-- Positive and negative strategies chosen apart, and the triplets of a kind, against a list of all triplets.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local rows = support.random_rows(24, 3, 11)
local labels = {}
for i = 1, #rows do
  labels[i] = i % 4
end

--- The triplets of each anchor as { a, p, n, ap, an }, in order.
local function every_triplet(options)
  local d, list = triplet.distances(rows, rows, options):totable(), {}
  for a = 1, #rows do
    for p = 1, #rows do
      for n = 1, #rows do
        if a ~= p and labels[a] == labels[p] and labels[a] ~= labels[n] then
          list[#list + 1] = { a = a, p = p, n = n, ap = d[a][p], an = d[a][n] }
        end
      end
    end
  end
  return list
end

--- Those for which keep(t, others) holds, others being all of the same anchor.
local function filtered(list, keep)
  local by_anchor, kept = {}, {}
  for _, t in ipairs(list) do
    by_anchor[t.a] = by_anchor[t.a] or {}
    table.insert(by_anchor[t.a], t)
  end
  for _, t in ipairs(list) do
    if keep(t, by_anchor[t.a]) then
      kept[#kept + 1] = t
    end
  end
  return kept
end

local function assert_picks(expected, picks)
  local names = { a = "anchors", p = "positives", n = "negatives" }
  for key, name in pairs(names) do
    local column = {}
    for i, t in ipairs(expected) do
      column[i] = t[key]
    end
    assert.same(column, picks[name])
  end
  assert.equal(#expected, picks.stats.triplets)
end

--- Whether no other triplet of the anchor is better(other, t).
local function is_best(t, others, better)
  for _, other in ipairs(others) do
    if better(other, t) then
      return false
    end
  end
  return true
end

local POSITIVES = {
  all = function()
    return true
  end,
  hard = function(t, others)
    return is_best(t, others, function(o)
      return o.ap > t.ap
    end)
  end,
  easy = function(t, others)
    return is_best(t, others, function(o)
      return o.ap < t.ap
    end)
  end,
}

local NEGATIVES = {
  all = POSITIVES.all,
  hard = function(t, others)
    return is_best(t, others, function(o)
      return o.an < t.an
    end)
  end,
  semihard = function(t, others)
    return t.an > t.ap and is_best(t, others, function(o)
      return o.p == t.p and o.an > t.ap and o.an < t.an
    end)
  end,
}

describe("strategies", function()
  it("are chosen apart", function()
    for _, distance in ipairs{ "minkowski", "dot" } do
      local list = every_triplet{ distance = distance }
      for positives, uses in pairs(POSITIVES) do
        for negatives, goes_with in pairs(NEGATIVES) do
          local expected = filtered(list, function(t, others)
            return uses(t, others) and goes_with(t, others)
          end)
          local options = { positives = positives, negatives = negatives, distance = distance }
          local picks = triplet.mine(rows, labels, options)
          assert_picks(expected, picks)

          local loss = triplet.batch_loss(rows, labels, options)
          local indexed = triplet.indexed_loss(rows, picks, { convention = "exact", margin = 0.2, distance = distance })
          assert.equal(#expected, loss.stats.triplets)
          assert.is_true(math.abs(indexed.loss - loss.loss) <= 1e-12)
          assert.is_true(support.error_of(support.flat(loss.gradient), support.flat(indexed.gradient)) <= 1e-6)
        end
      end
    end
  end)

  it("have the names of mining", function()
    local names = {
      all = { "all", "all" }, hard = { "hard", "hard" }, semihard = { "all", "semihard" },
      easy_positive = { "easy", "semihard" }, random = { "all", "random" },
      distance_weighted = { "all", "distance_weighted" },
    }
    for mining, pair in pairs(names) do
      assert.same(triplet.mine(rows, labels, { mining = mining }),
                  triplet.mine(rows, labels, { positives = pair[1], negatives = pair[2] }))
    end
  end)

  it("draw one negative for each positive that is used", function()
    local picks = triplet.mine(rows, labels, { positives = "hard", negatives = "random", seed = 4 })
    assert.equal(#rows, #picks.anchors)
    assert.same(triplet.mine(rows, labels, { mining = "hard" }).positives, picks.positives)
    for i, n in ipairs(picks.negatives) do
      assert.are_not.equal(labels[picks.anchors[i]], labels[n])
    end
  end)

  it("draw by distance within the cutoffs", function()
    local x, y = { { 1, 0 }, { 2, 0.2 }, { 0, 3 }, { -1, 1 }, { -5, 0 } }, { 1, 1, 2, 2, 2 }
    local function drawn(options)
      options.mining = "distance_weighted"
      local seen = {}
      for seed = 1, 60 do
        options.seed = seed
        local picks = triplet.mine(x, y, options)
        for i, a in ipairs(picks.anchors) do
          if a == 1 then
            seen[picks.negatives[i]] = true
          end
        end
      end
      return seen
    end
    -- Of rows of length 1 the negatives of row 1 lie at 1.41, 1.85 and 2.
    assert.same({}, drawn{})
    assert.same({ [3] = true }, drawn{ far_cutoff = 1.5 })
    assert.same({ [3] = true, [4] = true }, drawn{ far_cutoff = 1.9 })
    assert.same({ [3] = true, [4] = true, [5] = true }, drawn{ far_cutoff = 2.1, cutoff = 2 })
  end)

  it("are options of the trainer", function()
    local function weights(options)
      options.data, options.labels, options.layers, options.steps = rows, labels, { 2 }, 3
      options.classes_per_batch, options.rows_per_class = 3, 4
      local trainer = triplet.trainer(options)
      trainer:run()
      return trainer:embed(rows):tobytes()
    end
    assert.are_not.equal(weights{}, weights{ positives = "easy", negatives = "hard" })
  end)

  local refused = {
    { { mining = "hard", positives = "easy" }, 'positives: belongs to mining = "all", got mining = "hard"' },
    { { mining = "semihard", negatives = "hard" }, 'negatives: belongs to mining = "all", got mining = "semihard"' },
    { { negatives = "hard", seed = 3 },
      'seed: belongs to mining = "distance_weighted" or "random", got mining = "all"' },
    { { negatives = "random", cutoff = 1 }, 'cutoff: belongs to mining = "distance_weighted", got mining = "all"' },
    { { negatives = "easy" },
      'negatives: expected one of mining|all|hard|semihard|random|distance_weighted, got "easy"' },
    { { mining = "hard", violating = "all" }, 'violating: belongs to mining = "all", got mining = "hard"' },
    { { violating = "all", positives = "hard" },
      'positives: belongs to violating = "none", got violating = "all"' },
  }
  for _, case in ipairs(refused) do
    it("refuse: " .. case[2], function()
      assert.equal("bad argument #3 to 'mine' (" .. case[2] .. ")", failure(triplet.mine, rows, labels, case[1]))
    end)
  end
end)

describe("violating triplets", function()
  local KINDS = {
    all = function(h)
      return h > 0
    end,
    hard = function(h, t)
      return h > 0 and t.an <= t.ap
    end,
    semihard = function(h, t)
      return h > 0 and t.an > t.ap
    end,
    easy = function(h)
      return h <= 0
    end,
  }

  it("are all of their kind", function()
    local list = every_triplet()
    for _, margin in ipairs{ 0.2, 0, -0.1, 5 } do
      for kind, is in pairs(KINDS) do
        local expected = filtered(list, function(t)
          return is((t.ap + margin) - t.an, t)
        end)
        local picks = triplet.mine(rows, labels, { violating = kind, margin = margin })
        assert_picks(expected, picks)
      end
    end
  end)

  it("touch the margin as the convention has it", function()
    local line, y = { { 0 }, { 1 }, { 2 } }, { 1, 1, 2 } -- d(1, 2) = 1, d(1, 3) = 2, d(2, 3) = 1
    local function count(convention, kind)
      return #triplet.mine(line, y, { convention = convention, violating = kind, margin = 1,
                                      eps = convention ~= "exact" and 0 or nil }).anchors
    end
    assert.same({ 1, 1, 0, 1 }, { count("exact", "all"), count("exact", "hard"), count("exact", "semihard"),
                                  count("exact", "easy") })
    assert.same({ 2, 1, 1, 0 }, { count("torch", "all"), count("torch", "hard"), count("torch", "semihard"),
                                  count("torch", "easy") })
    assert.equal(2, count("optax", "all"))
  end)

  it("are what losses of all triplets call active", function()
    local loss = triplet.batch_loss(rows, labels, { margin = 0.4 })
    assert.equal(loss.active, #triplet.mine(rows, labels, { margin = 0.4, violating = "all" }).anchors)
    local indexed = triplet.indexed_loss(rows, triplet.mine(rows, labels, { margin = 0.4, violating = "all" }),
                                         { convention = "exact", margin = 0.4, reduction = "mean" })
    local nonzero = triplet.batch_loss(rows, labels, { margin = 0.4, reduction = "mean_nonzero" })
    assert.is_true(math.abs(indexed.loss - nonzero.loss) <= 1e-12)
  end)
end)
