--- Pairs of rows: row i of one side belongs to row i of the other. Both are groups of columns of one table, or each is
--- a file.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local fail = require "triplet.command.fail"
local groups = require "triplet.command.groups"
local json = require "triplet.json"
local quote = require "triplet.command.quote"
local reading = require "triplet.command.reading"

local pairing = {}

-- Options of tables that name columns.
local LISTS = { "keep", "ignore", "categories" }

local function has(list, name)
  for _, entry in ipairs(list or {}) do
    if entry == name then
      return true
    end
  end
  return false
end

--- What was said of the columns of two groups, by one or the other, for both: { keep, categories } of a side's names,
--- or of the bare ones.
local function said_of(given, sides, side)
  local said = { keep = {}, categories = {} }
  for i, column in ipairs(sides[1].group) do
    for name, list in pairs(said) do
      if has(given[name], column.name) or has(given[name], sides[2].group[i].name) then
        list[#list + 1] = side and side.group[i].name or column.bare
      end
    end
  end
  return said
end

--- Reads a side, with none of its columns left out. given: for the columns that are not in its group.
local function read_side(side, given, keep, categories)
  for _, column in ipairs(side.group) do
    keep[#keep + 1] = column.name
  end
  return (reading.read(side.path, copy(given, { keep = keep, categories = categories }), side.bytes))
end

--- Which rows are left out of the pairs, as notes; all else is told of both groups together.
local function notes_of_rows(columns)
  local notes = {}
  for _, note in ipairs(reading.notes(columns)) do
    notes[#notes + 1] = note.text:find(" rows are left out: ", 1, true) and note or nil
  end
  return notes
end

--- Fails where a column has numbers, and its partner texts.
local function check_kinds(sides)
  local kinds = {}
  for i, side in ipairs(sides) do
    kinds[i] = {}
    for _, column in ipairs(side.columns.columns) do
      kinds[i][column.name] = column.missing < side.columns.rows and (column.kind == "number" and "numbers" or "texts")
    end
  end
  for i, first in ipairs(sides[1].group) do
    local second = sides[2].group[i]
    local kind, other = kinds[1][first.name], kinds[2][second.name]
    if kind and other and kind ~= other then
      fail("%s: column %s has %s, and its partner %s of %s %s: --categories %s takes both as texts", sides[1].path,
        first.name, kind, second.name, sides[2].path, other, quote(first.name))
    end
  end
end

--- The table of both sides, the second under the first: { path, bytes, given = how to read it, numbers = those of the
--- rows of a side in the file, shown = names of its columns as the first side has them, by their own, notes = what is
--- told of rows }.
local function stacked(sides, given)
  local more = said_of(given, sides)
  more.separator, more.header = "comma", "true"
  more.missing, more.missing_texts, more.standardize = given.missing, given.missing_texts, given.standardize
  local shown = {}
  for _, column in ipairs(sides[1].group) do
    shown[column.bare] = column.name
  end
  return { path = sides[1].path, bytes = groups.table_of(sides), given = more, group = sides[1].group,
    numbers = sides[1].columns.row_numbers, shown = shown, notes = notes_of_rows(sides[1].columns) }
end

--- Two groups of columns of a table, as stacked has them, with .texts of the column given.label, and .others, a list of
--- the columns that are in neither, { name, cells = nil where they were left out }. texts: what names the groups;
--- flags: of which options. is_for_recipe: whether a model reads the columns.
function pairing.of_groups(path, bytes, given, texts, flags, is_for_recipe)
  given.label_flag = "--same"
  local columns = reading.read(path, given, bytes)
  local first, second = groups.of(texts, groups.names(columns), path, flags)
  local sides = { { path = path, group = first }, { path = path, group = second } }
  local grouped = {}
  for _, side in ipairs(sides) do
    for _, column in ipairs(side.group) do
      grouped[column.name] = true
      if column.name == columns.label then
        fail("%s: column %s is a label, and in a group", path, column.name)
      end
    end
  end
  columns:close()

  local both = { path = path, bytes = bytes, group = {} }
  local keep, categories = {}, {}
  for _, name in ipairs(given.keep or {}) do
    keep[#keep + 1] = name
  end
  for _, name in ipairs(given.categories or {}) do
    categories[#categories + 1] = name
  end
  for _, side in ipairs(sides) do
    for _, column in ipairs(side.group) do
      both.group[#both.group + 1] = column
    end
    for _, name in ipairs(said_of(given, sides, side).categories) do
      categories[#categories + 1] = name
    end
  end
  columns = read_side(both, given, keep, categories)
  sides[1].columns, sides[2].columns = columns, columns
  if not is_for_recipe then -- which knows what its columns have
    check_kinds(sides)
  end
  local found = stacked(sides, given)
  found.texts, found.others = columns.label and columns:texts(columns.label), {}
  for _, column in ipairs(columns.columns) do
    if not grouped[column.name] and column.name ~= columns.label then
      local cells = column.use ~= "left_out" and (column.kind == "number" and columns:numbers(column.name)
        or columns:texts(column.name)) or nil
      table.insert(found.others, { name = column.name, cells = cells })
    end
  end
  columns:close()
  return found
end

--- Two tables, row by row, the second of which has the columns of the first.
function pairing.of_tables(paths, bytes, given)
  local columns = reading.read(paths[1], given, bytes[1])
  local group = {}
  for _, column in ipairs(columns.columns) do
    group[#group + 1] = column.use == "input" and { name = column.name, bare = column.name } or nil
  end

  -- What is said of columns is said of the first.
  local plain = copy(given, {})
  for _, name in ipairs(LISTS) do
    plain[name] = nil
  end
  local others = reading.read(paths[2], plain, bytes[2])
  for _, column in ipairs(group) do
    if not has(groups.names(others), column.name) then
      fail("%s: it has no column %s, which %s has", paths[2], column.name, paths[1])
    end
  end
  others:close()
  local sides = { { path = paths[1], group = group, columns = columns },
    { path = paths[2], bytes = bytes[2], group = group } }
  local said = said_of(given, sides)
  sides[2].columns = read_side(sides[2], plain, said.keep, said.categories)
  if columns.rows ~= sides[2].columns.rows then
    fail("%s: expected %s, each the partner of one of %s, got %d", paths[2], counted(columns.rows, "row"), paths[1],
      sides[2].columns.rows)
  end
  check_kinds(sides)
  if table.concat(columns.row_numbers, " ") ~= table.concat(sides[2].columns.row_numbers, " ") then
    fail("%s: rows with missing cells cannot be left out of pairs", given.missing == "drop" and paths[1] or paths[2])
  end
  local found = stacked(sides, given)
  columns:close()
  sides[2].columns:close()
  return found
end

--- The two sides of what a table of both became.
function pairing.halves(matrix)
  local rows = matrix.rows / 2
  return matrix:view(1, rows), matrix:view(rows + 1, 2 * rows)
end

--- What is told of the columns of a table of both sides, whose options name the columns of the first.
function pairing.notes(found, columns)
  local notes = columns.notes
  for _, note in ipairs(notes) do
    note.value = found.shown[note.value] or note.value
  end
  local told = reading.notes { notes = notes }
  for _, note in ipairs(found.notes) do
    told[#told + 1] = note
  end
  return told
end

--- Two groups of columns of a table, as rows of a model. given: as reading.given has it, with .label, a column to carry
--- along, or nil. texts, flags: as pairing.of_groups takes them. Returns the rows of both sides, as model.read gives
--- them, and the texts of the label.
function pairing.of_table(within, path, bytes, given, say, texts, flags)
  local found = pairing.of_groups(path, bytes, given, texts, flags, within.recipe ~= nil)
  if within.inputs and not within.recipe then -- what takes rows of so many columns takes all of them
    for _, column in ipairs(found.group) do
      table.insert(found.given.keep, column.bare)
    end
  end
  reading.tell(found.notes, say)
  local rows = within:read_table(path, found.bytes, found.given, say)
  if rows.matrix.rows ~= 2 * #found.numbers then
    fail("%s: rows with missing cells cannot be left out of pairs", path)
  end
  local sides = {}
  for i, matrix in ipairs { pairing.halves(rows.matrix) } do
    sides[i] = { matrix = matrix, numbers = found.numbers, count = rows.count, recipe = rows.recipe, path = path }
  end
  return sides[1], sides[2], found.texts
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

--- How many of the cells of a column say different, where all that are there say same or different, and some each; else
--- nil.
function pairing.different_in(cells, count)
  local different, same = 0, 0
  for row = 1, count do
    local cell = cells[row]
    local says = SAME[type(cell) == "number" and json.number(cell) or tostring(cell):lower()]
    if cell ~= nil and says == nil then
      return nil
    end
    different, same = different + (says == false and 1 or 0), same + (says and 1 or 0)
  end
  return different > 0 and same > 0 and different or nil
end

return pairing
