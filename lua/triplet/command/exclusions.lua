--- Pairs of rows that are not to be neighbours: of a recommender what a user has seen.

local fail = require "triplet.command.fail"
local plain = require "triplet.command.plain"
local reading = require "triplet.command.reading"
local triplet = require "triplet"

-- How the columns of a table without a header are called.
local QUERY, REFERENCE = "1", "2"

--- The place of each row of a file by its number or name, as a text.
local function places_of(rows)
  local places = {}
  for place, number in ipairs(rows.numbers) do
    places[tostring(number)] = place
  end
  return places
end

--- Whether a text is the number of a row that was left out when the file was read.
local function was_left_out(text, rows)
  local number = text:find("^%d+$") and tonumber(text)
  return number ~= nil and number >= 1 and number <= rows.count and type(rows.numbers[1]) == "number"
end

local function read_pairs(path)
  local both = { QUERY, REFERENCE }
  local columns, problem = triplet.table.read(reading.bytes(path), { header = "false", keep = both,
    categories = both })
  if not columns or #columns.columns ~= 2 then
    fail("%s: expected two columns, a row and a reference that is not to be its neighbour%s", path, columns
      and (", got %d"):format(#columns.columns) or ": " .. problem)
  end
  local queries, references, count = columns:texts(QUERY), columns:texts(REFERENCE), columns.rows
  columns:close()
  return queries, references, count
end

--- Reads a table of pairs: the number, or name, of a row, and that of a reference. Returns for each row the references
--- to leave out, as triplet.nearest takes them, and the number of pairs. rows, references: as model.read has them.
return function(path, rows, references)
  local lists = {}
  for i = 1, #rows.numbers do
    lists[i] = {}
  end

  local row_at, reference_at = places_of(rows), places_of(references)
  local function place(text, places, of, line)
    if not text then
      fail("%s: row %d: a cell is empty", path, line)
    end
    if not places[text] and not was_left_out(text, of) then
      local example = type(of.numbers[1]) ~= "number" and of.numbers[1]
      fail("%s: row %d: %s has no row %s%s", path, line, of.path, text, example
        and (", and calls its rows by words, such as %s"):format(plain.short(example)) or "")
    end
    return places[text]
  end

  local queries, others, count = read_pairs(path)
  -- A first line that names no row has the names of the columns.
  local begin = queries[1] and others[1] and not tonumber(queries[1]) and not row_at[queries[1]] and 2 or 1
  for line = begin, count do
    local row = place(queries[line], row_at, rows, line - begin + 1)
    local reference = place(others[line], reference_at, references, line - begin + 1)
    if row and reference then
      table.insert(lists[row], reference)
    end
  end
  return lists, count - begin + 1
end
