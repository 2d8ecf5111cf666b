--- triplet.index: what triplet.nearest finds, of references that are made ready once.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local x = triplet.synthetic("swiss_roll", 300, 1, 7)
local queries = x:view(1, 40)

local function same(expected, found)
  assert.same(expected.indices, found.indices)
  assert.equal(expected.distances:tobytes(), found.distances:tobytes())
end

describe("an index", function()
  it("finds what nearest finds, to the bit", function()
    for _, options in ipairs { {}, { distance = "squared" }, { distance = "cosine" }, { distance = "dot" }, { p = 1 },
        { convention = "torch", eps = 0.5 } } do
      local index = triplet.index(x, options)
      assert.same({ 300, 3 }, { index.rows, index.cols })
      for _, search in ipairs { { k = 1 }, { k = 7, exclude = { { 1, 2 } } }, { k = 5, reference_self = { 1 } },
          { k = 299 } } do
        for _, rows in ipairs { queries, x:view(1, 1):totable() } do
          local own = { k = search.k }
          for i = 1, #rows do
            for _, name in ipairs { "exclude", "reference_self" } do
              if search[name] then
                own[name] = own[name] or {}
                own[name][i] = name == "exclude" and { i, 2 } or i
              end
            end
          end
          local all = {}
          for _, part in ipairs { options, own } do
            for name, value in pairs(part) do
              all[name] = value
            end
          end
          same(triplet.nearest(rows, x, all), index:nearest(rows, own))
        end
      end
    end
  end)

  it("keeps to the references as they were", function()
    for _, distance in ipairs { "minkowski", "cosine" } do
      local options = { k = 3, distance = distance }
      local references = x:copy()
      local expected = triplet.nearest(queries, x, options)
      local index = triplet.index(references, { distance = distance })
      references:scale(-3)
      same(expected, index:nearest(queries, { k = 3 }))
      same(expected, triplet.index(x:copy(), { distance = distance }):nearest(queries, { k = 3 }))
    end
  end)

  it("takes a memory, as it is then", function()
    local memory = triplet.memory{ capacity = 3 }
    memory:push({ { 1 }, { 2 }, { 3 } }, { 1, 2, 3 })
    local index = triplet.index(memory)
    memory:push({ { 9 } }, { 1 })
    assert.same({ { 1, 2, 3 } }, index:nearest({ { 0 } }, { k = 3 }).indices)
    assert.equal(0, triplet.index(triplet.memory{ capacity = 3 }).rows)
  end)

  it("tells its progress, and is cancelled", function()
    local index, last = triplet.index(x), 0
    local expected = index:nearest(x, { k = 3 })
    same(expected, index:nearest(x, { k = 3, progress = function(done)
      assert.is_true(done > last)
      last = done
    end }))
    assert.equal(1, last)
    assert.same({ nil, "cancelled" }, { index:nearest(x, { k = 3, progress = function()
      return false
    end }) })
    same(expected, index:nearest(x, { k = 3 }))
  end)

  it("can be closed", function()
    local index = triplet.index(x)
    support.close(index)
    assert.equal("calling 'nearest' on a closed index", failure(index.nearest, index, x, { k = 1 }))
    assert.is_nil(index.rows)
    -- Also in the middle of its own call.
    index = triplet.index(x)
    local found = index:nearest(x, { k = 1, progress = function()
      support.close(index)
    end })
    same(triplet.nearest(x, x, { k = 1 }), found)
    assert.is_nil(index.cols)
  end)

  local index = triplet.index { { 0, 0 }, { 1, 1 }, { 2, 2 } }
  for name, case in pairs {
    ["no references"] = { "#1 to 'index' (references: expected a matrix or a table of rows, got nil)",
      triplet.index },
    ["an option of the search"] = { "#2 to 'index' (options: unknown option \"k\"; known are convention, distance, p, "
      .. "eps, nonfinite)", triplet.index, { { 1 } }, { k = 1 } },
    ["a p without part"] = { "#2 to 'index' (p: belongs to distance = \"minkowski\", got distance = \"cosine\")",
      triplet.index, { { 1 } }, { distance = "cosine", p = 1 } },
    ["no k"] = { "#2 to 'nearest' (k: expected an integer in 1 .. 3, got nil)", index.nearest, index, { { 1, 1 } } },
    ["a k too large"] = { "#2 to 'nearest' (k: expected an integer in 1 .. 3, got number 4)", index.nearest, index,
      { { 1, 1 } }, { k = 4 } },
    ["an option of the index"] = { "#2 to 'nearest' (options: unknown option \"distance\"; known are k, "
      .. "reference_self, exclude, progress)", index.nearest, index, { { 1, 1 } }, { k = 1, distance = "cosine" } },
    ["other columns"] = { "#1 to 'nearest' (queries: expected 2 columns like the index, got 1)", index.nearest, index,
      { { 1 } }, { k = 1 } },
    ["a NaN"] = { "#1 to 'nearest' (queries: row 1 has a distance that is not finite)", index.nearest, index,
      { { 1, 0 / 0 } }, { k = 1 } },
  } do
    it("refuses " .. name, function()
      assert.equal("bad argument " .. case[1], failure(table.unpack(case, 2)))
    end)
  end
end)
