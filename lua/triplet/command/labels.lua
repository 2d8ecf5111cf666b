--- The labels of rows that have none in their own file, from another: a line each, a column of a table, or integers.

local fail = require "triplet.command.fail"
local json = require "triplet.json"
local number_of = require "triplet.command.number"
local reading = require "triplet.command.reading"
local triplet = require "triplet"

local labels = {}

-- What a column is called that has no name.
local NAME = "label"

-- Above it float32, which integers are read as, holds not all of them.
local LARGEST = 2 ^ 24

-- Lines of a table.
local FEW = 10

-- Formats of numbers, one of which is a label each.
local NUMBERS = { npy = true, safetensors = true, fvecs = true }

local function integers_of(path, bytes)
  local matrix, problem = triplet.decode_matrix(bytes)
  if not matrix then
    fail("%s: %s", path, problem)
  elseif matrix.cols ~= 1 then
    fail("%s: expected one integer a row, got %d", path, matrix.cols)
  end
  local texts = {}
  for row = 1, matrix.rows do
    local value = matrix:get(row, 1)
    if value % 1 ~= 0 or math.abs(value) > LARGEST then
      fail("%s: row %d: expected an integer in -2^24 .. 2^24, got %.9g", path, row, value)
    end
    texts[row] = ("%.0f"):format(value)
  end
  return texts, matrix.rows
end

--- The lines of a text, with their number. One that is empty is no label, and none at all after the last row's. rows:
--- how many there should be.
local function lines_of(path, bytes, rows)
  local texts, count = {}, 0
  bytes = bytes:gsub("^\239\187\191", ""):gsub("\r\n?", "\n"):gsub("([^\n])$", "%1\n")
  for line in bytes:gmatch("([^\n]*)\n") do
    count = count + 1
    if not json.is_utf8(line) or line:find("%z") then
      fail("%s: line %d: expected UTF-8", path, count)
    end
    texts[count] = line:match("^%s*(.-)%s*$")
    texts[count] = texts[count] ~= "" and texts[count] or nil
  end
  while count > rows and not texts[count] do
    count = count - 1
  end
  return texts, count
end

--- The cells of a column of a table, their number, and the column's name, whatever the others are.
local function cells_of(path, bytes, column)
  local columns, problem = triplet.table.read(bytes, { keep = { column }, categories = { column } })
  if not columns then -- by its number, or first, or last, which few lines tell, where less is left out
    local labelled = triplet.table.read(bytes:match(("[^\n]*\n?"):rep(FEW)), { label = column })
    column = labelled and labelled.label or column
    columns = labelled and triplet.table.read(bytes, { keep = { column }, categories = { column } })
  end
  if not columns then
    fail("%s: %s", path, reading.in_words(problem):gsub("^%-%-keep: ", "--label: "):gsub("; %-%-categories: .*", ""))
  end
  local texts, count = columns:texts(column), columns.rows
  columns:close()
  return texts, count, column
end

--- Reads a label for each of so many rows of another file. column: of a table; nil: a line, or an integer, each.
--- option: which names the file. Returns the texts of the labels, nil where a row has none, and what they are called.
function labels.read(path, column, rows, of, option)
  local bytes = reading.bytes(path)
  local texts, count, name
  if NUMBERS[triplet.file_format(bytes)] then
    if column then
      fail.usage("--label: belongs to tables, and %s has integers", path)
    end
    texts, count = integers_of(path, bytes)
  elseif column then
    texts, count, name = cells_of(path, bytes, column)
  else
    texts, count = lines_of(path, bytes, rows)
  end

  if count ~= rows then
    local hint = not column and count == rows + 1 and ": where the first names a column, give it by --label" or ""
    fail("%s: expected %d labels (%s), one for each row of %s, got %d%s", path, rows, option, of, count, hint)
  end
  return texts, name or NAME
end

--- Only the rows that have a label: their matrix, labels, and places among all. path: of the file that has none
--- otherwise.
function labels.labelled(matrix, texts, path)
  local places, kept = {}, {}
  for row = 1, matrix.rows do
    if texts[row] then
      places[#places + 1] = row
      kept[#places] = texts[row]
    end
  end
  if #places == 0 then
    fail("%s: no row has a label", path)
  end
  return #places < matrix.rows and matrix:select(places) or matrix, kept, places
end

--- Numbers in their order, then texts in that of bytes, as tables have them.
local function comes_before(a, b)
  local x, y = number_of(a), number_of(b)
  if x and y and x ~= y then
    return x < y
  elseif (x == nil) ~= (y == nil) then
    return x ~= nil
  end
  return a < b
end

--- The classes that texts name, and for each row its class, from 0, or an empty list where it has none.
function labels.number(texts, rows)
  local classes, place = {}, {}
  for row = 1, rows do
    local text = texts[row]
    if text and not place[text] then
      classes[#classes + 1] = text
      place[text] = true
    end
  end
  table.sort(classes, comes_before)
  for i, class in ipairs(classes) do
    place[class] = i - 1
  end

  local numbered = {}
  for row = 1, rows do
    numbered[row] = texts[row] and place[texts[row]] or {}
  end
  return numbered, classes
end

return labels
