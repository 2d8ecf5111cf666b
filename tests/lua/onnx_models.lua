--- The models of tests/golden/onnx.txt: their bytes, and what they make of the same rows here. For the spec, and for
--- the script that gives them to onnxruntime.

local triplet = require "triplet"

local ROWS = 10

local ENCODERS = {
  { name = "linear", inputs = 3, layers = { 2 } },
  { name = "relu", inputs = 5, layers = { 9, 4 } },
  { name = "tanh-normalized", inputs = 4, layers = { 7, 6, 3 }, activation = "tanh", normalize = true },
  { name = "no-activation", inputs = 4, layers = { 5, 3 }, activation = "none" },
  { name = "residual", inputs = 4, layers = { 8, 4 }, residual = true },
  { name = "adapter", inputs = 64, layers = { 64 }, residual = true, normalize = true },
  { name = "identity", inputs = 3, layers = {} },
  { name = "normalized", inputs = 3, layers = {}, normalize = true },
}

-- With a category, and cells that are empty.
local MIXED = "year,town,size,kind\n2001,Ulm,1.5,a\n1999,Bonn,,b\n2010,,2.25,a\n2024,Ulm,0.125,b\n,Bonn,3,a\n"
  .. "2005,Ulm,2,b\n2011,Jena,1,a\n1995,Jena,4.5,b\n2003,Bonn,1.75,a\n2020,Ulm,2.5,b\n"

local function file(path)
  local input = assert(io.open(path, "rb"))
  return input:read("*a")
end

local function tables()
  return {
    { name = "iris", text = file("tests/data/iris.csv"), label = "species" },
    { name = "digits", text = file("tests/data/digits.csv"), label = "digit" },
    { name = "mixed", text = MIXED, label = "kind" },
  }
end

local function encoder_model(options)
  local name = options.name
  options.name, options.seed = nil, 1
  local encoder = triplet.encoder(options)
  encoder.parameters:random(2)
  local x = triplet.matrix(ROWS, options.inputs):random(3)
  return { name = name, bytes = encoder:toonnx(), x = x, embeddings = encoder:forward(x) }
end

--- Every so manieth row, so that there are ten.
local function table_model(of)
  local columns, recipe = assert(triplet.table.read(of.text, { label = of.label }))
  recipe:fit()
  local data, rows = recipe:matrix(columns), {}
  for i = 1, ROWS do
    rows[i] = 1 + (i - 1) * (math.floor(data.rows / ROWS))
  end
  local trainer = triplet.trainer { data = data, labels = columns.labels, recipe = recipe, standardize = false,
    layers = { 32, 8 }, steps = 30 }
  trainer:run()
  return { name = of.name, bytes = trainer:toonnx(), text = of.text, rows = rows,
    embeddings = trainer:embed(data:select(rows)) }
end

return function()
  local models = {}
  for _, options in ipairs(ENCODERS) do
    models[#models + 1] = encoder_model(options)
  end
  for _, of in ipairs(tables()) do
    models[#models + 1] = table_model(of)
  end
  return models
end
