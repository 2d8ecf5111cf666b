--- How a table is read, for those who look before they train: its columns, its classes, and what was decided on.

local counted = require "triplet.command.counted"
local reading = require "triplet.command.reading"

-- Of more columns, and of more classes or values, the first are shown, and of longer texts the first characters.
local COLUMNS = 200
local SHOWN = 8
local LONGEST = 30

local CHARACTER = "[^\128-\191][\128-\191]*"

--- Text on one line.
local function plain(text)
  text = text:gsub("%c", " ")
  local first = text:match("^" .. CHARACTER:rep(LONGEST))
  return first and #first < #text and first .. "..." or text
end

--- Padded to so many characters of UTF-8.
local function padded(text, width)
  local _, length = text:gsub("[^\128-\191]", "")
  return text .. (" "):rep(width - length), length
end

--- The first of a list of texts, and how many more there are.
local function some(texts)
  local shown = {}
  for i = 1, math.min(#texts, SHOWN) do
    shown[i] = texts[i]
  end
  return table.concat(shown, ", ") .. (#texts > SHOWN and (" and %d more"):format(#texts - SHOWN) or "")
end

local function details_of(column)
  local details = {}
  if column.values and column.use ~= "label" then
    local values = {}
    for i, value in ipairs(column.values) do
      values[i] = plain(value)
    end
    details[1] = ("%s: %s"):format(counted(#values, "value"), some(values))
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
    local _, length = padded(plain(columns[i].name), 0)
    width = math.max(width, length)
  end

  for i = 1, count do
    local column = columns[i]
    local line = ("  %s  %-8s  %-8s  %s"):format(padded(plain(column.name), width), column.kind,
      column.use == "left_out" and "left out" or column.use, details_of(column))
    say((line:gsub(" +$", "")))
  end
  if #columns > count then
    say(("  and %d more"):format(#columns - count))
  end
end

--- Calls say with the line about the classes.
local function describe_classes(columns, say)
  local rows, sizes = {}, {}
  for _, label in ipairs(columns.labels) do
    rows[label + 1] = (rows[label + 1] or 0) + 1
  end
  for i, class in ipairs(columns.classes) do
    sizes[i] = ("%s (%s)"):format(plain(class), counted(rows[i] or 0, "row"))
  end
  say(("%s of %s: %s"):format(counted(#sizes, "class", "classes"), plain(columns.label), some(sizes)))
end

--- Calls say with each line. path: of the file.
return function(say, path, columns, recipe)
  local list = columns.columns
  say(("%s: %s, %s, %s"):format(path, counted(columns.rows, "row"), counted(#list, "column"),
    counted(#recipe.inputs, "input")))
  describe_columns(list, say)
  describe_classes(columns, say)
  reading.tell(reading.notes(columns), say)
end
