--- What train and resume share: from a table and a trainer to what was learned, its figures and its files.

local adapter = require "triplet.command.adapter"
local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local embedding = require "triplet.command.embedding"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local interrupt = require "triplet.command.interrupt"
local invocation = require "triplet.command.invocation"
local json = require "triplet.json"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
local names = require "triplet.command.names"
local outputs = require "triplet.command.outputs"
local paired = require "triplet.command.paired"
local picture = require "triplet.command.picture"
local plain = require "triplet.command.plain"
local progress = require "triplet.progress"
local projector = require "triplet.command.projector"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local training = {}

-- The program's own defaults; all others are the library's.
training.TEST_SHARE = 0.2
training.HOLD_OUT = { "auto", "rows", "classes" }

-- What stands for layers that are chosen by the shape of the table.
training.AUTO = "auto"

-- The files that can be written.
local OUTPUTS = { "out", "model", "plot" }

-- ---- the command line -----------------------------------------------------------------------------------------------

--- The widths of the hidden layers in a text, or auto; nil and what is wrong with it.
function training.widths(text)
  local list = {}
  if text == training.AUTO then
    return text
  elseif text ~= "none" then
    local read = learning.reader("integer", "")
    for width in (text .. ","):gmatch("([^,]*),") do
      local number = read(width)
      if not number or number < 1 then
        return nil, ('--layers: expected widths like 32,16, none or auto, got "%s"'):format(text)
      end
      list[#list + 1] = number
    end
  end
  return list
end

--- The options of which rows there are. more: further ones, as a list.
function training.define_rows(parser, more)
  parser:group("Rows",
    parser:option("--label", "Column with the class of each row: its name, else its number from 1, first or last. Of "
      .. "vectors, a column of the table that --labels names."):argname("<column>"),
    parser:option("--unseen", "Classes not to train on, evaluated on their own."):argname("<class>,..."):count("*"),
    parser:option("--test-share", ("Share to hold out (default: %s)."):format(training.TEST_SHARE)):argname("<number>")
      :default(tostring(training.TEST_SHARE)):show_default(false):convert(learning.reader("number", "--test-share")),
    parser:option("--hold-out", "What to hold out: rows of each class, of which two always stay, or whole classes "
      .. "(default: auto, rows, or classes where no class has more than two rows)."):choices(training.HOLD_OUT)
      :argname("{" .. table.concat(training.HOLD_OUT, ",") .. "}"):default(training.HOLD_OUT[1]):show_default(false),
    table.unpack(more))
end

--- The options of how the file is read. more: further ones, as a list.
function training.define_table(parser, more)
  more[#more + 1] = parser:flag("--standardize", "Bring the columns of vectors to mean 0 and deviation 1, too, as "
    .. "those of a table are."):target("standardize"):action("store_true")
  for _, flag in ipairs(reading.flags(parser)) do
    more[#more + 1] = flag
  end
  parser:group("Table", table.unpack(more))
end

--- The option of the hidden layers.
function training.define_layers(parser)
  return parser:option("--layers", ("Widths of the hidden layers, or none, or auto: %d (default: %s).")
    :format(triplet.suggest_layers(1, 1)[1], training.AUTO)):argname("<width>,..."):convert(training.widths)
end

--- The options of what is written, and of what is done while it lasts.
function training.define_outputs(parser, model_help)
  parser:group("Files",
    parser:option("--out", "File to write. CSV: row, the label by its column's name, part, e1, e2 ...; or, where the "
      .. "name ends in .npy, .fvecs or .safetensors, the numbers alone. One of the files may be -, standard output; "
      .. "what is else printed then goes to standard error."):argname("<file>"):convert(standard.target),
    projector.define(parser),
    parser:option("--model", model_help):argname("<file>"):convert(standard.target),
    parser:option("--plot", "Picture to write (SVG)."):argname("<file>"):convert(standard.target),
    parser:option("--checkpoint", "Write the model every so many steps, too: what was learned outlasts a loss of "
      .. "power, and triplet resume goes on from there."):argname("<steps>")
      :convert(learning.reader("integer", "--checkpoint")))
  training.define_manners(parser)
end

--- The options of how it is done, which do not change what is found.
function training.define_manners(parser)
  parser:option("--threads", "Threads to work with; results do not depend on it (default: one for each core).")
    :argname("<integer>"):convert(learning.reader("integer", "--threads"))
  parser:flag("--quiet", "Print nothing but what went wrong.")
end

--- Refuses what would have no effect.
local function check_outputs(options)
  if options.keep_rows and not options.model then
    fail.usage("--keep-rows: needs a model to keep them in, named by --model")
  elseif not options.checkpoint then
    return
  elseif options.checkpoint < 1 then
    fail.usage("--checkpoint: expected an integer >= 1, got %d", options.checkpoint)
  elseif not options.model or options.model == "-" then
    fail.usage("--checkpoint: needs a file to write, named by --model")
  end
end

--- The name of a file without its folder, which is nobody's business.
local function base_name(path)
  return standard.name(path):match("[^/]*$")
end

--- The command line that leads to the same model: what does not change it is left out. is_to_paste: files are named as
--- they were given, and not without their folders.
function training.words(options, is_to_paste)
  local name_of = is_to_paste and standard.name or base_name
  local words = { "triplet", "train", name_of(options.file) }
  for _, name in ipairs { "label", "format", "tensor", "adapter" } do
    if options[name] then
      invocation.add(words, "--" .. name, options[name])
    end
  end
  for _, name in ipairs { "labels", "references" } do
    if options[name] then
      invocation.add(words, "--" .. name, name_of(options[name]))
    end
  end
  for i, text in ipairs(options.pairs or {}) do
    words[#words + 1] = i == 1 and "--pairs" or nil
    words[#words + 1] = text
  end
  if options.unseen and options.unseen[1] then
    invocation.add(words, "--unseen", invocation.names(options.unseen))
  end
  if options.test_share ~= training.TEST_SHARE then
    invocation.add(words, "--test-share", invocation.text(options.test_share))
  end
  if options.hold_out ~= training.HOLD_OUT[1] then
    invocation.add(words, "--hold-out", options.hold_out)
  end
  for _, word in ipairs(reading.words(options)) do
    words[#words + 1] = word
  end
  words[#words + 1] = options.standardize and "--standardize" or nil
  if options.layers ~= training.AUTO then
    invocation.add(words, "--layers", options.layers[1] and table.concat(options.layers, ",") or "none")
  end
  for _, word in ipairs(learning.words(options)) do
    words[#words + 1] = word
  end
  words[#words + 1] = options.keep_rows and "--keep-rows" or nil
  return words
end

-- ---- the table ------------------------------------------------------------------------------------------------------

--- How the table is to be read, as the library takes it.
function training.table_options(options)
  local given = reading.given(options)
  given.label = options.label
  return given
end

--- The file as dataset.read has it, or paired.read.
function training.read_set(options, lines, say)
  if paired.are_wanted(options) then
    return paired.read(options, lines, say)
  end
  local line = lines("reading")
  local given = training.table_options(options)
  given.progress = line:callback()
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
    local hidden = options.layers ~= training.AUTO and options.layers or nil
    if (options.dim or training.AUTO) ~= training.AUTO and options.dim ~= set.matrix.cols then
      fail.usage("--dim: an adapter has as many dimensions as the vectors, %d, got %d", set.matrix.cols, options.dim)
    end
    return adapter.layers(options.adapter, set.matrix.cols, hidden), hidden and {} or { "--adapter" }
  end
  local suggested = triplet.suggest_layers(set.matrix.cols, count_classes(dataset.pick(set.labels, set.parts.train)))
  local dim = table.remove(suggested)
  local layers, chosen = suggested, {}
  if options.layers == training.AUTO then
    chosen[#chosen + 1] = "--layers"
  else
    layers = {}
    for i, width in ipairs(options.layers) do
      layers[i] = width
    end
  end
  if (options.dim or training.AUTO) == training.AUTO then
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

--- What the model remembers of how it came about: enough to go on by, and nothing that differs from run to run.
local function facts_of(options, set)
  return {
    command = invocation.line(training.words(options)),
    version = triplet.version,
    table = base_name(options.file),
    label = set.label,
    rows = tostring(#set.labels),
    training_rows = tostring(#set.parts.train),
    held_out_rows = tostring(#set.parts.test),
    unseen_rows = tostring(#set.parts.unseen),
  }
end

--- Rows, their labels or nil, and of pairs their partners.
local function training_rows(set)
  if set.partners then
    return paired.training_rows(set)
  end
  return set.matrix:select(set.parts.train), dataset.pick(set.labels, set.parts.train)
end

--- A trainer for the training rows of a set.
function training.new_trainer(options, set, layers)
  local settings = learning.given(options)
  settings.data, settings.labels, settings.references = training_rows(set)
  settings.standardize = not set.recipe and options.standardize == true
  settings.recipe = set.recipe
  settings.columns = set.recipe and set.recipe.inputs
  settings.classes = set.classes
  settings.layers = layers
  settings.dim = nil -- the library's is that of a table without layers
  local made, trainer = pcall(triplet.trainer, settings)
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
  trainer:attach(training_rows(set))
  return trainer:tobytes() ~= before and "some rows are others, or in another order" or nil
end

-- ---- learning -------------------------------------------------------------------------------------------------------

--- Somewhere to be interrupted in the middle of a step.
local function tick() end

--- One step. If embeddings have grown beyond float32, the message is of this program's options.
function training.step(trainer, report)
  local done, result = pcall(trainer.step, trainer, report, tick)
  if done then
    return result
  elseif result:find("not finite", 1, true) then
    fail("training diverged at step %d: try a smaller --learning-rate", trainer.steps + 1)
  end
  error(result, 0)
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
      local done, problem = trainer:save(options.model)
      if not done then
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
  local last = learn(run.trainer, options, lines)
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

-- ---- the files ------------------------------------------------------------------------------------------------------

--- The files that were asked for, "-" being standard output.
local function written(options)
  local list = {}
  for _, kind in ipairs(OUTPUTS) do
    list[#list + 1] = options[kind]
  end
  for _, path in ipairs(projector.paths(options.projector)) do
    list[#list + 1] = path
  end
  return list
end

--- The weights to show: those of the best validation also where training was interrupted, which the model keeps beside
--- the last ones.
local function shown(trainer)
  if trainer.stopped then
    return trainer
  end
  local copy = triplet.from_bytes(trainer:tobytes())
  copy:restore_best()
  return copy
end

--- Puts the embedded training rows into the model. Returns how many bytes longer that makes it.
local function keep_rows(trainer, set, lines)
  local rows, labels = training_rows(set)
  trainer:keep_rows() -- those that a model had before it went on
  local before = #trainer:tobytes()
  trainer:keep_rows(embedding.of(trainer, rows, lines), labels)
  return #trainer:tobytes() - before
end

--- "iris.csv: species"; a column that has a number only is called one.
local function title_of(set)
  local file = standard.in_words(set.path):match("[^/]*$")
  return set.label:find("^%d+$") and ("%s, classes: column %s"):format(file, set.label)
    or ("%s: %s"):format(file, set.label)
end

--- run.to: an output or nil for each kind of file.
local function write_outputs(run, options, lines)
  local to, set, trainer = run.to, run.set, run.trainer
  local are_shown = not set.partners and (to.out or to.plot or to.projector)
  local rows = are_shown and embedding.of(shown(trainer), set.matrix, lines)
  local parts = {}
  for part, list in pairs(set.parts) do
    for _, row in ipairs(list) do
      parts[row] = part
    end
  end

  local embedded = { rows = rows, numbers = set.numbers, carried = { { set.label, set.texts }, { "part", parts } } }
  if to.out and set.partners then
    paired.write(to.out, shown(trainer), set, parts, lines)
  elseif to.out then
    embedding.save(to.out, options.out, embedded, lines)
  end
  if to.projector then
    projector.write(to.projector, embedded)
  end
  if to.model then
    run.kept_bytes = options.keep_rows and keep_rows(trainer, set, lines)
    local facts = facts_of(options, set)
    for _, name in ipairs { model.THRESHOLD_CHOSEN_BY, model.THRESHOLD_FILE } do
      facts[name] = trainer.threshold and run.earlier[name] or nil
    end
    figures.keep(facts, (set.partners and paired or evaluation).tree(run.stages))
    trainer.facts = facts
    to.model:write(trainer:tobytes())
  end
  if to.plot then
    local share = evaluation.shares(set, run.stages)[1]
    run.pictured = picture(to.plot, {
      title = title_of(set),
      rows = rows,
      labels = set.labels,
      classes = set.classes,
      parts = parts,
      summary = share and "nearest row of the same class: " .. share,
      seed = trainer:get("seed"),
    })
  end
end

--- Repeats, where the figures are read, what makes them look better than they are.
local function say_what_flatters(say, set)
  for _, note in ipairs(set.notes) do
    if note.flatters then
      say("But " .. note.text .. ".")
    end
  end
end

local function say_what_was_kept(say, run)
  if run.kept_bytes then
    say(("\nkept: the embeddings and labels of %s (%d bytes of the model), which can be read by whoever has the file")
      :format(counted(#run.set.parts.train, "training row"), run.kept_bytes))
  end
end

local function say_what_was_written(say, options, run)
  if run.pictured and run.pictured < #run.set.labels then
    say(("\nthe picture shows %d of %d rows"):format(run.pictured, #run.set.labels))
  end
  local gap = "\n"
  for _, path in ipairs(written(options)) do
    if path ~= "-" then
      say(gap .. "wrote " .. path)
      gap = ""
    end
  end
end

-- ---- the whole ------------------------------------------------------------------------------------------------------

--- What --json prints.
local function result_of(run, options, is_interrupted)
  local set, trainer = run.set, run.trainer
  local files = {}
  for _, kind in ipairs(OUTPUTS) do
    files[kind] = options[kind]
  end
  files.projector = options.projector and projector.paths(options.projector)
  local notes = json.list()
  for i, note in ipairs(set.notes) do
    notes[i] = note
  end
  return {
    table = { path = set.path, rows = #set.labels, columns = set.columns, inputs = json.list(set.inputs),
      label = set.label, classes = json.list(set.classes), training_rows = #set.parts.train,
      held_out_rows = #set.parts.test, unseen_rows = #set.parts.unseen, notes = notes },
    layers = run.layers, steps = trainer:get("steps"), steps_done = trainer.steps, seed = trainer:get("seed"),
    command = invocation.line(training.words(options)), collapsed = run.collapsed or false,
    figures = (set.partners and paired or evaluation).tree(run.stages), written = files,
    kept_rows = run.kept_bytes and #set.parts.train,
    kept_bytes = run.kept_bytes or nil, interrupted = is_interrupted,
  }
end

--- The command line that goes on where this ended; nil where no model was written.
local function way_on(options)
  if not options.model or options.model == "-" then
    return nil
  end
  local words = { "triplet", "resume", options.model, standard.name(options.file) }
  for _, kind in ipairs { "labels", "references", "out", "projector", "plot" } do
    if options[kind] then
      invocation.add(words, "--" .. kind, standard.name(options[kind]))
    end
  end
  return invocation.line(words)
end

--- What there is to tell of the files where training or what followed it was interrupted.
local function interrupted(run, options)
  talk.answer(options, result_of(run, options, true))
  local done, total, list = run.trainer.steps, run.trainer:get("steps"), {}
  for i, path in ipairs(written(options)) do
    list[i] = path == "-" and "standard output" or path
  end
  local on = way_on(options)
  interrupt.give_up(" %s: %s%s", done < total and ("at step %d of %d"):format(done, total)
    or ("after all %d steps"):format(done), list[1] and "wrote " .. table.concat(list, ", ") or "nothing was saved",
    on and "; go on by: " .. on or "")
end

--- Warns of what a model loses when it learns more, as it is of embeddings that are no more. facts: those it had.
local function warn_of_losses(trainer, facts, options)
  local chosen, lost = facts[model.THRESHOLD_CHOSEN_BY], {}
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
  triplet.threads(options.threads or triplet.cores())
  local chosen_for_adapter = options.adapter and adapter.choose(options) or {}
  local set = training.read_set(options, lines, run.say)
  local layers, chosen = training.layers_of(options, set)
  local trainer = training.new_trainer(options, set, layers)
  run.untrained = triplet.from_bytes(trainer:tobytes())
  if saved then
    run.earlier = saved.trainer.facts
    trainer = go_on(saved, set, trainer)
  end
  trainer.facts = facts_of(options, set)
  run.set, run.layers, run.trainer, run.began_at = set, layers, trainer, trainer.steps
  training.say_what_was_read(run.say, options, set)
  say_what_was_chosen(run.say, layers, chosen)
  if chosen_for_adapter[1] then
    run.say(("adapter: %s (--adapter %s)"):format(table.concat(chosen_for_adapter, " "), options.adapter))
  end
  if saved then
    local total = trainer:get("steps")
    run.say(trainer.stopped and ("%d of %d steps are done: nothing is left to learn"):format(trainer.steps, total)
      or ("going on after step %d of %d"):format(trainer.steps, total))
    if not trainer.stopped then
      warn_of_losses(trainer, run.earlier, options)
    end
  end
  teach(run, options, lines)
end

--- The files that are read, which no output may replace, but for the model that is gone on with.
local function inputs_of(options, saved)
  local inputs = reading.paths(options, { model = true })
  inputs[#inputs + 1] = saved and saved.path ~= options.model and saved.path or nil
  return inputs
end

--- options: of the command line of train. saved: nil, or { trainer = the one to go on with, path = of its file }.
--- Returns what --json prints.
function training.run(options, saved)
  paired.check(options)
  check_outputs(options)
  local lines = progress.lines(not options.quiet)
  local files = outputs.new(inputs_of(options, saved), options.json)
  local run = { say = talk.of(options, written(options)), to = {}, earlier = {},
    stages = { { name = "raw features" }, { name = "untrained encoder" }, { name = "trained encoder" } } }
  local finished = interrupt.spares(function()
    -- Before the work begins, each output is opened: nobody is to wait for results that cannot be written.
    for _, kind in ipairs(OUTPUTS) do
      run.to[kind] = files:open(options[kind], "--" .. kind)
    end
    run.to.projector = projector.open(files, options.projector)
    work(run, options, saved, lines)
  end)
  if not finished and not (run.trainer and run.trainer.steps > run.began_at) then
    interrupt.give_up(saved and ": nothing more was learned" or ": nothing was learned yet")
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
    write_outputs(run, options, lines)
    files:commit()
    for _, line in ipairs(run.set.partners and paired.lines(run.stages)
      or evaluation.lines(run.set, run.stages, #run.layers > 1)) do
      run.say(line)
    end
    say_what_flatters(run.say, run.set)
    say_what_was_kept(run.say, run)
    if finished then
      say_what_was_written(run.say, options, run)
    end
    result = result_of(run, options)
  end, announce)
  if not (finished and spared) then
    interrupted(run, options)
  end
  return result
end

return training
