local projection = require "triplet.projection"
local sample = require "triplet.sample"
local svg = require "triplet.svg"
local triplet = require "triplet"

local function plot(changes)
  local settings = {
    title = "Title", subtitle = "Subtitle", axes = "x and y", filled_name = "filled", hollow_name = "hollow",
    points = { { 0, 0 }, { 4, 0 }, { 4, 2 } },
    classes = { 1, 2, 2 },
    names = { "one", "two" },
    hollow = { false, false, true },
  }
  for key, value in pairs(changes or {}) do
    settings[key] = value
  end
  return svg.scatter(settings)
end

--- Every mark: its shape, colour, whether it is hollow, and where it lies. The legend's are the last.
local function marks(text)
  local list = {}
  local pattern = '<use href="#m(%d+)" class="c(%d+) (%a)" x="([%d.-]+)" y="([%d.-]+)"/>'
  for shape, colour, kind, x, y in text:gmatch(pattern) do
    list[#list + 1] = { look = shape .. "/" .. colour, hollow = kind == "h", x = tonumber(x), y = tonumber(y) }
  end
  return list
end

--- Fails unless elements open and close in pairs and text holds no bare "<" or "&".
local function check_xml(text)
  local open = {}
  for closing, name, alone in text:gmatch("<(/?)(%a+)[^<>]-(/?)>") do
    if closing == "/" then
      assert.equal(table.remove(open), name)
    elseif alone == "" then
      open[#open + 1] = name
    end
  end
  assert.same({}, open)
  assert.is_nil(text:gsub("<[^<>]*>", ""):gsub("&%a+;", ""):find("[<>&]"))
end

describe("svg.scatter", function()
  it("draws one mark per point and one per class and kind in the legend", function()
    local text = plot()
    check_xml(text)
    assert.equal(3 + 2 + 2, #marks(text))
  end)

  it("gives both axes one scale, with y upwards", function()
    local a, b, c = table.unpack(marks(plot()))
    assert.equal(a.y, b.y)
    assert.equal(b.x, c.x)
    assert.is_true(b.x > a.x and c.y < b.y)
    assert.near((b.x - a.x) / 2, b.y - c.y, 0.11)
  end)

  it("draws more than 1,000 points smaller and fainter, the more the smaller, but not those of the legend", function()
    local function drawn(count)
      local points, classes, hollow = {}, {}, {}
      for i = 1, count do
        points[i], classes[i], hollow[i] = { i % 50, math.floor(i / 50) }, i % 2 + 1, i % 3 == 0
      end
      local text = plot { points = points, classes = classes, hollow = hollow }
      check_xml(text)
      local _, small = text:gsub('<use href="#s[12]" class="c[12] [fh]"', "")
      return #marks(text), small, tonumber(text:match('<path id="s1" [^>]*transform="scale%(([%d.]+)%)"/>')), text
    end
    for count, expected in pairs { [1000] = { 1004, 0 }, [1600] = { 4, 1600, 0.79 }, [9000] = { 4, 9000, 0.4 } } do
      local full, small, scale, text = drawn(count)
      assert.same(expected, { full, small, scale })
      assert.equal(count > 1000, text:find('<g class="many">\n<use href="#s', 1, true) ~= nil)
    end
  end)

  it("draws hollow marks above the others", function()
    local list = marks(plot { hollow = { true, false, false } })
    assert.same({ false, false, true }, { list[1].hollow, list[2].hollow, list[3].hollow })
  end)

  it("gives 70 classes 70 looks", function()
    local points, classes, names, hollow = {}, {}, {}, {}
    for i = 1, 70 do
      points[i], classes[i], names[i], hollow[i] = { i, i }, i, "class " .. i, false
    end
    local text = plot { points = points, classes = classes, names = names, hollow = hollow }
    local seen, different = {}, 0
    for i, mark in ipairs(marks(text)) do
      if i <= 70 and not seen[mark.look] then
        seen[mark.look], different = true, different + 1
      end
    end
    assert.equal(70, different)
    assert.match(">and %d+ more<", text)
    assert.is_nil(text:find("class 70", 1, true))
  end)

  it("escapes names, and cuts long ones between characters", function()
    local text = plot { title = 'a<b> & "c"', names = { "<script>", ("ä"):rep(40) } }
    check_xml(text)
    assert.truthy(text:find(">a&lt;b&gt; &amp; &quot;c&quot;<", 1, true))
    assert.truthy(text:find(">&lt;script&gt;<", 1, true))
    assert.truthy(text:find(">" .. ("ä"):rep(21) .. "…<", 1, true))
  end)

  for name, points in pairs {
    ["one point"] = { { 3, 4 } },
    ["equal points far out"] = { { 1e30, 1e30 }, { 1e30, 1e30 } },
    ["a line far out"] = { { 1e30, 0 }, { 1e30, 1e-3 } },
    ["the largest floats"] = { { -3.4e38, 3.4e38 }, { 3.4e38, -3.4e38 } },
    ["the smallest floats"] = { { 0, 1e-45 }, { 1e-45, 0 } },
  } do
    it("draws " .. name .. " inside the frame", function()
      local classes, hollow = {}, {}
      for i = 1, #points do
        classes[i], hollow[i] = 1, false
      end
      local text = plot { points = points, classes = classes, hollow = hollow }
      check_xml(text)
      assert.is_nil(text:find("nan", 1, true))
      assert.is_true(#text < 20000)
      for i = 1, #points do
        local mark = marks(text)[i]
        assert.is_true(mark.x > 64 and mark.x < 624 and mark.y > 76 and mark.y < 636)
      end
    end)
  end
end)

describe("projection.plane", function()
  local function plane(rows)
    return projection.plane(triplet.matrix(rows))
  end

  it("leaves two dimensions as they are and lays one on a line", function()
    assert.same({ { 1, 2 }, { 3, 4 } }, plane { { 1, 2 }, { 3, 4 } })
    assert.same({ { 1, 0 }, { 3, 0 } }, plane { { 1 }, { 3 } })
    assert.same({}, projection.plane(triplet.matrix(0, 3)))
  end)

  it("finds the two directions of most variance", function()
    -- An ellipse with half-axes 3 and 2 along two known directions at right angles, off the origin, thin in the third.
    local u, v, w = { 2 / 3, 2 / 3, 1 / 3 }, { -2 / 3, 1 / 3, 2 / 3 }, { 1 / 3, -2 / 3, 2 / 3 }
    local rows, expected = {}, {}
    for i = 1, 100 do
      local angle = 2 * math.pi * i / 100
      local x, y, z = 3 * math.cos(angle), 2 * math.sin(angle), (i % 2 - 0.5) * 0.1
      rows[i] = {}
      for k = 1, 3 do
        rows[i][k] = 10 * k + x * u[k] + y * v[k] + z * w[k]
      end
      expected[i] = { x, y }
    end
    -- The largest entries of u and of v tie, so that their signs are nobody's promise.
    for i, point in ipairs(plane(rows)) do
      assert.near(math.abs(expected[i][1]), math.abs(point[1]), 1e-5)
      assert.near(math.abs(expected[i][2]), math.abs(point[2]), 1e-5)
    end
  end)

  it("lays equal rows on one point", function()
    assert.same({ { 0, 0 }, { 0, 0 } }, plane { { 1, 2, 3 }, { 1, 2, 3 } })
  end)

  it("lays collinear rows on a line", function()
    local points = plane { { 0, 0, 0 }, { 1, 1, 1 }, { 3, 3, 3 } }
    assert.near(math.sqrt(3) * 2, points[3][1] - points[2][1], 1e-6)
    assert.near(0, points[3][2] - points[1][2], 1e-6)
  end)
end)

describe("sample", function()
  --- How many rows of each class are drawn; the rows must ascend.
  local function draw(labels, limit, seed)
    local counts, last = {}, 0
    for _, row in ipairs(sample(labels, limit, seed)) do
      assert.is_true(row > last and row <= #labels)
      last = row
      counts[labels[row]] = (counts[labels[row]] or 0) + 1
    end
    return counts
  end

  it("is all rows where they are few", function()
    assert.same({ 1, 2, 3 }, sample({ 7, 7, 8 }, 3, 1))
    assert.same({}, sample({}, 3, 1))
  end)

  it("has every class, and of each its share", function()
    local labels = {}
    for i = 1, 30000 do
      labels[i] = i % 10
    end
    labels[17], labels[29999] = "rare", "also rare"
    local counts = draw(labels, 1000, 1)
    assert.same({ 1, 1 }, { counts["rare"], counts["also rare"] })
    local sum = 0
    for class = 0, 9 do
      sum = sum + counts[class]
      assert.is_true(counts[class] > 60 and counts[class] < 140)
    end
    assert.equal(998, sum)
  end)

  it("has as many classes as there is room for", function()
    for limit = 1, 40 do
      local labels = {}
      for i = 1, 60 do
        labels[i] = math.floor(i / 2)
      end
      local classes, rows = 0, 0
      for _, count in pairs(draw(labels, limit, limit)) do
        classes, rows = classes + 1, rows + count
      end
      assert.same({ math.min(limit, 31), limit }, { classes, rows })
    end
  end)

  it("is the same for a seed and another for another", function()
    local labels = {}
    for i = 1, 1000 do
      labels[i] = i % 3
    end
    assert.same(sample(labels, 50, 5), sample(labels, 50, 5))
    assert.is_not.same(sample(labels, 50, 5), sample(labels, 50, 6))
  end)
end)
