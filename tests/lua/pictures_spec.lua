--- What pictures are made of: principal axes, rings, what pairs weigh and how far losses reach.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

describe("principal_axes and project", function()
  local x = triplet.matrix(40, 5):random(3)

  it("gives two axes unless others are asked for, and no more than columns", function()
    assert.equal(2, triplet.principal_axes(x).axes.rows)
    assert.equal(4, #triplet.principal_axes(x, { count = 4 }).shares)
    assert.equal(5, triplet.principal_axes(x, { count = 9 }).axes.rows)
    assert.equal(1, triplet.principal_axes { { 1 }, { 3 } }.axes.rows)
  end)

  it("gives no share of nothing", function()
    local found = triplet.principal_axes { { 1, 2, 3 }, { 1, 2, 3 } }
    assert.same({}, found.shares)
    assert.same({ { 1, 2, 3 } }, found.mean:totable())
    assert.same({ { 0, 0 } }, triplet.project({ { 1, 2, 3 } }, found):totable())
  end)

  it("lays rows along any axes", function()
    local points = triplet.project({ { 5, 7 }, { 1, 1 } }, { mean = { 1, 2 }, axes = { { 0, 2 }, { 1, 1 } } })
    assert.same({ { 10, 9 }, { -2, -1 } }, points:totable())
  end)

  for name, case in pairs {
    ["no count"] = { "principal_axes",
      "#2 to 'principal_axes' (count: expected an integer in 1 .. 1000000000, got 0)", x, { count = 0 } },
    ["no rows"] = { "principal_axes", "#1 to 'principal_axes' (x: expected rows and columns, got 0 x 3)",
      triplet.matrix(0, 3) },
    ["a NaN"] = { "principal_axes", "#1 to 'principal_axes' (x: row 2, column 1 is not finite)", { { 1 }, { 0 / 0 } } },
    ["no table"] = { "project", "#2 to 'project' (axes: expected a table with mean and axes, got number 1)", x, 1 },
    ["other columns"] = { "project", "#2 to 'project' (axes: expected 5 columns like x, got 1)", x,
      { mean = { 1, 2, 3, 4, 5 }, axes = { { 1 } } } },
  } do
    it("tells of " .. name, function()
      assert.equal("bad argument " .. case[2], failure(triplet[case[1]], case[3], case[4]))
    end)
  end
end)

describe("ring", function()
  local center = { 0.6, -0.8, 0.5 }
  local directions = triplet.matrix(50, 3):random(4)

  for _, options in ipairs {
    { p = 1 }, { p = 1.5 }, {}, { p = math.huge }, { distance = "squared" }, { distance = "cosine" },
    { convention = "optax", p = 3 },
  } do
    for _, sphere in ipairs { false, true } do
      local name = ("%s %s %s"):format(options.distance or "minkowski", options.p or 2, sphere and "sphere" or "rays")
      it("has every point at its distance: " .. name, function()
        local given = { sphere = sphere, distance = options.distance, p = options.p, convention = options.convention }
        local points = triplet.ring(center, directions, 0.4, given):totable()
        local found = {}
        for _, point in ipairs(points) do
          found[#found + 1] = point[1] == point[1] and point or nil
        end
        assert.is_true(#found > 10 and (options.distance == "cosine" or #found == 50))
        for _, distance in ipairs(support.flat(triplet.distances({ center }, found, options))) do
          assert.near(0.4, distance, 1e-6)
        end
      end)
    end
  end

  it("has rows of NaN where there is no point", function()
    local points = triplet.ring({ 1, 0 }, { { 0, 0 }, { 0, 1 } }, 5, { sphere = true }):totable()
    for _, point in ipairs(points) do
      assert.is_true(point[1] ~= point[1] and point[2] ~= point[2])
    end
  end)

  it("tells what is wrong", function()
    assert.equal("bad argument #1 to 'ring' (center: expected 2 numbers, got 1)",
      failure(triplet.ring, { 1 }, { { 1, 0 } }, 1))
    assert.equal("bad argument #4 to 'ring' (p: expected a number in [1, inf], got 0.5)",
      failure(triplet.ring, { 1, 2 }, { { 1, 0 } }, 1, { p = 0.5 }))
    assert.equal("bad argument #4 to 'ring' (p: belongs to distance = \"minkowski\", got distance = \"cosine\")",
      failure(triplet.ring, { 1, 2 }, { { 1, 0 } }, 1, { p = 3, distance = "cosine" }))
  end)
end)

describe("pair_slopes", function()
  local x = triplet.matrix(12, 3):random(5)
  local labels = { 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4 }

  for _, loss in ipairs { "triplet", "contrastive", "info_nce", "sup_con", "multi_similarity" } do
    it("is what the gradient is made of: " .. loss, function()
      local options = { loss = loss, distance = "squared" }
      local slopes = triplet.pair_slopes(x, labels, options)
      options.reduction = "none"
      local gradient = triplet.batch_loss(x, labels, options).gradient
      for i = 1, 12 do
        for k = 1, 3 do
          local sum, size = 0, 0
          for j = 1, 12 do
            local term = 2 * (slopes:get(i, j) + slopes:get(j, i)) * (x:get(i, k) - x:get(j, k))
            sum, size = sum + term, size + math.abs(term)
          end
          assert.near(sum, gradient:get(i, k), 2e-6 * size + 1e-12)
        end
      end
    end)
  end

  it("takes references, their labels as texts", function()
    local slopes = triplet.pair_slopes({ { 0 } }, { "a" },
      { references = { { 0 }, { 1 }, { 1.5 }, { 9 } }, reference_labels = { "a", "a", "b", "b" }, margin = 1,
        reference_self = { 1 } })
    assert.same({ { 0, 1, -1, 0 } }, slopes:totable())
  end)

  it("tells what is wrong", function()
    assert.equal("bad argument #2 to 'pair_slopes' (labels: expected labels of 12 rows, got 1)",
      failure(triplet.pair_slopes, x, { 1 }))
    assert.equal("bad argument #3 to 'pair_slopes' (margin: belongs to loss = \"triplet\", got loss = \"sup_con\")",
      failure(triplet.pair_slopes, x, labels, { loss = "sup_con", margin = 3 }))
  end)
end)

describe("reach", function()
  it("tells how near a loss wants positives, and how far it wants negatives", function()
    assert.same({ pull = 2, push = 2.5 }, triplet.reach({ margin = 0.5 }, 2))
    assert.same({ pull = 0, push = 4 }, triplet.reach { loss = "contrastive", negative_margin = 4 })
    assert.same({ pull = 2, push = 2 }, triplet.reach({ loss = "info_nce" }, 2))
    assert.same({ pull = 0.25, push = 0.25 }, triplet.reach { loss = "multi_similarity", base = 0.75 })
  end)

  it("is nil of a loss that compares with a positive where there is none", function()
    for _, loss in ipairs { "triplet", "info_nce", "sup_con" } do
      assert.is_nil(triplet.reach { loss = loss })
    end
  end)

  it("tells what is wrong", function()
    assert.equal("bad argument #1 to 'reach' (margin: expected a finite number, got inf)",
      failure(triplet.reach, { margin = math.huge }, 1))
    assert.equal("bad argument #2 to 'reach' (positive_distance: expected a number, got string \"far\")",
      failure(triplet.reach, {}, "far"))
  end)
end)
