--- triplet train: learns an embedding from a labelled file, evaluates it by rows it never saw, and writes the results.

local counted = require "triplet.command.counted"
local csv = require "triplet.csv"
local dataset = require "triplet.command.dataset"
local embedding = require "triplet.command.embedding"
local evaluation = require "triplet.command.evaluation"
local fail = require "triplet.command.fail"
local learning = require "triplet.command.learning"
local outputs = require "triplet.command.outputs"
local picture = require "triplet.command.picture"
local progress = require "triplet.progress"
local standard = require "triplet.command.standard"
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
      local number = math.tointeger(csv.number(width))
      if not number or number < 1 then
        return nil, ('--layers: expected widths like 32,16, none or auto, got "%s"'):format(text)
      end
      list[#list + 1] = number
    end
  end
  return list
end

--- All texts of an option that takes a list, which may be given more than once.
local function names(texts)
  local list = {}
  for _, text in ipairs(texts) do
    for name in (text .. ","):gmatch("([^,]*),") do
      list[#list + 1] = name
    end
  end
  return list
end

function train.define(parser)
  parser:summary("Learn an embedding from a labelled file.")
  parser:usage("Usage: triplet train <file> --label <column> [options]")
  parser:description("Reads a CSV or TSV file with a header line, holds out a part of each class, trains an encoder on "
    .. "the rest, and prints how well held-out rows find those of their class, before and after: among the rows that "
    .. "were trained on, as those of a user will, and among themselves. The same file, options and seed give the same "
    .. "bytes.")
  parser:argument("file", "CSV or TSV file, or - for standard input. Columns are numbers, but for the label's.")
    :convert(standard.input)
  parser:group("Rows",
    parser:option("--label", "Column with the class of each row."):argname("<column>"):count(1),
    parser:option("--ignore", "Columns to leave out."):argname("<column>,..."):count("*"),
    parser:option("--unseen", "Classes not to train on, evaluated on their own."):argname("<class>,..."):count("*"),
    parser:option("--test-share", ("Share to hold out (default: %s)."):format(TEST_SHARE)):argname("<number>")
      :default(tostring(TEST_SHARE)):show_default(false):convert(learning.reader("number", "--test-share")),
    parser:option("--hold-out", "What to hold out: rows of each class, of which two always stay, or whole classes "
      .. "(default: auto, rows, or classes where no class has more than two rows)."):choices(HOLD_OUT)
      :argname("{" .. table.concat(HOLD_OUT, ",") .. "}"):default("auto"):show_default(false))
  parser:group("Files",
    parser:option("--out", "CSV file to write: row, label, part, e1, e2 ... One of the files may be -, standard "
      .. "output; what is else printed then goes to standard error."):argname("<file>"):convert(standard.target),
    parser:option("--model", "Model file to write (safetensors)."):argname("<file>"):convert(standard.target),
    parser:option("--plot", "Picture to write (SVG)."):argname("<file>"):convert(standard.target))
  local layers = parser:option("--layers", ("Widths of the hidden layers, or none, or auto: %d (default: %s).")
    :format(triplet.suggest_layers(1, 1)[1], AUTO))
  learning.define(parser, layers:argname("<width>,..."):default(AUTO):show_default(false):convert(widths))
  parser:option("--threads", "Threads to work with; results do not depend on it."):argname("<integer>")
    :convert(learning.reader("integer", "--threads"))
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
  local suggested = triplet.suggest_layers(#set.columns, count_classes(dataset.pick(set.labels, set.parts.train)))
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
  settings.columns = set.columns
  settings.classes = set.classes
  settings.layers = layers
  settings.dim = nil -- the library's is that of a table without layers
  local made, trainer = pcall(triplet.trainer, settings)
  return made and trainer or error(trainer:gsub("layers%[" .. #settings.layers .. "%]", "dim"), 0)
end

--- One step. If embeddings have grown beyond float32, the message is of this program's options.
local function step(trainer, report)
  local done, result = pcall(trainer.step, trainer, report)
  if done then
    return result
  elseif result:find("not finite", 1, true) then
    fail("training diverged at step %d: try a smaller --learning-rate", trainer.steps + 1)
  end
  error(result, 0)
end

--- Trains until the trainer stops. Returns the report of the last step, or nil if there was none.
local function learn(trainer, quiet)
  local total = trainer:get("steps")
  local line = not quiet and progress.on_terminal() and progress.new(total)
  local report

  while total > 0 and not (report and report.stopped) do
    report = step(trainer, report)
    if line then
      line:update(report.step, progress.of_training(report))
    end
  end

  if line then
    line:finish()
  end
  trainer:restore_best()
  return report
end

-- ---- the command ----------------------------------------------------------------------------------------------------

--- to: an output or nil for each kind of file. found: what the evaluation of the encoder as it is now has found.
local function write_outputs(to, options, set, trainer, found)
  local rows = trainer:embed(set.matrix):totable()
  local parts = {}
  for part, list in pairs(set.parts) do
    for _, row in ipairs(list) do
      parts[row] = part
    end
  end

  if to.out then
    embedding(to.out, { { "label", set.texts }, { "part", parts } }, rows)
  end
  if to.model then
    to.model:write(trainer:tobytes())
  end
  if to.plot then
    picture(to.plot, {
      title = set.path:match("[^/]*$") .. ": " .. options.label,
      rows = rows,
      labels = set.labels,
      classes = set.classes,
      parts = parts,
      summary = evaluation.summary(set, found),
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

local function warn(text)
  io.stderr:write("triplet: ", text, "\n")
end

--- A function that prints a line of the report: to standard error if a file goes to standard output.
local function reporter_of(options)
  if options.quiet then
    return function() end
  end
  for _, kind in ipairs(OUTPUTS) do
    if options[kind] == "-" then
      return function(line)
        io.stderr:write(line, "\n")
      end
    end
  end
  return standard.say
end

local function read_set(options)
  local set = dataset.read(options.file, {
    label = options.label,
    ignore = names(options.ignore),
    unseen = names(options.unseen),
    test_share = options.test_share,
    hold_out = options.hold_out,
    seed = options.seed or learning.default("seed"),
  })
  if set.warning then
    warn(set.warning)
  end
  return set
end

local function say_what_was_read(say, options, set)
  say(("%s: %s, %s, %s; %s to train on, %d held out%s"):format(set.path, counted(#set.labels, "row"),
    counted(#set.columns, "column"), counted(#set.classes, "class", "classes"), counted(#set.parts.train, "row"),
    #set.parts.test, #set.parts.unseen > 0 and (", %d of unseen classes"):format(#set.parts.unseen) or ""))
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

local function say_what_was_written(say, options)
  local gap = "\n"
  for _, kind in ipairs(OUTPUTS) do
    if options[kind] and options[kind] ~= "-" then
      say(gap .. "wrote " .. options[kind])
      gap = ""
    end
  end
end

function train.run(options)
  -- Before the work begins, each output is opened: nobody is to wait for results that cannot be written.
  local say = reporter_of(options)
  local files <close> = outputs.new { options.file }
  local to = {}
  for _, kind in ipairs(OUTPUTS) do
    to[kind] = files:open(options[kind])
  end
  if options.threads then
    triplet.threads(options.threads)
  end

  local set = read_set(options)
  local layers, chosen = layers_of(options, set)
  local trainer = trainer_of(options, set, layers)
  say_what_was_read(say, options, set)
  say_what_was_chosen(say, layers, chosen)

  local stages = { { name = "raw features", found = evaluation.of(trainer, set, true) } }
  stages[2] = { name = "untrained encoder", found = evaluation.of(trainer, set) }
  local last = learn(trainer, options.quiet)
  stages[3] = last and { name = "trained encoder", found = evaluation.of(trainer, set) }
  if last and last.collapsed then
    warn(("training has collapsed: all distances of its last batches are near 0. Train again with %s."):format(
      cure_of_collapse(trainer)))
  end

  -- The files come first: what the report says of them is then true.
  write_outputs(to, options, set, trainer, stages[#stages].found)
  files:commit()
  for _, line in ipairs(evaluation.lines(set, stages, #layers > 1)) do
    say(line)
  end
  say_what_was_written(say, options)
end

return train
