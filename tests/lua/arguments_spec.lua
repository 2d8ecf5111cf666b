-- Arguments of another kind than is read there: each refusal says which, what was expected and what came.
local support = require "tests.lua.support"
local triplet = require "triplet"

local failure = support.failure
local x = triplet.matrix{ { 1, 2 }, { 3, 5 }, { 2, 1 }, { 0, 4 } }

local function assert_refused(call, expected, ...)
  assert.equal(("bad argument #%s"):format(expected), failure(call, ...))
end

describe("a loss", function()
  local function of(options)
    return x, x, x, options
  end

  it("takes lists of numbers", function()
    assert_refused(triplet.margin_loss, "4 to 'margin_loss' (weights[2]: expected a finite number, got string \"a\")",
                   of{ weights = { 1, "a", 3, 4 } })
    assert_refused(triplet.margin_loss, "4 to 'margin_loss' (weights: expected a number, a table of numbers or a " ..
                   "matrix, got boolean true)", of{ weights = true })
    assert_refused(triplet.margin_loss, "4 to 'margin_loss' (weights: expected one row or one column, got 2 x 2)",
                   of{ weights = triplet.matrix(2, 2) })
  end)

  it("takes a matrix of one row or one column for a list", function()
    local plain = triplet.margin_loss(of{ weights = { 1, 2, 3, 4 } })
    assert.equal(plain.loss, triplet.margin_loss(of{ weights = triplet.matrix{ { 1, 2, 3, 4 } } }).loss)
    assert.equal(plain.loss, triplet.margin_loss(of{ weights = triplet.matrix{ { 1 }, { 2 }, { 3 }, { 4 } } }).loss)
  end)

  it("takes flags and earlier results", function()
    assert_refused(triplet.margin_loss, "4 to 'margin_loss' (gradients: expected a boolean, got number 1)",
                   of{ gradients = 1 })
    assert_refused(triplet.margin_loss, "4 to 'margin_loss' (out: expected an earlier result, got number 5)",
                   of{ out = 5 })
    assert.is_nil(triplet.margin_loss(of{ gradients = false }).gradients)
  end)

  it("takes indices in three lists of one length", function()
    assert_refused(triplet.indexed_loss, "2 to 'indexed_loss' (indices: expected a table with anchors, positives " ..
                   "and negatives, got number 5)", x, 5, {})
    assert_refused(triplet.indexed_loss, "2 to 'indexed_loss' (indices.negatives: expected 2 integers like anchors, " ..
                   "got 1)", x, { anchors = { 1, 2 }, positives = { 2, 1 }, negatives = { 3 } }, {})
  end)
end)

describe("pairs", function()
  it("are said to be the same by as many booleans", function()
    assert_refused(triplet.verify_pairs, "3 to 'verify_pairs' (same: expected a table of booleans, got string \"yes\")",
                   x, x, "yes")
    assert_refused(triplet.verify_pairs, "3 to 'verify_pairs' (same: expected 4 booleans like rows of first, got 3)", x,
                   x, { true, false, true })
    assert_refused(triplet.verify_pairs, "3 to 'verify_pairs' (same[3]: expected a boolean, 0 or 1, got number 2)",
                   x, x, { true, false, 2, true })
    assert_refused(triplet.verify_pairs, "3 to 'verify_pairs' (same[1]: expected a boolean, 0 or 1, got string \"0\")",
                   x, x, { "0", false, true, true })
  end)

  it("are the same by 1 as by true", function()
    local y = x:select{ 2, 3, 4, 1 }
    local by_booleans = triplet.verify_pairs(x, y, { true, false, true, false })
    local by_numbers = triplet.verify_pairs(x, y, { 1, 0, 1, 0 })
    assert.equal(by_booleans.auc, by_numbers.auc)
    assert.equal(by_booleans.accuracy, by_numbers.accuracy)
  end)
end)

describe("rates", function()
  it("are numbers in a table", function()
    local labels = { 1, 1, 2, 2 }
    assert_refused(triplet.verify, "3 to 'verify' (far[2]: expected a number, got string \"a\")", x, labels,
                   { far = { 0.1, "a" } })
    assert_refused(triplet.verify, "3 to 'verify' (far: expected a table of numbers, got number 1)", x, labels,
                   { far = 1 })
  end)
end)

describe("the module", function()
  it("projects on axes", function()
    assert_refused(triplet.project, "2 to 'project' (axes: expected a table with mean and axes, got nil)", x)
    assert_refused(triplet.project, "2 to 'project' (axes: expected a table with mean and axes, got number 3)", x, 3)
  end)

  it("reaches nothing that needs a positive where there is none", function()
    assert.is_nil(triplet.reach{ loss = "triplet" })
    assert.equal(3, triplet.reach({ loss = "triplet", margin = 1 }, 2).push)
  end)

  it("knows the instruction sets it is made for, of which one is used", function()
    local names = {}
    for _, name in ipairs(triplet.instruction_sets()) do
      names[name] = true
    end
    assert.is_true(names[triplet.instruction_set()])
  end)

  it("takes ranks from an engine alone", function()
    assert.is_nil(triplet.collective())
    assert_refused(triplet.collective, "1 to 'collective' (collective: expected what triplet.mpi.world() gives, got " ..
                   "number 5)", 5)
    assert.is_nil(triplet.collective())
  end)
end)
