--- The options of train, which tune and resume share: flags of the command line, and its words again.

local fail = require "triplet.command.fail"
local invocation = require "triplet.command.invocation"
local learning = require "triplet.command.learning"
local paired = require "triplet.command.paired"
local projector = require "triplet.command.projector"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local train_options = {}

-- The program's own defaults; all others are the library's.
train_options.TEST_SHARE = 0.2
train_options.HOLD_OUT = { "auto", "rows", "classes" }

-- What stands for layers that are chosen by the shape of the table.
train_options.AUTO = "auto"

-- ---- flags ----------------------------------------------------------------------------------------------------------

--- The widths of the hidden layers in a text, or auto; nil and what is wrong with it.
function train_options.widths(text)
  local list = {}
  if text == train_options.AUTO then
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
function train_options.define_rows(parser, more)
  parser:group("Rows",
    parser:option("--label", "Column with the class of each row: its name, else its number from 1, first or last. Of "
      .. "vectors, a column of the table that --labels names."):argname("<column>"),
    parser:option("--unseen", "Classes not to train on, evaluated on their own."):argname("<class>,..."):count("*"),
    parser:option("--test-share", ("Share to hold out (default: %s)."):format(train_options.TEST_SHARE))
      :argname("<number>"):default(tostring(train_options.TEST_SHARE)):show_default(false)
      :convert(learning.reader("number", "--test-share")),
    parser:option("--hold-out", "What to hold out: rows of each class, of which two always stay, or whole classes "
      .. "(default: auto, rows, or classes where no class has more than two rows)."):choices(train_options.HOLD_OUT)
      :argname("{" .. table.concat(train_options.HOLD_OUT, ",") .. "}"):default(train_options.HOLD_OUT[1])
      :show_default(false),
    unpack(more))
end

--- The options of how the file is read. more: further ones, as a list.
function train_options.define_table(parser, more)
  more[#more + 1] = parser:flag("--standardize", "Bring the columns of vectors to mean 0 and deviation 1, too, as "
    .. "those of a table are."):target("standardize"):action("store_true")
  for _, flag in ipairs(reading.flags(parser)) do
    more[#more + 1] = flag
  end
  parser:group("Table", unpack(more))
end

--- The option of the hidden layers.
function train_options.define_layers(parser)
  return parser:option("--layers", ("Widths of the hidden layers, or none, or auto: %d (default: %s).")
    :format(triplet.suggest_layers(1, 1)[1], train_options.AUTO)):argname("<width>,..."):convert(train_options.widths)
end

--- The options of what is written, and of what is done while it lasts.
function train_options.define_outputs(parser, model_help)
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
  train_options.define_manners(parser)
  parser:flag("--shard", "With --mpi: each rank keeps some of the rows, so that memory falls with the number of ranks; "
    .. "the time to read does not. Each reads the file by itself, which has to stay as it is meanwhile.")
end

--- The options of how it is done, which do not change what is found.
function train_options.define_manners(parser)
  parser:option("--threads", "Threads to work with; results do not depend on it (default: one for each core).")
    :argname("<integer>"):convert(learning.reader("integer", "--threads"))
  parser:flag("--quiet", "Print nothing but what went wrong.")
end

--- Refuses what would have no effect.
function train_options.check_outputs(options)
  if options.shard and not ranks.are_many() then
    fail.usage("--shard: needs ranks to share the rows, started by mpirun with --mpi")
  end
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

-- ---- words ----------------------------------------------------------------------------------------------------------

--- The command line that leads to the same model: what does not change it is left out. is_to_paste: files are named as
--- they were given, and not without their folders.
function train_options.words(options, is_to_paste)
  local name_of = is_to_paste and standard.name or standard.base_name
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
  if options.same then
    invocation.add(words, "--same", options.references and name_of(options.same) or options.same)
  end
  for i, text in ipairs(options.pairs or {}) do
    words[#words + 1] = i == 1 and "--pairs" or nil
    words[#words + 1] = text
  end
  if options.unseen and options.unseen[1] then
    invocation.add(words, "--unseen", invocation.names(options.unseen))
  end
  if options.test_share ~= train_options.TEST_SHARE then
    invocation.add(words, "--test-share", invocation.text(options.test_share))
  end
  if options.hold_out ~= train_options.HOLD_OUT[1] then
    invocation.add(words, "--hold-out", options.hold_out)
  end
  for _, word in ipairs(reading.words(options)) do
    words[#words + 1] = word
  end
  words[#words + 1] = options.standardize and "--standardize" or nil
  if options.layers ~= train_options.AUTO then
    invocation.add(words, "--layers", options.layers[1] and table.concat(options.layers, ",") or "none")
  end
  for _, word in ipairs(learning.words(options)) do
    words[#words + 1] = word
  end
  if paired.are_wanted(options) or options.adapter then -- whose loss is another where none is given
    local default = learning.default("loss")
    if (options.loss or default) == default then
      invocation.add(words, "--loss", default)
    end
  end
  words[#words + 1] = options.keep_rows and "--keep-rows" or nil
  return words
end

--- The command line that goes on where this ended; nil where no model was written.
function train_options.way_on(options)
  if not options.model or options.model == "-" then
    return nil
  end
  local words = { "triplet", "resume", options.model, standard.name(options.file) }
  if options.same and options.references then
    invocation.add(words, "--same", standard.name(options.same))
  end
  for _, kind in ipairs { "labels", "references", "out", "projector", "plot" } do
    if options[kind] then
      invocation.add(words, "--" .. kind, standard.name(options[kind]))
    end
  end
  return invocation.line(words)
end

return train_options
