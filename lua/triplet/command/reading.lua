--- Files as the command reads them, tables above all: the library's options of tables as flags, the file as a whole,
--- and what is told of how it was read.

local copy = require "triplet.command.copy"
local fail = require "triplet.command.fail"
local invocation = require "triplet.command.invocation"
local learning = require "triplet.command.learning"
local names = require "triplet.command.names"
local quote = require "triplet.command.quote"
local ranks = require "triplet.command.ranks"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"
local vectors = require "triplet.command.vectors"

local reading = {}

-- The options that the library reads itself, and what the command line takes for each.
local LISTS = { keep = "<column>,...", ignore = "<column>,...", categories = "<column>,...",
  missing_texts = "<text>,..." }
local TEXTS = { comment = "<text>" }

-- Those that play a part when a table is read for a model, which has the others in its recipe.
local FOR_MODELS = { missing_texts = true, separator = true, encoding = true, comment = true }

-- Those that only say where the work is done: no flags of their own, and no words of what a model came about by.
local OF_RANKS = { shard = true }

-- Those that have no say where no model is trained.
local FOR_TRAINING = { standardize = true }

--- The options that are flags; of a command that applies a model (for_model is true), that may have none ("none"), or
--- that trains one (nil).
local function fields_of(for_model)
  local fields = {}
  for _, field in ipairs(triplet.schema("table")) do
    local is_flag = field.kind ~= "value" or LISTS[field.name] or TEXTS[field.name]
    local is_wanted = FOR_MODELS[field.name] or not for_model
      or for_model == "none" and not FOR_TRAINING[field.name]
    if is_flag and is_wanted and not OF_RANKS[field.name] then
      fields[#fields + 1] = field
    end
  end
  return fields
end

--- Flags for them, and for files that are none, as a list.
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
  for _, flag in ipairs(vectors.flags(parser)) do
    flags[#flags + 1] = flag
  end
  flags[#flags + 1] = parser:option("--labels", "For vectors, which have none: a file with the label of each row. A "
    .. "line each, or integers (.npy), or with --label a column of a table."):argname("<file>"):convert(standard.input)
  return flags
end

--- Refuses options of the command line that a table's model leaves nothing to say to.
function reading.check_for_model(parsed, path)
  for _, field in ipairs(fields_of("none")) do
    local value = parsed[field.name]
    if not FOR_MODELS[field.name] and value ~= nil and not (LISTS[field.name] and #value == 0) then
      fail.usage("%s: belongs to rows that no table's model takes, and %s has its columns", learning.flag(field.name),
        path)
    end
  end
end

--- What was given of them, as reading.read takes it. Its .vectors is what plays a part where the file is no table:
--- { format, tensor, labels = a path }.
function reading.given(parsed, for_model)
  local options = { vectors = { format = parsed.format, tensor = parsed.tensor, labels = parsed.labels } }
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
function reading.in_words(text)
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

-- What packed files begin with, what packed them, the command that unpacks one, and one that prints what is in it.
local PACKED = {
  { "\31\139", "gzip", "gunzip -k", "zcat" },
  { "BZh%d1AY&SY", "bzip2", "bunzip2 -k", "bzcat" },
  { "\2537zXZ", "xz", "unxz -k", "xzcat" },
  { "\40\181\47\253", "zstd", "unzstd", "zstdcat" },
  { "7z\188\175\39\28", "7-Zip", "7z x", "7z x -so" },
  { "PK\3\4", "ZIP", "unzip", "unzip -p" },
}

local LONGEST_SIGN = 10

-- Workbooks of spreadsheets are ZIP archives of which nothing in them is a table.
local WORKBOOKS = { xlsx = true, xlsm = true, ods = true }

--- Fails where the bytes of a file are packed.
local function check_not_packed(path, bytes)
  for _, kind in ipairs(PACKED) do
    if bytes:sub(1, LONGEST_SIGN):find("^" .. kind[1]) and not WORKBOOKS[path:lower():match("%.(%w+)$")] then
      local name = quote(path)
      fail("%s: it is packed by %s: %s", path, kind[2], path == standard.INPUT
        and ("unpack it first (%s)"):format(kind[4])
        or ("%s %s unpacks it, or %s %s | triplet ... - reads it as it is"):format(kind[3], name, kind[4], name))
    end
  end
end

-- Where the command line has files that are read.
local INPUTS = { "file", "model", "references", "labels", "reference_labels", "exclude", "same" }

--- The files that are read, which no output may replace. except: the names of those that are none, or may be.
function reading.paths(parsed, except)
  local paths = {}
  for _, name in ipairs(INPUTS) do
    paths[#paths + 1] = not (except and except[name]) and parsed[name] or nil
  end
  return paths
end

--- The whole file, which is not packed; is_shared: mapped by each rank, where that can be.
function reading.bytes(path, is_shared)
  local bytes, problem = (is_shared and standard.map or standard.read)(path)
  if not bytes then
    fail("%s", problem)
  end
  check_not_packed(path, bytes)
  return bytes
end

--- The vectors in a file, as vectors.decode gives them, or nil where it is a table; and its bytes. options: as
--- reading.given has them. An option of tables is refused beside vectors.
function reading.vectors(path, options)
  local bytes = reading.bytes(path, options.shard)
  local found = vectors.decode(path, bytes, options.vectors or {})
  if found then
    for _, field in ipairs(fields_of(false)) do
      local value = options[field.name]
      if value ~= nil and field.name ~= "standardize" and not (LISTS[field.name] and #value == 0) then
        fail.usage("%s: belongs to tables, and %s has vectors", learning.flag(field.name), path)
      end
    end
  elseif options.vectors and options.vectors.labels then
    fail.usage("--labels: belongs to vectors, and %s is a table: --label names its column", path)
  end
  return found, bytes
end

--- Lets go of the bytes of a file, which has to be as it was.
function reading.close(path, bytes)
  if type(bytes) == "string" then
    return
  end
  ranks.each(function()
    if not bytes:is_unchanged() then
      fail("%s: it was changed while it was read", path)
    end
  end)
  bytes:close()
end

--- The columns of a table, and their recipe unless options.recipe is one. options: as triplet.table.read takes them;
--- .vectors, which is not looked at; .label_flag, what names the label where that is not --label; and .carry, a label
--- that the table may have or not, where .label is nil. bytes: of the file, where they were read before.
function reading.read(path, options, bytes)
  local given = copy(options)
  given.vectors, given.carry, given.label_flag = nil, nil, nil
  bytes = bytes or reading.bytes(path)

  local columns, recipe
  if options.carry and not options.label then
    given.label = options.carry
    columns, recipe = triplet.table.read(bytes, given)
    given.label = nil
  end
  if not columns then
    columns, recipe = triplet.table.read(bytes, given)
  end
  if not columns then
    local problem = reading.in_words(recipe)
    fail("%s: %s", path, options.label_flag and problem:gsub("^%-%-label: ", options.label_flag .. ": ") or problem)
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

--- Whether a table of blanks is one of words with their numbers: all of its columns but the first are numbers.
local function has_words(columns, list)
  local by_blanks = false
  for _, note in ipairs(columns.notes) do
    by_blanks = by_blanks or note.text:find("separated by blanks", 1, true) ~= nil
  end
  for i = 2, by_blanks and #list or 0 do
    by_blanks = by_blanks and list[i].kind == "number"
  end
  return by_blanks and #list > 2 and list[1].use == "left_out" and list[1].kind ~= "number"
end

--- What is told of columns, line by line: a list of { text, warning, flatters = whether it warns of a column that makes
--- figures look better than they are }.
function reading.notes(columns)
  local notes = {}
  for i, note in ipairs(columns.notes) do
    notes[i] = { text = line_of(note), warning = note.warning, flatters = note.warning and note.option == "ignore"
      or nil }
  end
  if columns.columns and has_words(columns, columns.columns) then
    notes[#notes + 1] = { text = "words with their numbers, it seems, as GloVe has them: --format text reads them so",
      warning = false }
  end
  return notes
end

--- Tells each: a warning on standard error, the others by say. path: of their file, to name it where there are several.
function reading.tell(notes, say, path)
  for _, note in ipairs(notes) do
    local line = (path and path .. ": " or "") .. note.text
    if note.warning then
      talk.warn(line)
    else
      say(line)
    end
  end
end

return reading
