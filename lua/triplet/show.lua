--- triplet.show: a picture of the points while a script runs. In the page the points move; natively a line tells of
--- them, and frames are written where TRIPLET_FRAMES names a folder.

local decimal = require "triplet.decimal"
local frames = require "triplet.frames"
local projection = require "triplet.projection"
local triplet = require "triplet.core"

local function check(value, good, number, name, expected)
  if not good then
    error(("bad argument #%d to 'show' (%s: expected %s, got %s)"):format(number, name, expected, value), 4)
  end
end

local function check_labels(labels, rows)
  check(type(labels), type(labels) == "table", 2, "labels", "a table of integers")
  check(#labels, #labels == rows, 2, "labels", rows .. " integers")
  for i = 1, rows do
    local label = labels[i]
    if type(label) ~= "number" or label % 1 ~= 0 then
      check(type(label), false, 2, ("labels[%d]"):format(i), "an integer")
    elseif label < -2147483648 or label > 2147483647 then
      check(label, false, 2, ("labels[%d]"):format(i), "an integer in -2147483648 .. 2147483647")
    end
  end
end

--- A text as it is; of a step's report what a reader follows.
local function text_of(info)
  if type(info) ~= "table" then
    check(type(info), info == nil or type(info) == "string", 3, "info", "a string or a step's report")
    return info or ""
  end
  local parts = {}
  for _, part in ipairs { { "step", "step %s", "%d" }, { "loss", "loss %s", "%.4f" },
    { "active", "%s active", "%d" } } do
    local value = info[part[1]]
    check(type(value), value == nil or type(value) == "number", 3, "info." .. part[1], "a number")
    parts[#parts + 1] = value and part[2]:format(decimal(part[3], value))
  end
  return table.concat(parts, "  ")
end

local function matrix_of(embeddings)
  local matrix = type(embeddings) == "table" and triplet.matrix(embeddings) or embeddings
  check(type(matrix), type(matrix) == "userdata" and matrix.cols, 1, "embeddings", "a matrix or a table of rows")
  return matrix
end

return function(embeddings, labels, info)
  local matrix = matrix_of(embeddings)
  check_labels(labels, matrix.rows)
  local text = text_of(info)
  if matrix.rows == 0 or matrix.cols == 0 or not frames.wanted() then
    return
  end
  if matrix.cols > 3 then
    matrix = triplet.matrix(projection.plane(matrix))
  end
  frames.draw(matrix:tobytes(), matrix.rows, matrix.cols, labels, text)
end
