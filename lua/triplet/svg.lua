--- Plots as SVG text. A scatter plot: one colour and one shape per class (so that it can be read without seeing
--- colours), filled or hollow marks, equal scales on both axes, since distances are what an embedding is about. And a
--- ROC curve, over the logarithm of the false acceptance rate, since it is the small ones that are asked for.

local decimal = require "triplet.decimal"
local json = require "triplet.json"

local svg = {}

local WIDTH, HEIGHT = 860, 680
-- The frame of the plot; the legend stands to its right.
local LEFT, TOP, SIDE = 64, 76, 560
local LEGEND_LEFT, LEGEND_STEP = LEFT + SIDE + 28, 24
local LEGEND_ROWS = math.floor(SIDE / LEGEND_STEP) - 3
local MARGIN = 0.04 -- of the side, between the outermost marks and the frame

-- Okabe and Ito (2008), told apart by colour-blind eyes, without their yellow, which is too pale on white; then two of
-- Paul Tol's "muted" colours, so that there are ten.
local COLOURS = {
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d", "#882255", "#332288", "#999933",
}
local OF_NO_CLASS = "#888"

-- Marks around (0, 0), of about equal area. Seven shapes and ten colours: 70 pairs before one comes back.
local SHAPES = {
  "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
  "M0 -5.8L5.3 3.9H-5.3z",
  "M-4 -4H4V4H-4z",
  "M0 -6L5.2 0L0 6L-5.2 0z",
  "M0 5.8L5.3 -3.9H-5.3z",
  "M-2 -5.5H2V-2H5.5V2H2V5.5H-2V2H-5.5V-2H-2z",
  "M0 -5.6L5.3 -1.7L3.3 4.5H-3.3L-5.3 -1.7z",
}

-- Of more marks than this each is smaller and fainter, down to a part of its size, so that fewer hide others.
local MANY = 1000
local LEAST_SCALE = 0.4

-- Not those of %c, which a locale of one byte a letter has more of than UTF-8 can do without.
local CONTROL = "[%z\1-\31\127]"

local function escaped(text)
  return (text:gsub(CONTROL, " "):gsub('[&<>"]', { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

--- A coordinate, to a tenth of a pixel.
local function tenths(x)
  return decimal("%.1f", x)
end

--- At most `limit` characters of UTF-8 text (bytes, where it is not UTF-8).
local function shortened(text, limit)
  local character, count, stop = json.is_utf8(text) and "[^\128-\191][\128-\191]*" or ".", 0, nil
  for place in text:gmatch("()" .. character) do
    count = count + 1
    stop = count == limit and place or stop
  end
  return count > limit and text:sub(1, stop - 1) .. "…" or text
end

--- A step of 1, 2 or 5 times a power of ten that cuts a span into four to nine.
local function tick_step(span)
  local step = 1.0
  while step * 10 <= span / 4 do
    step = step * 10
  end
  while step > span / 4 do
    step = step / 10
  end
  return step * (step * 5 <= span / 4 and 5 or step * 2 <= span / 4 and 2 or 1)
end

--- The square that holds all points with a margin: its lower left corner and its side.
local function bounds_of(points)
  local low, high, largest = { math.huge, math.huge }, { -math.huge, -math.huge }, 0
  for _, point in ipairs(points) do
    for axis = 1, 2 do
      low[axis] = math.min(low[axis], point[axis])
      high[axis] = math.max(high[axis], point[axis])
      largest = math.max(largest, math.abs(point[axis]))
    end
  end
  -- Never so small a part of the coordinates that the grid could not be counted.
  local span = math.max(high[1] - low[1], high[2] - low[2], largest * 1e-6)
  span = (span > 0 and span or 1) / (1 - 2 * MARGIN)
  return (low[1] + high[1] - span) / 2, (low[2] + high[2] - span) / 2, span
end

-- ---- drawing --------------------------------------------------------------------------------------------------------

--- The lines of a picture as they come into being, and the scale from coordinates to the frame.
local drawing = {}
drawing.__index = drawing

function drawing.new(points)
  local left, bottom, span = bounds_of(points)
  return setmetatable({ lines = {}, left = left, bottom = bottom, span = span }, drawing)
end

function drawing:add(format, ...)
  self.lines[#self.lines + 1] = format:format(...)
end

function drawing:place(x, y)
  return LEFT + (x - self.left) / self.span * SIDE, TOP + SIDE - (y - self.bottom) / self.span * SIDE
end

--- set: "m", shapes of full size, or "s", of that of many points.
function drawing:mark(class, hollow, x, y, set)
  local of_none = class == 0
  self:add('<use href="#%s%d" class="c%d %s" x="%s" y="%s"/>', set or "m", of_none and 1
    or (class - 1) % #SHAPES + 1, of_none and 0 or (class - 1) % #COLOURS + 1, hollow and "h" or "f", tenths(x),
    tenths(y))
end

function drawing:text(class, x, y, content)
  self:add('<text class="%s" x="%s" y="%s">%s</text>', class, tenths(x), tenths(y), escaped(content))
end

-- ---- the parts of a plot --------------------------------------------------------------------------------------------

local function add_head(to, plot)
  to:add('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">', WIDTH,
    HEIGHT, WIDTH, HEIGHT)
  to:add("<title>%s</title>", escaped(plot.title))

  to:add("<style>")
  to:add("text{font:13px system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;fill:#444}")
  to:add(".title{font-size:18px;font-weight:600;fill:#111}.tick{font-size:11px;fill:#777}")
  to:add(".x{text-anchor:middle}.y{text-anchor:end}.grid{stroke:#ececec;fill:none}.frame{stroke:#bbb;fill:none}")
  to:add("use{stroke-width:1.3}.f{stroke:#fff;stroke-width:.7;fill-opacity:.85}.h{fill:#fff;fill-opacity:.6}")
  to:add(".c0.f{fill:%s}.c0.h{stroke:%s}", OF_NO_CLASS, OF_NO_CLASS)
  for i, colour in ipairs(COLOURS) do
    to:add(".c%d.f{fill:%s}.c%d.h{stroke:%s}", i, colour, i, colour)
  end
  to:add("</style>")

  -- Marks refer to these: each shape is written once, however many points there are.
  to:add("<defs>")
  for i, shape in ipairs(SHAPES) do
    to:add('<path id="m%d" d="%s"/>', i, shape)
  end
  to:add("</defs>")

  to:add('<rect width="%d" height="%d" fill="#fff"/>', WIDTH, HEIGHT)
  to:text("title", LEFT, 34, shortened(plot.title, 80))
  to:text("subtitle", LEFT, 57, plot.subtitle)
end

local function add_grid(to, axes)
  local step = tick_step(to.span)
  for k = math.ceil(to.left / step), math.floor((to.left + to.span) / step) do
    local x = to:place(k * step, to.bottom)
    to:add('<path class="grid" d="M%s %dv%d"/>', tenths(x), TOP, SIDE)
    to:text("tick x", x, TOP + SIDE + 17, decimal("%.6g", k * step))
  end
  for k = math.ceil(to.bottom / step), math.floor((to.bottom + to.span) / step) do
    local _, y = to:place(to.left, k * step)
    to:add('<path class="grid" d="M%d %sh%d"/>', LEFT, tenths(y), SIDE)
    to:text("tick y", LEFT - 8, y + 4, decimal("%.6g", k * step))
  end

  to:add('<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>', LEFT, TOP, SIDE, SIDE)
  to:text("x", LEFT + SIDE / 2, TOP + SIDE + 37, axes)
end

--- Shapes for so many points that they would hide each other.
local function add_small_shapes(to, count)
  local scale = math.max(math.sqrt(MANY / count), LEAST_SCALE)
  to:add("<defs>")
  for i = 1, #SHAPES do
    to:add('<path id="s%d" d="%s" transform="scale(%s)"/>', i, SHAPES[i], decimal("%.2f", scale))
  end
  to:add("</defs>")
  to:add("<style>.many .f{fill-opacity:.6}.many .h{stroke-opacity:.75;fill-opacity:.3}</style>")
end

--- Hollow marks are fewer as a rule, and so lie above the filled ones.
local function add_points(to, plot)
  local are_many = #plot.points > MANY
  if are_many then
    add_small_shapes(to, #plot.points)
    to:add('<g class="many">')
  end
  for _, hollow in ipairs { false, true } do
    for i, point in ipairs(plot.points) do
      if (plot.hollow ~= nil and plot.hollow[i]) == hollow then
        local x, y = to:place(point[1], point[2])
        to:mark(plot.classes[i], hollow, x, y, are_many and "s")
      end
    end
  end
  if are_many then
    to:add("</g>")
  end
end

local function add_legend(to, plot)
  local row = 0
  local function add_row(content, class, hollow)
    local y = TOP + 10 + row * LEGEND_STEP
    if class then
      to:mark(class, hollow, LEGEND_LEFT, y)
    end
    to:text("legend", LEGEND_LEFT + 16, y + 4.5, content)
    row = row + 1
  end

  local shown = #plot.names <= LEGEND_ROWS and #plot.names or LEGEND_ROWS - 1
  for class = 1, shown do
    add_row(shortened(plot.names[class], 22), class, false)
  end
  if shown < #plot.names then
    add_row(("and %d more"):format(#plot.names - shown))
  end

  if plot.hollow then
    row = row + 0.6
    add_row(plot.filled_name, 0, false)
    add_row(plot.hollow_name, 0, true)
  end
end

--- plot.points: { x, y } of finite numbers, at least one. plot.classes: the class of each, from 1. plot.names: of the
--- classes. plot.title, .subtitle: lines above; plot.axes: what the two axes are. plot.hollow (may be absent): true for
--- each point to draw as an outline; plot.filled_name, .hollow_name: what the two kinds of marks are.
function svg.scatter(plot)
  local picture = drawing.new(plot.points)
  add_head(picture, plot)
  add_grid(picture, plot.axes)
  add_points(picture, plot)
  add_legend(picture, plot)
  picture:add("</svg>")
  return table.concat(picture.lines, "\n") .. "\n"
end

-- ---- a ROC curve ----------------------------------------------------------------------------------------------------

-- The least rate that is drawn; where pairs are few, the decade that holds one of them.
local LEAST_RATE = 1e-6

local CHANCE_POINTS = 60

--- Places of rates: FAR across, from a power of ten to 1, TAR up.
local roc = setmetatable({}, { __index = drawing })
roc.__index = roc

function roc.new(different)
  local decades = 1
  while 10 ^ -decades > math.max(1 / different, LEAST_RATE) * (1 + 1e-9) do
    decades = decades + 1
  end
  return setmetatable({ lines = {}, decades = decades }, roc)
end

function roc:place(far, tar)
  local logarithm = far > 0 and math.log(far) / math.log(10) or -self.decades
  return LEFT + math.max(logarithm / self.decades + 1, 0) * SIDE, TOP + SIDE - tar * SIDE
end

local function add_rates(to)
  for decade = 0, to.decades do
    local x = to:place(10 ^ -decade, 0)
    to:add('<path class="grid" d="M%s %dv%d"/>', tenths(x), TOP, SIDE)
    to:text("tick x", x, TOP + SIDE + 17, decade < 4 and decimal("%g", 10 ^ -decade) or ("1e-%d"):format(decade))
  end
  for tenth = 0, 10, 2 do
    local _, y = to:place(1, tenth / 10)
    to:add('<path class="grid" d="M%d %sh%d"/>', LEFT, tenths(y), SIDE)
    to:text("tick y", LEFT - 8, y + 4, tenths(tenth / 10))
  end
  to:add('<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>', LEFT, TOP, SIDE, SIDE)
  to:text("x", LEFT + SIDE / 2, TOP + SIDE + 37, "false acceptance rate (FAR), across; true acceptance rate (TAR), up")
end

--- Between two corners no threshold lies: the curve is steps, in which no rate is better than one that can be had.
local function add_steps(to, curve)
  local path = {}
  for i, far in ipairs(curve.far) do
    local x, y = to:place(far, curve.tar[i])
    path[i] = (i == 1 and "M%s %s" or "H%sV%s"):format(tenths(x), tenths(y))
  end
  to:add('<path class="curve" d="%s"/>', table.concat(path))
end

--- What accepting by lot would give.
local function add_chance(to)
  local path = {}
  for i = 0, CHANCE_POINTS do
    local rate = 10 ^ (-to.decades * (1 - i / CHANCE_POINTS))
    local x, y = to:place(rate, rate)
    path[i + 1] = ("%s%s %s"):format(i == 0 and "M" or "L", tenths(x), tenths(y))
  end
  to:add('<path class="chance" d="%s"/>', table.concat(path))
end

local function add_marks(to, marks)
  for i, mark in ipairs(marks) do
    to:mark(i + 1, mark.is_hollow, to:place(mark.far, mark.tar))
    local y = TOP + 10 + (i + 1) * LEGEND_STEP
    to:mark(i + 1, mark.is_hollow, LEGEND_LEFT, y)
    to:text("legend", LEGEND_LEFT + 16, y + 4.5, shortened(mark.name, 28))
  end
end

local function add_line_legend(to)
  for i, line in ipairs { { "curve", "this file" }, { "chance", "chance" } } do
    local y = TOP + 10 + (i - 1) * LEGEND_STEP
    to:add('<path class="%s" d="M%s %sh16"/>', line[1], tenths(LEGEND_LEFT - 8), tenths(y))
    to:text("legend", LEGEND_LEFT + 16, y + 4.5, line[2])
  end
end

--- plot.title, .subtitle: lines above. plot.curve: lists far and tar, from (0, 0) to (1, 1). plot.different: how many
--- pairs the false acceptance rate is a share of. plot.marks: a list of { far, tar, name, is_hollow }, points to show;
--- a hollow one does not hide another.
function svg.roc(plot)
  local picture = roc.new(plot.different)
  add_head(picture, plot)
  picture:add("<style>.f{fill-opacity:1}.h{fill:none;stroke-width:1.6}")
  picture:add(".curve{stroke:%s;stroke-width:2.2;fill:none;stroke-linejoin:round}", COLOURS[1])
  picture:add(".chance{stroke:#999;stroke-dasharray:4 4;fill:none}</style>")
  add_rates(picture)
  add_chance(picture)
  add_steps(picture, plot.curve)
  add_line_legend(picture)
  add_marks(picture, plot.marks)
  picture:add("</svg>")
  return table.concat(picture.lines, "\n") .. "\n"
end

return svg
