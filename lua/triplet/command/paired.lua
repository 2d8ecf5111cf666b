--- Training on pairs: row i of one side, the queries, belongs to row i of the other, the references. There are no
--- labels; what counts is that held-out queries find their own references among the held-out ones.

local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local embedding = require "triplet.command.embedding"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local learning = require "triplet.command.learning"
local pairing = require "triplet.command.pairing"
local reading = require "triplet.command.reading"
local space = require "triplet.command.space"
local triplet = require "triplet"

local paired = {}

local RANKS = { 1, 5 }

-- What they are called by people and by programs.
local FIGURES = { { "recall@1", "recall_at_1" }, { "recall@5", "recall_at_5" }, { "MRR", "mrr" } }

--- Whether the command line has pairs.
function paired.are_wanted(options)
  return options.references ~= nil or options.pairs ~= nil
end

--- Refuses options that rows with labels have.
function paired.check(options)
  if not paired.are_wanted(options) then
    return options.adapt and fail.usage("--adapt: belongs to --references or --pairs")
  elseif options.references and options.pairs then
    fail.usage("--references: expected it without --pairs, whose rows have both sides")
  end
  for _, name in ipairs { "label", "labels", "keep_rows", "plot", "projector" } do
    if options[name] then
      fail.usage("%s: belongs to rows with labels, and pairs have none", learning.flag(name))
    end
  end
  if embedding.format_of(options.out) then
    fail.usage("--out: expected a CSV file, which has both sides of pairs; triplet embed writes one of them as it is")
  end
  if options.unseen and options.unseen[1] or options.hold_out == "classes" then
    fail.usage("%s: belongs to rows with labels, and pairs have none", options.hold_out == "classes" and "--hold-out"
      or "--unseen")
  end
end

-- ---- what is read ---------------------------------------------------------------------------------------------------

local function both_sides(options, lines, say)
  local within = space.open { model = space.NONE }
  if options.references then
    local first = within:read(options.file, options, lines, say)
    local second = within:read(options.references, options, lines, say)
    pairing.check_files(first, second)
    return first, second
  end

  local line = lines("reading")
  local given = reading.given(options)
  given.standardize, given.progress = nil, line:callback()
  local found, bytes = reading.vectors(options.file, given)
  if found then
    fail.usage("--pairs: belongs to tables, and %s has vectors: --references names the file of the partners",
      options.file)
  end
  local first, second = pairing.of_table(within, options.file, bytes, given, say, options.pairs,
    { "--pairs", "--pairs" })
  line:finish()
  return first, second
end

--- A set as dataset.read gives it, with .partners, the matrix of the references, and without classes.
function paired.read(options, lines, say)
  local first, second = both_sides(options, lines, say)
  local set = { path = options.file, labels = {}, classes = {}, numbers = first.numbers, columns = first.matrix.cols,
    recipe = first.recipe, inputs = first.recipe and first.recipe.inputs or {}, matrix = first.matrix,
    partners = second.matrix, notes = {} }
  for row = 1, first.matrix.rows do
    set.labels[row] = 0 -- one class: any row may be held out
  end
  local training, held_out = triplet.split(set.labels, options.test_share, options.seed or learning.default("seed"))
  if #training < 2 then
    fail("%s: expected at least two pairs to train on, got %d", set.path, #training)
  end
  set.parts = { train = training, test = held_out, unseen = {} }
  return set
end

function paired.describe(say, options, set)
  say(("%s%s: %s of %s; %s to train on, %d held out"):format(set.path, options.references and " with "
    .. options.references or "", counted(#set.labels, "pair"), counted(set.matrix.cols, "input"),
    counted(#set.parts.train, "pair"), #set.parts.test))
end

-- ---- figures --------------------------------------------------------------------------------------------------------

--- The rows of a side as the model gives them.
local function embedded(trainer, matrix, is_reference, lines, name)
  if not is_reference or trainer:get("adapt") ~= "queries" then
    return embedding.of(trainer, matrix, lines, name)
  elseif trainer:get("normalize") then
    return embedding.normalized(matrix)
  end
  return matrix
end

--- The held-out queries that are asked, where all would take too long, drawn by seed.
local function asked(rows, seed)
  local most = evaluation.most_queries(#rows)
  if #rows <= most then
    return rows
  end
  local labels = {}
  for i = 1, #rows do
    labels[i] = 0
  end
  local _, drawn = triplet.split(labels, most / #rows, seed)
  return dataset.pick(rows, drawn)
end

--- How well held-out queries find their references among the held-out ones: { queries, references, recall_at_1 =
--- { value, low, high } ... }, or nil where none are held out. is_raw: as the vectors are, without the model.
function paired.evaluate(trainer, set, is_raw, name, lines)
  local rows = set.parts.test
  if #rows == 0 then
    return nil
  end
  local queried = asked(rows, trainer:get("seed"))
  local queries, references = set.matrix:select(queried), set.partners:select(rows)
  if not is_raw then
    queries = embedded(trainer, queries, false, lines, name)
    references = embedded(trainer, references, true, lines, name)
  end
  local line = lines(name .. ": held-out pairs")
  local found = triplet.evaluate(queries, queried, { references = references, reference_labels = rows, k = RANKS,
    distance = trainer:get("distance"), p = trainer:get("p"), progress = line:callback() })
  line:finish()

  local bounds = found.intervals
  local function figure(value, interval)
    return value and { value = value, low = interval and interval[1], high = interval and interval[2] }
  end
  local first = figure(found.recall_at[1], bounds.recall_at[1])
  return { queries = #queried, references = #rows, mrr = figure(found.mrr, bounds.mrr), recall_at_1 = first,
    precision_at_1 = first, recall_at_5 = figure(found.recall_at[5], bounds.recall_at[5]) }
end

--- The report. stages: as evaluation.lines takes them, whose .found is what `evaluate` gives.
function paired.lines(stages)
  local columns = {}
  for _, stage in ipairs(stages) do
    columns[#columns + 1] = stage.found and { stage.name, stage.found }
  end
  if not columns[1] then
    return {}
  end

  local first = columns[1][2]
  local lines = figures.lines(columns, FIGURES)
  table.insert(lines, 1, ("\n%s searched among %d held-out references"):format(counted(first.queries, "held-out query",
    "held-out queries"), first.references))
  return lines
end

--- The figures of all stages, for programs.
function paired.tree(stages)
  local tree = {}
  for _, stage in ipairs(stages) do
    local name = stage.name:gsub(" ", "_")
    tree[name] = stage.found and { held_out = { among_themselves = stage.found } }
  end
  return tree
end

--- Writes the embeddings of both sides, the queries first.
function paired.write(output, trainer, set, parts, lines)
  for i, side in ipairs { "query", "reference" } do
    local sides = {}
    for row = 1, #set.labels do
      sides[row] = side
    end
    local matrix = i == 1 and set.matrix or set.partners
    embedding.write(output, { rows = embedded(trainer, matrix, i == 2, lines), numbers = set.numbers,
      carried = { { "side", sides }, { "part", parts } }, continues = i == 2 }, lines)
  end
end

return paired
