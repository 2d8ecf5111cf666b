--- triplet verify: how well a threshold of the distance tells pairs of the same class from others, and which one does.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local json = require "triplet.json"
local labels = require "triplet.command.labels"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
local names = require "triplet.command.names"
local number_of = require "triplet.command.number"
local outline = require "triplet.command.outline"
local outputs = require "triplet.command.outputs"
local pairing = require "triplet.command.pairing"
local plain = require "triplet.command.plain"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local sides = require "triplet.command.sides"
local space = require "triplet.command.space"
local standard = require "triplet.command.standard"
local svg = require "triplet.svg"
local talk = require "triplet.command.talk"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local verify = {}

local FAR = "1e-3,1e-2"

-- Different pairs that a rate has to come to: by fewer it is not known to within a third or so.
local FEW = 10

-- Points of the curve in a picture.
local POINTS = 2000

-- ---- the command line -----------------------------------------------------------------------------------------------

--- Rates, each with the text it was given by.
local function rates_of(text)
  local list = {}
  for _, item in ipairs(names { text }) do
    local rate = number_of(item)
    if not rate or rate < 0 or rate > 1 then
      return nil, ('--far: expected rates in [0, 1] like %s, got "%s"'):format(FAR, text)
    end
    list[#list + 1] = rate
  end
  return list
end

--- By what a threshold is chosen: accuracy, eer, or the rate of a FAR.
local function choice_of(text)
  local rate = number_of(text)
  if text == "accuracy" or text == "eer" then
    return text
  elseif rate and rate >= 0 and rate <= 1 then
    return rate
  end
  return nil, ('--save-threshold: expected accuracy, eer or a false acceptance rate in [0, 1], got "%s"'):format(text)
end

function verify.define(parser)
  parser:summary("Judge, and choose, the distance up to which two rows count as the same.")
  parser:usage("Usage: triplet verify <model> <file> [--label <column>] [options]\n"
    .. "       triplet verify <model> <file> --pairs <columns> <columns> --same <column> [options]\n"
    .. "       triplet verify <model> <file> --references <file> --same <file> [options]")
  parser:description("Tells how well the distance of two rows, in the embedding of a model, tells whether they are of "
    .. "the same class. The pairs are all those of a labelled file; with --pairs those of a table, each of whose rows "
    .. "has two groups of columns and a column that says same or different; with --references row i of the file and "
    .. "row i of another, or, without --same, each row of the file with each of the other. A pair is accepted as the "
    .. "same where its distance is at most a threshold: FAR is the share of different pairs that are accepted, TAR "
    .. "that of same pairs. Pairs that are given have 95 % intervals; those of labelled rows have none, as pairs of "
    .. "the same rows are not independent. Where the model has a threshold, that is judged: it should have been "
    .. "chosen on other rows.")
  local distance, p, standardize = space.define(parser)
  parser:argument("file", "Table or vectors. One file may be -, standard input."):convert(standard.input)
  parser:group("Pairs",
    parser:option("--label", "Column with the class of each row: its name, else its number from 1, first or last "
      .. "(default: the column that the model learned). Of vectors, a column of the table that --labels names.")
      :argname("<column>"),
    parser:option("--pairs", "The two groups of columns: q_* stands for all that begin with q_, and what the star "
      .. "stands for is, in both groups, the name of a column of the model; or lists, as a,b and c,d, of which the "
      .. "second has the names of the first."):argname { "<columns>", "<columns>" }:args(2),
    parser:option("--references", "Table or vectors whose row i is the partner of row i of the file.")
      :argname("<file>"):convert(standard.input),
    parser:option("--same", "With --pairs the column, with --references the file of a line each, that says same or "
      .. "different (or 1 or 0, yes or no, true or false)."):argname("<column or file>"),
    space.reference_labels(parser, "Without --same, for references that are vectors: a file with the label of each "
      .. "row, as --labels is for the file."))
  parser:group("Figures",
    parser:option("--far", ("False acceptance rates to tell the true acceptance rate at (default: %s)."):format(FAR))
      :argname("<rate>,..."):default(FAR):show_default(false):convert(rates_of),
    distance, p, standardize,
    parser:option("--most-pairs", "At most so many pairs of the rarer kind are looked at; of more, a sample is drawn "
      .. ("(default: %d)."):format(learning.default("most_pairs", "verify"))):target("most_pairs"):argname("<number>")
      :convert(learning.counter("--most-pairs")),
    parser:option("--seed", "Seed of that sample (default: 0)."):argname("<integer>")
      :convert(learning.reader("integer", "--seed")))
  parser:group("Files",
    parser:option("--plot", "Picture of the ROC curve to write (SVG)."):argname("<file>"):convert(standard.target),
    outline.offer(parser:option("--save-threshold", "Store the threshold of the best accuracy, of the equal error "
      .. "rate, or of a FAR in the model, for triplet classify and verify. A FAR is of one pair: a stranger who is "
      .. "searched among n references is accepted up to n times as often."):target("save_threshold")
      :argname("{accuracy,eer,<rate>}"):convert(choice_of), { "accuracy", "eer" }))
  parser:group("Reading", unpack(reading.flags(parser, "none")))
  parser:flag("--quiet", "Print nothing but what went wrong.")
  parser:epilog("Examples:\n"
    .. "  triplet verify model.safetensors validation.csv --label person --save-threshold 1e-3\n"
    .. "  triplet verify model.safetensors test.csv --label person --plot roc.svg\n"
    .. "  triplet verify none pairs.csv --pairs 'q_*' 'r_*' --same match --distance cosine")
end

--- Refuses options that do not go together.
local function check(options, within)
  local given = options.pairs and "--pairs" or options.references and "--references"
  if options.pairs and options.references then
    fail.usage("--references: expected it without --pairs, whose rows have both sides")
  elseif options.pairs and not options.same then
    fail.usage("--same: expected the column that says which pairs are the same")
  elseif options.same and not given then
    fail.usage("--same: belongs to --pairs or --references")
  elseif options.same and (options.label or options.labels or options.reference_labels) then
    fail.usage("%s: belongs to rows with labels, and --same says which pairs are the same",
      options.label and "--label" or options.labels and "--labels" or "--reference-labels")
  elseif options.reference_labels and not options.references then
    fail.usage("--reference-labels: belongs to --references")
  elseif options.same and (options.most_pairs or options.seed) then
    fail.usage("%s: belongs to all pairs of rows, and those that are given are all looked at",
      options.most_pairs and "--most-pairs" or "--seed")
  end

  if options.save_threshold and not within.model then
    fail.usage("--save-threshold: expected a model to store it in, got none")
  elseif options.save_threshold and options.model == standard.INPUT then
    fail.usage("--save-threshold: expected the file of a model, got standard input")
  elseif options.save_threshold and not within.is_own then
    fail.usage("--save-threshold: the model's own distance is %s", within.model:get("distance"))
  end
end

-- ---- the pairs ------------------------------------------------------------------------------------------------------

--- The rates to look at, that of the threshold to store among them.
local function rates(options)
  local list = {}
  for i, rate in ipairs(options.far) do
    list[i] = rate
  end
  if type(options.save_threshold) == "number" then
    list[#list + 1] = options.save_threshold
  end
  return list
end

--- What the library is told beside the rows.
local function settings(within, options, line)
  return within:options { far = rates(options), threshold = within:threshold(), curve = options.plot and POINTS or nil,
    most_pairs = options.most_pairs, seed = options.seed, progress = line:callback() }
end

--- A label for each row, or an empty list.
local function sets_of(rows)
  local sets = {}
  for row = 1, rows.matrix.rows do
    sets[row] = rows.texts[row] or {}
  end
  return sets
end

--- All pairs of rows with labels. Returns what was found, and which rows they were.
local function verify_rows(within, options, lines, say)
  local given = copy(options)
  given.label = options.label or not (options.labels or options.reference_labels) and within.recipe
    and within.recipe.label or nil

  local function read(path, option)
    local rows = within:read(path, given, lines, say, option)
    if not rows.texts then
      local message = rows.recipe and "--label: expected the column with the class of each row of %s"
        or option .. ": expected a file with the label of each row of %s"
      fail.usage(message .. (options.references and ", or by --same which rows belong together" or ""), path)
    end
    return rows, within:embed(rows, lines, option ~= "--labels")
  end

  local rows, embedded = read(options.file, "--labels")
  if not options.save_threshold then -- which has a warning of its own
    within:warn_of_training_rows(rows)
  end
  local references, others
  if options.references then
    given.labels = options.reference_labels
    references, others = read(options.references, "--reference-labels")
  end
  local line = lines("comparing")
  local more = settings(within, options, line)
  more.references, more.reference_labels = others, references and sets_of(references)
  local found = space.call({ embeddings = rows, references = references }, triplet.verify, embedded, sets_of(rows),
    more)
  line:finish()
  local count = counted(rows.matrix.rows, "row")
  return found, references and ("%s with %d of %s"):format(count, references.matrix.rows, references.path) or count
end

--- Pairs that are given, in a table or as two files. Returns what was found.
local function verify_given(within, options, lines, say)
  local first, second, same
  if options.pairs then
    local line = lines("reading")
    local given = reading.given(options, within.recipe ~= nil)
    given.label, given.label_flag, given.progress = options.same, "--same", line:callback()
    local found, bytes = reading.vectors(options.file, given)
    if found then
      fail.usage("--pairs: belongs to tables, and %s has vectors: --references names the file of the partners",
        options.file)
    end
    local texts
    first, second, texts = pairing.of_table(within, options.file, bytes, given, say, options.pairs,
      { "--pairs", "--pairs" })
    line:finish()
    same = pairing.same_of(texts, first.matrix.rows, options.file, first.numbers)
  else
    first = within:read(options.file, options, lines, say)
    second = within:read(options.references, copy(options, { side = sides.REFERENCES }), lines, say)
    pairing.check_files(first, second)
    same = pairing.same_of(labels.read(options.same, nil, first.matrix.rows, first.path, "--same"), first.matrix.rows,
      options.same)
  end

  local queries, references = within:embed(first, lines), within:embed(second, lines, true)
  local line = lines("comparing")
  local more = settings(within, options, line)
  more.most_pairs, more.seed = nil, nil
  local found = space.call({ first = first, second = second }, triplet.verify_pairs, queries, references, same, more)
  line:finish()
  return found
end

-- ---- what is told ---------------------------------------------------------------------------------------------------

--- A share of pairs. Those of the same rows are not drawn independently, as a row is in many of them: only of pairs
--- that are given has it an interval.
local function share_of(share, count, is_given)
  return share and (is_given and figures.share(share, count) or { value = share })
end

--- What was found, for programs.
local function result_of(found, within, options)
  local is_given = options.same ~= nil
  local total = found.same + found.different
  local result = { pairs = { same = found.same, different = found.different, used = found.used },
    sampled = found.used < math.min(found.same, found.different), distance = within:name(), auc = found.auc,
    eer = found.eer, eer_threshold = found.eer_threshold, accuracy = share_of(found.accuracy, total, is_given),
    threshold = found.threshold, at_far = json.list() }
  for i, rate in ipairs(options.far) do
    result.at_far[i] = { far = rate, tar = share_of(found.tar[rate], found.same, is_given),
      threshold = found.threshold_at[rate] }
  end
  local judged = found.judged
  if judged then
    result.judged = { threshold = judged.threshold, far = share_of(judged.far, found.different, is_given),
      tar = share_of(judged.tar, found.same, is_given), accuracy = share_of(judged.accuracy, total, is_given) }
  end
  return result
end

--- How many different pairs the false acceptance rate is a share of: of those that are drawn, if they are the rarer.
local function different_of(found)
  return found.different <= found.same and found.used or found.different
end

--- What a rate comes to among so many different pairs: "at most 35 of 35129 different pairs accepted".
local function rate_in_words(rate, different)
  local most = math.floor(rate * different + 1e-9)
  return most > 0 and ("at most %d of %d different pairs accepted"):format(most, different)
    or ("none of %d different pairs accepted%s"):format(different, rate > 0 and ": too few to tell such a rate" or "")
end

--- "FAR 0.00117 (41 of 35129 different pairs)": three digits that count, however small it is.
local function far_text(share, different)
  local interval = share.low and (", %.2g to %.2g"):format(share.low, share.high) or ""
  return ("%.3g (%d of %d different pairs%s)"):format(share.value, math.floor(share.value * different + 0.5), different,
    interval)
end

local function say_figures(say, result, different)
  local pairs_of = result.pairs
  local rows = { { "AUC", ("%.4f"):format(result.auc) },
    { "EER", ("%.4f"):format(result.eer), result.eer_threshold },
    { "accuracy", figures.text(result.accuracy), result.threshold, (" (%.3f by calling all of them %s)"):format(
      math.max(pairs_of.same, pairs_of.different) / (pairs_of.same + pairs_of.different),
      pairs_of.same > pairs_of.different and "the same" or "different") } }
  for _, point in ipairs(result.at_far) do
    rows[#rows + 1] = { ("TAR at FAR %g"):format(point.far), figures.text(point.tar), point.threshold,
      ", " .. rate_in_words(point.far, different) }
  end
  for _, row in ipairs(rows) do
    local place = row[3] == -math.huge and "  by accepting none" or row[3] and ("  at distance %.6g"):format(row[3])
    say(("  %-18s %s%s%s"):format(row[1], row[2], place or "", row[4] or ""))
  end
end

local CHOSEN, FILE = model.THRESHOLD_CHOSEN_BY, model.THRESHOLD_FILE

local function say_judged(say, result, different, within, options)
  local judged = result.judged
  if not judged then
    return
  end
  local facts = within.model.facts
  say(("the model's threshold %.6g%s: TAR %s, FAR %s, accuracy %s"):format(judged.threshold,
    facts[CHOSEN] and (" (chosen by %s)"):format(plain.line(facts[CHOSEN])) or "", figures.text(judged.tar),
    far_text(judged.far, different), figures.text(judged.accuracy)))
  if facts[FILE] == standard.base_name(options.file) then
    talk.warn(("the model's threshold was chosen on %s: on other rows it may be less good"):format(facts[FILE]))
  end
end

--- The threshold that is to be stored, and by what it was chosen.
local function chosen(found, options)
  local by = options.save_threshold
  local threshold = by == "accuracy" and found.threshold or by == "eer" and found.eer_threshold
    or found.threshold_at[by]
  local name = by == "accuracy" and by or by == "eer" and "equal error rate" or ("FAR %g"):format(by)
  if threshold == -math.huge then
    fail("%s: by %s these pairs have no threshold but one that accepts none", options.file, name)
  end
  return threshold, name
end

--- Puts it into the model, with what tells where it is from.
local function store(within, found, options, what, say)
  local threshold, by = chosen(found, options)
  local facts = within.model.facts
  local file = standard.base_name(options.file)
  facts[CHOSEN] = ("%s on %s: %s%d + %d pairs"):format(by, file, what and what .. ", " or "", found.same,
    found.different)
  facts[FILE] = file
  within.model.threshold = threshold
  within.model.facts = facts
  if facts.table == file then
    talk.warn(("the threshold was chosen on %s, which the model was trained on: choose it on other rows"):format(file))
  end
  local rate, different = options.save_threshold, different_of(found)
  if type(rate) == "number" and rate > 0 and rate * different < FEW then
    talk.warn(("%d different pairs are few to choose a threshold by FAR %g, which comes to %.3g of them: it takes %.0f "
      .. "for %d to be accepted"):format(different, rate, rate * different, math.ceil(FEW / rate - 1e-6), FEW))
  end
  say(("stored in %s: threshold %.6g, chosen by %s"):format(options.model, threshold, facts[CHOSEN]))
  say("a FAR is of one pair: a stranger who is searched among n references is accepted up to n times as often")
  return threshold
end

local function picture_of(found, result, options)
  local marks = { { far = result.eer, tar = 1 - result.eer, name = ("EER %.3f"):format(result.eer) } }
  local different = different_of(found)
  for _, point in ipairs(result.at_far) do
    if point.far * different >= 1 then -- smaller rates lie beyond the edge
      marks[#marks + 1] = { far = point.far, tar = point.tar.value, name = ("TAR %.3f at FAR %g"):format(
        point.tar.value, point.far) }
    end
  end
  if result.judged then
    marks[#marks + 1] = { far = result.judged.far.value, tar = result.judged.tar.value, name = "the model's threshold",
      is_hollow = true }
  end
  return svg.roc {
    title = standard.base_name(options.file) .. ": same or different",
    subtitle = ("AUC %.4f, %d pairs of the same class, %d of different ones, by %s"):format(result.auc, found.same,
      found.different, result.distance),
    curve = found.curve,
    different = different,
    marks = marks,
  }
end

function verify.run(options)
  local say, lines = talk.of(options, { options.plot }), progress.lines(not options.quiet)
  triplet.threads(ranks.cores())
  local within = space.open(options)
  check(options, within)
  local except = { model = options.save_threshold, same = options.pairs } -- replaced, and a column
  local files = outputs.new(reading.paths(options, except), options.json)
  local plot, stored = files:open(options.plot, "--plot"), files:open(options.save_threshold and options.model)

  local found, what = (options.same and verify_given or verify_rows)(within, options, lines, say)
  if found.same == 0 or found.different == 0 then
    fail("%s: expected pairs of the same class and of different ones, got %d and %d", options.file, found.same,
      found.different)
  end
  local result = result_of(found, within, options)
  say(("%s: %s%d pairs of the same class and %d of different ones%s, by %s"):format(options.file,
    what and what .. ", " or "", found.same, found.different,
    result.sampled and (" (%d of the rarer ones drawn)"):format(found.used) or "", within:name()))
  say_figures(say, result, different_of(found))
  say_judged(say, result, different_of(found), within, options)
  if not options.same then
    say("no intervals: pairs of the same rows are not independent")
  end
  if plot then
    plot:write(picture_of(found, result, options))
  end
  if options.save_threshold then
    result.saved = store(within, found, options, what, say)
    stored:write(within.model:tobytes())
  end
  files:commit()
  if plot and options.plot ~= "-" then
    say("wrote " .. options.plot)
  end
  if within.is_own and not options.save_threshold and options.model ~= standard.INPUT then
    say("threshold not stored (--save-threshold accuracy, eer or a rate)")
  end
  return result
end

return verify
