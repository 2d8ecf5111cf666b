--- triplet classify: the class of each row of a file, by the votes of the nearest rows whose class is known.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local csv_line = require "triplet.command.line"
local dataset = require "triplet.command.dataset"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local json = require "triplet.json"
local labels = require "triplet.command.labels"
local learning = require "triplet.command.learning"
local outputs = require "triplet.command.outputs"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local sides = require "triplet.command.sides"
local space = require "triplet.command.space"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local classify = {}

local K = learning.default("k", "classify")

-- Instead of a class. A class may be called so: its votes are then a number, and not nothing.
local UNKNOWN = "unknown"

function classify.define(parser)
  parser:summary("Tell the class of each row by its nearest rows of known class.")
  parser:usage("Usage: triplet classify <model> <file> [--references <file>] [-k <number>] [--threshold <distance>]\n"
    .. "       [--out <file>] [options]")
  parser:description("Tells the class of each row of a file: the one that most of its k nearest labelled rows have, in "
    .. "the embedding of a model. These are the rows of --references, or those that triplet train --keep-rows put into "
    .. "the model. Rows that are farther than a threshold have no vote, and a row to which none is near is " .. UNKNOWN
    .. ". Writes a line for each row: row, class, share of the votes. Where the file has labels, too, the accuracy is "
    .. "told with its 95 % interval.")
  local distance, p, standardize = space.define(parser)
  parser:argument("file", "Table or vectors, the rows to classify. One file may be -, standard input.")
    :convert(standard.input)
  parser:group("Search",
    parser:option("--references", "Labelled table or vectors (default: the rows that are kept in the model).")
      :argname("<file>"):convert(standard.input),
    space.neighbors(parser, "Nearest rows that vote", K),
    parser:option("--threshold", "Largest distance of a row that has a vote; inf: all have one (default: the model's "
      .. "threshold, which triplet verify --save-threshold stores, or inf). A FAR is of one pair: among n references "
      .. "a stranger is named up to n times as often."):argname("<distance>")
      :convert(learning.reader("number", "--threshold")),
    distance, p, standardize)
  parser:group("Labels",
    parser:option("--label", "Column of labels, of the references and, where it has one, of the file: its name, else "
      .. "its number from 1, first or last (default: the column that the model learned)."):argname("<column>"),
    space.reference_labels(parser))
  parser:group("Files", space.out(parser, "classes"))
  parser:group("Reading", unpack(reading.flags(parser, "none")))
  parser:flag("--quiet", "Print nothing but the classes and what went wrong.")
  parser:epilog("Examples:\n"
    .. "  triplet train iris.csv --label species --keep-rows --model model.safetensors\n"
    .. "  triplet classify model.safetensors new.csv --out classes.csv\n"
    .. "  triplet classify none faces.npy --references known.npy --reference-labels names.txt")
end

-- ---- what is read ---------------------------------------------------------------------------------------------------

--- The rows whose classes are known: { path, embedded, texts = their classes, numbers, label = the column of these }.
local function references_of(within, options, lines, say)
  if not options.references then
    local kept = within:kept_rows()
    if options.reference_labels then
      fail.usage("--reference-labels: belongs to --references")
    elseif not kept then
      fail.usage("--references: expected a labelled file%s", within.model
        and (", for %s has no rows (triplet train --keep-rows)"):format(options.model) or "")
    end
    kept.label = options.label or within.recipe and within.recipe.label
    return kept
  end

  local given = copy(options)
  given.labels, given.side = options.reference_labels, sides.REFERENCES
  given.label = options.label or within.recipe and within.recipe.label
  local rows = within:read(options.references, given, lines, say, "--reference-labels")
  if options.references == options.file and not rows.side then
    talk.warn("the file is its own reference: each row finds itself")
  end
  if not rows.texts then
    fail.usage(rows.recipe and "--label: expected the column of labels of %s"
      or "--reference-labels: expected a file with the label of each row of %s", options.references)
  end
  rows.embedded = within:embed(rows, lines, true)
  return rows
end

--- The rows to classify, with their labels where there are some: in a table in a column that is called as that of the
--- references.
local function queries_of(within, references, options, lines, say)
  local given = copy(options)
  given.label = options.labels and options.label or nil
  given.carry = references.label
  local rows = within:read(options.file, given, lines, say)
  if options.label and not (rows.recipe or options.labels or options.reference_labels) then
    fail.usage("--label: belongs to tables, and %s has vectors: name a file of their labels by --labels", options.file)
  end
  return rows
end

--- The distance beyond which nobody votes, and in words where it is from; nil where all do.
local function threshold_of(within, options)
  if options.threshold then
    if options.threshold < 0 and within.measure.distance ~= "dot" then
      talk.warn(("--threshold %g: no %s is below 0, and no row has a vote"):format(options.threshold, within:name()))
    end
    return options.threshold, "--threshold"
  end
  local own = within:threshold()
  return own, "the model's; --threshold inf turns it off"
end

-- ---- what is found --------------------------------------------------------------------------------------------------

--- A share as it is read: votes are float32, whose digits beyond seven say nothing.
local function share_of(vote)
  return tonumber(("%.7g"):format(vote))
end

local function write(output, found, rows)
  output:write(csv_line { "row", "class", "share" })
  for row, class in ipairs(found.labels) do
    output:write(csv_line { tostring(rows.numbers[row]), class or UNKNOWN,
      class and json.number(share_of(found.votes[row])) or "" })
  end
end

local function as_list(found, rows)
  local list = json.list()
  for row, class in ipairs(found.labels) do
    list[row] = { row = rows.numbers[row], class = class or nil, share = class and share_of(found.votes[row]) or nil,
      known = class ~= false }
  end
  return list
end

--- How right it is. Of a row whose class no reference has nothing but unknown would be right, which is counted apart.
local function judge(found, rows, known)
  local judged = { rows = 0, right = 0, unknown = 0, others = 0, unknown_others = 0 }
  for row = 1, rows.matrix.rows do
    local label, class = rows.texts[row], found.labels[row]
    if label and known[label] then
      judged.rows = judged.rows + 1
      judged.right = judged.right + (class == label and 1 or 0)
      judged.unknown = judged.unknown + (class and 0 or 1)
    elseif label then
      judged.others = judged.others + 1
      judged.unknown_others = judged.unknown_others + (class and 0 or 1)
    end
  end
  return judged
end

local function say_judgement(say, judged)
  if judged.rows > 0 then
    say(("accuracy %s of %s; unknown, which counts as wrong: %d"):format(
      figures.text(figures.share(judged.right / judged.rows, judged.rows)), counted(judged.rows, "labelled row"),
      judged.unknown))
  end
  if judged.others > 0 then
    say(("of classes that no reference has: %s, of which %d are unknown, as they should be"):format(
      counted(judged.others, "row"), judged.unknown_others))
  end
end

local function count_unknown(found)
  local count = 0
  for _, class in ipairs(found.labels) do
    count = count + (class and 0 or 1)
  end
  return count
end

function classify.run(options)
  local out = options.out or not options.json and "-" or nil
  local say, lines = talk.of(options, { out }), progress.lines(not options.quiet)
  triplet.threads(ranks.cores())
  local within = space.open(options)
  local files = outputs.new(reading.paths(options), options.json)
  local output = files:open(out, "--out")

  local references = references_of(within, options, lines, say)
  local embedded, texts, places = labels.labelled(references.embedded, references.texts, references.path)
  local rows = queries_of(within, references, options, lines, say)
  local queries = within:embed(rows, lines)
  local threshold, source = threshold_of(within, options)
  local line = lines("searching")
  local numbers = references.numbers and dataset.pick(references.numbers, places)
  local found = space.call({ queries = rows, references = { path = references.path, numbers = numbers } },
    triplet.classify, queries, embedded, texts,
    within:options { k = options.k, threshold = threshold, progress = line:callback() })
  line:finish()

  local known, judged = {}, nil
  for _, class in ipairs(texts) do
    known[class] = true
  end
  if output then
    write(output, found, rows)
    files:commit()
  end
  if threshold and threshold < math.huge then
    say(("threshold: %.6g (%s)"):format(threshold, source))
  end
  say(("%s: %s classified by %s of %s, by %s; unknown: %d"):format(rows.path, counted(rows.matrix.rows, "row"),
    counted(#texts, "reference"), references.path, within:name(), count_unknown(found)))
  if rows.texts then
    within:warn_of_training_rows(rows)
    judged = judge(found, rows, known)
    say_judgement(say, judged)
  end
  if output and out ~= "-" then
    say("wrote " .. out)
  end
  return { rows = rows.matrix.rows, references = #texts, threshold = threshold, unknown = count_unknown(found),
    distance = within:name(), written = json.list { out }, classes = not output and as_list(found, rows) or nil,
    judged = judged and judged.rows > 0 and { rows = judged.rows, accuracy = figures.share(
      judged.right / judged.rows, judged.rows), unknown = judged.unknown } or nil,
    others = judged and judged.others > 0 and { rows = judged.others, unknown = judged.unknown_others } or nil }
end

return classify
