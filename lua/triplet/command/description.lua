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

--- How many rows each class has, or nil where there are none.
local function rows_of_classes(columns)
  if not columns.label then
    return nil
  end
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
local function data_of(path, columns, recipe, told, paired)
  local classes, list, notes = json.list(), json.list(), json.list()
  local rows = rows_of_classes(columns)
  for i, class in ipairs(rows and columns.classes or {}) do
    classes[i] = { name = class, rows = rows[i] }
  end
  for i, column in ipairs(columns.columns) do
    list[i] = { name = column.name, kind = column.kind, use = column.use, missing = column.missing,
      values = column.values and json.list(column.values) }
  end
  for i, note in ipairs(told) do
    notes[i] = note
  end
  return { path = path, rows = not paired and columns.rows or nil, pairs = paired and paired.count or nil,
    columns = list, inputs = json.list(recipe.inputs), label = columns.label,
    classes = rows and classes or nil, notes = notes }
end

--- Calls say with each line, and returns the same for programs. path: of the file. paired: of pairs, whose sides are
--- under each other in the columns, { count = how many there are, notes = as reading.notes has them }.
return function(say, path, columns, recipe, paired)
  local list = columns.columns
  local told = paired and paired.notes or reading.notes(columns)
  say(("%s: %s, %s%s, %s"):format(path, paired and counted(paired.count, "pair") or counted(columns.rows, "row"),
    counted(#list, "column"), paired and " of each side" or "", counted(#recipe.inputs, "input")))
  describe_columns(list, say)
  if columns.label then
    describe_classes(columns, say)
  end
  reading.tell(told, say)
  return data_of(path, columns, recipe, told, paired)
end
