--- What triplet.table makes of many files, for same_tables.test.mjs: a line of JSON for each.
---
---   lua5.4 tests/web/model/tables.lua TABLES    a Lua file that returns a list of { path, options, later = path }

local triplet = require "triplet"

local function bytes_of(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("*a")
end

local function hex(bytes)
  return (bytes:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(letter)
    return ("\\u%04x"):format(letter:byte())
  end) .. '"'
end

--- Lists are tables with a length or without anything; numbers keep all their digits.
local function json(value)
  if type(value) == "table" then
    local parts = {}
    for i, member in ipairs(value) do
      parts[i] = json(member)
    end
    if #value > 0 or next(value) == nil then
      return "[" .. table.concat(parts, ",") .. "]"
    end
    for key, member in pairs(value) do
      parts[#parts + 1] = quoted(key) .. ":" .. json(member)
    end
    return "{" .. table.concat(parts, ",") .. "}"
  elseif type(value) == "string" then
    return quoted(value)
  end
  return math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
end

--- The rows of the matrix in hexadecimal, or what is wrong with a number.
local function matrix_of(recipe, columns)
  local done, x = pcall(recipe.matrix, recipe, columns)
  return done and { matrix = hex(x:tobytes()) } or { fault = x:match("row .*[^)]") }
end

local function described(columns, recipe)
  return {
    rows = columns.rows,
    columns = columns.columns,
    label = columns.label,
    labels = columns.labels,
    classes = columns.classes,
    notes = columns.notes,
    numbers = columns.row_numbers,
    recipe = { columns = recipe.columns, inputs = recipe.inputs, label = recipe.label },
    x = matrix_of(recipe, columns),
  }
end

local function read(one)
  local columns, recipe = triplet.table.read(bytes_of(one.path), one.options)
  if not columns then
    return { fault = recipe }
  end
  recipe:fit()
  local found = described(columns, recipe)
  if one.later then
    local later, message = triplet.table.read(bytes_of(one.later), { recipe = recipe, label = one.label })
    found.later = later and described(later, recipe) or { fault = message }
  end
  return found
end

for _, one in ipairs(dofile(arg[1])) do
  print(json(read(one)))
end
