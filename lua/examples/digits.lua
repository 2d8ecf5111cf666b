-- Semi-hard mining, as FaceNet learned faces: for each anchor and positive the nearest negative that lies beyond the
-- positive. Such a triplet still has something to teach, and unlike the hardest it cannot pull all points together.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/digits.lua

local triplet = require "triplet"

-- 1,797 images of handwritten digits, 8 x 8 pixels each. The recipe leaves out those that are white in all of them.
local file = assert(io.open("tests/data/digits.csv", "rb"))
local columns, recipe = assert(triplet.table.read(file:read("*a"), { label = "digit" }))
local labels = columns.labels

local function labels_of(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = labels[row]
  end
  return list
end

local training, held_out = triplet.split(labels, 0.2, 1)
recipe:fit(training)
local x = recipe:matrix(columns)
local new_images, new_labels = x:select(held_out), labels_of(held_out)

-- Ten digits would like more room than the plane, but the plane can be looked at.
local trainer = triplet.trainer {
  data = x:select(training),
  labels = labels_of(training),
  recipe = recipe,
  standardize = false,
  layers = { 64, 2 },
  mining = "semihard",
  margin = 0.5,
  optimizer = { learning_rate = 0.003 },
  steps = 600,
  seed = 1,
}

trainer:run(function(step)
  if step.step % 10 == 0 then
    triplet.show(trainer:embed(new_images), new_labels, step)
  end
  if step.step % 100 == 0 then
    local found = trainer:evaluate(new_images, new_labels)
    local stats = step.stats
    print(("step %3d  loss %.3f  of %d triplets %3d hard, %3d semi-hard, %3d easy  precision@1 of new images %.3f")
      :format(step.step, step.loss, stats.triplets, stats.hard, stats.semihard, stats.easy, found.precision_at_1))
  end
end)
