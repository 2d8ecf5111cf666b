--- triplet resume: goes on with the training of a model where it ended, was interrupted, or left a checkpoint.

local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local invocation = require "triplet.command.invocation"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
local standard = require "triplet.command.standard"
local train_options = require "triplet.command.train_options"
local training = require "triplet.command.training"

local resume = {}

function resume.define(parser)
  parser:summary("Go on with a training that was interrupted, or with more steps.")
  parser:usage("Usage: triplet resume <model> <file> [--steps <number>] [options]")
  parser:description("Goes on with a model that triplet train wrote, on the table it was trained on: all that it was "
    .. "trained with, and what was held out, it remembers. A training that was interrupted, by Ctrl-C or a loss of "
    .. "power after a checkpoint, ends with the same model file, byte for byte, as one that was not. A file with other "
    .. "rows to train on is refused.")
  parser:argument("model", "The model (safetensors), which the new one replaces unless --model says otherwise.")
    :target("saved"):convert(standard.input)
  parser:argument("file", "The table it was trained on. One of the two may be -, standard input.")
    :convert(standard.input)
  parser:group("Training",
    parser:option("--steps", "Steps in all, with those that are done (default: as many as it was to take).")
      :argname("<integer>"):convert(learning.reader("integer", "--steps")),
    parser:option("--labels", "The file of labels it was trained with (default: that of its name beside the table).")
      :argname("<file>"):convert(standard.input),
    parser:option("--references", "Likewise the file of references."):argname("<file>"):convert(standard.input),
    parser:option("--same", "Likewise the file that says which pairs are the same."):argname("<file>")
      :convert(standard.input))
  train_options.define_outputs(parser, "Model file to write (default: the model that is gone on with).")
  parser:epilog("Examples:\n"
    .. "  triplet train iris.csv --label species --model model.safetensors --checkpoint 100\n"
    .. "  triplet resume model.safetensors iris.csv\n"
    .. "  triplet resume model.safetensors iris.csv --steps 5000 --model longer.safetensors")
end

--- The options of the command line that a model was trained by, as the parser reads them.
local function remembered(trainer, path, parser)
  local words = invocation.words(trainer.facts.command or "")
  if not words or words[2] ~= "train" then
    fail("%s does not say how it was trained: it was saved by an earlier version, or not by triplet train", path)
  end
  local arguments = { "train", "table" } -- which stands for the file
  for i = 4, #words do
    arguments[i - 1] = words[i]
  end
  local done, options = interrupt.pcall(parser.parse, parser, arguments)
  return done and options or fail("%s: what it says of how it was trained is no command line of this version: %s",
    path, trainer.facts.command)
end

--- Where a further file is that the model was trained with: where it is said to be, or beside the table.
local function path_of(name, options, wanted)
  if options[name] and not wanted[name] then
    fail.usage("%s: %s was not trained with such a file", learning.flag(name), options.saved)
  end
  return options[name] or wanted[name] and (options.file:match("^(.*/)") or "") .. wanted[name]
end

function resume.run(options, parser)
  if options.saved == standard.INPUT and not options.model then
    fail.usage("--model: has to name the file to write where the model comes from standard input")
  end
  local trainer = model.load(options.saved)
  local wanted = remembered(trainer, options.saved, parser)
  if options.steps and options.steps < trainer.steps then
    fail.usage("--steps: expected at least the %d that are done, got %d", trainer.steps, options.steps)
  end

  wanted.file, wanted.steps = options.file, options.steps or wanted.steps
  for _, name in ipairs { "labels", "references" } do
    wanted[name] = path_of(name, options, wanted)
  end
  wanted.same = wanted.pairs and wanted.same or path_of("same", options, wanted)
  wanted.out, wanted.plot, wanted.model = options.out, options.plot, options.model or options.saved
  wanted.projector = options.projector
  wanted.checkpoint, wanted.threads, wanted.shard = options.checkpoint, options.threads, options.shard
  wanted.quiet, wanted.json = options.quiet, options.json
  return training.run(wanted, { trainer = trainer, path = options.saved })
end

return resume
