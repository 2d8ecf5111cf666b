--- Pairs of rows: row i of one side belongs to row i of the other. Both are groups of columns of one table, or each is
--- a file.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local fail = require "triplet.command.fail"
local groups = require "triplet.command.groups"
local reading = require "triplet.command.reading"

local pairing = {}

--- The columns of a table with none of `wanted` left out.
local function read_keeping(path, given, bytes, wanted)
  local keep = {}
  for _, name in ipairs(given.keep or {}) do
    keep[#keep + 1] = name
  end
  for _, group in ipairs(wanted) do
    for _, column in ipairs(group) do
      keep[#keep + 1] = column.name
    end
  end
  return (reading.read(path, copy(given, { keep = keep }), bytes))
end

--- Tells which rows are left out of the pairs; all else is told of each group.
local function tell_of_rows(columns, say)
  for _, note in ipairs(reading.notes(columns)) do
    if note.text:find(" rows are left out: ", 1, true) then
      reading.tell({ note }, say)
    end
  end
end

--- How the table of a group is read: what was said of the columns of the first holds for both.
local function given_of(given, first, has_width)
  local more = { separator = "comma", header = "true", missing = given.missing, categories = {},
    keep = has_width and {} or nil }
  for _, column in ipairs(first) do
    for _, name in ipairs(given.categories or {}) do
      if name == column.name then
        table.insert(more.categories, column.bare)
      end
    end
    if has_width then -- what takes rows of so many columns takes all of them
      table.insert(more.keep, column.bare)
    end
  end
  return more
end

--- Two groups of columns of a table. given: as reading.given has it, with .label, a column to carry along, or nil.
--- texts: what names the groups; flags: of which options. Returns the rows of both sides, as model.read gives them, and
--- the texts of the label.
function pairing.of_table(within, path, bytes, given, say, texts, flags)
  local columns = reading.read(path, given, bytes)
  local first, second = groups.of(texts, groups.names(columns), path, flags)
  for _, group in ipairs { first, second } do
    for _, column in ipairs(group) do
      if column.name == columns.label then
        fail("%s: column %s is a label, and in a group", path, column.name)
      end
    end
  end
  columns:close()

  columns = read_keeping(path, given, bytes, { first, second })
  tell_of_rows(columns, say)
  local labels = columns.label and columns:texts(columns.label) or nil
  local numbers, sides = columns.row_numbers, {}
  for i, group in ipairs { first, second } do
    local more = given_of(given, first, within.inputs and not within.recipe)
    sides[i] = within:read_table(path, groups.table_of(columns, group, first), more, say)
    if sides[i].matrix.rows ~= #numbers then
      fail("%s: rows with missing cells cannot be left out of pairs", path)
    end
    sides[i].numbers = numbers
  end
  columns:close()
  return sides[1], sides[2], labels
end

--- Checks that two files have as many rows.
function pairing.check_files(first, second)
  if first.matrix.rows ~= second.matrix.rows then
    fail("%s: expected %s, each the partner of one of %s, got %d", second.path, counted(first.matrix.rows, "row"),
      first.path, second.matrix.rows)
  end
end

-- What is written for pairs of the same class, and of different ones.
local SAME = { ["1"] = true, ["same"] = true, ["yes"] = true, ["true"] = true,
  ["0"] = false, ["different"] = false, ["no"] = false, ["false"] = false }

--- Whether each of so many pairs is one of the same class, of texts that say so. path: of their file.
function pairing.same_of(texts, count, path, numbers)
  local same = {}
  for row = 1, count do
    same[row] = SAME[tostring(texts[row]):lower()]
    if same[row] == nil then
      fail('%s: row %s: expected same or different (1 or 0, yes or no, true or false), got "%s"', path,
        tostring(numbers and numbers[row] or row), texts[row] or "")
    end
  end
  return same
end

return pairing
