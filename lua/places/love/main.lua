-- Points that move while they are trained, in LÖVE: each is one of 1,797 handwritten digits, which a network lays into
-- the plane so that equal ones lie together. Below them is the loss. Escape ends it.
-- From the checkout, after make LUA=luajit lua: eval "$(make env LUA=luajit)" && love lua/places/love
-- With --screenshot FILE it trains without a pause, writes its last picture as PNG, and ends.

-- luacheck: std luajit+love
local ffi = require "ffi"
local triplet = require "triplet"

local STEPS, SIZE, MARGIN = 600, 900, 48
local CENTRE, RADIUS = { 450, 390 }, 310
local LOSS_TOP, LOSS_BOTTOM = 760, 852

local function hex(text)
  local parts = {}
  for pair in text:gmatch("%x%x") do
    parts[#parts + 1] = tonumber(pair, 16) / 255
  end
  return parts
end
local PAPER, INK, QUIET, LINE = hex "fbfaf7", hex "17181c", hex "676b73", hex "e4e2dd"
local COLOURS = { [0] = hex "0072b2", hex "d55e00", hex "009e73", hex "cc79a7", hex "e69f00", hex "56b4e9",
  hex "4d4d4d", hex "882255", hex "332288", hex "999933" }

local trainer, labels, small, large
local shown, losses = {}, {} -- where points are drawn: x of the first, its y, x of the second ...
local screenshot

local function read_digits()
  local file = assert(io.open("tests/data/digits.csv", "rb"))
  local columns, recipe = assert(triplet.table.read(file:read("*a"), { label = "digit" }))
  file:close()
  recipe:fit()
  return recipe:matrix(columns), columns.labels
end

-- Where the points ought to be. The picture is as wide as most of them need; the few beyond lie at its edge.
local function places()
  local embedded = trainer:embed()
  local values, count = ffi.cast("const float *", embedded:pointer()), 2 * embedded.rows
  local middle, square = { 0, 0 }, 0
  for i = 0, count - 1 do
    middle[i % 2 + 1] = middle[i % 2 + 1] + values[i] / embedded.rows
  end
  for i = 0, count - 1 do
    square = square + (values[i] - middle[i % 2 + 1]) ^ 2 / embedded.rows
  end

  local list, reach = {}, 2.2 * math.sqrt(square)
  for i = 0, count - 1 do
    local away = (values[i] - middle[i % 2 + 1]) / reach
    list[i + 1] = CENTRE[i % 2 + 1] + RADIUS * math.max(-1, math.min(away, 1))
  end
  return list
end

local function move(share)
  for i, place in ipairs(places()) do
    shown[i] = shown[i] and shown[i] + share * (place - shown[i]) or place
  end
end

-- The mean loss of 25 steps, as a single one depends on its batch.
local function loss_after(step)
  local sum, first = 0, math.max(1, step - 24)
  for i = first, step do
    sum = sum + losses[i]
  end
  return sum / (step - first + 1)
end

function love.load(arguments)
  screenshot = arguments[1] == "--screenshot" and assert(arguments[2], "which file is to be written?") or nil
  love.window.setTitle("triplet")
  love.window.setMode(SIZE, SIZE, { msaa = 8, vsync = screenshot and 0 or 1 })
  love.graphics.setBackgroundColor(PAPER)
  small, large = love.graphics.newFont(15), love.graphics.newFont(22)

  local x
  x, labels = read_digits()
  trainer = triplet.trainer { data = x, labels = labels, layers = { 64, 2 }, standardize = false, mining = "semihard",
    margin = 0.5, optimizer = { learning_rate = 0.003 }, steps = STEPS, seed = 1 }
  move(1)
end

function love.update(seconds)
  for _ = 1, screenshot and 20 or 1 do
    if not trainer.stopped then
      losses[#losses + 1] = trainer:step().loss
    end
  end
  move(screenshot and 1 or 1 - math.exp(-6 * seconds))
end

local function draw_points()
  for i, label in ipairs(labels) do
    local r, g, b = unpack(COLOURS[label])
    love.graphics.setColor(r, g, b, 0.7)
    love.graphics.circle("fill", shown[2 * i - 1], shown[2 * i], 3.2, 16)
  end
end

-- The digit itself, where its points are on average.
local function draw_names()
  local sums = {}
  for i, label in ipairs(labels) do
    local sum = sums[label] or { 0, 0, 0 }
    sums[label] = { sum[1] + shown[2 * i - 1], sum[2] + shown[2 * i], sum[3] + 1 }
  end
  love.graphics.setFont(large)
  love.graphics.setLineWidth(3)
  for label, sum in pairs(sums) do
    local x, y = sum[1] / sum[3], sum[2] / sum[3]
    love.graphics.setColor(PAPER)
    love.graphics.circle("fill", x, y, 17)
    love.graphics.setColor(COLOURS[label])
    love.graphics.circle("line", x, y, 17)
    love.graphics.setColor(INK)
    love.graphics.printf(label, x - 20, y - large:getHeight() / 2, 40, "center")
  end
end

local function draw_loss()
  local left, right, top, bottom = MARGIN, SIZE - MARGIN, LOSS_TOP, LOSS_BOTTOM
  love.graphics.setColor(LINE)
  love.graphics.setLineWidth(1)
  love.graphics.line(left, bottom, right, bottom)
  if #losses < 2 then
    return
  end

  local line, highest = {}, 0
  for step = 1, #losses do
    highest = math.max(highest, loss_after(step))
  end
  for step = 1, #losses do
    line[#line + 1] = left + (right - left) * (step - 1) / (STEPS - 1)
    line[#line + 1] = bottom - (bottom - top) * loss_after(step) / highest
  end
  love.graphics.setColor(INK)
  love.graphics.setLineWidth(2)
  love.graphics.line(line)
end

function love.draw()
  draw_points()
  draw_names()
  draw_loss()
  love.graphics.setFont(large)
  love.graphics.setColor(INK)
  love.graphics.print("1,797 handwritten digits", MARGIN, 28)
  love.graphics.setFont(small)
  love.graphics.setColor(QUIET)
  local loss = #losses > 0 and ("loss %.3f"):format(loss_after(#losses)) or ""
  love.graphics.print(loss, MARGIN, LOSS_TOP - 30)
  love.graphics.printf(("step %d of %d"):format(#losses, STEPS), 0, LOSS_TOP - 30, SIZE - MARGIN, "right")

  if screenshot and trainer.stopped then
    love.graphics.captureScreenshot(function(image)
      local file = assert(io.open(screenshot, "wb"))
      file:write(image:encode("png"):getString())
      file:close()
      print(("loss %.4f in the first 25 steps, %.4f in the last"):format(loss_after(25), loss_after(STEPS)))
      love.event.quit()
    end)
  end
end

function love.keypressed(key)
  if key == "escape" then
    love.event.quit()
  end
end
