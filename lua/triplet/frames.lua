--- Where triplet.show's frames go natively: a line a second on a terminal, and SVG files frame-00001.svg ... in the
--- folder that the environment variable TRIPLET_FRAMES names. In the page another room takes this one's place.

local progress = require "triplet.progress"
local projection = require "triplet.projection"
local svg = require "triplet.svg"
local triplet = require "triplet.core"

local frames = {}

local folder = os.getenv "TRIPLET_FRAMES"
folder = folder ~= "" and folder or nil
local told_at, count = -math.huge, 0

local function line_is_due()
  return progress.on_terminal() and os.time() - told_at >= 1
end

local function write(points, labels, text)
  local classes, names, numbers = {}, {}, {}
  for _, label in ipairs(labels) do
    if not numbers[label] then
      numbers[label] = true
      names[#names + 1] = label
    end
  end
  table.sort(names)
  for class, label in ipairs(names) do
    numbers[label], names[class] = class, ("%d"):format(label)
  end
  for i, label in ipairs(labels) do
    classes[i] = numbers[label]
  end
  count = count + 1
  local path = ("%s/frame-%05d.svg"):format(folder, count)
  local file = assert(io.open(path, "wb"))
  assert(file:write(svg.scatter { points = points, classes = classes, names = names, title = "triplet.show",
    subtitle = text, axes = "embedding" }))
  assert(file:close())
end

--- Whether a frame would be seen at all.
function frames.wanted()
  return folder ~= nil or line_is_due()
end

--- positions: rows x dim float32 as bytes, dim 1 to 3. text: one line.
function frames.draw(positions, rows, dim, labels, text)
  if line_is_due() and text ~= "" then
    told_at = os.time()
    io.stderr:write(text, "\n")
  end
  if folder then
    write(projection.plane(triplet.matrix.from_bytes(positions, rows, dim)), labels, text)
  end
end

return frames
