local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

describe("standardize", function()
  it("subtracts the mean and divides by the deviation", function()
    local s = triplet.standardization{ { 1, 7, 0 }, { 3, 7, 4 } }
    assert.same({ { 2, 7, 2 } }, s.mean:totable())
    assert.same({ { 1, 1, 2 } }, s.deviation:totable())
    assert.same({ { 3, -7, -1 } }, triplet.standardize({ { 5, 0, 0 } }, s):totable())
    assert.same({ { 2 } }, triplet.standardize({ { 5 } }, { mean = { 1 }, deviation = { 2 } }):totable())
  end)

  local misuse = {
    { "#1 to 'standardize' (x: expected a matrix or a table of rows, got nil)" },
    { "#2 to 'standardize' (standardization: expected a table with mean and deviation, got nil)", { { 1 } } },
    { "#2 to 'standardize' (mean: expected a number, a table of numbers or a matrix, got nil)", { { 1 } }, {} },
    { "#2 to 'standardize' (mean[2]: expected a finite number, got number nan)", { { 1 } }, { mean = { 1, 0 / 0 } } },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.standardize, table.unpack(case, 2, 3)))
    end)
  end
end)

describe("split", function()
  local labels = {}
  for i = 1, 50 do
    labels[i] = i % 3 == 0 and 8 or -1
  end

  it("holds out a share of each class", function()
    local training, held_out = triplet.split(labels, 0.2, 1)
    local seen, counts = {}, { [8] = 0, [-1] = 0 }
    for _, i in ipairs(training) do
      seen[i] = true
    end
    for _, i in ipairs(held_out) do
      assert.is_nil(seen[i])
      seen[i] = true
      counts[labels[i]] = counts[labels[i]] + 1
    end
    assert.equal(50, #seen)
    assert.same({ [8] = 3, [-1] = 7 }, counts)
  end)

  it("draws by seed", function()
    local function draw(seed)
      return table.concat(select(2, triplet.split(labels, 0.2, seed)), " ")
    end
    assert.equal(draw(1), draw(1))
    assert.are_not.equal(draw(1), draw(2))
  end)

  it("always leaves two rows of a class, and holds out none of 0", function()
    local few = { 1, 1, 1, 2, 2, 3 }
    local training, held_out = triplet.split(few, 1, 1)
    assert.same({ 5, 1, 1 }, { #training, #held_out, few[held_out[1]] })
    assert.same({ 1, 2, 3, 4, 5, 6 }, (triplet.split(few, 0, 1)))
    assert.same({ { 1, 2, 3, 4, 5, 6 }, {} }, { triplet.split(few, 0, 1, "classes") })
    assert.same({ {}, {} }, { triplet.split({}, 0.5, 1, "auto") })
  end)

  it("holds out whole classes", function()
    local pairs_of, threes = {}, {}
    for i = 1, 12 do
      pairs_of[i], threes[i] = math.floor(i / 2), math.floor(i / 3)
    end
    local function classes(hold_out, list)
      local seen = { {}, {} }
      for side, rows in ipairs{ triplet.split(list, 0.5, 3, hold_out) } do
        for _, row in ipairs(rows) do
          seen[side][list[row]] = (seen[side][list[row]] or 0) + 1
        end
      end
      return seen
    end
    local training, held_out = table.unpack(classes("classes", threes))
    local count = 0
    for class, rows in pairs(held_out) do
      assert.is_nil(training[class])
      assert.equal(3, rows)
      count = count + 1
    end
    assert.equal(2, count)
    assert.same(classes("classes", pairs_of), classes("auto", pairs_of))
    assert.same(classes("rows", threes), classes("auto", threes))
    assert.same({ triplet.split(threes, 0.5, 3) }, { triplet.split(threes, 0.5, 3, "rows") })
  end)

  local misuse = {
    { "#4 to 'split' (hold_out: expected one of rows|classes|auto, got string \"row\")", labels, 0.5, 1, "row" },
    { "#4 to 'split' (hold_out: expected a string, got boolean true)", labels, 0.5, 1, true },
    { "#1 to 'split' (labels: expected a table of labels or { relations = matrix }, got nil)" },
    { "#2 to 'split' (fraction: expected a number, got nil)", labels },
    { "#3 to 'split' (seed: expected an integer >= 0, got number -1)", labels, 0.5, -1 },
    { "#3 to 'split' (seed: expected an integer >= 0, got nil)", labels, 0.5 },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.split, table.unpack(case, 2, 5)))
    end)
  end

  it("refuses a fraction that is none", function()
    local message = failure(triplet.split, labels, 1.5, 1)
    assert.matches("^bad argument #2 to 'split' %(fraction: expected .*got 1%.5", message)
  end)
end)

describe("synthetic", function()
  it("makes labelled rows by seed", function()
    for kind, shape in pairs{ blobs = { 2, 4 }, rings = { 2, 3 }, moons = { 2, 2 }, swiss_roll = { 3, 4 } } do
      local x, labels = triplet.synthetic(kind, 24, 1, 5)
      assert.same({ 24, shape[1], 24 }, { x.rows, x.cols, #labels })
      for i, label in ipairs(labels) do
        assert.equal((i - 1) % shape[2], label)
      end
      assert.equal(x:tobytes(), triplet.synthetic(kind, 24, 1, 5):tobytes())
      assert.are_not.equal(x:tobytes(), triplet.synthetic(kind, 24, 1, 6):tobytes())
    end
  end)

  local misuse = {
    { "#1 to 'synthetic' (kind: expected one of blobs|rings|moons|swiss_roll, got string \"spiral\")",
      "spiral", 3, 1, 1 },
    { "#1 to 'synthetic' (kind: expected a string, got nil)" },
    { "#2 to 'synthetic' (rows: expected an integer >= 0, got number -1)", "rings", -1, 1, 1 },
    { "#3 to 'synthetic' (noise: expected a number, got nil)", "rings", 1 },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(triplet.synthetic, table.unpack(case, 2, 5)))
    end)
  end
end)
