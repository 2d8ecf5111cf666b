--- triplet evaluate: how well the rows of a labelled file find those of their class, or rows their partners, in the
--- embedding of a model.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local labels = require "triplet.command.labels"
local learning = require "triplet.command.learning"
local pairing = require "triplet.command.pairing"
local partners = require "triplet.command.partners"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local sides = require "triplet.command.sides"
local space = require "triplet.command.space"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local evaluate = {}

function evaluate.define(parser)
  parser:summary("Tell how well the rows of a labelled file find those of their class.")
  parser:usage("Usage: triplet evaluate <model> <file> [--label <column>] [--references <file>] [options]\n"
    .. "       triplet evaluate <model> <file> --references <file> --paired [options]\n"
    .. "       triplet evaluate <model> <file> --pairs <columns> <columns> [options]")
  parser:description("Judges a model by a labelled file of rows that it has not seen, with 95 % intervals: how often "
    .. "the nearest row is of the same class, how many of the nearest are, and how right the vote of the 5 nearest is. "
    .. "The rows are searched among themselves, and among the rows of --references, or those that triplet train "
    .. "--keep-rows put into the model. Of pairs it tells how often a row finds its partner among those of all. "
    .. "triplet train prints the same figures of what it held out.")
  local distance, p, standardize = space.define(parser)
  parser:argument("file", "Table or vectors, labelled or with partners, whose rows are new to the model. One file may "
    .. "be -, standard input."):convert(standard.input)
  parser:group("Search",
    parser:option("--references", "Labelled table or vectors to search, too (default: the rows that are kept in the "
      .. "model, if any)."):argname("<file>"):convert(standard.input),
    distance, p, standardize)
  parser:group("Pairs",
    parser:flag("--paired", "Row i of the file, a query, belongs to row i of --references, and has no label. A model "
      .. "of pairs takes two files so where no labels are named."),
    parser:option("--pairs", "The same of a table that has both sides, as two groups of columns: q_* stands for all "
      .. "that begin with q_, and what the star stands for is, in both groups, the name of a column of the model; or "
      .. "lists, as a,b and c,d, of which the second has the names of the first."):argname { "<columns>", "<columns>" }
      :args(2),
    parser:option("--same", "The column, with two files the file of a line each, that says same or different (or 1 or "
      .. "0, yes or no, true or false): pairs that are different are left out."):argname("<column or file>"))
  parser:group("Labels",
    parser:option("--label", "Column of labels, of the file and of the references: its name, else its number from 1, "
      .. "first or last (default: the column that the model learned)."):argname("<column>"),
    space.reference_labels(parser))
  parser:option("--seed", "Seed of the sample that is asked where there are too many rows to ask all (default: 0).")
    :argname("<integer>"):convert(learning.reader("integer", "--seed"))
  parser:group("Reading", unpack(reading.flags(parser, "none")))
  parser:flag("--quiet", "Print nothing but what went wrong.")
  parser:epilog("Examples:\n"
    .. "  triplet evaluate model.safetensors new.csv --references iris.csv\n"
    .. "  triplet evaluate adapter.safetensors questions.npy --references answers.npy\n"
    .. "  triplet evaluate none faces.npy --labels people.txt --distance cosine --json")
end

--- The rows of a file with a text each, which is their class.
local function read(within, path, options, lines, say, labels_option)
  local is_column = not options.labels and within.recipe and within.recipe.label
  local rows = within:read(path, copy(options, { label = options.label or is_column or nil }), lines, say,
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
    local rows = read(within, options.references, copy(options, { labels = options.reference_labels or false }), lines,
      say, "--reference-labels")
    return { path = options.references, rows = rows, texts = rows.texts }
  elseif options.reference_labels then
    fail.usage("--reference-labels: belongs to --references")
  end

  return within:kept_rows()
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

-- ---- pairs ----------------------------------------------------------------------------------------------------------

--- Whether the rows are pairs, and have no labels. Refuses what does not go with that.
local function are_paired(options, within)
  local labelled = options.label and "--label" or options.labels and "--labels"
    or options.reference_labels and "--reference-labels"
  local is_asked_for = options.paired or options.pairs
  if options.pairs and options.references then
    fail.usage("--references: expected it without --pairs, whose rows have both sides")
  elseif options.paired and not options.references then
    fail.usage("--paired: belongs to --references")
  elseif is_asked_for and labelled then
    fail.usage("%s: belongs to rows with labels, and pairs have none", labelled)
  end
  local is_of_pairs = within.model and within.model.facts.pairs
  local are = is_asked_for or is_of_pairs and options.references and not labelled
  if options.same and not are then
    fail.usage("--same: belongs to --pairs or --paired")
  end
  return are
end

--- Both sides, and which of the pairs are the same, or nil.
local function read_pairs(within, options, lines, say)
  if not options.pairs then
    local first = within:read(options.file, options, lines, say)
    local second = within:read(options.references, copy(options, { side = sides.REFERENCES }), lines, say)
    pairing.check_files(first, second)
    return first, second, options.same and pairing.same_of(labels.read(options.same, nil, first.matrix.rows,
      first.path, "--same"), first.matrix.rows, options.same)
  end

  local line = lines("reading")
  local given = reading.given(options, within.recipe ~= nil)
  given.label, given.progress = options.same, line:callback()
  local found, bytes = reading.vectors(options.file, given)
  if found then
    fail.usage("--pairs: belongs to tables, and %s has vectors: --references names the file of the partners",
      options.file)
  end
  local first, second, texts = pairing.of_table(within, options.file, bytes, given, say, options.pairs,
    { "--pairs", "--pairs" })
  line:finish()
  return first, second, options.same and pairing.same_of(texts, first.matrix.rows, options.file, first.numbers)
end

--- Leaves out the pairs that are different, which is told.
local function keep_same(first, second, same, options, say)
  local places = {}
  for row = 1, #same do
    places[#places + 1] = same[row] and row or nil
  end
  if not places[1] then
    fail("%s: all pairs are different", options.file)
  elseif #places < #same then
    say(("left out: %d of %s that are different (--same %s)"):format(#same - #places, counted(#same, "pair"),
      options.same))
  end
  first.matrix, second.matrix = first.matrix:select(places), second.matrix:select(places)
end

--- How well queries find their references among all of these.
local function evaluate_pairs(within, options, lines, say)
  local first, second, same = read_pairs(within, options, lines, say)
  if same then
    keep_same(first, second, same, options, say)
  end
  within:warn_of_training_rows(first)

  local places = partners.of(first.matrix, second.matrix, options.seed or 0)
  local count = first.matrix.rows
  first.matrix, second.matrix = first.matrix:select(places.asked), second.matrix:select(places.searched)
  first.numbers, second.numbers = dataset.pick(first.numbers, places.asked), dataset.pick(second.numbers,
    places.searched)
  local queries, references = within:embed(first, lines), within:embed(second, lines, true)
  local line = lines("searching")
  local found = space.call({ embeddings = first, references = second }, partners.judge, places, queries, references,
    within:options { progress = line:callback() })
  line:finish()

  say(("%s: %s, %d different queries and %d different references, by %s"):format(options.references
    and options.file .. " with " .. options.references or options.file, counted(count, "pair"), places.queries,
    places.references, within:name()))
  say("\n" .. figures.heading_of_pairs(found, ""))
  for _, text in ipairs(figures.lines { { nil, found } }) do
    say(text)
  end
  return { path = options.file, pairs = count, queries = places.queries, asked = found.queries,
    distance = within:name(), references = { path = options.references, rows = places.references },
    figures = { pairs = found } }
end

function evaluate.run(options)
  local say, lines = talk.of(options), progress.lines(not options.quiet)
  triplet.threads(ranks.cores())
  local within = space.open(options)
  if are_paired(options, within) then
    return evaluate_pairs(within, options, lines, say)
  end
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
