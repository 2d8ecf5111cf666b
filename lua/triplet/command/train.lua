--- triplet train: learns an embedding from a labelled file, judges it by rows it never saw, and writes what came of it.

local dataset = require "triplet.command.dataset"
local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local outputs = require "triplet.command.outputs"
local picture = require "triplet.command.picture"
local progress = require "triplet.progress"
local triplet = require "triplet"

local train = {}

-- The program's own defaults; all others are the library's, read from its schemas.
local TEST_SHARE <const> = 0.2
local HIDDEN <const> = "128"

-- Options that go to the library as they are, by the schema that knows their kinds and defaults.
local LEARNING <const> = {
  { "trainer", "dim", "dimensions of the embedding" },
  { "trainer", "mining", "which triplets of a batch count" },
  { "trainer", "margin", "how much farther than a positive a negative shall be" },
  { "trainer", "distance", "how distance is measured" },
  { "trainer", "p", "exponent of the minkowski distance, 1 to inf" },
  { "trainer", "soft_margin", "softplus instead of the hinge" },
  { "trainer", "swap", "count the negative's distance from the nearer of anchor and positive" },
  { "trainer", "activation", "after each hidden layer" },
  { "trainer", "normalize", "scale every embedding to length 1" },
  { "trainer", "seed", "of everything drawn: split, initial weights, batches" },
  { "trainer", "steps", "batches to learn from" },
  { "trainer", "classes_per_batch", "classes in a batch" },
  { "trainer", "rows_per_class", "rows of each class in a batch" },
  { "trainer", "schedule", "how the learning rate runs over the steps" },
  { "trainer", "warmup", "steps in which the learning rate rises" },
  { "trainer", "validation", "share of the training rows set aside to judge by while training" },
  { "trainer", "evaluate_every", "steps between judgements" },
  { "trainer", "patience", "judgements without a better one before stopping, 0 for never" },
  { "optimizer", "name", "how weights follow the gradient", option = "optimizer" },
  { "optimizer", "learning_rate", "how far a step goes" },
  { "optimizer", "momentum", "of sgd" },
  { "optimizer", "weight_decay", "pull of the weights to 0" },
}

--- A converter for argparse: text to a number or integer, else nil and what was expected of the option.
local function reader(kind, option)
  return function(text)
    local value = kind == "number" and text == "inf" and math.huge or tonumber(text)
    if kind == "integer" then
      value = math.tointeger(value)
    end
    return value, ('%s: expected %s, got "%s"'):format(option, kind == "integer" and "an integer" or "a number", text)
  end
end

local function field_of(schema, name)
  for _, field in ipairs(triplet.schema(schema)) do
    if field.name == name then
      return field
    end
  end
end

local function define_learning(parser, learning)
  local field = field_of(learning[1], learning[2])
  local name = "--" .. (learning.option or field.name):gsub("_", "-")
  local help = learning[3]:gsub("^%l", string.upper)
  if field.kind == "boolean" then
    parser:flag(name, help .. ".")
  else
    local default = field.kind == "number" and ("%.14g"):format(field.default) or field.default
    local option = parser:option(name, ("%s (default: %s)."):format(help, default))
    if field.choices then
      option:choices(field.choices):argname("{" .. table.concat(field.choices, ",") .. "}")
    else
      option:convert(reader(field.kind, name)):argname("<" .. field.kind .. ">")
    end
  end
end

local function widths(text)
  local list = {}
  if text ~= "none" then
    for width in (text .. ","):gmatch("([^,]*),") do
      local number = math.tointeger(tonumber(width))
      if not number or number < 1 then
        return nil, ('--hidden: expected widths like 32,16 or none, got "%s"'):format(text)
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
    .. "the rest, and prints how well held-out rows find those of their class, before and after. The same file, "
    .. "options and seed give the same bytes.")
  parser:argument("file", "CSV or TSV file. Columns are numbers, but for the label's.")
  parser:option("--label", "Column with the class of each row."):argname("<column>"):count(1)
  parser:option("--ignore", "Columns to leave out."):argname("<column>,..."):count("*")
  parser:option("--unseen", "Classes not to train on, evaluated on their own."):argname("<class>,..."):count("*")
  parser:option("--out", "CSV file to write: row, label, part, e1, e2 ..."):argname("<file>")
  parser:option("--model", "Model file to write (safetensors)."):argname("<file>")
  parser:option("--plot", "Picture to write (SVG)."):argname("<file>")
  parser:option("--test-share", ("Share of each class to hold out (default: %s)."):format(TEST_SHARE))
    :argname("<number>"):default(tostring(TEST_SHARE)):show_default(false):convert(reader("number", "--test-share"))
  parser:option("--hidden", ("Widths of the hidden layers, or none (default: %s)."):format(HIDDEN))
    :argname("<width>,..."):default(HIDDEN):show_default(false):convert(widths)
  for _, learning in ipairs(LEARNING) do
    define_learning(parser, learning)
  end
  parser:option("--threads", "Threads to work with; results do not depend on it."):argname("<integer>")
    :convert(reader("integer", "--threads"))
  parser:flag("--quiet", "Print nothing but what went wrong.")
end

-- ---- learning -------------------------------------------------------------------------------------------------------

local function trainer_of(options, set)
  local settings = {
    data = set.matrix:select(set.parts.train),
    labels = dataset.pick(set.labels, set.parts.train),
    columns = set.columns,
    classes = set.classes,
    optimizer = {},
    layers = options.hidden,
  }
  table.insert(settings.layers, options.dim or field_of("trainer", "dim").default)
  for _, learning in ipairs(LEARNING) do
    local target = learning[1] == "optimizer" and settings.optimizer or settings
    target[learning[2]] = options[learning.option or learning[2]]
  end
  return triplet.trainer(settings)
end

--- One step; what the library says of embeddings beyond float32, in the words of this program.
local function step(trainer, report)
  local done, result = pcall(trainer.step, trainer, report)
  if done then
    return result
  elseif result:find("not finite", 1, true) then
    fail("training diverged at step %d: try a smaller --learning-rate", trainer.steps + 1)
  end
  error(result, 0)
end

--- Steps until the trainer stops; returns the last step's report, nil for no step.
local function learn(trainer, quiet)
  local total = trainer:get("steps")
  local line = not quiet and progress.on_terminal() and progress.new(total)
  local report
  while total > 0 and not (report and report.stopped) do
    report = step(trainer, report)
    if line then
      local share = report.stats.triplets > 0 and report.active / report.stats.triplets or 0
      line:update(report.step, ("loss %.4f  active %.0f %%"):format(report.loss, 100 * share))
    end
  end
  if line then
    line:finish()
  end
  trainer:restore_best()
  return report
end

-- ---- judging --------------------------------------------------------------------------------------------------------

--- Metrics of some rows among themselves: as raw standardised features, or as the trainer embeds them now.
local function judge(trainer, set, part, raw)
  local x, labels = set.matrix:select(set.parts[part]), dataset.pick(set.labels, set.parts[part])
  local options = { k = { 5 } }
  if not raw then
    return trainer:evaluate(x, labels, options)
  end
  options.distance, options.p = trainer:get("distance"), trainer:get("p")
  local standardization = triplet.standardization(set.matrix:select(set.parts.train))
  return triplet.evaluate(triplet.standardize(x, standardization), labels, options)
end

--- One table for each part that has rows to judge.
local function judge_parts(trainer, set, tables, stage, raw)
  for _, part in ipairs { "test", "unseen" } do
    if #set.parts[part] > 0 then
      tables[part] = tables[part] or {}
      table.insert(tables[part], { stage, judge(trainer, set, part, raw) })
    end
  end
end

local function print_tables(tables)
  local headings = { test = "held-out rows", unseen = "rows of unseen classes" }
  for _, part in ipairs { "test", "unseen" } do
    for i, line in ipairs(tables[part] or {}) do
      local stage, metrics = line[1], line[2]
      if i == 1 then
        print(("\n%-32s  precision@1  recall@5   MAP@R"):format(("%d %s"):format(metrics.queries, headings[part])))
      end
      print(("  %-30s  %11.3f  %8.3f  %6.3f"):format(stage, metrics.precision_at_1, metrics.recall_at[5],
        metrics.map_at_r))
    end
  end
end

-- ---- the command ----------------------------------------------------------------------------------------------------

local function write_outputs(options, set, trainer, tables)
  local rows = trainer:embed(set.matrix):totable()
  local parts = {}
  for part, list in pairs(set.parts) do
    for _, row in ipairs(list) do
      parts[row] = part
    end
  end
  local list = {}
  if options.out then
    table.insert(list, embedding(options.out, { { "label", set.texts }, { "part", parts } }, rows))
  end
  if options.model then
    table.insert(list, {
      path = options.model,
      write = function(put)
        put(trainer:tobytes())
      end,
    })
  end
  if options.plot then
    local judged = tables.test or tables.unseen
    table.insert(list, picture {
      path = options.plot,
      title = set.path:match("[^/]*$") .. ": " .. options.label,
      rows = rows,
      labels = set.labels,
      classes = set.classes,
      parts = parts,
      precision = judged and judged[#judged][2].precision_at_1,
    })
  end
  outputs.write(list)
  return list
end

function train.run(options)
  local say = options.quiet and function() end or print
  local paths = {}
  for _, name in ipairs { "out", "model", "plot" } do
    table.insert(paths, options[name])
  end
  outputs.check(paths, options.file)
  if options.threads then
    triplet.threads(options.threads)
  end
  local set = dataset.read(options.file, {
    label = options.label,
    ignore = names(options.ignore),
    unseen = names(options.unseen),
    test_share = options.test_share,
    seed = options.seed or field_of("trainer", "seed").default,
  })
  if set.warning then
    io.stderr:write("triplet: ", set.warning, "\n")
  end
  local trainer = trainer_of(options, set)
  say(("%s: %d rows, %d columns, %d classes; %d rows to train on, %d held out%s"):format(set.path, #set.labels,
    #set.columns, #set.classes, #set.parts.train, #set.parts.test,
    #set.parts.unseen > 0 and (", %d of unseen classes"):format(#set.parts.unseen) or ""))

  local tables = {}
  judge_parts(trainer, set, tables, "raw features", true)
  judge_parts(trainer, set, tables, "untrained encoder")
  local last = learn(trainer, options.quiet)
  judge_parts(trainer, set, tables, "trained encoder")
  if last and last.collapsed then
    io.stderr:write("triplet: the embedding has collapsed: all distances are near 0. Try a smaller --learning-rate, "
      .. "or --mining semihard or all.\n")
  end
  if not options.quiet then
    print_tables(tables)
  end
  local written = write_outputs(options, set, trainer, tables)
  for i, output in ipairs(written) do
    say((i == 1 and "\n" or "") .. "wrote " .. output.path)
  end
end

return train
