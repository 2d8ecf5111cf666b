--- What train and resume share: from a table and a trainer to what was learned, its figures and its files.

local adapter = require "triplet.command.adapter"
local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
local names = require "triplet.command.names"
local outputs = require "triplet.command.outputs"
local paired = require "triplet.command.paired"
local plain = require "triplet.command.plain"
local progress = require "triplet.progress"
local projector = require "triplet.command.projector"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local results = require "triplet.command.results"
local shard = require "triplet.command.shard"
local talk = require "triplet.command.talk"
local train_options = require "triplet.command.train_options"
local triplet = require "triplet"

local training = {}

-- ---- the table ------------------------------------------------------------------------------------------------------

--- How the table is to be read, as the library takes it.
function training.table_options(options)
  local given = reading.given(options)
  given.label = options.label
  return given
end

--- The file as dataset.read has it, or paired.read.
function training.read_set(options, lines)
  if paired.are_wanted(options) then
    return paired.read(options, lines)
  end
  local line = lines("reading")
  local given = training.table_options(options)
  given.progress, given.shard = line:callback(), options.shard
  local set = dataset.read(options.file, {
    table = given,
    unseen = names(options.unseen),
    test_share = options.test_share,
    hold_out = options.hold_out,
    seed = options.seed or learning.default("seed"),
  })
  line:finish()
  return set
end

--- What was held out, if it is not what one would expect; nil otherwise.
local function note_of(options, set)
  if set.holds_out_classes and options.hold_out == "auto" then
    return "no class has more than two rows: whole classes are held out"
  elseif #set.parts.test == 0 and options.test_share > 0 then
    return "nothing is held out: " .. (options.hold_out == "classes"
      and "there are fewer than four classes of two rows or more"
      or ("--test-share %g comes to no row beyond the two of each class that stay"):format(options.test_share))
  end
end

--- The lines that say what a set is.
function training.say_what_was_read(say, options, set)
  if set.partners then
    return paired.describe(say, options, set)
  end
  say(("%s: %s, %s, %s, %s; %s to train on, %d held out%s"):format(set.path, counted(#set.labels, "row"),
    counted(set.columns, "column"), counted(set.matrix.cols, "input"), counted(#set.classes, "class", "classes"),
    counted(#set.parts.train, "row"), #set.parts.test,
    #set.parts.unseen > 0 and (", %d of unseen classes"):format(#set.parts.unseen) or ""))
  reading.tell(set.notes, say)
  if set.warning then
    talk.warn(set.warning)
  end
  local note = note_of(options, set)
  if note then
    say(note)
  end
end

-- ---- the trainer ----------------------------------------------------------------------------------------------------

local function count_classes(labels)
  local seen, count = {}, 0
  for _, label in ipairs(labels) do
    count = count + (seen[label] and 0 or 1)
    seen[label] = true
  end
  return count
end

--- The widths of the layers, the last of which is the embedding's, and the options that left their choice to us.
function training.layers_of(options, set)
  if options.adapter then
    local hidden = options.layers ~= train_options.AUTO and options.layers or nil
    if (options.dim or train_options.AUTO) ~= train_options.AUTO and options.dim ~= set.matrix.cols then
      fail.usage("--dim: an adapter has as many dimensions as the vectors, %d, got %d", set.matrix.cols, options.dim)
    end
    return adapter.layers(options.adapter, set.matrix.cols, hidden), hidden and {} or { "--adapter" }
  end
  local suggested = triplet.suggest_layers(set.matrix.cols, set.partners and 1 or count_classes(dataset.pick(set.labels,
    set.parts.train)))
  local dim = table.remove(suggested)
  local layers, chosen = suggested, {}
  if options.layers == train_options.AUTO then
    chosen[#chosen + 1] = "--layers"
  else
    layers = {}
    for i, width in ipairs(options.layers) do
      layers[i] = width
    end
  end
  if (options.dim or train_options.AUTO) == train_options.AUTO then
    chosen[#chosen + 1] = "--dim"
  else
    dim = options.dim
  end
  layers[#layers + 1] = dim
  return layers, chosen
end

--- Says what the layers are if a part of that was left to us.
local function say_what_was_chosen(say, layers, chosen)
  if #chosen > 0 then
    local hidden = table.concat(layers, ", ", 1, #layers - 1)
    say(("layers: %s, then %s (%s)"):format(hidden == "" and "none" or hidden, counted(layers[#layers], "dimension"),
      table.concat(chosen, ", ")))
  end
end

--- A trainer for the training rows of a set.
function training.new_trainer(options, set, layers)
  local settings = learning.given(options)
  settings.data, settings.labels, settings.references = dataset.training_rows(set)
  settings.standardize = not set.recipe and options.standardize == true
  settings.recipe = set.recipe
  settings.columns = set.recipe and set.recipe.inputs
  settings.classes = set.classes
  settings.layers = layers
  settings.dim = nil -- the library's is that of a table without layers
  local made, trainer = pcall(triplet.trainer, settings)
  shard.collect(set)
  return made and trainer or error(trainer:gsub("layers%[" .. #settings.layers .. "%]", "dim"), 0)
end

--- Why a model cannot go on with these rows, or nil; if it can, it has them from then on.
local function attach(trainer, set)
  local facts, rows = trainer.facts, #set.labels -- first: which columns there are may depend on the rows
  if facts.rows ~= tostring(rows) then
    return ("it has %s, where that had %s"):format(counted(rows, "row"), facts.rows)
  elseif table.concat(trainer.columns or {}, "\n") ~= table.concat(set.inputs, "\n") then
    return "its columns are others"
  elseif table.concat(trainer.classes or {}, "\n") ~= table.concat(set.classes, "\n") then
    return "its classes are others"
  end

  -- A model that meets its own rows again goes on with the batches where they were: nothing in it changes.
  local before = trainer:tobytes()
  trainer:attach(dataset.training_rows(set))
  return trainer:tobytes() ~= before and "some rows are others, or in another order" or nil
end

-- ---- learning -------------------------------------------------------------------------------------------------------

--- One step. If embeddings have grown beyond float32, the message is of this program's options.
function training.step(trainer, report)
  local done, result = pcall(trainer.step, trainer, report, interrupt.tick)
  if done then
    return result or error("interrupted!", 0) -- on another rank
  elseif result:find("not finite", 1, true) then
    fail("training diverged at step %d: try a smaller --learning-rate", trainer.steps + 1)
  end
  error(result, 0)
end

--- Writes a checkpoint. Returns what was wrong, or nil.
local function save(trainer, path)
  return (ranks.by_first(function()
    local done, problem = trainer:save(path)
    return not done and problem or nil
  end))
end

--- Trains until the trainer stops. Returns the report of the last step, or nil if there was none.
local function learn(trainer, options, lines)
  local total = trainer:get("steps")
  local line = lines("training")
  local report
  while not trainer.stopped do
    report = training.step(trainer, report)
    line:step(report, total)
    if options.checkpoint and report.step % options.checkpoint == 0 and not report.stopped then
      local problem = save(trainer, options.model)
      if problem then
        talk.warn(("cannot write %s; training goes on"):format(problem))
      end
    end
  end
  line:finish()
  return report
end

--- Which options cure a collapse, as tests/lua/command_spec.lua tries. It is mostly the nearest negatives that bring it
--- about, and then a smaller rate often does not help; without them it takes a rate that is far too high.
local function cure_of_collapse(trainer)
  for _, option in ipairs { "mining", "negatives" } do
    if trainer:get(option) == "hard" then
      return ("--%s semihard or all"):format(option)
    end
  end
  return "a smaller --learning-rate"
end

--- Learns, and then evaluates, as that lasts longer in a large table: first what came of it. run: see training.run.
local function teach(run, options, lines)
  local raw, untrained, trained = run.stages[1], run.stages[2], run.stages[3]
  local last = interrupt.together(function()
    return learn(run.trainer, options, lines)
  end)
  run.collapsed = last and last.collapsed
  if run.collapsed then
    talk.warn(("training has collapsed: all distances of its last batches are near 0. Train again with %s."):format(
      cure_of_collapse(run.trainer)))
  end

  local function evaluate(stage, trainer)
    if run.set.partners then
      stage.found = paired.evaluate(trainer, run.set, stage == raw, stage.name, lines)
    else
      stage.found = evaluation.of(trainer, run.set, stage.name, lines)
    end
  end
  if run.trainer.steps > 0 then
    evaluate(trained, run.trainer)
  end
  evaluate(raw, run.trainer)
  evaluate(untrained, run.untrained)
end

-- ---- the whole ------------------------------------------------------------------------------------------------------

--- Ends with what there is to tell where training or what followed it was interrupted. saved: which files were written,
--- or why none was.
local function interrupted(run, options, saved)
  local done, total, on = run.trainer.steps, run.trainer:get("steps"), train_options.way_on(options)
  interrupt.give_up(" %s: %s%s", done < total and ("at step %d of %d"):format(done, total)
    or ("after all %d steps"):format(done), saved, on and "; go on by: " .. on or "")
end

local NOTHING_SAVED = "nothing was saved: --model keeps what was learned"

--- Of one process, which has written all of its files.
local function tell_interrupted(run, options)
  talk.answer(options, results.for_programs(run, options, true))
  local list = {}
  for i, path in ipairs(results.written(options)) do
    list[i] = path == "-" and "standard output" or path
  end
  interrupted(run, options, list[1] and "wrote " .. table.concat(list, ", ") or NOTHING_SAVED)
end

local function check_learned(run, saved)
  if not (run.trainer and run.trainer.steps > run.began_at) then
    interrupt.give_up(saved and ": nothing more was learned" or ": nothing was learned yet")
  end
end

--- Of many ranks, which mpirun leaves no time for more than a checkpoint. The first writes it, and waits for nobody.
local function leave_checkpoint(run, options, saved)
  check_learned(run, saved)
  if not options.model or options.model == "-" then
    interrupted(run, options, NOTHING_SAVED)
  elseif ranks.is_first() then
    local done, problem = run.trainer:save(options.model)
    interrupted(run, options, done and "wrote " .. options.model or "cannot write " .. problem)
  end
  interrupt.give_up("")
end

--- Warns of what a model loses when it learns more, as it is of embeddings that are no more.
local function warn_of_losses(trainer, options)
  local chosen, lost = trainer.facts[model.THRESHOLD_CHOSEN_BY], {}
  lost[1] = trainer.threshold and ("the threshold %.6g%s (triplet verify --save-threshold finds another)"):format(
    trainer.threshold, chosen and ", chosen by " .. plain.line(chosen) or "") or nil
  lost[#lost + 1] = trainer.kept_rows and not options.keep_rows and "the rows that were kept" or nil
  if lost[1] then
    talk.warn("left out of the model, whose embedding will be another: " .. table.concat(lost, ", and "))
  end
end

--- Makes a saved trainer go on with the table in place of a new one, which has its options.
local function go_on(saved, set, new)
  local trainer, had_stopped = saved.trainer, saved.trainer.stopped
  local problem = attach(trainer, set)
  if problem then
    fail("%s is not the table that %s was trained on: %s", set.path, saved.path, problem)
  end
  trainer:set("steps", new:get("steps"))
  if trainer.stopped and not had_stopped then -- it is to end where it is
    trainer:restore_best()
  end
  return trainer
end

--- Reads the table, makes the trainer, or has a saved one go on, and teaches it. run is filled on the way.
local function work(run, options, saved, lines)
  triplet.threads(options.threads or ranks.cores())
  local chosen_by_us = options.adapter and adapter.choose(options) or paired.choose(options)
  local set = training.read_set(options, lines)
  local layers, chosen = training.layers_of(options, set)
  local trainer = training.new_trainer(options, set, layers)
  run.untrained = triplet.from_bytes(trainer:tobytes())
  if saved then
    trainer = go_on(saved, set, trainer)
  end
  trainer.facts = results.facts_of(options, set, trainer)
  run.set, run.layers, run.trainer, run.began_at = set, layers, trainer, trainer.steps
  training.say_what_was_read(run.say, options, set)
  say_what_was_chosen(run.say, layers, chosen)
  if chosen_by_us[1] then
    run.say(("chosen %s: %s"):format(options.adapter and "by --adapter " .. options.adapter or "for pairs",
      table.concat(chosen_by_us, " ")))
  end
  if saved then
    local total = trainer:get("steps")
    run.say(trainer.stopped and ("%d of %d steps are done: nothing is left to learn"):format(trainer.steps, total)
      or ("going on after step %d of %d"):format(trainer.steps, total))
    if not trainer.stopped then
      warn_of_losses(trainer, options)
    end
  end
  local done, failure = pcall(teach, run, options, lines)
  if not done and ranks.are_many() and interrupt.is(failure) then
    leave_checkpoint(run, options, saved)
  elseif not done then
    error(failure, 0)
  end
end

--- The files that are read, which no output may replace, but for the model that is gone on with.
local function inputs_of(options, saved)
  local inputs = reading.paths(options, { model = true, same = options.pairs ~= nil })
  inputs[#inputs + 1] = saved and saved.path ~= options.model and saved.path or nil
  return inputs
end

--- options: of the command line of train. saved: nil, or { trainer = the one to go on with, path = of its file }.
--- Returns what --json prints.
function training.run(options, saved)
  paired.check(options)
  train_options.check_outputs(options)
  local lines = progress.lines(not options.quiet)
  local files = outputs.new(inputs_of(options, saved), options.json)
  local run = { say = talk.of(options, results.written(options)), to = {},
    stages = { { name = "raw features" }, { name = "untrained encoder" }, { name = "trained encoder" } } }
  local finished = interrupt.spares(function()
    -- Before the work begins, each output is opened: nobody is to wait for results that cannot be written.
    for _, kind in ipairs(results.FILES) do
      run.to[kind] = files:open(options[kind], "--" .. kind)
    end
    run.to.projector = projector.open(files, options.projector)
    work(run, options, saved, lines)
  end)
  if not finished then
    check_learned(run, saved)
  end

  -- What was learned is not lost to an interruption, be it before this or meanwhile.
  local function announce()
    if next(run.to) then
      talk.warn("interrupted: writing what was learned; a second Ctrl-C ends at once")
    end
  end
  if not finished then
    announce()
  end
  local result
  local spared = interrupt.held(function()
    -- The files come first: what the report says of them is then true.
    results.write(run, options, lines)
    files:commit()
    for _, line in ipairs(run.set.partners and paired.lines(run.stages)
      or evaluation.lines(run.set, run.stages, #run.layers > 1)) do
      run.say(line)
    end
    results.say_what_flatters(run.say, run.set)
    results.say_what_was_kept(run.say, run)
    if finished then
      results.say_what_was_written(run.say, options, run)
    end
    result = results.for_programs(run, options)
  end, announce)
  if not (finished and spared) then
    tell_interrupted(run, options)
  end
  return result
end

return training
