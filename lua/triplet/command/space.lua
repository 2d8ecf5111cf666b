--- Where the rows of files are compared: among the embeddings of a model, or as they are, where the model is "none".

local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
local outline = require "triplet.command.outline"
local plain = require "triplet.command.plain"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local space = {}
space.__index = space

space.NONE = "none"

-- The library's options of distances that are flags.
local MEASURES = { "distance", "p" }

local function choices()
  for _, field in ipairs(triplet.schema("nearest")) do
    if field.name == "distance" then
      return field.choices
    end
  end
end

-- Deviations of columns of which the largest is so many times the smallest are told.
local FAR_APART = 10

--- Gives a parser the argument that names the model, and returns the flags of what rows are compared by.
function space.define(parser)
  outline.offer(parser:argument("model", "Model that triplet train wrote, or none: the vectors, or the columns of the "
    .. "table, as they are, not standardised."):convert(standard.input), { space.NONE })
  return parser:option("--distance", "How far apart two rows are (default: as the model was trained; of none "
      .. "minkowski).")
      :choices(choices()):argname("{" .. table.concat(choices(), ",") .. "}"),
    parser:option("--p", "Order of the minkowski distance: 1 is Manhattan, 2 Euclidean, inf the largest difference "
      .. "(default: as the model was trained; of none 2)."):argname("<number>")
      :convert(learning.reader("number", "--p")),
    parser:flag("--standardize", "With none: bring columns to mean 0 and deviation 1, those of the references, if "
      .. "any (in triplet verify always those of the file)."):target("standardize")
end

--- The flag -k. what: the neighbours that it counts.
function space.neighbors(parser, what, default)
  return parser:option("-k", ("%s (default: %d)."):format(what, default)):argname("<number>"):default(tostring(default))
    :show_default(false):convert(learning.counter("-k"))
end

--- The flag for the labels of references that are vectors. help: where it is not as --labels is for the file.
function space.reference_labels(parser, help)
  return parser:option("--reference-labels", help or "For references that are vectors: a file with the label of each "
    .. "row, as --labels is for the file."):argname("<file>"):convert(standard.input)
end

--- The flag --out of a table. what: its rows.
function space.out(parser, what)
  return parser:option("--out", ("CSV file to write (default: -, standard output; with --json %s are part of that).")
    :format(what)):argname("<file>"):convert(standard.target)
end

--- options: of the command line, with .model.
function space.open(options)
  local opened = setmetatable({ path = options.model, measure = {}, standardize = options.standardize or false,
    reads_several = options.references ~= nil }, space)
  if options.model ~= space.NONE then
    opened.model = model.load(options.model)
    opened.recipe, opened.inputs = opened.model.recipe, opened.model.inputs
  end
  if opened.model and options.standardize then
    fail.usage("--standardize: belongs to none, and %s takes columns as it was trained", options.model)
  elseif opened.recipe then
    reading.check_for_model(options, options.model)
  end

  local is_own = true
  for _, name in ipairs(MEASURES) do
    local own = opened.model and opened.model:get(name)
    opened.measure[name] = options[name] or own
    is_own = is_own and (options[name] == nil or options[name] == own)
  end
  if options.distance and options.distance ~= "minkowski" then
    opened.measure.p = options.p -- refused by the library where it was given
  end
  opened.is_own = opened.model ~= nil and is_own
  return opened
end

local function name_of(distance, order)
  local name, p = distance or "minkowski", order or 2
  if name ~= "minkowski" then
    return name .. " distance"
  end
  return p == 2 and "Euclidean distance" or ("minkowski distance of p = %g"):format(p)
end

--- What distances are called: "cosine distance".
function space:name()
  return name_of(self.measure.distance, self.measure.p)
end

--- The options that the library measures by, with what is added to them.
function space:options(more)
  for name, value in pairs(self.measure) do
    more[name] = value
  end
  return more
end

--- The names of the columns of a table, or numbers, of which one varies least and one most, with their deviations.
local function extremes_of(rows)
  local least, most
  for column, deviation in ipairs(triplet.standardization(rows.matrix).deviation:totable()[1]) do
    local entry = { name = rows.recipe.inputs[column], deviation = deviation }
    least = deviation > 0 and (not least or deviation < least.deviation) and entry or least
    most = deviation > 0 and (not most or deviation > most.deviation) and entry or most
  end
  return least, most
end

--- Tells where a distance is mostly that of some columns.
local function say_of_scales(rows, say)
  local least, most = extremes_of(rows)
  if least and most.deviation > FAR_APART * least.deviation then
    say(("columns as they are, not standardised: %s has deviation %.3g, %s %.3g (--standardize)"):format(
      plain.short(most.name), most.deviation, plain.short(least.name), least.deviation))
  end
end

--- Where there is no model, further files are read as the first, and standardised like it.
local function remember(self, rows, say)
  if self.model then
    return rows
  elseif rows.recipe and not self.recipe and not self.standardize then
    say_of_scales(rows, say)
  elseif not rows.recipe and self.standardize then -- a recipe does it for tables
    self.standardization = self.standardization or triplet.standardization(rows.matrix)
    rows.matrix = triplet.standardize(rows.matrix, self.standardization)
  end
  self.recipe, self.inputs, self.first = rows.recipe, rows.matrix.cols, rows.path
  return rows
end

--- Reads a file as model.read does.
function space:read(path, options, lines, say, labels_option)
  return remember(self, model.read(self, path, options, lines, say, labels_option), say)
end

--- Reads the bytes of a table as model.rows_of_table does.
function space:read_table(path, bytes, given, say)
  return remember(self, model.rows_of_table(self, path, bytes, given, say), say)
end

--- The rows of a file in the space, all of them finite. as_references: as those that are searched.
function space:embed(rows, lines, as_references)
  if not self.model then
    return rows.matrix
  end
  local embedded = (as_references and embedding.of_references or embedding.of)(self.model, rows.matrix, lines)
  embedding.check(embedded, rows.numbers, rows.path)
  return embedded
end

--- The rows that the model keeps, with a text each that is their class: { path, embedded, texts }, or nil.
function space:kept_rows()
  local kept = self.model and self.model.kept_rows
  if not kept then
    return nil
  end
  local texts = {}
  for row, label in ipairs(kept.labels) do
    texts[row] = type(label) ~= "table" and tostring(label) or nil
  end
  return { path = self.path, embedded = kept.embeddings, texts = texts }
end

--- The threshold that the model has, where it is one of distances as they are measured here; else nil, which is told.
function space:threshold()
  local threshold = self.model and self.model.threshold
  if threshold and not self.is_own then
    talk.warn(("the model's threshold, %.6g, is one of its own distance, the %s, and left out"):format(threshold,
      name_of(self.model:get("distance"), self.model:get("p"))))
    return nil
  end
  return threshold
end

--- Warns where rows are those that the model was trained on, which say little of others.
function space:warn_of_training_rows(rows)
  local facts = self.model and self.model.facts or {}
  if facts.table == rows.path:match("[^/]*$") and facts.rows == tostring(rows.matrix.rows) then
    talk.warn(("%s looks like the table that the model was trained on: rows that it has seen say little of others")
      :format(rows.path))
  end
end

--- Calls f(...) of the library, which works on rows of these files, and has its errors name them: { queries = rows }.
function space.call(files, f, ...)
  local done, result = interrupt.pcall(f, ...)
  if done then
    return result
  end
  local name, rest = tostring(result):match("%((%w+): (.*)%)$")
  local rows = name and files[name]
  if not rows then
    error(result, 0)
  end
  fail("%s: %s", rows.path, (rest:gsub("^row (%d+)", function(row)
    return "row " .. tostring(rows.numbers and rows.numbers[tonumber(row)] or row)
  end)))
end

return space
