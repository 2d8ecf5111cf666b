--- triplet embed: applies a saved model to the rows of a file.

local counted = require "triplet.command.counted"
local csv = require "triplet.csv"
local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local outputs = require "triplet.command.outputs"
local progress = require "triplet.progress"
local standard = require "triplet.command.standard"
local triplet = require "triplet"

local embed = {}

function embed.define(parser)
  parser:summary("Apply a saved model to the rows of a file.")
  parser:usage("Usage: triplet embed <file> --model <file> [--out <file>] [--label <column>]")
  parser:description("Embeds the rows of a CSV or TSV file with a model that `triplet train` saved. The model's "
    .. "columns are found by their names; other columns are not read.")
  parser:argument("file", "CSV or TSV file with a header line, or - for standard input."):convert(standard.input)
  parser:option("--model", "The model (safetensors)."):argname("<file>"):count(1):convert(standard.input)
  parser:option("--out", "CSV file to write: row, label, e1, e2 ... (default: -, standard output)."):argname("<file>")
    :convert(standard.target)
  parser:option("--label", "Column to carry along."):argname("<column>")
end

local function read(options, model, lines)
  local line <close> = lines("reading")
  local data, problem = csv.read(options.file, { columns = model.columns, label = options.label,
    progress = line:callback() })
  if not data then
    fail("%s", problem)
  end
  return data
end

function embed.run(options)
  local model, problem = triplet.load(options.model)
  if not model then
    fail("%s", problem)
  elseif #model.columns ~= model.inputs then
    fail("%s does not name its columns: it was not saved by triplet train", options.model)
  end

  local files <close> = outputs.new { options.file, options.model }
  local output = files:open(options.out or "-")
  local lines = progress.lines(true)
  triplet.threads(triplet.cores())

  local data = read(options, model, lines)
  local rows = embedding.of(model, triplet.matrix.from_bytes(data.bytes, data.rows, #data.columns), lines)
  embedding.write(output, { options.label and { "label", data.labels } }, rows, lines)
  files:commit()
  if output ~= standard.output then
    standard.say(("wrote %s: %s in %s"):format(options.out, counted(rows.rows, "row"), counted(rows.cols, "dimension")))
  end
end

return embed
