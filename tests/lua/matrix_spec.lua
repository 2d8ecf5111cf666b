local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local function counting(rows, cols)
  local m = triplet.matrix(rows, cols)
  for i = 1, rows do
    for j = 1, cols do
      m:set(i, j, 10 * i + j)
    end
  end
  return m
end

describe("matrix", function()
  it("starts with zeros", function()
    assert.same({ { 0, 0, 0 }, { 0, 0, 0 } }, triplet.matrix(2, 3):totable())
  end)

  it("takes a table of rows", function()
    local m = triplet.matrix{ { 1, 2, 3 }, { 4, 5, 6.5 } }
    assert.same({ 2, 3, 2 }, { m.rows, m.cols, #m })
    assert.same({ { 1, 2, 3 }, { 4, 5, 6.5 } }, m:totable())
    assert.equal("triplet.matrix 2 x 3", tostring(m))
  end)

  it("may be empty", function()
    assert.same({}, triplet.matrix(0, 4):totable())
    assert.same({ {}, {} }, triplet.matrix(2, 0):totable())
    assert.same({ 0, 0 }, { #triplet.matrix{}, triplet.matrix{}.cols })
    assert.equal("", triplet.matrix(0, 4):tobytes())
    assert.equal(4, triplet.matrix.from_bytes("", 0, 4).cols)
  end)

  it("sets and gets", function()
    local m = counting(3, 2)
    assert.equal(32, m:get(3, 2))
    assert.equal(21, m:get(2.0, 1))
    m:set(3, 2, math.huge)
    assert.equal(math.huge, m:get(3, 2))
  end)

  it("rounds to float32", function()
    local m = triplet.matrix{ { 0.1, 16777217 } }
    assert.same({ 0.10000000149011612, 16777216.0 }, m:totable()[1])
  end)

  it("is little-endian float32 in bytes", function()
    local bytes = "\0\0\48\65\0\0\64\65\0\0\168\65\0\0\176\65\0\0\248\65\0\0\0\66" -- 11, 12, 21, 22, 31, 32
    assert.equal(bytes, counting(3, 2):tobytes())
    assert.same(counting(3, 2):totable(), triplet.matrix.from_bytes(bytes, 3, 2):totable())
  end)

  it("selects rows into a copy", function()
    local m = counting(3, 2)
    local copy = m:select{ 3, 1, 3 }
    m:set(3, 1, 0)
    assert.same({ { 31, 32 }, { 11, 12 }, { 31, 32 } }, copy:totable())
    assert.equal(0, #m:select{})
  end)

  it("lies over memory of others, and keeps its owner", function()
    local kept = setmetatable({ counting(3, 2) }, { __mode = "v" })
    local over = triplet.matrix.over(kept[1]:pointer(), 3, 2, kept[1])
    collectgarbage()
    kept[1]:set(1, 1, 7)
    assert.equal(7, over:get(1, 1))
    local last = over:view(3, 3)
    over = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.same({ { 31, 32 } }, last:totable())
    assert.is_userdata(kept[1])
    kept[1]:set(3, 2, 8)
    assert.equal(8, last:get(1, 2))
    assert.equal(0, triplet.matrix.over(kept[1]:pointer(), 0, 2).rows)
    assert.equal("bad argument #1 to 'over' (pointer: expected a light userdata or cdata of LuaJIT, got string \"x\")",
      failure(triplet.matrix.over, "x", 1, 1))
    assert.matches("#1 to 'over' %(pointer: .* got nil", failure(triplet.matrix.over))
    assert.equal("bad argument #2 to 'over' (rows: expected an integer >= 0, got number -1)",
      failure(triplet.matrix.over, kept[1]:pointer(), -1, 1))
  end)

  it("learns in an array of LuaJIT's ffi, without a copy", function()
    local found, ffi = pcall(require, "ffi")
    if not found then
      return
    end
    local array = ffi.new("float[8]", { 0, 0, 1, 0, 0, 1, 1, 1 })
    local points, labels = triplet.matrix.over(array, 4, 2), { 1, 1, 2, 2 }
    local before = triplet.batch_loss(points, labels, { mining = "all" }).loss
    for _ = 1, 50 do
      points:add(triplet.batch_loss(points, labels, { mining = "all" }).gradient, -0.1)
    end
    assert.is_true(triplet.batch_loss(points, labels, { mining = "all" }).loss < before / 2)
    for i = 0, 7 do
      assert.equal(array[i], points:get(math.floor(i / 2) + 1, i % 2 + 1))
    end
    array[3] = 9
    assert.equal(9, points:get(2, 2))
    assert.equal(9, triplet.matrix.over(ffi.cast("float *", array) + 2, 1, 2, array):get(1, 2))
    assert.equal(9, ffi.cast("float *", points:pointer())[3])
    array = nil -- luacheck: ignore
    collectgarbage()
    assert.equal(9, points:get(2, 2))

    local known = { ffi.new("const float[1]", { 5 }), ffi.cast("void *", points:pointer()) }
    for _, pointer in ipairs(known) do
      assert.equal(1, triplet.matrix.over(pointer, 1, 1, points).rows)
    end
    local wrong = { "double[6]", "int32_t[6]", "uint8_t[24]", "float[2][3]", "float *[6]", "float", "int64_t" }
    for _, type in ipairs(wrong) do
      local message = failure(triplet.matrix.over, ffi.new(type), 1, 1)
      assert.matches("^bad argument #1 to 'over' %(pointer: expected float%[%] or float %* of ffi, got .", message)
    end
  end)

  it("views rows in place", function()
    local m = counting(4, 2)
    local view = m:view(2, 3)
    assert.same({ { 21, 22 }, { 31, 32 } }, view:totable())
    view:set(1, 2, 7)
    assert.equal(7, m:get(2, 2))
    assert.same({ { 31, 32 } }, view:view(2, 2):totable())
    assert.equal(0, #m:view(5, 4))
  end)

  it("lives as long as its views", function()
    for _, mode in ipairs{ "generational", "incremental" } do
      collectgarbage(mode)
      local views = {}
      for i = 1, 50 do
        local parent = triplet.matrix(64, 8)
        parent:set(3, 1, i)
        views[i] = parent:view(2, 4):view(2, 2)
      end
      collectgarbage()
      collectgarbage()
      local noise = {}
      for i = 1, 50 do
        noise[i] = counting(64, 8)
      end
      for i = 1, 50 do
        assert.equal(i, views[i]:get(1, 1))
      end
      assert.equal(50, #noise)
    end
    collectgarbage("incremental")
  end)

  it("frees what nobody holds", function()
    collectgarbage()
    local before = collectgarbage("count")
    for _ = 1, 200 do
      triplet.matrix(1000, 100)
    end
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 1000)
  end)

  it("computes in place, entry by entry, and returns itself", function()
    local a, b = triplet.matrix{ { 1, -2, 0.5 }, { 0, 3e38, 7 } }, triplet.matrix{ { 0.1, 4, -0.25 }, { 2, 1e38, -7 } }
    local expected = {}
    for factor, add in pairs{ [1] = {}, [-0.75] = { -0.75 }, [0] = { 0 }, [1 / 3] = { 1 / 3 } } do
      local sum = a:copy()
      assert.is_true(rawequal(sum, sum:add(b, add[1])))
      for i = 1, 2 do
        for j = 1, 3 do
          local term = triplet.matrix{ { factor * b:get(i, j) } }:get(1, 1)
          expected[j] = triplet.matrix{ { a:get(i, j) + term } }:get(1, 1)
          assert.equal(expected[j], sum:get(i, j))
        end
      end
    end
    local scaled = a:copy()
    assert.is_true(rawequal(scaled, scaled:scale(0.1)))
    for i = 1, 2 do
      for j = 1, 3 do
        assert.equal(triplet.matrix{ { 0.1 * a:get(i, j) } }:get(1, 1), scaled:get(i, j))
      end
    end
    assert.is_true(rawequal(scaled, scaled:fill(0.1)))
    assert.equal(triplet.matrix{ { 0.1 } }:get(1, 1), scaled:get(2, 3))
    assert.is_true(rawequal(scaled, scaled:copy(a)))
    assert.equal(a:tobytes(), scaled:tobytes())
    assert.same({ { 2, -4, 1 }, { 0, math.huge, 14 } }, scaled:add(scaled):totable())
    assert.equal(a:tobytes(), a:copy():copy(a:totable()):tobytes())
    assert.same({ { 3 } }, triplet.matrix(1, 1):add{ { 3 } }:totable())
    assert.equal(0, #triplet.matrix(0, 3):fill(1):scale(2):random(1):add(triplet.matrix(0, 3)):copy())
  end)

  it("computes on rows of another, and copies from one that it is not", function()
    local whole = triplet.matrix{ { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }
    whole:view(2, 3):scale(-1)
    assert.same({ { 1, 2 }, { -3, -4 }, { -5, -6 }, { 7, 8 } }, whole:totable())
    local copy = whole:view(2, 3):copy()
    whole:fill(0)
    assert.same({ { -3, -4 }, { -5, -6 } }, copy:totable())
    whole:view(1, 2):copy(copy):add(whole:view(1, 2)):add(whole:view(3, 4):fill(1))
    assert.same({ { -5, -7 }, { -9, -11 }, { 1, 1 }, { 1, 1 } }, whole:totable())
    assert.same({ { 1, 1 } }, whole:view(3, 3):copy(whole:view(4, 4)):totable())
  end)

  it("draws normally distributed numbers by seed", function()
    local x = triplet.matrix(1000, 20):random(5)
    local sum, squares, within = 0, 0, 0
    for _, row in ipairs(x:totable()) do
      for _, value in ipairs(row) do
        sum, squares = sum + value, squares + value * value
        within = within + (math.abs(value) < 1 and 1 or 0)
      end
    end
    assert.is_true(math.abs(sum / 20000) < 0.03 and math.abs(squares / 20000 - 1) < 0.05)
    assert.is_true(math.abs(within / 20000 - 0.6827) < 0.015)
    assert.equal(x:tobytes(), triplet.matrix(1000, 20):random(5):tobytes())
    assert.are_not.equal(x:tobytes(), triplet.matrix(1000, 20):random(6):tobytes())
    assert.equal(x:view(1, 3):copy():tobytes(), triplet.matrix(3, 20):random(5):tobytes())
  end)

  it("has no other fields, and keeps its metatable", function()
    local m = triplet.matrix(1, 1)
    local has = "triplet.matrix %s: it has add, cols, copy, encode, fill, get, pointer, random, rows, save, scale, "
      .. "select, set, tobytes, totable, view"
    local entries = "triplet.matrix %s: entries are read by get(row, column) and set by set(row, column, value)"
    for message, use in pairs{
      [has:format("has no field 'row'")] = function() return m.row end,
      [has:format("has no field true")] = function() return m[true] end,
      [has:format("has no field with a zero byte in its name")] = function() return m["rows\0"] end,
      [has:format("does not let you set field 'rows'")] = function() m.rows = 2 end,
      [has:format("does not let you set field 'new'")] = function() m.new = 2 end,
      [entries:format("has no field 1")] = function() return m[1] end,
      [entries:format("has no field 1.5")] = function() return m[1.5] end,
      [entries:format("does not let you set field 1")] = function() m[1] = {} end,
    } do
      assert.equal(message, failure(use))
    end
    assert.equal(entries:format("has no field 1"), failure(function()
      return m[1]
    end))
    assert.is_false(getmetatable(m))
    assert.is_nil(m.__name) -- what tools look for
    assert.matches("table expected, got ", failure(function()
      for key in pairs(m) do
        error(key)
      end
    end))
  end)

  local m = counting(3, 2)
  local misuse = {
    { "bad argument #1 to 'matrix' (rows: expected an integer >= 0, got number -1)", triplet.matrix, -1, 2 },
    { "bad argument #1 to 'matrix' (rows: expected an integer >= 0, got number 1.5)", triplet.matrix, 1.5, 2 },
    { "bad argument #1 to 'matrix' (rows: expected an integer >= 0, got nil)", triplet.matrix },
    { "bad argument #1 to 'matrix' (rows: expected an integer >= 0, got string \"2\")", triplet.matrix, "2", 2 },
    { "bad argument #2 to 'matrix' (cols: expected an integer >= 0, got nil)", triplet.matrix, 2 },
    { "bad argument #1 to 'matrix' (rows[1]: expected a table of numbers, got number 1)", triplet.matrix, { 1, 2 } },
    { "bad argument #1 to 'matrix' (rows[2]: expected 2 numbers like row 1, got 1)",
      triplet.matrix, { { 1, 2 }, { 3 } } },
    { "bad argument #1 to 'matrix' (rows[2][1]: expected a number, got boolean true)",
      triplet.matrix, { { 1 }, { true } } },
    { "bad argument #1 to 'from_bytes' (bytes: expected 4 x 1 x 2 bytes, got 7)",
      triplet.matrix.from_bytes, "1234567", 1, 2 },
    { "bad argument #1 to 'from_bytes' (bytes: expected a string, got nil)", triplet.matrix.from_bytes },
    { "bad argument #3 to 'from_bytes' (cols: expected an integer >= 0, got number -2)",
      triplet.matrix.from_bytes, "", 0, -2 },
    { "bad argument #1 to 'get' (row: expected an integer in 1 .. 3, got number 0)", m.get, m, 0, 1 },
    { "bad argument #1 to 'get' (row: expected an integer in 1 .. 3, got number 4)", m.get, m, 4, 1 },
    { "bad argument #2 to 'get' (column: expected an integer in 1 .. 2, got number 3)", m.get, m, 1, 3 },
    { "bad argument #2 to 'get' (column: expected an integer in 1 .. 2, got nil)", m.get, m, 1 },
    { "bad argument #3 to 'set' (value: expected a number, got nil)", m.set, m, 1, 1 },
    { "bad argument #3 to 'set' (value: expected a number, got string \"1\")", m.set, m, 1, 1, "1" },
    { "bad argument #1 to 'select' (indices: expected a table of integers, got number 1)", m.select, m, 1 },
    { "bad argument #1 to 'select' (indices[2]: expected an integer in 1 .. 3, got 4)", m.select, m, { 1, 4 } },
    { "bad argument #1 to 'view' (first: expected an integer in 1 .. 4, got number 0)", m.view, m, 0, 1 },
    { "bad argument #2 to 'view' (last: expected an integer in 1 .. 3, got number 4)", m.view, m, 2, 4 },
    { "bad argument #2 to 'view' (last: expected an integer in 2 .. 3, got number 1)", m.view, m, 3, 1 },
    { "bad argument #1 to 'fill' (value: expected a number, got nil)", m.fill, m },
    { "bad argument #1 to 'scale' (factor: expected a number, got string \"2\")", m.scale, m, "2" },
    { "bad argument #1 to 'scale' (factor: expected a finite number, got inf)", m.scale, m, math.huge },
    { "bad argument #1 to 'random' (seed: expected an integer >= 0, got nil)", m.random, m },
    { "bad argument #1 to 'random' (seed: expected an integer in 0 .. 9007199254740991, got 9007199254740992)",
      m.random, m, 2 ^ 53 },
    { "bad argument #1 to 'add' (x: expected a matrix or a table of rows, got nil)", m.add, m },
    { "bad argument #1 to 'add' (x: expected 3 x 2 like the matrix, got 1 x 2)", m.add, m, { { 1, 2 } } },
    { "bad argument #2 to 'add' (factor: expected a number, got boolean true)", m.add, m, m, true },
    { "bad argument #2 to 'add' (factor: expected a finite number, got nan)", m.add, m, m, 0 / 0 },
    { "bad argument #1 to 'add' (x: expected other rows than those of the matrix, or the same, got some of them)",
      m.add, m:view(1, 2), m:view(2, 3) },
    { "bad argument #1 to 'copy' (x: expected a matrix or a table of rows, got number 1)", m.copy, m, 1 },
    { "bad argument #1 to 'copy' (x: expected 3 x 2 like the matrix, got 2 x 2)", m.copy, m, m:view(1, 2) },
    { "bad argument #1 to 'copy' (x: expected other rows than those of the matrix, or the same, got some of them)",
      m.copy, m:view(2, 3), m:view(1, 2) },
    { "calling 'fill' on bad self (expected a triplet.matrix, got nil)", m.fill, nil, 1 },
    { "calling 'get' on bad self (expected a triplet.matrix, got nil)", m.get, nil, 1, 1 },
    { "calling 'totable' on bad self (expected a triplet.matrix, got table)", m.totable, {} },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal(case[1], failure(table.unpack(case, 2, 6)))
    end)
  end

  it("refuses sizes that do not fit in memory", function()
    local huge = math.maxinteger
    for _, size in ipairs{ { 2 ^ 31, 2 ^ 31 }, { 2 ^ 62, 1 }, { huge, huge }, { 2 ^ 50, 1 } } do
      assert.is_false(pcall(triplet.matrix, size[1], size[2]))
    end
    local message = failure(triplet.matrix.from_bytes, "", 2 ^ 52, 4)
    assert.matches("^bad argument #1 to 'from_bytes' %(bytes: expected 4 x %d+ x 4 bytes, got 0%)$", message)
  end)
end)
