local support = require "tests.lua.support"
local triplet = require "triplet"

local points, labels = { { 0, 0 }, { 1, 2 }, { 3, 4 } }, { 7, -1, 7 }

describe("show", function()
  local real = package.loaded["triplet.frames"]
  local frames, wanted

  setup(function()
    package.loaded["triplet.frames"] = {
      wanted = function() return wanted end,
      draw = function(...) frames[#frames + 1] = { ... } end,
    }
    package.loaded["triplet.show"] = nil
    triplet.show = require "triplet.show"
  end)

  teardown(function()
    package.loaded["triplet.frames"] = real
    package.loaded["triplet.show"] = nil
    triplet.show = require "triplet.show"
  end)

  before_each(function()
    frames, wanted = {}, true
  end)

  it("hands on points, labels and a text", function()
    triplet.show(points, labels, "words")
    assert.same({ { triplet.matrix(points):tobytes(), 3, 2, labels, "words" } }, frames)
  end)

  it("tells of a step's report what a reader follows", function()
    triplet.show(triplet.matrix(points), labels, { step = 12, loss = 0.5, active = 3, learning_rate = 1 })
    triplet.show(points, labels, { loss = 0.25 })
    triplet.show(points, labels)
    assert.same({ "step 12  loss 0.5000  3 active", "loss 0.2500", "" }, { frames[1][5], frames[2][5], frames[3][5] })
  end)

  it("shows three dimensions as they are and more in the plane", function()
    triplet.show({ { 1, 2, 3 } }, { 0 })
    triplet.show({ { 0, 0, 0, 0 }, { 0, 0, 0, 4 } }, { 0, 1 })
    assert.equal(3, frames[1][3])
    assert.equal(2, frames[2][3])
    assert.equal(triplet.matrix({ { -2, 0 }, { 2, 0 } }):tobytes(), frames[2][1])
  end)

  it("does nothing where nobody looks, and of no points", function()
    triplet.show({}, {})
    wanted = false
    triplet.show(points, labels)
    assert.same({}, frames)
  end)

  for expected, arguments in pairs {
    ["#1 to 'show' (embeddings: expected a matrix or a table of rows, got number)"] = { 1, labels },
    ["#2 to 'show' (labels: expected a table of integers, got nil)"] = { points },
    ["#2 to 'show' (labels: expected 3 integers, got 2)"] = { points, { 1, 2 } },
    ["#2 to 'show' (labels[3]: expected an integer, got string)"] = { points, { 1, 2, "x" } },
    ["#2 to 'show' (labels[2]: expected an integer, got boolean)"] = { points, { 1, false, 2 } },
    ["#2 to 'show' (labels[1]: expected an integer in -2147483648 .. 2147483647, got 2147483648)"] =
      { points, { 2147483648, 1, 2 } },
    ["#3 to 'show' (info: expected a string or a step's report, got boolean)"] = { points, labels, true },
    ["#3 to 'show' (info.loss: expected a number, got string)"] = { points, labels, { loss = "x" } },
  } do
    it("refuses: " .. expected, function()
      assert.equal("bad argument " .. expected, support.failure(triplet.show, table.unpack(arguments, 1, 3)))
      local _, message = pcall(function()
        triplet.show(table.unpack(arguments, 1, 3))
        return true
      end)
      assert.matches("^tests/lua/show_spec.lua:", message)
    end)
  end
end)
