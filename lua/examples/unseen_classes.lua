-- Mining, and classes that were never seen: an encoder that learned the digits 0 to 7 also has to tell 8 from 9, since
-- what it learned is a distance and not a list of classes.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/unseen_classes.lua

local triplet = require "triplet"

local file = assert(io.open("tests/data/digits.csv", "rb"))
local columns, recipe = assert(triplet.table.read(file:read("*a"), { label = "digit" }))

local seen, unseen = { rows = {}, labels = {} }, { rows = {}, labels = {} }
for row, digit in ipairs(columns.labels) do
  local part = digit < 8 and seen or unseen
  table.insert(part.rows, row)
  table.insert(part.labels, digit)
end
recipe:fit(seen.rows)
local x = recipe:matrix(columns)

-- Which triplets of a batch count: all of them, only the hardest of each anchor, or the nearest negative beyond each
-- positive (FaceNet's semi-hard).
for _, mining in ipairs { "all", "hard", "semihard" } do
  local trainer = triplet.trainer {
    data = x:select(seen.rows),
    labels = seen.labels,
    recipe = recipe,
    standardize = false,
    layers = { 64, 16 },
    mining = mining,
    steps = 300,
    seed = 1,
  }
  local last = trainer:run(function(step)
    if step.step % 50 == 0 then
      triplet.show(trainer:embed(x:select(unseen.rows)), unseen.labels, step)
    end
  end)
  local known = trainer:evaluate()
  local new = trainer:evaluate(x:select(unseen.rows), unseen.labels)
  print(("%-8s  %4d of %5d triplets active at the end, precision@1 of its own 0-7 %.3f, of new 8 and 9 %.3f")
    :format(mining, last.active, last.stats.triplets, known.precision_at_1, new.precision_at_1))
end
