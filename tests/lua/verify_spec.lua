--- triplet.verify and triplet.verify_pairs against a brute force over all pairs and all thresholds.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

--- Rows of whole numbers, so that many pairs are at one distance.
local function grid_rows(rows, cols, steps, seed)
  local list = support.random_rows(rows, cols, seed)
  for i = 1, rows do
    for j = 1, cols do
      list[i][j] = math.floor(list[i][j] * steps)
    end
  end
  return list
end

--- The rates of a threshold, from pairs { distance, same }.
local function rates_of(pairs_of, threshold)
  local same, different, accepted_same, accepted_different = 0, 0, 0, 0
  for _, pair in ipairs(pairs_of) do
    local accepted = pair.distance <= threshold and 1 or 0
    if pair.same then
      same, accepted_same = same + 1, accepted_same + accepted
    else
      different, accepted_different = different + 1, accepted_different + accepted
    end
  end
  return {
    same = same,
    different = different,
    tar = accepted_same / same,
    far = accepted_different / different,
    accuracy = (accepted_same + different - accepted_different) / (same + different),
  }
end

--- Where something changes: at minus infinity and at each distance that pairs have.
local function points_of(pairs_of)
  local distances, seen = { -math.huge }, {}
  for _, pair in ipairs(pairs_of) do
    if not seen[pair.distance] then
      seen[pair.distance] = true
      table.insert(distances, pair.distance)
    end
  end
  table.sort(distances)
  local points = {}
  for i, distance in ipairs(distances) do
    points[i] = rates_of(pairs_of, distance)
    points[i].threshold = distance
  end
  return points
end

local function auc_of(pairs_of)
  local nearer, all = 0, 0
  for _, one in ipairs(pairs_of) do
    for _, other in ipairs(pairs_of) do
      if one.same and not other.same then
        all = all + 1
        nearer = nearer + (one.distance < other.distance and 1 or one.distance == other.distance and 0.5 or 0)
      end
    end
  end
  return nearer / all
end

--- Where FAR = 1 - TAR, on the line between two points.
local function eer_of(points)
  for i = 2, #points do
    local a, b = points[i - 1], points[i]
    if b.far + b.tar >= 1 then
      local share = (1 - a.tar - a.far) / (b.far - a.far + b.tar - a.tar)
      return a.far + share * (b.far - a.far)
    end
  end
end

--- How near FAR and 1 - TAR come to each other in the points that are next to a pair of the rarer kind.
local function least_error(pairs_of, points)
  local rarer, least = {}, math.huge
  for _, pair in ipairs(pairs_of) do
    if pair.same == (points[1].same <= points[1].different) then
      rarer[pair.distance] = true
    end
  end
  for i, point in ipairs(points) do
    if rarer[point.threshold] or points[i + 1] and rarer[points[i + 1].threshold] then
      least = math.min(least, math.abs(point.far - (1 - point.tar)))
    end
  end
  return least
end

local function near(expected, found)
  assert.is_true(math.abs(expected - found) < 1e-12, ("expected %.17g, got %.17g"):format(expected, found or 0 / 0))
end

local FAR = { 0, 0.01, 0.1, 0.35, 1 }

--- Everything that verify found, held against the pairs.
local function assert_found(pairs_of, found, threshold)
  local points = points_of(pairs_of)
  assert.same({ points[1].same, points[1].different }, { found.same, found.different })
  assert.equal(math.min(found.same, found.different), found.used)
  near(auc_of(pairs_of), found.auc)
  near(eer_of(points), found.eer)
  local at_eer = rates_of(pairs_of, found.eer_threshold)
  near(least_error(pairs_of, points), math.abs(at_eer.far - (1 - at_eer.tar)))

  local best, smallest = 0, nil
  for _, point in ipairs(points) do
    if point.accuracy > best + 1e-13 then
      best, smallest = point.accuracy, point
    end
  end
  near(best, found.accuracy)
  near(best, rates_of(pairs_of, found.threshold).accuracy)
  assert.same({ smallest.far, smallest.tar },
    { rates_of(pairs_of, found.threshold).far, rates_of(pairs_of, found.threshold).tar })

  for _, far in ipairs(FAR) do
    local most = 0
    for _, point in ipairs(points) do
      most = point.far <= far and math.max(most, point.tar) or most
    end
    near(most, found.tar[far])
    local there = rates_of(pairs_of, found.threshold_at[far])
    near(most, there.tar)
    assert.is_true(there.far <= far)
  end
  if threshold then
    local expected = rates_of(pairs_of, threshold)
    assert.equal(threshold, found.judged.threshold)
    for _, name in ipairs{ "far", "tar", "accuracy" } do
      near(expected[name], found.judged[name])
    end
  else
    assert.is_nil(found.judged)
  end
end

--- The curve's points are points of the pairs, in order, from (0, 0) to (1, 1).
local function assert_curve(pairs_of, curve, most)
  local last = #curve.far
  assert.is_true(last >= 2 and last <= most)
  assert.same({ last, last }, { #curve.tar, #curve.thresholds })
  assert.same({ 0, 0, -math.huge }, { curve.far[1], curve.tar[1], curve.thresholds[1] })
  assert.same({ 1, 1 }, { curve.far[last], curve.tar[last] })
  for i = 1, last do
    local expected = rates_of(pairs_of, curve.thresholds[i])
    near(expected.far, curve.far[i])
    near(expected.tar, curve.tar[i])
    assert.is_true(i == 1 or curve.thresholds[i] > curve.thresholds[i - 1])
  end
end

--- The pairs of the rows of one set, or of queries and references; related(i, j): true, false or nil for no pair.
local function pairs_among(distances, related, one_set)
  local list = {}
  for i = 1, distances.rows do
    for j = one_set and i + 1 or 1, distances.cols do
      local same = related(i, j)
      if same ~= nil then
        list[#list + 1] = { distance = distances:get(i, j), same = same }
      end
    end
  end
  return list
end

local measures = { {}, { distance = "cosine" }, { p = 1 }, { distance = "squared" }, { distance = "dot" } }

local function with(measure, more)
  local options = { far = FAR, curve = 1000 }
  for _, given in ipairs{ measure, more or {} } do
    for key, value in pairs(given) do
      options[key] = value
    end
  end
  return options
end

describe("verify", function()
  local labels = {}
  for i = 1, 36 do
    labels[i] = (i * 5) % 4
  end

  it("is what a search of all thresholds finds", function()
    for seed = 1, 3 do
      local rows = seed == 1 and support.random_rows(36, 3, seed) or grid_rows(36, 3, seed, seed)
      for _, measure in ipairs(measures) do
        local distances = triplet.distances(rows, rows, measure)
        local pairs_of = pairs_among(distances, function(i, j)
          return labels[i] == labels[j]
        end, true)
        local threshold = pairs_of[7].distance
        local found = triplet.verify(rows, labels, with(measure, { threshold = threshold }))
        assert_found(pairs_of, found, threshold)
        assert_curve(pairs_of, found.curve, 1000)
        assert_found(pairs_of, triplet.verify(rows, labels, with(measure)))
      end
    end
  end)

  it("compares queries with references, but a query with itself", function()
    local rows, references = grid_rows(20, 2, 4, 1), grid_rows(30, 2, 4, 2)
    local query_labels, reference_labels, self = {}, {}, {}
    for i = 1, 20 do
      query_labels[i], self[i] = i % 3, 0
    end
    for j = 1, 30 do
      reference_labels[j] = j % 4
    end
    references[5], self[3] = rows[3], 5
    reference_labels[5] = query_labels[3]
    local pairs_of = pairs_among(triplet.distances(rows, references), function(i, j)
      if self[i] ~= j then
        return query_labels[i] == reference_labels[j]
      end
    end)
    local found = triplet.verify(rows, query_labels, with({}, {
      references = references, reference_labels = reference_labels, reference_self = self,
    }))
    assert_found(pairs_of, found)
    local memory = triplet.memory{ capacity = 30 }
    memory:push(references, reference_labels)
    assert.same(found, triplet.verify(rows, query_labels, with({}, { references = memory, reference_self = self })))
  end)

  it("takes texts, several labels a row, a label to leave out, and relations", function()
    local rows = grid_rows(24, 2, 3, 5)
    local sets, texts = {}, {}
    for i = 1, 24 do
      sets[i], texts[i] = { i % 3, 3 + i % 2 }, { "a" .. i % 3, "b" .. i % 2 }
    end
    sets[4], texts[4] = {}, {}
    local function related(i, j)
      if i == 4 or j == 4 then
        return nil
      end
      return i % 3 == j % 3 or i % 2 == j % 2
    end
    local distances = triplet.distances(rows, rows)
    local pairs_of = pairs_among(distances, related, true)
    local found = triplet.verify(rows, sets, with{})
    assert_found(pairs_of, found)
    assert.same(found, triplet.verify(rows, texts, with{}))

    local without = pairs_among(distances, function(i, j)
      if i % 3 ~= 2 and j % 3 ~= 2 then
        return related(i, j)
      end
    end, true)
    assert_found(without, triplet.verify(rows, sets, with({}, { ignore_label = 2 })))

    local matrix, state = triplet.matrix(24, 24), 7
    for i = 1, 24 do
      for j = 1, 24 do
        state = support.next(state)
        matrix:set(i, j, math.floor(state / 65536) % 3 - 1)
      end
    end
    local directed = {}
    for i = 1, 24 do
      for j = 1, 24 do
        if i ~= j and matrix:get(i, j) ~= 0 then
          table.insert(directed, { distance = distances:get(i, j), same = matrix:get(i, j) == 1 })
        end
      end
    end
    assert_found(directed, triplet.verify(rows, { relations = matrix }, with{}))
  end)

  it("cuts the curve down to as many points as are wanted", function()
    local rows = support.random_rows(36, 3, 9)
    local pairs_of = pairs_among(triplet.distances(rows, rows), function(i, j)
      return labels[i] == labels[j]
    end, true)
    for _, most in ipairs{ 2, 3, 10, 50 } do
      local found = triplet.verify(rows, labels, { curve = most })
      assert_curve(pairs_of, found.curve, most)
      assert.equal(most, #found.curve.far)
    end
    assert_curve(pairs_of, triplet.verify(rows, labels).curve, 500)
  end)

  it("samples the rarer kind of pairs where there are too many", function()
    local rows = support.random_rows(36, 3, 11)
    local all = triplet.verify(rows, labels, { far = FAR })
    local some = triplet.verify(rows, labels, { far = FAR, most_pairs = 60, seed = 3 })
    assert.same({ all.same, all.different, 60 }, { some.same, some.different, some.used })
    assert.is_true(math.abs(all.auc - some.auc) < 0.15)
    assert.same(some, triplet.verify(rows, labels, { far = FAR, most_pairs = 60, seed = 3 }))
    assert.is_not.same(some, triplet.verify(rows, labels, { far = FAR, most_pairs = 60, seed = 4 }))
    assert.same(all, triplet.verify(rows, labels, { far = FAR, most_pairs = all.used }))
  end)

  it("has no figure where there are no pairs of a kind", function()
    for _, found in ipairs{
      triplet.verify({ { 0 }, { 1 } }, { 1, 1 }, { far = { 0.5 }, curve = 9, threshold = 1 }),
      triplet.verify({ { 0 }, { 1 } }, { 1, 2 }, { far = { 0.5 }, curve = 9, threshold = 1 }),
      triplet.verify({}, {}, { far = { 0.5 }, curve = 9, threshold = 1 }),
      triplet.verify_pairs({}, {}, {}, { far = { 0.5 }, curve = 9, threshold = 1 }),
    } do
      for _, name in ipairs{ "auc", "eer", "eer_threshold", "accuracy", "threshold" } do
        assert.is_nil(found[name])
      end
      assert.same({ {}, {}, nil }, { found.tar, found.threshold_at, found.curve })
    end
    local judged = triplet.verify({ { 0 }, { 1 } }, { 1, 1 }, { threshold = 1 }).judged
    assert.same({ threshold = 1, tar = 1, accuracy = 1 }, judged)
    judged = triplet.verify({ { 0 }, { 1 } }, { 1, 2 }, { threshold = 1 }).judged
    assert.same({ threshold = 1, far = 1, accuracy = 0 }, judged)
    assert.same({ threshold = 1 }, triplet.verify({}, {}, { threshold = 1 }).judged)
    assert.same({ tar = {}, threshold_at = {}, same = 1, different = 0, used = 0 },
      triplet.verify({ { 0 }, { 1 } }, { 1, 1 }))
  end)

  it("has the keys that were given", function()
    local found = triplet.verify({ { 0 }, { 1 }, { 5 } }, { 1, 1, 2 }, { far = { 1, 0, 1e-3 } })
    assert.equal(1, found.tar[1])
    assert.equal(found.tar[1], found.tar[1.0])
    assert.is_number(found.tar[0])
    assert.is_number(found.threshold_at[0.001])
    local none = triplet.verify({ { 0 }, { 0 }, { 0 } }, { 1, 1, 2 }, { far = { 0 } })
    assert.same({ 0, -math.huge }, { none.tar[0], none.threshold_at[0] })
  end)

  it("is told when it does not fit in memory", function()
    local endless = setmetatable({}, { __len = function() return 2 ^ 60 end })
    assert.equal("not enough memory", failure(triplet.verify, { { 0 } }, { 1 }, { far = endless }))
  end)

  it("is the same for any number of threads", function()
    local rows, many = triplet.synthetic("blobs", 500, 1, 1)
    local expected = triplet.verify(rows, many, with{})
    triplet.threads(3)
    local found = triplet.verify(rows, many, with{})
    triplet.threads(1)
    assert.same(expected, found)
  end)

  local x, kinds = { { 0 }, { 1 }, { 2 } }, { 1, 1, 2 }
  for _, case in ipairs{
    { "#1 to 'verify' (embeddings: expected a matrix or a table of rows, got nil)" },
    { "#2 to 'verify' (labels: expected a table of labels or { relations = matrix }, got nil)", x },
    { "#2 to 'verify' (labels: expected labels of 3 rows, got 1)", x, { 1 } },
    { "#2 to 'verify' (labels[3]: expected an integer, a text or a list of them, got boolean false)",
      x, { 1, 1, false } },
    { "#3 to 'verify' (options: expected a table, got boolean true)", x, kinds, true },
    { "#3 to 'verify' (far: expected a table of numbers, got number 0.5)", x, kinds, { far = 0.5 } },
    { "#3 to 'verify' (far[2]: expected a number, got string \"0.1\")", x, kinds, { far = { 0, "0.1" } } },
    { "#3 to 'verify' (curve: expected an integer, got string \"x\")", x, kinds, { curve = "x" } },
    { "#3 to 'verify' (curve: expected an integer in 2 .. 1000000, got 1)", x, kinds, { curve = 1 } },
    { "#3 to 'verify' (threshold: expected a number, got string \"x\")", x, kinds, { threshold = "x" } },
    { "#3 to 'verify' (most_pairs: expected an integer in 1 .. 1000000000, got 0)", x, kinds, { most_pairs = 0 } },
    { "#3 to 'verify' (seed: expected an integer in 0 .. 9007199254740991, got -1)", x, kinds, { seed = -1 } },
    { "#3 to 'verify' (reference_labels: expected references beside it, got none)",
      x, kinds, { reference_labels = kinds } },
    { "#3 to 'verify' (references: expected 1 columns like embeddings, got 2)",
      x, kinds, { references = { { 1, 2 } }, reference_labels = { 1 } } },
    { "#3 to 'verify' (progress: expected a function, got number 1)", x, kinds, { progress = 1 } },
  } do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.verify, case[2], case[3], case[4]))
    end)
  end

  for name, given in pairs{ far = { far = { 2 } }, ["far "] = { far = { 0 / 0 } } } do
    it("refuses a " .. name .. " that is none", function()
      assert.matches("^bad argument #3 to 'verify' %(" .. name:gsub(" ", ""), failure(triplet.verify, x, kinds, given))
    end)
  end
end)

describe("verify_pairs", function()
  it("is what a search of all thresholds finds", function()
    for seed = 1, 4 do
      local first, second = grid_rows(60, 2, 3, seed), grid_rows(60, 2, 3, seed + 10)
      local same, numbers = {}, {}
      for i = 1, 60 do
        same[i] = (i * 7) % 3 == 0
        numbers[i] = same[i] and 1 or 0
      end
      for _, measure in ipairs(measures) do
        local distances, pairs_of = triplet.distances(first, second, measure), {}
        for i = 1, 60 do
          pairs_of[i] = { distance = distances:get(i, i), same = same[i] }
        end
        local found = triplet.verify_pairs(first, second, same, with(measure, { threshold = 1.5 }))
        assert_found(pairs_of, found, 1.5)
        assert_curve(pairs_of, found.curve, 1000)
        assert.same(found, triplet.verify_pairs(first, second, numbers, with(measure, { threshold = 1.5 })))
      end
    end
  end)

  local x = { { 0 }, { 1 } }
  for _, case in ipairs{
    { "#1 to 'verify_pairs' (first: expected a matrix or a table of rows, got nil)" },
    { "#2 to 'verify_pairs' (second: expected a matrix or a table of rows, got nil)", x },
    { "#2 to 'verify_pairs' (second: expected 2 x 1 like first, got 1 x 1)", x, { { 1 } }, { 1, 0 } },
    { "#3 to 'verify_pairs' (same: expected a table of booleans, got nil)", x, x },
    { "#3 to 'verify_pairs' (same: expected 2 booleans like rows of first, got 1)", x, x, { true } },
    { "#3 to 'verify_pairs' (same[2]: expected a boolean, 0 or 1, got number 2)", x, x, { true, 2 } },
    { "#3 to 'verify_pairs' (same[1]: expected a boolean, 0 or 1, got string \"1\")", x, x, { "1", 2 } },
    { "#4 to 'verify_pairs' (options: expected a table, got number 1)", x, x, { 1, 0 }, 1 },
    { "#4 to 'verify_pairs' (far: expected a table of numbers, got number 0.5)", x, x, { 1, 0 }, { far = 0.5 } },
  } do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.verify_pairs, case[2], case[3], case[4], case[5]))
    end)
  end
end)

describe("share_interval", function()
  it("is Wilson's", function()
    local z = 1.959963984540054
    for count = 1, 40 do
      for hits = 0, count do
        local share = hits / count
        local middle = (share + z * z / (2 * count)) / (1 + z * z / count)
        local half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
        local low, high = triplet.share_interval(share, count)
        assert.is_true(math.abs(low - math.max(middle - half, 0)) < 1e-9)
        assert.is_true(math.abs(high - math.min(middle + half, 1)) < 1e-9)
      end
    end
    assert.same({ n = 2 }, { n = select("#", triplet.share_interval(0, 0)), triplet.share_interval(0, 0) })
  end)

  for _, case in ipairs{
    { "#1 to 'share_interval' (share: expected a number, got nil)" },
    { "#2 to 'share_interval' (count: expected an integer >= 0, got nil)", 0.5 },
    { "#2 to 'share_interval' (count: expected an integer >= 0, got number -1)", 0.5, -1 },
  } do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.share_interval, case[2], case[3]))
    end)
  end
end)
