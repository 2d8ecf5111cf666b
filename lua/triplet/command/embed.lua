--- triplet embed: applies a saved model to the rows of a file.

local counted = require "triplet.command.counted"
local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local outputs = require "triplet.command.outputs"
local progress = require "triplet.progress"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local triplet = require "triplet"

local embed = {}

function embed.define(parser)
  parser:summary("Apply a saved model to the rows of a file.")
  parser:usage("Usage: triplet embed <file> --model <file> [--out <file>] [--label <column>] [options]")
  parser:description("Embeds the rows of a CSV or TSV file with a model that `triplet train` saved. The model's "
    .. "columns are found by their names, in any order; other columns are not read.")
  parser:argument("file", "CSV or TSV file, or - for standard input."):convert(standard.input)
  parser:option("--model", "The model (safetensors)."):argname("<file>"):count(1):convert(standard.input)
  parser:option("--out", "CSV file to write: row, label, e1, e2 ... (default: -, standard output)."):argname("<file>")
    :convert(standard.target)
  parser:option("--label", "Column to carry along: its name, else its number from 1, first or last.")
    :argname("<column>")
  reading.flags(parser, true)
end

local function load(path)
  local model, problem = triplet.load(path)
  if not model then
    fail("%s", problem)
  elseif not model.recipe then
    fail("%s does not name its columns: it was not saved by triplet train", path)
  end
  return model
end

--- Calls say with what is told of the columns; so that rows on standard output stay a table, it is told elsewhere then.
local function tell(columns, output)
  progress.clear()
  reading.tell(reading.notes(columns), output ~= standard.output and standard.say or function(line)
    io.stderr:write(line, "\n")
  end)
end

local function read(path, given, lines)
  local line <close> = lines("reading")
  given.progress = line:callback()
  return reading.read(path, given)
end

function embed.run(options)
  local model = load(options.model)
  local files <close> = outputs.new { options.file, options.model }
  local output = files:open(options.out or "-")
  local lines = progress.lines(true)
  triplet.threads(triplet.cores())

  local given = reading.given(options, true)
  given.recipe, given.label = model.recipe, options.label
  local columns = read(options.file, given, lines)
  tell(columns, output)

  local rows = embedding.of(model, model.recipe:matrix(columns), lines)
  local carried = columns.label and { { "label", columns:texts(columns.label) } } or {}
  embedding.write(output, { rows = rows, numbers = columns.row_numbers, carried = carried }, lines)
  files:commit()
  if output ~= standard.output then
    standard.say(("wrote %s: %s in %s"):format(options.out, counted(rows.rows, "row"), counted(rows.cols, "dimension")))
  end
end

return embed
