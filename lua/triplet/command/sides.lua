--- The columns of one side of a table of pairs, for a model that was trained on both. It knows them by what the stars
--- of --pairs stand for, 0 of query_0, and a table may have them by their full names.

local copy = require "triplet.command.copy"
local fail = require "triplet.command.fail"
local groups = require "triplet.command.groups"
local invocation = require "triplet.command.invocation"
local plain = require "triplet.command.plain"
local quote = require "triplet.command.quote"
local reading = require "triplet.command.reading"
local triplet = require "triplet"

local sides = { QUERIES = "queries", REFERENCES = "references" }

--- What named both groups where a model was trained on a table of pairs; nil of others.
local function texts_of(loaded)
  local trainer = loaded
  if type(loaded) == "table" then
    trainer = loaded.model
  end
  local words = trainer and trainer.recipe and invocation.words(trainer.facts.command or "") or {}
  for i, word in ipairs(words) do
    if word == "--pairs" and words[i + 2] then
      return { words[i + 1], words[i + 2] }
    end
  end
  return nil
end

--- The names of all columns of a table; nil where it cannot be read, which is told where it is read for its rows.
local function names_of(bytes, given)
  local columns = triplet.table.read(bytes, { separator = given.separator, encoding = given.encoding,
    comment = given.comment, missing_texts = given.missing_texts })
  local names = columns and groups.names(columns)
  if columns then
    columns:close()
  end
  return names
end

--- The full names of a side's columns, by the names that the model has for them.
local function full_names(texts, all, side)
  local first, first_by_star = groups.listed(texts[1], all)
  local second, second_by_star = groups.listed(texts[2], all)
  local full = {}
  for i, column in ipairs(side == sides.REFERENCES and second or first) do
    local by_place = side == sides.REFERENCES and not (first_by_star and second_by_star)
    local bare = by_place and first[i] and first[i].bare or column.bare
    full[bare] = column.name
  end
  return full
end

--- The columns of the recipe that a table does not have, by their full names or by those of the recipe (full is nil).
local function missing_of(recipe, all, full)
  local known, missing = {}, {}
  for _, name in ipairs(all) do
    known[name] = true
  end
  for _, column in ipairs(recipe.columns) do
    local name = column.name
    if full then
      name = full[name]
    end
    missing[#missing + 1] = not (name and known[name]) and column.name or nil
  end
  return missing
end

--- Which columns of a table are a side's, by the recipe's names; nil where they are called as those are.
local function columns_of(recipe, texts, path, all, side)
  local full = full_names(texts, all, side)
  local has_full, missing = #missing_of(recipe, all, full) == 0, missing_of(recipe, all)
  if has_full and (side == sides.REFERENCES or #missing > 0) then
    return full
  elseif #missing > 0 then
    fail("%s: columns that the model was trained on are missing: %s; in a table of pairs they are those of %s for "
      .. "queries and of %s for references (triplet embed --side takes one of them, evaluate and verify --pairs both)",
      path, plain.some(missing), quote(texts[1]), quote(texts[2]))
  end
  return nil
end

--- A table of a side's columns alone, called as the model knows them: { bytes, given = how to read it, numbers = those
--- of its rows in the file, name = of its side, label = the column to carry along, texts = its cells }; nil where the
--- file is as the model takes it. given: as model.read reads the file; side: sides.REFERENCES, or queries.
function sides.of_table(loaded, path, bytes, given, side)
  local texts = texts_of(loaded)
  local all = texts and names_of(bytes, given)
  local full = all and columns_of(loaded.recipe, texts, path, all, side)
  if not full then
    return nil
  end

  local group, keep, categories = {}, {}, {}
  for i, column in ipairs(loaded.recipe.columns) do
    group[i], keep[i] = { name = full[column.name], bare = column.name }, full[column.name]
    categories[#categories + 1] = column.kind ~= "number" and full[column.name] or nil
  end
  local columns = reading.read(path, copy(given, { keep = keep, categories = categories }), bytes)
  local found = { bytes = groups.table_of { { columns = columns, group = group } }, numbers = columns.row_numbers,
    given = { separator = "comma", header = "true", missing_texts = given.missing_texts }, label = columns.label,
    texts = columns.label and columns:texts(columns.label),
    name = side == sides.REFERENCES and sides.REFERENCES or sides.QUERIES }
  columns:close()
  return found
end

return sides
