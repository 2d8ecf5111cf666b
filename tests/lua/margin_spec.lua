local triplet = require "triplet"
local support = require "tests.lua.support"
local failure, flat, error_of = support.failure, support.flat, support.error_of

-- d(a, p) = 1, d(a, n) = 5: hinge 1 + margin - 5.
local anchors, positives, negatives = { { 0, 0 }, { 0, 0 } }, { { 0, 1 }, { 1, 0 } }, { { 3, 4 }, { 0, 0.5 } }
local exact = { convention = "exact" }

local function with(base, more)
  local options = {}
  for key, value in pairs(base) do
    options[key] = value
  end
  for key, value in pairs(more) do
    options[key] = value
  end
  return options
end

describe("margin_loss", function()
  it("is right by hand", function()
    local r = triplet.margin_loss(anchors, positives, negatives, exact)
    assert.equal(0.75, r.loss)
    assert.equal(1, r.active)
    assert.equal(0, r.nonfinite)
    -- Only the second triplet is active: (d_ap / da - d_an / da) / 2.
    assert.same({ { 0, 0 }, { -0.5, 0.5 } }, r.gradients.anchors:totable())
    assert.same({ { 0, 0 }, { 0.5, 0 } }, r.gradients.positives:totable())
    assert.same({ { 0, 0 }, { 0, -0.5 } }, r.gradients.negatives:totable())
  end)

  it("reduces", function()
    local function loss(reduction)
      return triplet.margin_loss(anchors, positives, negatives, with(exact, { margin = 4.5, reduction = reduction }))
    end
    assert.equal(5.5, loss("sum").loss)
    assert.equal(2.75, loss("mean").loss)
    assert.equal(2.75, loss("mean_nonzero").loss)
    local none = loss("none")
    assert.same({ { 0.5 }, { 5 } }, none.loss:totable())
    assert.same(loss("sum").gradients.anchors:totable(), none.gradients.anchors:totable())
    assert.equal(2, none.active)
  end)

  it("divides by the sum of the weights", function()
    local function masked(weights)
      local options = { margin = 4.5, reduction = "weighted_mean", weights = weights }
      return triplet.margin_loss(anchors, positives, negatives, with(exact, options))
    end
    assert.equal(5, masked{ 0, 1 }.loss)
    assert.equal(0.5, masked{ 1, 0 }.loss)
    assert.equal(2.75, masked{ 3, 3 }.loss)
    assert.equal(0, masked{ 0, 0 }.loss)
    assert.same({ { 0, 0 }, { 1, 0 } }, masked{ 0, 2 }.gradients.positives:totable())
    local indexed = { anchors = { 1, 1 }, positives = { 2, 3 }, negatives = { 4, 4 } }
    local options = with(exact, { margin = 0, reduction = "weighted_mean", weights = { 1, 3 } })
    assert.equal((1 * 2 + 3 * 5) / 4, triplet.indexed_loss({ { 0 }, { 3 }, { 6 }, { 1 } }, indexed, options).loss)
  end)

  it("holds one row of anchors against all triplets", function()
    local p, n = support.random_rows(30, 5, 7), support.random_rows(30, 5, 8)
    local one, repeated = support.random_rows(1, 5, 9), {}
    for i = 1, 30 do
      repeated[i] = one[1]
    end
    for _, distance in ipairs{ "minkowski", "squared", "cosine", "dot" } do
      local options = { distance = distance, reduction = "none", swap = true, margin = 2 }
      local r, each = triplet.margin_loss(one, p, n, options), triplet.margin_loss(repeated, p, n, options)
      local sum = triplet.matrix(1, 5)
      for i = 1, 30 do
        for k = 1, 5 do
          sum:set(1, k, sum:get(1, k) + each.gradients.anchors:get(i, k))
        end
      end
      assert.same({ 1, 5 }, { r.gradients.anchors.rows, r.gradients.anchors.cols })
      assert.equal(sum:tobytes(), r.gradients.anchors:tobytes())
      assert.equal(each.gradients.positives:tobytes(), r.gradients.positives:tobytes())
      assert.equal(each.gradients.negatives:tobytes(), r.gradients.negatives:tobytes())
      assert.same({ 30, 1 }, { r.loss.rows, r.loss.cols })
      assert.equal(each.loss:tobytes(), r.loss:tobytes())
      assert.equal(r.gradients.anchors, triplet.margin_loss(one, p, n, with(options, { out = r })).gradients.anchors)
    end
  end)

  it("takes weights, margins and grad_output as tables, matrices or a number", function()
    local function sum(more)
      return triplet.margin_loss(anchors, positives, negatives, with(exact, with({ reduction = "sum" }, more)))
    end
    assert.equal(3, sum{ weights = { 1, 2 } }.loss)
    assert.equal(3, sum{ weights = triplet.matrix{ { 1 }, { 2 } } }.loss)
    assert.equal(2 + 2.5, sum{ margins = triplet.matrix{ { 6, 2 } } }.loss)
    assert.equal(0, sum{ weights = { 0, 0 } }.active)
    local plain, scaled = sum{}, sum{ grad_output = 3 }
    assert.equal(plain.loss, scaled.loss)
    assert.equal(3 * plain.gradients.anchors:get(2, 1), scaled.gradients.anchors:get(2, 1))
    local none = sum{ reduction = "none", margin = 5 }.gradients.anchors
    local each = sum{ reduction = "none", margin = 5, grad_output = { 2, 4 } }.gradients.anchors
    assert.same({ { 2 * none:get(1, 1), 2 * none:get(1, 2) }, { -4, 4 } }, each:totable())
  end)

  it("agrees with the double reference", function()
    local compared = 0
    for _, size in ipairs{ { 1, 1 }, { 7, 3 }, { 9, 8 }, { 20, 33 } } do
      local n, d = size[1], size[2]
      local a, p, q = support.random_rows(n, d, 1), support.random_rows(n, d, 2), support.random_rows(n, d, 3)
      for _, convention in ipairs{ "torch", "optax", "exact" } do
        for _, measure in ipairs{ { "minkowski", 1 }, { "minkowski", 1.5 }, { "minkowski", 2 }, { "minkowski", 3 },
                                  { "minkowski", math.huge }, { "squared", 2 }, { "cosine", 2 } } do
          for _, swap in ipairs{ false, true } do
            for _, soft_margin in ipairs{ false, true } do
              if not (d == 1 and measure[1] == "cosine") then
                local options = {
                  convention = convention, distance = measure[1], p = measure[2], eps = 1e-6, margin = 0.3,
                  swap = swap, soft_margin = soft_margin, reduction = "sum",
                }
                local r = triplet.margin_loss(a, p, q, options)
                local loss, active = 0, 0
                local expected, actual = {}, {}
                for i = 1, n do
                  local t = support.triplet(a[i], p[i], q[i], options)
                  loss, active = loss + t.loss, active + (t.active and 1 or 0)
                  for _, name in ipairs{ "anchors", "positives", "negatives" } do
                    table.move(t[name], 1, d, #expected + 1, expected)
                    table.move(r.gradients[name]:totable()[i], 1, d, #actual + 1, actual)
                  end
                end
                assert.equal(active, r.active)
                assert.is_true(math.abs(r.loss - loss) <= 1e-5 * math.max(1, loss))
                assert.is_true(error_of(actual, expected) <= 1e-5)
                compared = compared + 1
              end
            end
          end
        end
      end
    end
    assert.equal(324, compared)
  end)

  it("skips gradients", function()
    local r = triplet.margin_loss(anchors, positives, negatives, { convention = "exact", gradients = false })
    assert.equal(0.75, r.loss)
    assert.is_nil(r.gradients)
  end)

  it("writes into an earlier result", function()
    local first = triplet.margin_loss(anchors, positives, negatives, { reduction = "none" })
    local loss, gradient = first.loss, first.gradients.negatives
    local second = triplet.margin_loss(positives, anchors, negatives, { reduction = "none", out = first })
    assert.equal(first, second)
    assert.equal(loss, second.loss)
    assert.equal(gradient, second.gradients.negatives)
    local fresh = triplet.margin_loss(positives, anchors, negatives, { reduction = "none" })
    assert.equal(fresh.loss:tobytes(), loss:tobytes())
    assert.equal(fresh.gradients.negatives:tobytes(), gradient:tobytes())
    assert.is_number(triplet.margin_loss(anchors, positives, negatives, { out = first }).loss)
  end)

  it("leaves the earlier result alone when it fails", function()
    local r = triplet.margin_loss(anchors, positives, negatives)
    local loss, bytes = r.loss, r.gradients.anchors:tobytes()
    failure(triplet.margin_loss, anchors, positives, { { 1, 2 } }, { out = r })
    assert.equal(loss, r.loss)
    assert.equal(bytes, r.gradients.anchors:tobytes())
  end)

  it("takes views", function()
    local all = triplet.matrix{ { 9, 9 }, { 0, 0 }, { 0, 0 }, { 0, 1 }, { 1, 0 }, { 3, 4 }, { 0, 0.5 } }
    assert.equal(0.75, triplet.margin_loss(all:view(2, 3), all:view(4, 5), all:view(6, 7), exact).loss)
  end)

  it("of no triplets is 0", function()
    local none = triplet.matrix(0, 3)
    local r = triplet.margin_loss(none, none, none)
    assert.same({ 0, 0, 0 }, { r.loss, r.active, r.gradients.anchors.rows })
  end)

  it("counts what is not finite when allowed", function()
    local r = triplet.margin_loss({ { 0 / 0 }, { 1 } }, { { 1 }, { 1 } }, { { 1 }, { 1 } }, { nonfinite = "allow" })
    assert.equal(1, r.nonfinite)
    assert.is_true(r.loss ~= r.loss)
  end)

  it("gives the same bits for every instruction set and number of threads", function()
    local a, p, n = support.random_rows(300, 19, 1), support.random_rows(300, 19, 2), support.random_rows(300, 19, 3)
    local set, count = triplet.instruction_set(), triplet.threads()
    local bytes
    for _, name in ipairs(triplet.instruction_sets()) do
      for threads = 1, 3 do
        assert.equal(name, triplet.instruction_set(name))
        assert.equal(threads, triplet.threads(threads))
        local r = triplet.margin_loss(a, p, n, { swap = true })
        local now = ("%.17g"):format(r.loss) .. r.gradients.anchors:tobytes() .. r.gradients.negatives:tobytes()
        bytes = bytes or now
        assert.is_true(bytes == now)
      end
    end
    triplet.instruction_set(set)
    triplet.threads(count)
  end)

  it("survives a collector that runs all the time", function()
    for _, mode in ipairs{ { "generational", 1, 1 }, { "incremental", 1, 1000 } } do
      collectgarbage(table.unpack(mode))
      for _ = 1, 300 do
        local options = with(exact, { reduction = "none", weights = { 1, 1 } })
        local r = triplet.margin_loss(anchors, positives, negatives, options)
        assert.equal(1.5, r.loss:get(2, 1))
        pcall(triplet.margin_loss, anchors, positives, { { 1 }, { "x" } })
      end
    end
    collectgarbage("incremental", 200, 100)
  end)

  local known = "margin, swap, soft_margin, reduction, convention, distance, p, eps, nonfinite, weights, margins, "
    .. "grad_output, gradients, out"
  local a, p, n = anchors, positives, negatives
  local own = triplet.matrix(a)
  local misuse = {
    { "#1 to 'margin_loss' (anchors: expected a matrix or a table of rows, got nil)" },
    { "#3 to 'margin_loss' (negatives: expected a matrix or a table of rows, got nil)", a, p },
    { "#2 to 'margin_loss' (positives: expected a matrix or a table of rows, got string \"x\")", a, "x", n },
    { "#2 to 'margin_loss' (positives: expected 2 x 2 like anchors, got 2 x 1)", a, { { 1 }, { 2 } }, n },
    { "#3 to 'margin_loss' (negatives: expected 2 x 2 like anchors, got 1 x 2)", a, p, { { 1, 2 } } },
    { "#3 to 'margin_loss' (negatives: expected 2 x 2 like positives, got 1 x 2)", { { 0, 0 } }, p, { { 1, 2 } } },
    { "#4 to 'margin_loss' (weights: expected 2 numbers, got 1)", { { 0, 0 } }, p, n, { weights = { 1 } } },
    { "#2 to 'margin_loss' (positives[2]: expected 2 numbers like row 1, got 1)", a, { { 1, 2 }, { 3 } }, n },
    { "#2 to 'margin_loss' (positives[2][1]: expected a number, got nil)", a, { { 1, 2 }, { nil, 3 } }, n },
    { "#4 to 'margin_loss' (options: expected a table, got number 1)", a, p, n, 1 },
    { "#4 to 'margin_loss' (options: expected names as keys, got number 1)", a, p, n, { 1 } },
    { "#4 to 'margin_loss' (options: unknown option \"lr\"; known are " .. known .. ")", a, p, n, { lr = 1 } },
    { "#4 to 'margin_loss' (options: unknown option \"margn\"; did you mean margin? Known are " .. known .. ")",
      a, p, n, { margn = 1 } },
    { "#4 to 'margin_loss' (options: unknown option \"softMargin\"; did you mean soft_margin? Known are "
      .. known .. ")",
      a, p, n, { softMargin = true } },
    { "#4 to 'margin_loss' (margin: expected a finite number, got nan)", a, p, n, { margin = 0 / 0 } },
    { "#4 to 'margin_loss' (margin: expected a finite number, got inf)", a, p, n, { margin = math.huge } },
    { "#4 to 'margin_loss' (margin: expected a number, got string \"1\")", a, p, n, { margin = "1" } },
    { "#4 to 'margin_loss' (p: expected a number in [1, inf], got 0.5)", a, p, n, { p = 0.5 } },
    { "#4 to 'margin_loss' (p: expected a number in [1, inf], got nan)", a, p, n, { p = 0 / 0 } },
    { "#4 to 'margin_loss' (eps: expected a finite number >= 0, got -1)", a, p, n, { eps = -1 } },
    { "#4 to 'margin_loss' (swap: expected a boolean, got number 1)", a, p, n, { swap = 1 } },
    { "#4 to 'margin_loss' (reduction: expected one of mean|sum|none|mean_nonzero|weighted_mean, got \"avg\")",
      a, p, n, { reduction = "avg" } },
    { "#4 to 'margin_loss' (reduction: expected one of mean|sum|none|mean_nonzero|weighted_mean, got boolean false)",
      a, p, n, { reduction = false } },
    { "#4 to 'margin_loss' (weights: expected 2 numbers, got 3)", a, p, n, { weights = { 1, 2, 3 } } },
    { "#4 to 'margin_loss' (weights[2]: expected a finite number, got string \"x\")",
      a, p, n, { weights = { 1, "x" } } },
    { "#4 to 'margin_loss' (weights[1]: expected a finite number, got number nan)",
      a, p, n, { weights = { 0 / 0, 1 } } },
    { "#4 to 'margin_loss' (weights: expected a number, a table of numbers or a matrix, got boolean true)",
      a, p, n, { weights = true } },
    { "#4 to 'margin_loss' (margins: expected one row or one column, got 2 x 2)",
      a, p, n, { margins = triplet.matrix(2, 2) } },
    { "#4 to 'margin_loss' (gradients: expected a boolean, got string \"no\")", a, p, n, { gradients = "no" } },
    { "#4 to 'margin_loss' (out: expected an earlier result, got triplet.matrix)", a, p, n, { out = own } },
    { "#4 to 'margin_loss' (out.gradients.positives: expected 2 x 2, got 3 x 2)", a, p, n,
      { out = { gradients = { positives = triplet.matrix(3, 2) } } } },
    { "#4 to 'margin_loss' (out.loss: expected 2 x 1, got 1 x 2)",
      a, p, n, { reduction = "none", out = { loss = triplet.matrix(1, 2) } } },
    { "#4 to 'margin_loss' (out.gradients.negatives: expected memory of its own, shares anchors's)", own, p, n,
      { out = { gradients = { negatives = own } } } },
    { "#4 to 'margin_loss' (out.gradients.anchors: expected memory of its own, shares margins's)", a, p, n,
      { margins = own:view(1, 1), out = { gradients = { anchors = own } } } },
    { "#1 to 'margin_loss' (anchors: 1 of 2 triplets have a distance that is not finite)",
      { { 0, 0 }, { 0, 0 / 0 } }, p, n },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.margin_loss, table.unpack(case, 2, 5)))
    end)
  end
end)

describe("indexed_loss", function()
  local rows = support.random_rows(6, 5, 4)
  local indices = { anchors = { 1, 2, 6 }, positives = { 2, 3, 6 }, negatives = { 4, 4, 1 } }

  it("is the explicit loss of the rows, its gradient added into the table", function()
    local m = triplet.matrix(rows)
    local e = triplet.margin_loss(m:select(indices.anchors), m:select(indices.positives), m:select(indices.negatives))
    local r = triplet.indexed_loss(rows, indices)
    assert.equal(e.loss, r.loss)
    assert.equal(e.active, r.active)
    local expected = triplet.matrix(6, 5):totable()
    for i = 1, 3 do
      for name, list in pairs(indices) do
        for k = 1, 5 do
          expected[list[i]][k] = expected[list[i]][k] + e.gradients[name]:get(i, k)
        end
      end
    end
    assert.is_true(error_of(flat(r.gradient), flat(expected)) <= 1e-6)
  end)

  it("starts from zero in an earlier result", function()
    local first = triplet.indexed_loss(rows, indices, { reduction = "none" })
    local bytes, gradient = first.gradient:tobytes(), first.gradient
    local again = triplet.indexed_loss(rows, indices, { reduction = "none", out = first })
    assert.equal(gradient, again.gradient)
    assert.equal(bytes, gradient:tobytes())
    assert.same({ 3, 1 }, { again.loss.rows, again.loss.cols })
    assert.is_nil(triplet.indexed_loss(rows, indices, { gradients = false }).gradient)
  end)

  local column = triplet.matrix(3, 1)
  local misuse = {
    { "#1 to 'indexed_loss' (table: expected a matrix or a table of rows, got nil)" },
    { "#2 to 'indexed_loss' (indices: expected a table with anchors, positives and negatives, got nil)", rows },
    { "#2 to 'indexed_loss' (indices.positives: expected a table of integers, got nil)", rows, { anchors = { 1 } } },
    { "#2 to 'indexed_loss' (indices.anchors[1]: expected an integer in 1 .. 6, got 0)", rows, { anchors = { 0 } } },
    { "#2 to 'indexed_loss' (indices.negatives[1]: expected an integer in 1 .. 6, got 7)", rows,
      { anchors = { 1 }, positives = { 2 }, negatives = { 7 } } },
    { "#2 to 'indexed_loss' (indices.negatives: expected 1 integers like anchors, got 2)", rows,
      { anchors = { 1 }, positives = { 2 }, negatives = { 3, 4 } } },
    { "#2 to 'indexed_loss' (indices.anchors[2]: expected an integer, got number 1.5)",
      rows, { anchors = { 1, 1.5 } } },
    { "#3 to 'indexed_loss' (p: expected a number in [1, inf], got 0)", rows, indices, { p = 0 } },
    { "#3 to 'indexed_loss' (margins: expected 3 numbers, got 1)", rows, indices, { margins = { 1 } } },
    { "#3 to 'indexed_loss' (out.gradient: expected memory of its own, shares weights's)", { { 1 }, { 2 }, { 3 } },
      { anchors = { 1, 1, 2 }, positives = { 2, 2, 1 }, negatives = { 3, 3, 3 } },
      { weights = column, out = { gradient = column } } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.indexed_loss, table.unpack(case, 2, 4)))
    end)
  end
end)

describe("options of the last call", function()
  local rows = { { 0.5, 1, -2 }, { 1, 0.25, 3 } }
  local x = { triplet.matrix(rows), triplet.matrix{ rows[2], rows[1] }, triplet.matrix{ { 1, 1, 1 }, rows[1] } }

  local function loss(options)
    return triplet.margin_loss(x[1], x[2], x[3], options)
  end

  local function figures(result)
    local gradients = result.gradients or {}
    local loss_of = type(result.loss) == "number" and result.loss or result.loss:tobytes()
    local list = { loss_of, result.active, result.nonfinite }
    for _, side in ipairs{ "anchors", "positives", "negatives" } do
      list[#list + 1] = gradients[side] and gradients[side]:tobytes() or "none"
    end
    return list
  end

  -- Read anew, as a table with a metatable always is.
  local function anew(options)
    local copy = {}
    for name, value in pairs(options) do
      copy[name] = value
    end
    return figures(loss(setmetatable(copy, {})))
  end

  it("are noticed to have changed, in the same table too", function()
    local changes = {
      { "margin", 0.5 }, { "margin", 2 }, { "p", 1 }, { "p", 3 }, { "swap", true }, { "swap", false }, { "swap" },
      { "reduction", "sum" }, { "reduction", "none" }, { "reduction", "mean" }, { "convention", "exact" },
      { "convention", "torch" }, { "eps", 0.01 }, { "eps" }, { "soft_margin", true }, { "soft_margin" },
      { "weights", { 1, 2 } }, { "margins", { 1, 3 } }, { "weights" }, { "margins" }, { "grad_output", 3 },
      { "grad_output" }, { "p" }, { "distance", "cosine" }, { "distance", "squared" }, { "distance" },
      { "gradients", false }, { "gradients", true }, { "nonfinite", "allow" }, { "gradients" }, { "reduction" },
    }
    local options = {}
    for _, change in ipairs(changes) do
      options[change[1]] = change[2]
      local wanted = anew(options)
      for _ = 1, 2 do
        assert.same(wanted, figures(loss(options)))
      end
      assert.has_error(function() loss{ margin = 0 / 0 } end)
      assert.same(wanted, figures(loss(options)))
      triplet.indexed_loss(x[1], { anchors = { 1 }, positives = { 2 }, negatives = { 1 } }, { margin = 9 })
      assert.same(wanted, figures(loss(options)))
    end
  end)

  it("are refused as before when a table has become wrong", function()
    local wrong = {
      { "margn", 1, "unknown option" }, { "margin\0", 1, "zero bytes" }, { 1, 1, "names as keys" },
      { "margin", "1", "margin: expected a number" }, { "reduction", "sum\0", "zero bytes" },
      { "margin", 0 / 0, "margin: expected a finite number" }, { "margin", 1 / 0, "margin: expected a finite number" },
      { "reduction", "su", "reduction: expected one of" },
      { "swap", 1, "swap: expected a boolean" }, { "gradients", 1, "gradients: expected a boolean" },
      { "out", 1, "out: expected an earlier result" }, { "weights", "1", "weights: expected" },
    }
    for _, case in ipairs(wrong) do
      local options = { margin = 1, reduction = "sum" }
      local wanted = figures(loss(options))
      local before = options[case[1]]
      options[case[1]] = case[2]
      for _ = 1, 2 do
        local ok, message = pcall(loss, options)
        assert.is_false(ok, case[1] .. tostring(case[2]))
        assert.is_truthy(message:find(case[3], 1, true), message)
      end
      options[case[1]] = before
      assert.same(wanted, figures(loss(options)))
    end
  end)

  it("are refused once another number makes them play a part that they have not", function()
    local options = { convention = "exact", eps = 1e-6 }
    local wanted = figures(loss(options))
    options.eps = 0.5
    for _ = 1, 2 do
      assert.has_error(function() loss(options) end)
    end
    options.eps = 1e-6
    assert.same(wanted, figures(loss(options)))
  end)

  it("inherited by a table that had none are read", function()
    local options = {}
    local plain = loss(options).loss
    setmetatable(options, { __index = { margin = 7 } })
    assert.equal(loss{ margin = 7 }.loss, loss(options).loss)
    setmetatable(options, nil)
    assert.equal(plain, loss(options).loss)
    assert.equal(plain, loss().loss)
  end)

  it("fill the matrices of an earlier result, also of one whose parts were taken away", function()
    local out = loss()
    local options, wanted = { out = out }, figures(out)
    for _, side in ipairs{ "anchors", "positives", "negatives" } do
      out.gradients[side] = nil
      assert.equal(out, loss(options))
      assert.same(wanted, figures(out))
    end
    local kept = out.gradients.anchors:fill(9)
    assert.equal(kept, loss(options).gradients.anchors)
    assert.same(wanted, figures(out))
    out.gradients = nil
    assert.same(wanted, figures(loss(options)))
    out.gradients.anchors = x[1]
    assert.has_error(function() loss(options) end)
  end)
end)
