--- How a table is read, for those who look before they train: its columns, its classes, and what was decided on.

local counted = require "triplet.command.counted"
local json = require "triplet.json"
local plain = require "triplet.command.plain"
local reading = require "triplet.command.reading"

-- Of more columns the first are shown.
local COLUMNS = 200

local function details_of(column)
  local details = {}
  if column.values and column.use ~= "label" then
    details[1] = ("%s: %s"):format(counted(#column.values, "value"), plain.some(column.values))
  end
  if column.missing > 0 then
    details[#details + 1] = ("%d empty"):format(column.missing)
  end
  return table.concat(details, "; ")
end

--- Calls say with each line about the columns.
local function describe_columns(columns, say)
  local count, width = math.min(#columns, COLUMNS), 6
  for i = 1, count do
    width = math.max(width, plain.length(plain.short(columns[i].name)))
  end

  for i = 1, count do
    local column = columns[i]
    local line = ("  %s  %-8s  %-8s  %s"):format(plain.padded(plain.short(column.name), width), column.kind,
      column.use == "left_out" and "left out" or column.use, details_of(column))
    say((line:gsub(" +$", "")))
  end
  if #columns > count then
    say(("  and %d more"):format(#columns - count))
  end
end

--- How many rows each class has.
local function rows_of_classes(columns)
  local rows = {}
  for i = 1, #columns.classes do
    rows[i] = 0
  end
  for _, label in ipairs(columns.labels) do
    rows[label + 1] = rows[label + 1] + 1
  end
  return rows
end

--- Calls say with the line about the classes.
local function describe_classes(columns, say)
  local rows, sizes = rows_of_classes(columns), {}
  for i, class in ipairs(columns.classes) do
    sizes[i] = ("%s (%s)"):format(plain.short(class), counted(rows[i], "row"))
  end
  say(("%s of %s: %s"):format(counted(#sizes, "class", "classes"), plain.short(columns.label), plain.some(sizes)))
end

--- The same for programs.
local function data_of(path, columns, recipe)
  local classes, list, notes = json.list(), json.list(), json.list()
  local rows = rows_of_classes(columns)
  for i, class in ipairs(columns.classes) do
    classes[i] = { name = class, rows = rows[i] }
  end
  for i, column in ipairs(columns.columns) do
    list[i] = { name = column.name, kind = column.kind, use = column.use, missing = column.missing,
      values = column.values and json.list(column.values) }
  end
  for i, note in ipairs(reading.notes(columns)) do
    notes[i] = note
  end
  return { path = path, rows = columns.rows, columns = list, inputs = json.list(recipe.inputs), label = columns.label,
    classes = classes, notes = notes }
end

--- Calls say with each line, and returns the same for programs. path: of the file.
return function(say, path, columns, recipe)
  local list = columns.columns
  say(("%s: %s, %s, %s"):format(path, counted(columns.rows, "row"), counted(#list, "column"),
    counted(#recipe.inputs, "input")))
  describe_columns(list, say)
  describe_classes(columns, say)
  reading.tell(reading.notes(columns), say)
  return data_of(path, columns, recipe)
end
