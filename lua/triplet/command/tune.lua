--- triplet tune: searches the options of train that suit a table best, by rows of its training part alone.

local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local interrupt = require "triplet.command.interrupt"
local invocation = require "triplet.command.invocation"
local json = require "triplet.json"
local learning = require "triplet.command.learning"
local paired = require "triplet.command.paired"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local search_space = require "triplet.command.search_space"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local train_options = require "triplet.command.train_options"
local training = require "triplet.command.training"
local triplet = require "triplet"

local tune = {}

local TRIES = 20

-- The training rows are divided into so many parts, each of which is judged after training on the others.
local FOLDS = 3

-- Points that are drawn at most for each try: of those that were tried before, or fit nothing, another is drawn.
local DRAWS = 20

function tune.define(parser)
  parser:summary("Search the options of train that suit a table best.")
  parser:usage("Usage: triplet tune <file> --label <column> [--tries <number>] [--seed <integer>] [options]")
  parser:description("Tries settings of loss, margin, mining, learning rate, layers and dimensions, beginning with "
    .. "the defaults, and prints what was tried, best first, with the command line that trains so. Each is judged "
    .. "inside the training rows: they are divided into 3 parts, each of which is classified by the vote of its 5 "
    .. "nearest rows of the others after training on these. What triplet train holds out is not looked at, and tells "
    .. "afterwards how good the best is. Options of train that are given stay as they are. The same seed gives the "
    .. "same tries and figures. Ctrl-C tells the best so far.")
  parser:argument("file", "Table or vectors, or - for standard input."):convert(standard.input)
  parser:group("Search",
    parser:option("--tries", ("Settings to try; half of them anywhere, the others near the best so far (default: %d).")
      :format(TRIES)):argname("<number>"):default(tostring(TRIES)):show_default(false)
      :convert(learning.counter("--tries")))
  train_options.define_rows(parser, {})
  parser:option("--references"):hidden(true) -- refused by `run`, which says why
  parser:option("--pairs"):args(2):hidden(true)
  train_options.define_table(parser, {})
  learning.define(parser, train_options.define_layers(parser))
  train_options.define_manners(parser)
  parser:epilog("Examples:\n"
    .. "  triplet tune iris.csv --label species\n"
    .. "  triplet tune iris.csv --label species --loss triplet --dim 2 --steps 500 --tries 40 --seed 2")
end

-- ---- the parts ------------------------------------------------------------------------------------------------------

--- A list but for some of its entries.
local function without(list, some)
  local among, rest = {}, {}
  for _, entry in ipairs(some) do
    among[entry] = true
  end
  for _, entry in ipairs(list) do
    rest[#rest + 1] = not among[entry] and entry or nil
  end
  return rest
end

--- Whether parts are of whole classes: where the held-out rows are, and where no class can do without a row.
local function are_of_classes(options, labels)
  local sizes, largest = {}, 0
  for _, label in ipairs(labels) do
    sizes[label] = (sizes[label] or 0) + 1
    largest = math.max(largest, sizes[label])
  end
  return options.hold_out == "classes" or largest <= 2
end

--- The training rows as sets of their own, each with another part of them held out: of those that are left a third, a
--- half, and all. Two rows of each class are in no part.
local function folds_of(set, options, seed)
  local inner = { path = set.path, matrix = set.matrix:select(set.parts.train), classes = set.classes,
    labels = dataset.pick(set.labels, set.parts.train), recipe = set.recipe, inputs = set.inputs }
  local hold_out = are_of_classes(options, inner.labels) and "classes" or "rows"
  local all, folds = {}, {}
  for row = 1, #inner.labels do
    all[row] = row
  end

  local left = all
  for fold = 1, FOLDS do
    local _, held_out = triplet.split(dataset.pick(inner.labels, left), 1 / (FOLDS - fold + 1), seed, hold_out)
    local test = dataset.pick(left, held_out)
    folds[#folds + 1] = test[1] and setmetatable({ parts = { train = without(all, test), test = test, unseen = {} } },
      { __index = inner })
    left = without(left, test)
  end
  return folds
end

-- ---- one try --------------------------------------------------------------------------------------------------------

--- What is found of a part: among the rows that were trained on, or where these have none of its classes among itself.
local function found_of(found)
  local side = found.against_training
  if not figures.are_measured(side) then
    side = found.among_themselves
  end
  return figures.are_measured(side) and side or nil
end

--- Adds what was found of a part to the sums.
local function add(sums, found)
  local metrics = found_of(found.test)
  if metrics then
    sums.queries = sums.queries + metrics.queries
    sums.right = sums.right + (metrics.knn_accuracy or metrics.precision_at_1) * metrics.queries
    sums.map_at_r = sums.map_at_r + metrics.map_at_r * metrics.queries
    sums.by_vote = sums.by_vote or metrics.knn_accuracy ~= nil
  end
end

--- The figures of all parts together, or nil where nothing could be asked.
local function mean(sums)
  if sums.queries == 0 then
    return nil
  end
  return { queries = sums.queries, [sums.by_vote and "knn_accuracy" or "precision_at_1"] = figures.share(
    sums.right / sums.queries, sums.queries), map_at_r = { value = sums.map_at_r / sums.queries } }
end

local function new_sums()
  return { queries = 0, right = 0, map_at_r = 0, by_vote = false }
end

local hidden = progress.lines(false)

--- Trains with some options on all parts but one, for each part. Returns the figures, or nil and why there are none.
--- told: is called with the share that is done.
local function try(folds, options, told)
  local sums, collapsed = new_sums(), false
  for i, fold in ipairs(folds) do
    local trainer = training.new_trainer(options, fold, (training.layers_of(options, fold)))
    local total, report = trainer:get("steps"), nil
    while not trainer.stopped do
      report = training.step(trainer, report)
      told((i - 1 + report.step / total) / #folds)
    end
    collapsed = collapsed or report and report.collapsed
    add(sums, evaluation.of(trainer, fold, "trained encoder", hidden))
    trainer:close()
    told(i / #folds)
  end
  return mean(sums), collapsed and "collapsed" or nil
end

--- The figures of the columns as they are, by the distance of a trainer with these options.
local function try_raw(folds, options)
  local sums = new_sums()
  for _, fold in ipairs(folds) do
    local trainer = training.new_trainer(options, fold, (training.layers_of(options, fold)))
    add(sums, evaluation.of(trainer, fold, evaluation.RAW, hidden))
    trainer:close()
  end
  return mean(sums)
end

-- ---- the search -----------------------------------------------------------------------------------------------------

--- The figure that tries are compared by.
local function share_of(found)
  return found and (found.knn_accuracy or found.precision_at_1)
end

local function score_of(found)
  local share = share_of(found)
  return share and share.value or -1, found and found.map_at_r.value or -1
end

--- The better first; of equals the one that was tried first.
local function comes_before(a, b)
  local a_share, a_map = score_of(a.found)
  local b_share, b_map = score_of(b.found)
  if a_share ~= b_share then
    return a_share > b_share
  elseif a_map ~= b_map then
    return a_map > b_map
  end
  return a.number < b.number
end

local function best_of(tries)
  local best
  for _, one in ipairs(tries) do
    best = (not best or comes_before(one, best)) and one or best
  end
  return best
end

--- Which of the options that are searched were given, as a set.
local function fixed_options(options)
  local fixed = {}
  for _, name in ipairs(search_space.names()) do
    fixed[name] = options[name] ~= nil or nil
  end
  -- The strategies of triplets may be given apart instead of mining.
  fixed.mining = fixed.mining or options.positives ~= nil or options.negatives ~= nil or nil
  return fixed
end

--- What tells a trainer with these options from others: two command lines may lead to the same ones. nil where the
--- library does not take them together.
local function signature_with(options, fold)
  local done, trainer = interrupt.pcall(training.new_trainer, options, fold, (training.layers_of(options, fold)))
  if done then
    local signature = json.encode(learning.options_of(trainer))
    trainer:close()
    return signature
  end
end

--- The next point to try, with its options, which nothing was tried of before; nil where none is found.
local function next_point(run, number)
  while true do
    local near = number > run.options.tries / 2 and best_of(run.tries).point or nil
    local point = search_space.draw(run.space, run.options.loss or learning.default("loss"), near)
    if not point then
      return nil
    end
    local options = search_space.options(point, run.options)
    local signature = signature_with(options, run.folds[1])
    if signature and not run.seen[signature] then
      return point, options, signature
    end
  end
end

--- Tries one point and adds it to the tries. signature: of its trainer, or nil of the first.
local function try_point(run, number, point, options, signature, line)
  run.seen[signature or signature_with(options, run.folds[1]) or ""] = true
  line.name = ("try %d of %d"):format(number, run.options.tries)
  local done, found, note = pcall(try, run.folds, options, function(share)
    line:share((number - 1 + share) / run.options.tries)
  end)
  if not done then
    if type(found) ~= "table" or not found.message or not found.message:find("^training diverged") then
      error(found, 0)
    end
    found, note = nil, "diverged"
  end
  local command = invocation.line(train_options.words(options, true))
  table.insert(run.tries, { number = number, point = point, command = command, found = found, note = note })
end

--- Where nothing can be judged inside the training rows: what it takes.
local function fail_for_nothing(run)
  local wanted = run.options.hold_out == "classes" and "four classes of two rows or more"
    or "a class of three rows or more, or four classes of two"
  fail("%s: nothing can be judged inside the training rows: it takes %s%s", run.set.path, wanted,
    #run.set.parts.test > 0 and "; --test-share 0 has all rows train" or "")
end

--- Fills run.tries; run.raw comes first.
local function search(run, lines)
  local options = search_space.options({}, run.options)
  local line = lines("raw features")
  run.raw = try_raw(run.folds, options)
  if not run.raw then
    fail_for_nothing(run)
  end
  try_point(run, 1, {}, options, nil, line)
  for number = 2, run.options.tries do
    local point, point_options, signature = next_point(run, number)
    if not point then
      break -- all that there is was tried
    end
    try_point(run, number, point, point_options, signature, line)
  end
  line:finish()
end

-- ---- the report -----------------------------------------------------------------------------------------------------

--- What a try differs by from the defaults, in words.
local function settings_of(one)
  local words = {}
  for _, name in ipairs(search_space.names()) do
    local value = one.point[name]
    if type(value) == "table" then
      value = value[1] and table.concat(value, ",") or "none"
    end
    local schema = name:match("^optimizer") or "trainer"
    if value ~= nil and value ~= train_options.AUTO and value ~= learning.default(name:match("[^.]*$"), schema) then
      words[#words + 1] = learning.flag(name) .. " " .. invocation.text(value)
    end
  end
  return one.number == 1 and "the defaults" or table.concat(words, " ")
end

local function cells_of(found, note)
  local share = share_of(found)
  return share and figures.text(share) or note or "", found and figures.text(found.map_at_r) or ""
end

local function tell_tries(run, sorted, say)
  local name = run.raw.knn_accuracy and "5-nearest vote" or "precision@1"
  local rest = #run.set.parts.train - run.raw.queries
  say(("\n%d of %s, judged in %s, each after training on all others (95 %% intervals)"):format(run.raw.queries,
    counted(#run.set.parts.train, "training row"), counted(#run.folds, "part")))
  if rest > 0 and not are_of_classes(run.options, run.folds[1].labels) then
    say(("%s always trained on: two rows of each class"):format(rest == 1 and "1 is" or rest .. " are"))
  end
  say(("  %3s  %-22s  %-6s  %s"):format("try", name, "MAP@R", "settings"))
  local share, map = cells_of(run.raw)
  say(("  %3s  %-22s  %-6s  %s"):format("", share, map, "raw features"))
  for _, one in ipairs(sorted) do
    share, map = cells_of(one.found, one.note)
    say(("  %3d  %-22s  %-6s  %s%s"):format(one.number, share, map, settings_of(one),
      one.found and one.note and " (" .. one.note .. ")" or ""))
  end
end

--- Whether the interval of the best lies above that of another: of many tries one is likely to come out above by a
--- little, and nothing that is not beyond both intervals is told as more than that.
local function is_above(best, other)
  return share_of(best).low > share_of(other).high
end

local function tell_best(run, best, say)
  local defaults = run.tries[1]
  if not best.found then
    say("\nNothing was learned by any of them: try a smaller --learning-rate.")
    return
  end
  local figure = run.raw.knn_accuracy and "5-nearest votes" or "precision@1"
  local function compare(other, name)
    local is_better = is_above(best.found, other)
    say(("The best is %s %s: the 95 %% intervals of their %s%s overlap."):format(is_better and "better than"
      or "not shown to be better than", name, figure, is_better and " do not" or ""))
  end
  say("")
  if best == defaults then
    say("The defaults are the best of them.")
  elseif defaults.found then
    compare(defaults.found, "the defaults")
  else
    say("The best learned something, which the defaults did not.")
  end
  compare(run.raw, "the raw features")
  say("The best of many looks better than it is; the rows that this holds out tell how good it is:\n  "
    .. best.command)
end

--- For programs: what was tried, in the order of the table.
local function result_of(run, sorted, best, is_interrupted)
  local list = json.list()
  for i, one in ipairs(sorted) do
    local settings = {}
    for name, value in pairs(one.point) do
      settings[name:gsub("^optimizer%.", "")] = type(value) == "table" and json.list(value) or value
    end
    list[i] = { try = one.number, settings = settings, command = one.command, figures = one.found, note = one.note }
  end
  return { table = { path = run.set.path, rows = #run.set.labels, training_rows = #run.set.parts.train,
      held_out_rows = #run.set.parts.test }, folds = #run.folds, judged_rows = run.raw.queries, seed = run.seed,
    tries = list, raw_features = run.raw, defaults = run.tries[1] and run.tries[1].found,
    best = best.found and { try = best.number, command = best.command, figures = best.found } or nil,
    interrupted = is_interrupted or nil }
end

function tune.run(options)
  if paired.are_wanted(options) then
    fail.usage("%s: tune searches by labels, and pairs have none: compare settings by what triplet train tells of "
      .. "held-out pairs", options.pairs and "--pairs" or "--references")
  end
  local say, lines = talk.of(options), progress.lines(not options.quiet)
  triplet.threads(options.threads or ranks.cores())
  local run = { options = options, tries = {}, seen = {}, seed = options.seed or learning.default("seed") }
  local finished = interrupt.spares(function()
    local as_train = search_space.options({}, options)
    run.set = training.read_set(as_train, lines)
    training.say_what_was_read(say, as_train, run.set)
    run.folds = folds_of(run.set, options, run.seed)
    if not run.folds[1] then
      fail_for_nothing(run)
    end
    run.space = search_space.new(run.seed, fixed_options(options), options.tries * DRAWS)
    search(run, lines)
  end)
  progress.clear()
  local best = best_of(run.tries)
  if not best then
    interrupt.give_up(": nothing was tried yet")
  end

  local sorted = {}
  for i, one in ipairs(run.tries) do
    sorted[i] = one
  end
  table.sort(sorted, comes_before)
  tell_tries(run, sorted, say)
  tell_best(run, best, say)
  local result = result_of(run, sorted, best, not finished)
  if not finished then
    talk.answer(options, result)
    interrupt.give_up(" in try %d of %d", #run.tries + 1, options.tries)
  end
  return result
end

return tune
