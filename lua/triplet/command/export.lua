--- triplet export: writes a saved model as ONNX, for other runtimes.

local counted = require "triplet.command.counted"
local json = require "triplet.json"
local model = require "triplet.command.model"
local outputs = require "triplet.command.outputs"
local plain = require "triplet.command.plain"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"

local export = {}

function export.define(parser)
  parser:summary("Write a saved model as ONNX, which other runtimes run.")
  parser:usage("Usage: triplet export <model> <file>")
  parser:description("Writes the encoder of a model with its standardization as an ONNX model. Its input x, float32, "
    .. "has a row of the table's columns for each row to embed: a number as it is in the table, NaN where it is "
    .. "missing; of a category a column for each value, 1 in that of the row's and 0 elsewhere. Its metadata inputs is "
    .. "the JSON list of these columns. Its output embeddings is what triplet embed gives, to the last digits of "
    .. "float32; thresholds and kept rows stay in the model.")
  parser:argument("model", "The model (safetensors), or - for standard input."):convert(standard.input)
  parser:argument("file", "ONNX file to write, or - for standard output."):convert(standard.target)
  parser:epilog("Example:\n"
    .. "  triplet train iris.csv --label species --model model.safetensors\n"
    .. "  triplet export model.safetensors model.onnx")
end

--- The names of the inputs; nil of a model of vectors.
local function inputs_of(loaded)
  return loaded.recipe and loaded.recipe.inputs or loaded.columns[1] and loaded.columns or nil
end

function export.run(options)
  local say = talk.of(options, { options.file })
  local loaded = model.load(options.model)
  local files = outputs.new({ options.model }, options.json)
  local output, bytes, inputs = files:open(options.file), loaded:toonnx(), inputs_of(loaded)
  output:write(bytes)
  files:commit()
  if options.file ~= "-" then
    say(("wrote %s: x (N, %d) to embeddings (N, %d)"):format(options.file, loaded.inputs, loaded.dim))
  end
  say(("x: %s%s"):format(counted(loaded.inputs, "input"), inputs and ", " .. plain.some(inputs) or ""))
  return { path = options.file, bytes = #bytes, inputs = loaded.inputs, dimensions = loaded.dim,
    input_names = inputs and json.list(inputs) }
end

return export
