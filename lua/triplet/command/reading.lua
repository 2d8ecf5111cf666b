--- Tables as the command reads them: the library's options of tables as flags, the file as a whole, and what is told
--- of how it was read.

local fail = require "triplet.command.fail"
local invocation = require "triplet.command.invocation"
local learning = require "triplet.command.learning"
local names = require "triplet.command.names"
local quote = require "triplet.command.quote"
local triplet = require "triplet"

local reading = {}

-- The options that the library reads itself, and what the command line takes for each.
local LISTS = { keep = "<column>,...", ignore = "<column>,...", categories = "<column>,...",
  missing_texts = "<text>,..." }
local TEXTS = { comment = "<text>" }

-- Those that play a part when a table is read for a model, which has the others in its recipe.
local FOR_MODELS = { missing_texts = true, separator = true, encoding = true, comment = true }

--- The options that are flags; for_model: of a command that applies a model.
local function fields_of(for_model)
  local fields = {}
  for _, field in ipairs(triplet.schema("table")) do
    local is_flag = field.kind ~= "value" or LISTS[field.name] or TEXTS[field.name]
    if is_flag and (FOR_MODELS[field.name] or not for_model) then
      fields[#fields + 1] = field
    end
  end
  return fields
end

--- Flags for them, as a list.
function reading.flags(parser, for_model)
  local flags = {}
  for i, field in ipairs(fields_of(for_model)) do
    if field.kind == "value" then
      local argument = LISTS[field.name] or TEXTS[field.name]
      flags[i] = parser:option(learning.flag(field.name), field.help .. "."):argname(argument):target(field.name)
        :count(LISTS[field.name] and "*" or "?")
    else
      flags[i] = learning.define_flag(parser, "table", field, field.name)
    end
  end
  return flags
end

--- What was given of them, as triplet.table.read takes it.
function reading.given(parsed, for_model)
  local options = {}
  for _, field in ipairs(fields_of(for_model)) do
    local value = parsed[field.name]
    options[field.name] = LISTS[field.name] and names(value) or value
  end
  return options
end

--- What was given of them, as words of a command line.
function reading.words(parsed)
  local words = {}
  for _, field in ipairs(fields_of()) do
    local value = parsed[field.name]
    if LISTS[field.name] then
      value = value and value[1] and invocation.names(value)
    end
    learning.add_words(words, field, field.name, value)
  end
  return words
end

--- An option as it is given in a shell: "--keep id", "--keep 'the id'", "--keep=-id"; without a value where that would
--- be too long, or would not stay on the line.
local function shown(name, value)
  if not value or value:find("%c") then
    return learning.flag(name)
  end
  return learning.flag(name) .. (value:sub(1, 1) == "-" and "=" or " ") .. quote(value)
end

--- What the library says of a table, with its options as the command line has them: 'encoding = "latin1"', "keep: ...".
local function in_words(text)
  local known = {}
  for _, field in ipairs(triplet.schema("table")) do
    known[field.name] = true
  end
  text = ("; " .. text):gsub('%f[%w_]([%w_]+) = "([^"]*)"', function(name, value)
    return known[name] and shown(name, value)
  end):gsub("; ([%w_]+): ", function(name)
    return known[name] and "; " .. learning.flag(name) .. ": "
  end)
  return text:sub(3)
end

local function bytes_of(path)
  local file, problem = io.open(path, "rb")
  if not file then
    fail("%s", problem)
  end
  local bytes, fault = file:read("*a")
  file:close()
  return bytes or fail("%s: %s", path, fault)
end

--- The columns of a file, and their recipe unless options.recipe is one. options: as triplet.table.read takes them.
function reading.read(path, options)
  local columns, recipe = triplet.table.read(bytes_of(path), options)
  if not columns then
    fail("%s: %s", path, in_words(recipe))
  end
  return columns, recipe
end

--- A note in one line: "left out: id (whole numbers in order; --keep id)".
local function line_of(note)
  local details = { note.reason }
  if note.option then
    details[#details + 1] = shown(note.option, note.value)
  end
  return note.text .. (details[1] and " (" .. table.concat(details, "; ") .. ")" or "")
end

--- What is told of columns, line by line: a list of { text, warning }.
function reading.notes(columns)
  local notes = {}
  for i, note in ipairs(columns.notes) do
    notes[i] = { text = line_of(note), warning = note.warning }
  end
  return notes
end

--- Tells each: a warning on standard error, the others by say.
function reading.tell(notes, say)
  for _, note in ipairs(notes) do
    if note.warning then
      io.stderr:write("triplet: ", note.text, "\n")
    else
      say(note.text)
    end
  end
end

return reading
