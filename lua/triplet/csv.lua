--- CSV and TSV (RFC 4180): a table of numbers read in one pass, straight into float32 bytes, and lines to write.
--
-- Quoted fields may hold delimiters, doubled quotes and line breaks (a break is read as "\n"); lines end with LF or
-- CRLF; a byte order mark and blank lines are passed over; the delimiter is whichever of tab, comma and semicolon the
-- header has most of. A column without a name is called by its position: column_3.

local csv = {}

local find, sub, byte, gsub, gmatch = string.find, string.sub, string.byte, string.gsub, string.gmatch

local FLT_MAX <const> = 0x1.fffffep127

-- Numbers that are packed at once: Lua's stack holds no million of them.
local AT_ONCE <const> = 1000

-- What is wrong with the file is thrown as a table, so that csv.read can tell it from a fault of its own.
local function fail(column, format, ...)
  error({ message = format:format(...), column = column })
end

--- Text as it can stand in a message: quoted, short, on one line.
local function shown(text)
  text = gsub(text, "%c", " ")
  return '"' .. (#text > 40 and sub(text, 1, 37) .. "..." or text) .. '"'
end

local function list(names)
  local quoted = {}
  for i = 1, math.min(#names, 20) do
    quoted[i] = shown(names[i])
  end
  return table.concat(quoted, ", ") .. (#names > 20 and (" and %d more"):format(#names - 20) or "")
end

--- UTF-8 without zero bytes, as a model can keep it.
local function is_text(text)
  return utf8.len(text) and not find(text, "\0", 1, true)
end

--- The number that a text is, or nil. Hexadecimal, which Lua would read, and wrap where it is long, is text.
function csv.number(text)
  return not find(text, "[xX]") and tonumber(text) or nil
end

local number = csv.number

local function delimiter_of(header)
  local bare = gsub(header, '"[^"]*"', "")
  local best, most = ",", 0
  for _, delimiter in ipairs { "\t", ",", ";" } do
    local _, count = gsub(bare, delimiter, "")
    if count > most then
      best, most = delimiter, count
    end
  end
  return best
end

--- The rest of a quoted field that opens before `start`; lines are fetched until it closes. Returns the field, the line
--- in which it closes and the place after the closing quote.
local function quoted_field(line, start, next_line, place)
  local pieces = {}
  while true do
    local stop = find(line, '"', start, true)
    while stop and byte(line, stop + 1) == 34 do
      stop = find(line, '"', stop + 2, true)
    end
    pieces[#pieces + 1] = sub(line, start, stop and stop - 1)
    if stop then
      return (gsub(table.concat(pieces, "\n"), '""', '"')), line, stop + 1
    end
    line, start = next_line(), 1
    if not line then
      fail(nil, "%s: a quote is opened and never closed", place())
    end
  end
end

--- Cuts a record that has quotes into `fields`; returns how many there are.
local function split_quoted(line, delimiter, fields, next_line, place)
  local count, start = 0, 1
  while true do
    count = count + 1
    if byte(line, start) == 34 then
      fields[count], line, start = quoted_field(line, start + 1, next_line, place)
      if start <= #line and sub(line, start, start) ~= delimiter then
        fail(nil, "%s: text follows the closing quote of %s", place(), shown(fields[count]))
      end
    else
      local stop = find(line, delimiter, start, true) or #line + 1
      fields[count] = sub(line, start, stop - 1)
      start = stop
    end
    if start > #line then
      return count
    end
    start = start + 1
  end
end

--- The names of the header, each once.
local function names_of(fields, count, path)
  local names, seen = {}, {}
  local all_numbers = true
  for i = 1, count do
    local name = fields[i] == "" and "column_" .. i or fields[i]
    if seen[name] then
      fail(nil, "%s: two columns are named %s", path, shown(name))
    end
    names[i], seen[name] = name, i
    all_numbers = all_numbers and number(fields[i])
  end
  if all_numbers then
    fail(nil, "%s: expected a header with the columns' names in the first line, got numbers", path)
  end
  return names, seen
end

local function position_of(name, names, positions, path)
  return positions[name] or fail(nil, "%s has no column %s; it has %s", path, shown(name), list(names))
end

--- Positions of the columns that are read as numbers: those asked for, or all but the label and the ignored ones.
local function inputs_of(names, positions, options, path)
  local found = {}
  if options.columns then
    for i, name in ipairs(options.columns) do
      found[i] = position_of(name, names, positions, path)
    end
    return found
  end
  local left_out = {}
  for _, name in ipairs(options.ignore or {}) do
    left_out[position_of(name, names, positions, path)] = true
  end
  for i, name in ipairs(names) do
    if not left_out[i] and name ~= options.label then
      found[#found + 1] = i
    end
  end
  if #found == 0 then
    fail(nil, "%s: no column is left to read numbers from", path)
  end
  return found
end

--- Adds the first `count` values to a list of pieces, as float32 bytes.
local function add_packed(pieces, values, count)
  for first = 1, count, AT_ONCE do
    local last = math.min(first + AT_ONCE - 1, count)
    pieces[#pieces + 1] = string.pack("<" .. ("f"):rep(last - first + 1), table.unpack(values, first, last))
  end
end

--- The first line without its byte order mark. A model begins with eight bytes of length and a brace.
local function header_of(line, path)
  local header = gsub(line, "^\xEF\xBB\xBF", "")
  if find(header, "^........{") and not is_text(header) then
    fail(nil, "%s is a model (safetensors), not a table", path)
  elseif not is_text(header) then
    fail(nil, "%s is not UTF-8 text", path)
  end
  return header
end

--- Reads a file in one pass. As it may have millions of fields, their tables are filled again for each row, and only
--- lines with quotes are cut with the care that these need.
local function read(file, path, options)
  if not file:read(0) then
    local _, problem = file:read(0)
    fail(nil, "%s%s", path, problem and ": " .. problem or " is empty")
  end

  local lines = file:lines()
  local function next_line()
    local line = lines()
    return line and byte(line, -1) == 13 and sub(line, 1, -2) or line
  end

  local row = 0
  local function place()
    return row == 0 and path .. " header" or ("%s row %d"):format(path, row)
  end

  local header = header_of(next_line(), path)
  local delimiter = delimiter_of(header)
  local fields = {}
  local width = split_quoted(header, delimiter, fields, next_line, place)
  local names, positions = names_of(fields, width, path)
  local label = options.label and position_of(options.label, names, positions, path)
  local inputs = inputs_of(names, positions, options, path)

  local field_pattern = "[^" .. delimiter .. "]*"
  local values, pieces, labels = {}, {}, label and {}
  for line in next_line do
    if line ~= "" then
      row = row + 1

      local count = 0
      if find(line, '"', 1, true) then
        count = split_quoted(line, delimiter, fields, next_line, place)
      else
        for field in gmatch(line, field_pattern) do
          count = count + 1
          fields[count] = field
        end
      end
      if count ~= width then
        fail(nil, "%s: expected %d fields like the header, got %d", place(), width, count)
      end

      for i = 1, #inputs do
        local field = fields[inputs[i]]
        local value = number(field)
        if not value or value > FLT_MAX or value < -FLT_MAX then
          local name = names[inputs[i]]
          fail(name, "%s, column %s: expected a %snumber, got %s", place(), shown(name), value and "float32 " or "",
            field == "" and "nothing" or shown(field))
        end
        values[i] = value
      end
      add_packed(pieces, values, #inputs)

      if labels then
        labels[row] = fields[label]
        if not is_text(labels[row]) then
          fail(nil, "%s, column %s: expected UTF-8 text, got %s", place(), shown(names[label]), shown(labels[row]))
        end
      end
    end
  end
  if row == 0 then
    fail(nil, "%s has a header but no rows", path)
  end

  local columns = {}
  for i, position in ipairs(inputs) do
    columns[i] = names[position]
  end
  return { columns = columns, rows = row, bytes = table.concat(pieces), labels = labels }
end

--- Reads a file with a header line.
--
-- options.label: the column whose text is carried along (default: none). options.ignore: columns to leave out.
-- options.columns: the columns to read, in this order (default: all but these).
--
-- Returns { columns = names, rows = count, bytes = rows x #columns little-endian float32, labels = texts or nil }. On
-- anything wrong with the file: nil, a message that names row and column (rows count from 1 below the header), and
-- the column's name where a field of it is not a number.
function csv.read(path, options)
  local file, problem = io.open(path, "rb")
  if not file then
    return nil, problem
  end
  local done, result = pcall(read, file, path, options or {})
  file:close()
  if done then
    return result
  elseif type(result) == "table" then
    return nil, result.message, result.column
  end
  error(result, 0)
end

--- Texts as one line with its end, quoted where that is needed.
function csv.line(fields)
  local quoted = {}
  for i, field in ipairs(fields) do
    quoted[i] = find(field, '[",\r\n]') and '"' .. gsub(field, '"', '""') .. '"' or field
  end
  return table.concat(quoted, ",") .. "\n"
end

return csv
