-- Iris: four measurements of a flower become a point in the plane, so that flowers of one species lie together.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/iris.lua
-- TRIPLET_FRAMES=FOLDER before it makes each triplet.show write a picture there; the page shows them as they come.

local triplet = require "triplet"

-- A table is read by its bytes, and says what each column is; a recipe makes the columns a matrix.
local file = assert(io.open("tests/data/iris.csv", "rb"))
local columns, recipe = assert(triplet.table.read(file:read("*a"), { label = "species" }))
local labels = columns.labels

local function labels_of(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = labels[row]
  end
  return list
end

-- What is measured on flowers that were trained on says little: a fifth of each species is held out. The recipe
-- standardises by the training rows alone.
local training, held_out = triplet.split(labels, 0.2, 1)
recipe:fit(training)
local x = recipe:matrix(columns)

-- An encoder of one hidden layer. It keeps the recipe with its weights, for files of other flowers.
local trainer = triplet.trainer {
  data = x:select(training),
  labels = labels_of(training),
  recipe = recipe,
  standardize = false,
  layers = { 32, 2 },
  steps = 400,
  seed = 1,
}

local function evaluate(stage)
  local found = trainer:evaluate(x:select(held_out), labels_of(held_out))
  print(("%-9s  nearest flower is of the same species: %5.1f %%, MAP@R %.3f"):format(stage,
    100 * found.precision_at_1, found.map_at_r))
end

evaluate("untrained")
trainer:run(function(step)
  triplet.show(trainer:embed(), labels_of(training), step)
  if step.step % 100 == 0 then
    print(("step %3d   loss %.4f, %d of %d triplets active"):format(step.step, step.loss, step.active,
      step.stats.triplets))
  end
end)
evaluate("trained")
