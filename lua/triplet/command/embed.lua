--- triplet embed: applies a saved model to the rows of a file.

local counted = require "triplet.command.counted"
local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local json = require "triplet.json"
local model = require "triplet.command.model"
local outputs = require "triplet.command.outputs"
local progress = require "triplet.progress"
local projector = require "triplet.command.projector"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local sides = require "triplet.command.sides"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local embed = {}

function embed.define(parser)
  parser:summary("Apply a saved model to the rows of a file.")
  parser:usage("Usage: triplet embed <model> <file> [--out <file>] [--label <column>] [options]")
  parser:description("Embeds the rows of a file with a model that `triplet train` saved. The columns of a table are "
    .. "found by their names, in any order, and others are not read; vectors have to be as wide as those that the "
    .. "model was trained on.")
  parser:argument("model", "The model (safetensors)."):convert(standard.input)
  parser:argument("file", "Table or vectors. One of the two may be -, standard input."):args("?")
    :convert(standard.input)
  parser:option("--model", "The model, in place of the first argument."):argname("<file>"):target("named_model")
    :convert(standard.input)
  parser:option("--out", "File to write. CSV: row, the label by its column's name, e1, e2 ...; or, where the name "
    .. "ends in .npy, .fvecs or .safetensors, the numbers alone (default: -, standard output, as CSV; with --json rows "
    .. "are part of that).")
    :argname("<file>"):convert(standard.target)
  projector.define(parser)
  parser:option("--label", "Column to carry along: its name, else its number from 1, first or last (default: the "
    .. "column that the model learned, where the file has it; '' carries none). Of vectors, a column of the table that "
    .. "--labels names."):argname("<column>")
  parser:option("--side", "Of a model of pairs: what the rows are (default: queries). A table of pairs, as it was "
    .. "trained on, has the columns of both."):choices { sides.QUERIES, sides.REFERENCES }
    :argname("{queries,references}")
  reading.flags(parser, "none")
  parser:flag("--quiet", "Print nothing but the embedding and what went wrong.")
  parser:epilog("Example:\n"
    .. "  triplet train iris.csv --label species --model model.safetensors\n"
    .. "  triplet embed model.safetensors new.csv --out embedding.csv\n"
    .. "  triplet embed adapter.safetensors faces.npy --out adapted.npy")
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

--- The rows for programs: nine digits bring every float32 back.
local function as_list(embedded, texts)
  embedding.check(embedded.rows, embedded.numbers)
  local list = json.list()
  for row, coordinates in ipairs(embedded.rows:totable()) do
    for i, coordinate in ipairs(coordinates) do
      coordinates[i] = tonumber(("%.9g"):format(coordinate))
    end
    list[row] = { row = embedded.numbers[row], label = texts and texts[row], coordinates = coordinates }
  end
  return list
end

function embed.run(options)
  local model_path, path = paths_of(options)
  local out = options.out or not (options.projector or options.json) and "-" or nil
  local say, lines = talk.of(options, { out }), progress.lines(not options.quiet)
  local loaded = model.load(model_path)
  if loaded.recipe then
    reading.check_for_model(options, model_path)
  end
  if options.side and not (loaded.facts.pairs or loaded:get("adapt") == sides.QUERIES) then
    fail.usage("--side: belongs to models of pairs, and %s has learned by labels", model_path)
  end
  local inputs = reading.paths(options)
  inputs[#inputs + 1] = options.named_model
  local files = outputs.new(inputs, options.json)
  local output, pair = files:open(out, "--out"), projector.open(files, options.projector)
  triplet.threads(ranks.cores())

  local wanted = model.carrying(loaded, options)
  if embedding.format_of(out) and not options.projector then -- numbers alone, where nothing has its place
    wanted.carry = nil
  end
  local rows = model.read(loaded, path, wanted, lines, say)
  local embed_rows = options.side == sides.REFERENCES and embedding.of_references or embedding.of
  local embedded = embed_rows(loaded, rows.matrix, lines)
  local carried = rows.texts and { { rows.label, rows.texts } } or {}
  local written, whole = json.list(), { rows = embedded, numbers = rows.numbers, carried = carried }
  if output then
    embedding.save(output, out, whole, lines)
    written[1] = out
  end
  if pair then
    projector.write(pair, whole)
  end
  files:commit()
  model.tell_carried(loaded, rows, options, say)
  for _, file in ipairs(projector.paths(options.projector)) do
    written[#written + 1] = file
  end
  for _, file in ipairs(written) do
    if file ~= "-" then
      say(("wrote %s: %s in %s"):format(file, counted(embedded.rows, "row"), counted(embedded.cols, "dimension")))
    end
  end
  return { rows = embedded.rows, dimensions = embedded.cols, written = written,
    embedding = not written[1] and as_list(whole, rows.texts) or nil }
end

return embed
