--- triplet evaluate: how well the rows of a labelled file find those of their class, in the embedding of a model.

local counted = require "triplet.command.counted"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local labels = require "triplet.command.labels"
local learning = require "triplet.command.learning"
local progress = require "triplet.progress"
local reading = require "triplet.command.reading"
local space = require "triplet.command.space"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local evaluate = {}

function evaluate.define(parser)
  parser:summary("Tell how well the rows of a labelled file find those of their class.")
  parser:usage("Usage: triplet evaluate <model> <file> [--label <column>] [--references <file>] [options]")
  parser:description("Judges a model by a labelled file of rows that it has not seen, with 95 % intervals: how often "
    .. "the nearest row is of the same class, how many of the nearest are, and how right the vote of the 5 nearest is. "
    .. "The rows are searched among themselves, and among the rows of --references, or those that triplet train "
    .. "--keep-rows put into the model. triplet train prints the same figures of the rows that it held out.")
  local distance, p, standardize = space.define(parser)
  parser:argument("file", "Labelled table or vectors, all of whose rows are new to the model. One file may be -, "
    .. "standard input."):convert(standard.input)
  parser:group("Search",
    parser:option("--references", "Labelled table or vectors to search, too (default: the rows that are kept in the "
      .. "model, if any)."):argname("<file>"):convert(standard.input),
    distance, p, standardize)
  parser:group("Labels",
    parser:option("--label", "Column of labels, of the file and of the references: its name, else its number from 1, "
      .. "first or last (default: the column that the model learned)."):argname("<column>"),
    parser:option("--reference-labels", "For references that are vectors: a file with the label of each row, as "
      .. "--labels is for the file."):argname("<file>"):convert(standard.input))
  parser:option("--seed", "Seed of the sample that is asked where there are too many rows to ask all (default: 0).")
    :argname("<integer>"):convert(learning.reader("integer", "--seed"))
  parser:group("Reading", table.unpack(reading.flags(parser, "none")))
  parser:flag("--quiet", "Print nothing but what went wrong.")
  parser:epilog("Examples:\n"
    .. "  triplet evaluate model.safetensors new.csv --references iris.csv\n"
    .. "  triplet evaluate none faces.npy --labels people.txt --distance cosine --json")
end

--- A copy of the options with others in place of some.
local function with(options, others)
  local copy = {}
  for name, value in pairs(options) do
    copy[name] = value
  end
  for name, value in pairs(others) do
    copy[name] = value
  end
  return copy
end

--- The rows of a file with a text each, which is their class.
local function read(within, path, options, lines, say, labels_option)
  local is_column = not options.labels and within.recipe and within.recipe.label
  local rows = within:read(path, with(options, { label = options.label or is_column or nil }), lines, say,
    labels_option)
  if not rows.texts then
    fail.usage((rows.recipe or within.recipe) and "--label: expected the column of labels of %s"
      or labels_option .. ": expected a file with the label of each row of %s", path)
  end
  return rows
end

--- The rows to search beside the file's own: { path, embedded, texts }, or nil.
local function references_of(within, options, lines, say)
  if options.references then
    local rows = read(within, options.references, with(options, { labels = options.reference_labels or false }), lines,
      say, "--reference-labels")
    return { path = options.references, rows = rows, texts = rows.texts }
  elseif options.reference_labels then
    fail.usage("--reference-labels: belongs to --references")
  end

  local kept = within.model and within.model.kept_rows
  if not kept then
    return nil
  end
  local texts = {}
  for row, label in ipairs(kept.labels) do
    texts[row] = type(label) ~= "table" and tostring(label) or nil
  end
  return { path = options.model, embedded = kept.embeddings, texts = texts }
end

--- The references, then the rows, as the library takes them: embeddings, labels, and the places of the rows. All have
--- labels.
local function joined(references, embedded, texts)
  local before = references and references.embedded.rows or 0
  local all = triplet.matrix(before + embedded.rows, embedded.cols)
  local all_texts, places = {}, {}
  if before > 0 then
    all:view(1, before):copy(references.embedded)
  end
  all:view(before + 1, before + embedded.rows):copy(embedded)
  for row = 1, before do
    all_texts[row] = references.texts[row]
  end
  for row = 1, embedded.rows do
    all_texts[before + row], places[row] = texts[row], before + row
  end
  return all, (labels.number(all_texts, #all_texts)), places
end

local function tell(say, found, references)
  for _, side in ipairs(figures.SIDES) do
    if side == "among_themselves" or references then
      say("\n" .. evaluation.heading(found, side, "rows", references and ("%s of %s"):format(
        counted(references.embedded.rows, "row"), references.path)))
      local measured = figures.of(found[side])
      for _, line in ipairs(measured and figures.lines { { nil, measured } } or {}) do
        say(line)
      end
    end
  end
end

function evaluate.run(options)
  local say, lines = talk.of(options), progress.lines(not options.quiet)
  triplet.threads(triplet.cores())
  local within = space.open(options)
  local references = references_of(within, options, lines, say)
  local rows = read(within, options.file, options, lines, say, "--labels")
  within:warn_of_training_rows(rows)
  if references then
    references.embedded, references.texts = labels.labelled(references.embedded
      or within:embed(references.rows, lines, true), references.texts, references.path)
  end

  local embedded, texts = labels.labelled(within:embed(rows, lines), rows.texts, options.file)
  local all, numbered, places = joined(references, embedded, texts)
  local line = lines("searching")
  local found = space.call({ embeddings = { path = options.file } }, triplet.evaluate_held_out, all, numbered, places,
    within:options { k = figures.RANKS, seed = options.seed, progress = line:callback(),
      most_queries = evaluation.most_queries(all.rows) })
  line:finish()

  local _, classes = labels.number(texts, #texts)
  say(("%s: %s%s, %s, by %s"):format(options.file, counted(#texts, "labelled row"), #texts < rows.matrix.rows
    and (" of %d"):format(rows.matrix.rows) or "", counted(#classes, "class", "classes"), within:name()))
  tell(say, found, references)
  return { path = options.file, rows = rows.matrix.rows, labelled_rows = #texts, asked = found.queries,
    classes = #classes, label = rows.label, distance = within:name(),
    references = references and { path = references.path, rows = references.embedded.rows },
    figures = { against_references = references and figures.of(found.against_training),
      among_themselves = figures.of(found.among_themselves) } }
end

return evaluate
