--- triplet embed: applies a saved model to the rows of a file.

local counted = require "triplet.command.counted"
local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local model = require "triplet.command.model"
local outputs = require "triplet.command.outputs"
local progress = require "triplet.progress"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local embed = {}

function embed.define(parser)
  parser:summary("Apply a saved model to the rows of a file.")
  parser:usage("Usage: triplet embed <model> <file> [--out <file>] [--label <column>] [options]")
  parser:description("Embeds the rows of a CSV or TSV file with a model that `triplet train` saved. The model's "
    .. "columns are found by their names, in any order; other columns are not read.")
  parser:argument("model", "The model (safetensors)."):convert(standard.input)
  parser:argument("file", "CSV or TSV file. One of the two may be -, standard input."):args("?")
    :convert(standard.input)
  parser:option("--model", "The model, in place of the first argument."):argname("<file>"):target("named_model")
    :convert(standard.input)
  parser:option("--out", "CSV file to write: row, label, e1, e2 ... (default: -, standard output)."):argname("<file>")
    :convert(standard.target)
  parser:option("--label", "Column to carry along: its name, else its number from 1, first or last.")
    :argname("<column>")
  reading.flags(parser, true)
  parser:epilog("Example:\n"
    .. "  triplet train iris.csv --label species --model model.safetensors\n"
    .. "  triplet embed model.safetensors new.csv --out embedding.csv")
end

--- The paths of the model and of the file, in either form of the command line.
local function paths_of(options)
  if options.named_model and options.file then
    fail.usage("expected one file beside --model, got %s and %s", options.model, options.file)
  elseif not options.named_model and not options.file then
    fail.usage("expected a model and a file, got only %s (see triplet embed --help)", options.model)
  end
  return options.named_model or options.model, options.file or options.model
end

function embed.run(options)
  local model_path, path = paths_of(options)
  local out = options.out or "-"
  local say, lines = talk.of(options, { out }), progress.lines(true)
  local loaded = model.load(model_path)
  local files = outputs.new({ path, model_path }, options.json)
  local output = files:open(out)
  triplet.threads(triplet.cores())

  local rows = model.read(loaded, path, options, lines, say)
  local embedded = embedding.of(loaded, rows.matrix, lines)
  local carried = rows.texts and { { "label", rows.texts } } or {}
  embedding.write(output, { rows = embedded, numbers = rows.numbers, carried = carried }, lines)
  files:commit()
  if output ~= standard.output then
    say(("wrote %s: %s in %s"):format(out, counted(embedded.rows, "row"), counted(embedded.cols, "dimension")))
  end
  return { rows = embedded.rows, dimensions = embedded.cols, written = { out } }
end

return embed
