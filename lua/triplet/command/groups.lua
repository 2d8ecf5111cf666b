--- Pairs in a table: two groups of its columns, of which one has the columns of a row and the other those of its
--- partner. Both become one table, that of the second under that of the first.

local csv_line = require "triplet.command.line"
local fail = require "triplet.command.fail"
local json = require "triplet.json"
local names = require "triplet.command.names"

local groups = {}

--- The columns that a text names, as a list of { name, bare }, and whether it has a star: "q_*" stands for all that
--- begin with q_, and bare is what the star stands for; other texts are lists of columns, as bare as they are.
function groups.listed(text, all)
  local before, after = text:match("^([^*]*)%*([^*]*)$")
  local found = {}
  if before then
    for _, name in ipairs(all) do
      local is_long_enough = #name > #before + #after
      if is_long_enough and name:sub(1, #before) == before and name:sub(#name - #after + 1) == after then
        found[#found + 1] = { name = name, bare = name:sub(#before + 1, #name - #after) }
      end
    end
  else
    for i, name in ipairs(names { text }) do
      found[i] = { name = name, bare = name }
    end
  end
  return found, before ~= nil
end

--- The same of a table that has to have them, as a flag says.
local function columns_of(text, all, path, flag)
  local found, by_star = groups.listed(text, all)
  local known = {}
  for _, name in ipairs(all) do
    known[name] = true
  end
  for _, column in ipairs(found) do
    if not known[column.name] then
      fail('%s: %s: there is no column "%s"', path, flag, column.name)
    end
  end
  if #found == 0 then
    fail('%s: %s: there is no column like "%s"', path, flag, text)
  end
  return found, by_star
end

--- The second group in the order of the first: by what the stars stand for, else as they are given.
local function matched(first, second, by_star, path, flag)
  if not by_star then
    if #first ~= #second then
      fail("%s: %s: expected as many columns in both groups, got %d and %d", path, flag, #first, #second)
    end
    return second
  end

  local by_bare, ordered = {}, {}
  for _, column in ipairs(second) do
    by_bare[column.bare] = column
  end
  for i, column in ipairs(first) do
    ordered[i] = by_bare[column.bare] or fail("%s: %s: column %s has no partner in the other group", path, flag,
      column.name)
    by_bare[column.bare] = nil
  end
  local _, left = next(by_bare)
  if left then
    fail("%s: %s: column %s has no partner in the other group", path, flag, left.name)
  end
  return ordered
end

--- The names of all columns of a table.
function groups.names(columns)
  local list = {}
  for i, column in ipairs(columns.columns) do
    list[i] = column.name
  end
  return list
end

--- Two lists of { name, bare }, whose columns belong together in their order. all: the names of all columns. flags:
--- what names the groups on the command line.
function groups.of(texts, all, path, flags)
  local first, first_by_star = columns_of(texts[1], all, path, flags[1])
  local second, second_by_star = columns_of(texts[2], all, path, flags[2])
  second = matched(first, second, first_by_star and second_by_star, path, flags[2])

  local taken = {}
  for _, group in ipairs { first, second } do
    for _, column in ipairs(group) do
      if taken[column.name] then
        fail("%s: %s: column %s is in both groups", path, flags[2], column.name)
      end
      taken[column.name] = true
    end
  end
  return first, second
end

--- The cells of a column as texts, "" where one is missing.
local function cells_of(columns, name)
  local kind
  for _, column in ipairs(columns.columns) do
    kind = column.name == name and column.kind or kind
  end
  if kind ~= "number" then
    return columns:texts(name)
  end
  local cells = columns:numbers(name)
  for row = 1, columns.rows do
    cells[row] = cells[row] and json.number(cells[row]) or ""
  end
  return cells
end

--- The bytes of a table of both groups, the rows of the first above those of the second, whose columns are called as
--- those of the first are, without what stands for the star. sides: a list of two { columns, group }.
function groups.table_of(sides)
  local first, fields = sides[1].group, {}
  for i, column in ipairs(first) do
    fields[i] = column.bare
  end

  local lines = { csv_line(fields) }
  for _, side in ipairs(sides) do
    local cells = {}
    for i, column in ipairs(side.group) do
      cells[i] = cells_of(side.columns, column.name)
    end
    for row = 1, side.columns.rows do
      for i, column in ipairs(cells) do
        fields[i] = column[row] or ""
      end
      local line = csv_line(fields)
      lines[#lines + 1] = line == "\n" and '""\n' or line -- an empty line is no row
    end
  end
  return table.concat(lines)
end

return groups
