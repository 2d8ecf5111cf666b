--- What PyTorch, optax and pytorch-metric-learning answered; tests/golden/README.md says how the files are read.
local triplet = require "triplet"
local support = require "tests.lua.support"

--- A word, as a number where it is one, which Lua does not read "inf" as.
local function value_of(word)
  return word == "inf" and math.huge or tonumber(word) or word
end

--- Cases as tables: every key's words, as numbers where they are.
local function read_cases(path)
  local cases, case = {}, nil
  for line in assert(io.open(path)):lines() do
    local key, rest = line:match("^(%S+) ?(.*)$")
    if key == "case" then
      case = { name = rest }
      cases[#cases + 1] = case
    elseif case and key and key ~= "end" and key ~= "#" then
      local list = {}
      for word in rest:gmatch("%S+") do
        list[#list + 1] = value_of(word)
      end
      case[key] = list
    end
  end
  return cases
end

local function matrix(list, rows, cols)
  local m = triplet.matrix(rows, cols)
  for i, value in ipairs(list) do
    m:set(math.floor((i - 1) / cols) + 1, (i - 1) % cols + 1, value)
  end
  return m
end

describe("golden vectors", function()
  for _, case in ipairs(read_cases("tests/golden/explicit.txt")) do
    it(case.name, function()
      local n, d = case.n[1], case.d[1]
      local function rows(name)
        return matrix(case[name], n, d)
      end
      local r = triplet.margin_loss(rows("anchors"), rows("positives"), rows("negatives"), {
        convention = case.convention[1],
        p = case.p[1],
        margin = case.margin[1],
        eps = case.eps[1],
        swap = case.swap[1] == 1,
        reduction = case.reduction[1],
      })
      local loss = case.reduction[1] == "none" and support.flat(r.loss) or { r.loss }
      for i, expected in ipairs(case.loss) do
        assert.is_true(math.abs(loss[i] - expected) <= 1e-5 * math.abs(expected))
      end
      -- Against the largest entry of the triplet's three gradients.
      for i = 1, n do
        local actual, expected = {}, {}
        for _, name in ipairs{ "anchors", "positives", "negatives" } do
          table.move(r.gradients[name]:totable()[i], 1, d, #actual + 1, actual)
          table.move(case["gradient_" .. name], (i - 1) * d + 1, i * d, #expected + 1, expected)
        end
        assert.is_true(support.error_of(actual, expected) <= 1e-5)
      end
    end)
  end

  local rules = {
    all = { mining = "all" },
    hard = { mining = "hard" },
    easy_positive = { mining = "easy_positive" },
    semihard_skip = { mining = "semihard" },
    semihard_farthest = { mining = "semihard", fallback = "farthest" },
  }
  for _, case in ipairs(read_cases("tests/golden/batch.txt")) do
    local rule = rules[case.rule[1]]
    if rule then
      it(case.name, function()
        local embeddings = matrix(case.embeddings, case.b[1], case.d[1])
        local picks = triplet.mine(embeddings, case.labels, rule)
        assert.equal(case.count[1], #picks.anchors)
        if case.triplets then
          local found = {}
          for i, anchor in ipairs(picks.anchors) do
            table.move({ anchor - 1, picks.positives[i] - 1, picks.negatives[i] - 1 }, 1, 3, #found + 1, found)
          end
          assert.same(case.triplets, found)
        end
        if case.loss then
          local r = triplet.batch_loss(embeddings, case.labels, {
            mining = rule.mining,
            fallback = rule.fallback,
            margin = case.margin[1],
            swap = case.swap[1] == 1,
            soft_margin = case.soft_margin[1] == 1,
            reduction = case.reduction[1],
          })
          assert.is_true(math.abs(r.loss - case.loss[1]) <= 1e-5 * math.abs(case.loss[1]))
          assert.is_true(support.error_of(support.flat(r.gradient), case.gradient) <= 1e-5)
          assert.equal(case.count[1], r.stats.triplets)
        end
      end)
    end
  end

  --- What float32 can meet of them: README.md.
  local function tolerance_of(case, distances)
    local largest, steepest = 0, 1
    for _, distance in ipairs(support.flat(distances)) do
      largest = math.max(largest, math.abs(distance))
    end
    for _, name in ipairs { "alpha", "beta" } do
      steepest = math.max(steepest, case[name] and case[name][1] or 0)
    end
    steepest = math.max(steepest, case.temperature and 1 / case.temperature[1] or 0)
    return 1e-6 + 2 ^ -23 * largest * steepest
  end

  local OPTIONS = { "loss", "distance", "positive_margin", "negative_margin", "temperature", "alpha", "beta",
    "base", "reduction" }

  for _, case in ipairs(read_cases("tests/golden/losses.txt")) do
    it(case.name, function()
      local b, d, r = case.b[1], case.d[1], case.r[1]
      local embeddings, references = matrix(case.embeddings, b, d), matrix(case.references, r, d)
      local options = { p = case.distance[1] == "minkowski" and case.p[1] or nil }
      for _, name in ipairs(OPTIONS) do
        options[name] = case[name] and case[name][1]
      end
      if r > 0 then
        options.references, options.reference_labels, options.reference_gradient = references, case.reference_labels,
          true
      end
      local found = triplet.batch_loss(embeddings, case.labels, options)
      local tolerance = tolerance_of(case, triplet.distances(embeddings, r > 0 and references or embeddings,
        { distance = options.distance, p = options.p }))
      assert.is_true(math.abs(found.loss - case.value[1]) <= tolerance * math.abs(case.value[1]))
      for _, name in ipairs { "gradient", r > 0 and "reference_gradient" or nil } do
        for i, row in ipairs(found[name]:totable()) do
          local expected = table.move(case[name], (i - 1) * d + 1, i * d, 1, {})
          assert.is_true(support.error_of(row, expected) <= tolerance)
        end
      end
    end)
  end

  local function largest(list)
    local size = 0
    for _, value in ipairs(list) do
      size = math.max(size, math.abs(value))
    end
    return size
  end

  for _, case in ipairs(read_cases("tests/golden/axes.txt")) do
    it(case.name, function()
      local n, d = case.n[1], case.d[1]
      local x = matrix(case.x, n, d)
      local found = triplet.principal_axes(x, { count = case.count[1] })
      assert.is_true(support.error_of(support.flat(found.mean), case.mean) <= 1e-7)
      assert.is_true(support.error_of(support.flat(found.axes), case.axes) <= 2e-6)
      for i, share in ipairs(case.shares) do
        assert.near(share, found.shares[i], 1e-9)
      end
      local size = largest(case.mean) + largest(case.projected)
      for i, value in ipairs(support.flat(triplet.project(x, found))) do
        assert.near(case.projected[i], value, 1e-6 * size)
      end
    end)
  end

  local FIGURES = { "precision_at_1", "r_precision", "map_at_r", "map", "mrr" }

  local function near(found, expected)
    assert.is_true(found == expected or math.abs(found - expected) <= 1e-12)
  end

  for _, case in ipairs(read_cases("tests/golden/evaluation.txt")) do
    it(case.name, function()
      local b, d, r = case.b[1], case.d[1], case.r[1]
      local options = { distance = case.distance[1], p = case.distance[1] == "minkowski" and case.p[1] or nil }
      if r > 0 then
        options.references, options.reference_labels = matrix(case.references, r, d), case.reference_labels
      end
      if case.self[1] == 1 then
        options.reference_self = {}
        for i = 1, b do
          options.reference_self[i] = i
        end
      end
      local e = triplet.evaluate(matrix(case.embeddings, b, d), case.labels, options)
      assert.equal(case.queries[1], e.queries)
      local asked = {}
      for _, class in ipairs(e.classes) do
        asked[#asked + 1] = class.queries > 0 and class or nil
      end
      for _, name in ipairs(FIGURES) do
        near(e[name], case[name] and case[name][1])
        near(e.macro[name], case["macro_" .. name] and case["macro_" .. name][1])
        for i, class in ipairs(asked) do
          assert.equal(case.classes[i], class.label)
          near(class[name], case["class_" .. name][i])
        end
      end
      assert.equal(case.classes and #case.classes or 0, #asked)
    end)
  end
end)
