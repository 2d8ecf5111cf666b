--- triplet train: learns an embedding from a labelled file, evaluates it by rows it never saw, and writes the results.

local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local describe = require "triplet.command.description"
local embedding = require "triplet.command.embedding"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local learning = require "triplet.command.learning"
local names = require "triplet.command.names"
local number_of = require "triplet.command.number"
local outputs = require "triplet.command.outputs"
local picture = require "triplet.command.picture"
local progress = require "triplet.progress"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local train = {}

-- The program's own defaults; all others are the library's.
local TEST_SHARE <const> = 0.2
local HOLD_OUT <const> = { "rows", "classes", "auto" }

-- The files that it can write.
local OUTPUTS <const> = { "out", "model", "plot" }

-- What stands for layers that are chosen by the shape of the table.
local AUTO <const> = "auto"

--- The widths of the hidden layers, or auto.
local function widths(text)
  local list = {}
  if text == AUTO then
    return text
  elseif text ~= "none" then
    for width in (text .. ","):gmatch("([^,]*),") do
      local number = math.tointeger(number_of(width))
      if not number or number < 1 then
        return nil, ('--layers: expected widths like 32,16, none or auto, got "%s"'):format(text)
      end
      list[#list + 1] = number
    end
  end
  return list
end

function train.define(parser)
  parser:summary("Learn an embedding from a labelled file.")
  parser:usage("Usage: triplet train <file> --label <column> [options]")
  parser:description("Reads a CSV or TSV file, tells how, holds out a part of each class, trains an encoder on the "
    .. "rest, and prints how well held-out rows find those of their class, before and after: among the rows that were "
    .. "trained on, as those of a user will, and among themselves. The same file, options and seed give the same "
    .. "bytes.")
  parser:argument("file", "CSV or TSV file, or - for standard input."):convert(standard.input)
  parser:group("Rows",
    parser:option("--label", "Column with the class of each row: its name, else its number from 1, first or last.")
      :argname("<column>"):count(1),
    parser:option("--unseen", "Classes not to train on, evaluated on their own."):argname("<class>,..."):count("*"),
    parser:option("--test-share", ("Share to hold out (default: %s)."):format(TEST_SHARE)):argname("<number>")
      :default(tostring(TEST_SHARE)):show_default(false):convert(learning.reader("number", "--test-share")),
    parser:option("--hold-out", "What to hold out: rows of each class, of which two always stay, or whole classes "
      .. "(default: auto, rows, or classes where no class has more than two rows)."):choices(HOLD_OUT)
      :argname("{" .. table.concat(HOLD_OUT, ",") .. "}"):default("auto"):show_default(false))
  parser:group("Table",
    parser:flag("--dry-run", "Print how the table is read, and stop."),
    table.unpack(reading.flags(parser)))
  parser:group("Files",
    parser:option("--out", "CSV file to write: row, label, part, e1, e2 ... One of the files may be -, standard "
      .. "output; what is else printed then goes to standard error."):argname("<file>"):convert(standard.target),
    parser:option("--model", "Model file to write (safetensors)."):argname("<file>"):convert(standard.target),
    parser:option("--plot", "Picture to write (SVG)."):argname("<file>"):convert(standard.target))
  local layers = parser:option("--layers", ("Widths of the hidden layers, or none, or auto: %d (default: %s).")
    :format(triplet.suggest_layers(1, 1)[1], AUTO))
  learning.define(parser, layers:argname("<width>,..."):default(AUTO):show_default(false):convert(widths))
  parser:option("--threads", "Threads to work with; results do not depend on it (default: one for each core).")
    :argname("<integer>"):convert(learning.reader("integer", "--threads"))
  parser:flag("--quiet", "Print nothing but what went wrong.")
end

-- ---- learning -------------------------------------------------------------------------------------------------------

local function count_classes(labels)
  local seen, count = {}, 0
  for _, label in ipairs(labels) do
    count = count + (seen[label] and 0 or 1)
    seen[label] = true
  end
  return count
end

--- The widths of the layers, the last of which is the embedding's, and the options that left their choice to us.
local function layers_of(options, set)
  local suggested = triplet.suggest_layers(set.matrix.cols, count_classes(dataset.pick(set.labels, set.parts.train)))
  local dim = table.remove(suggested)
  local layers, chosen = suggested, {}
  if options.layers == AUTO then
    chosen[#chosen + 1] = "--layers"
  else
    layers = table.move(options.layers, 1, #options.layers, 1, {})
  end
  if (options.dim or AUTO) == AUTO then
    chosen[#chosen + 1] = "--dim"
  else
    dim = options.dim
  end
  layers[#layers + 1] = dim
  return layers, chosen
end

local function trainer_of(options, set, layers)
  local settings = learning.given(options)
  settings.data = set.matrix:select(set.parts.train)
  settings.labels = dataset.pick(set.labels, set.parts.train)
  settings.standardize = false
  settings.recipe = set.recipe
  settings.columns = set.recipe.inputs
  settings.classes = set.classes
  settings.layers = layers
  settings.dim = nil -- the library's is that of a table without layers
  local made, trainer = pcall(triplet.trainer, settings)
  return made and trainer or error(trainer:gsub("layers%[" .. #settings.layers .. "%]", "dim"), 0)
end

--- Somewhere to be interrupted in the middle of a step.
local function tick() end

--- One step. If embeddings have grown beyond float32, the message is of this program's options.
local function step(trainer, report)
  local done, result = pcall(trainer.step, trainer, report, tick)
  if done then
    return result
  elseif result:find("not finite", 1, true) then
    fail("training diverged at step %d: try a smaller --learning-rate", trainer.steps + 1)
  end
  error(result, 0)
end

--- Trains until the trainer stops. Returns the report of the last step, or nil if there was none.
local function learn(trainer, lines)
  local total = trainer:get("steps")
  local line <close> = lines("training")
  local report
  while total > 0 and not (report and report.stopped) do
    report = step(trainer, report)
    line:step(report, total)
  end
  trainer:restore_best()
  return report
end

-- ---- the command ----------------------------------------------------------------------------------------------------

--- to: an output or nil for each kind of file.
local function write_outputs(to, set, trainer, stages, lines)
  local rows = (to.out or to.plot) and embedding.of(trainer, set.matrix, lines)
  local parts = {}
  for part, list in pairs(set.parts) do
    for _, row in ipairs(list) do
      parts[row] = part
    end
  end

  if to.out then
    local carried = { { "label", set.texts }, { "part", parts } }
    embedding.write(to.out, { rows = rows, numbers = set.numbers, carried = carried }, lines)
  end
  if to.model then
    to.model:write(trainer:tobytes())
  end
  if to.plot then
    local share = evaluation.shares(set, stages)[1]
    picture(to.plot, {
      title = set.path:match("[^/]*$") .. ": " .. set.label,
      rows = rows,
      labels = set.labels,
      classes = set.classes,
      parts = parts,
      summary = share and "nearest row of the same class: " .. share,
      seed = trainer:get("seed"),
    })
  end
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

local function table_options(options)
  local given = reading.given(options)
  given.label = options.label
  return given
end

local function read_set(options, lines)
  local line <close> = lines("reading")
  local given = table_options(options)
  given.progress = line:callback()
  return dataset.read(options.file, {
    table = given,
    unseen = names(options.unseen),
    test_share = options.test_share,
    hold_out = options.hold_out,
    seed = options.seed or learning.default("seed"),
  })
end

local function say_what_was_read(say, options, set)
  say(("%s: %s, %s, %s, %s; %s to train on, %d held out%s"):format(set.path, counted(#set.labels, "row"),
    counted(set.columns, "column"), counted(#set.recipe.inputs, "input"), counted(#set.classes, "class", "classes"),
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

--- Says what the layers are if a part of that was left to us.
local function say_what_was_chosen(say, layers, chosen)
  if #chosen > 0 then
    local hidden = table.concat(layers, ", ", 1, #layers - 1)
    say(("layers: %s, then %s (%s)"):format(hidden == "" and "none" or hidden, counted(layers[#layers], "dimension"),
      table.concat(chosen, ", ")))
  end
end

--- The files that were asked for, "-" being standard output.
local function written(options)
  local list = {}
  for _, kind in ipairs(OUTPUTS) do
    list[#list + 1] = options[kind]
  end
  return list
end

local function say_what_was_written(say, options)
  local gap = "\n"
  for _, name in ipairs(written(options)) do
    if name ~= "-" then
      say(gap .. "wrote " .. name)
      gap = ""
    end
  end
end

--- What is evaluated, in the order of the report; `found` is added to each stage.
local function new_stages()
  return { { name = evaluation.RAW }, { name = "untrained encoder" }, { name = "trained encoder" } }
end

--- Learns, and then evaluates, as that lasts longer in a large table: first what came of it.
local function teach(trainer, set, stages, lines)
  local raw, untrained, trained = table.unpack(stages)
  local before = triplet.from_bytes(trainer:tobytes())
  local last = learn(trainer, lines)
  if last and last.collapsed then
    talk.warn(("training has collapsed: all distances of its last batches are near 0. Train again with %s."):format(
      cure_of_collapse(trainer)))
  end

  local function evaluate(stage, model)
    stage.found = evaluation.of(model, set, stage.name, lines)
  end
  if last then
    evaluate(trained, trainer)
  end
  evaluate(raw, trainer)
  evaluate(untrained, before)
end

--- What there is to tell of the files where training or what followed it was interrupted.
local function interrupted(trainer, options)
  local done, total, list = trainer.steps, trainer:get("steps"), {}
  for i, path in ipairs(written(options)) do
    list[i] = path == "-" and "standard output" or path
  end
  interrupt.give_up(" %s: %s", done < total and ("at step %d of %d"):format(done, total)
    or ("after all %d steps"):format(done), list[1] and "wrote " .. table.concat(list, ", ") or "nothing was saved")
end

function train.run(options)
  if options.dry_run then
    return describe(talk.of(options), options.file, reading.read(options.file, table_options(options)))
  end

  local say, lines = talk.of(options, written(options)), progress.lines(not options.quiet)
  local files <close> = outputs.new({ options.file }, options.json)
  local to, stages = {}, new_stages()
  local set, trainer, layers, chosen
  local finished = interrupt.spares(function()
    -- Before the work begins, each output is opened: nobody is to wait for results that cannot be written.
    for _, kind in ipairs(OUTPUTS) do
      to[kind] = files:open(options[kind])
    end
    triplet.threads(options.threads or triplet.cores())
    set = read_set(options, lines)
    layers, chosen = layers_of(options, set)
    trainer = trainer_of(options, set, layers)
    say_what_was_read(say, options, set)
    say_what_was_chosen(say, layers, chosen)
    teach(trainer, set, stages, lines)
  end)
  if not finished and not (trainer and trainer.steps > 0) then
    interrupt.give_up(": nothing was learned yet")
  end

  -- What was learned is not lost to an interruption, be it before this or meanwhile.
  local function announce()
    if next(to) then
      talk.warn("interrupted: writing what was learned; a second Ctrl-C ends at once")
    end
  end
  if not finished then
    trainer:restore_best()
    announce()
  end
  local spared = interrupt.held(function()
    -- The files come first: what the report says of them is then true.
    write_outputs(to, set, trainer, stages, lines)
    files:commit()
    for _, line in ipairs(evaluation.lines(set, stages, #layers > 1)) do
      say(line)
    end
    if finished then
      say_what_was_written(say, options)
    end
  end, announce)
  if not (finished and spared) then
    interrupted(trainer, options)
  end
end

return train
