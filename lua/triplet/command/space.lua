--- Where the rows of files are compared: among the embeddings of a model, or as they are, where the model is "none".

local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
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

--- Gives a parser the argument that names the model, and returns the flags of distances.
function space.define(parser)
  parser:argument("model", "Model that triplet train wrote, or none: the vectors, or the columns of the table, as they "
    .. "are."):convert(standard.input)
  return parser:option("--distance", "How far apart two rows are (default: as the model was trained; of none "
      .. "minkowski).")
      :choices(choices()):argname("{" .. table.concat(choices(), ",") .. "}"),
    parser:option("--p", "Order of the minkowski distance: 1 is Manhattan, 2 Euclidean, inf the largest difference "
      .. "(default: as the model was trained; of none 2)."):argname("<number>")
      :convert(learning.reader("number", "--p"))
end

--- options: of the command line, with .model.
function space.open(options)
  local opened = setmetatable({ path = options.model, measure = {} }, space)
  if options.model ~= space.NONE then
    opened.model = model.load(options.model)
    opened.recipe, opened.inputs = opened.model.recipe, opened.model.inputs
  end
  if opened.recipe then
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

--- What distances are called: "cosine distance".
function space:name()
  local name, p = self.measure.distance or "minkowski", self.measure.p or 2
  if name ~= "minkowski" then
    return name .. " distance"
  end
  return p == 2 and "Euclidean distance" or ("minkowski distance of p = %g"):format(p)
end

--- The options that the library measures by, with what is added to them.
function space:options(more)
  for name, value in pairs(self.measure) do
    more[name] = value
  end
  return more
end

--- Where there is no model, further files are read as the first.
local function remember(self, rows)
  if not self.model then
    self.recipe, self.inputs, self.first = rows.recipe, rows.matrix.cols, rows.path
  end
  return rows
end

--- Reads a file as model.read does.
function space:read(path, options, lines, say, labels_option)
  return remember(self, model.read(self, path, options, lines, say, labels_option))
end

--- Reads the bytes of a table as model.rows_of_table does.
function space:read_table(path, bytes, given, say)
  return remember(self, model.rows_of_table(self, path, bytes, given, say))
end

--- The rows of a file in the space, all of them finite. as_references: as those that are searched, which a model of
--- pairs may leave as they are.
function space:embed(rows, lines, as_references)
  if not self.model then
    return rows.matrix
  end
  local embedded
  if as_references and self.model:get("adapt") == "queries" then
    embedded = self.model:get("normalize") and embedding.normalized(rows.matrix) or rows.matrix
  else
    embedded = embedding.of(self.model, rows.matrix, lines)
  end
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

--- The threshold that the model has, where it is one of distances as they are measured here; else nil.
function space:threshold()
  return self.is_own and self.model.threshold or nil
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
