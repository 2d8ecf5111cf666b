-- Trains the model of the service, in any Lua: lua5.4 lua/places/nginx/train.lua MODEL
-- It takes measurements of flowers as they are, and keeps with its weights the rows to search and a threshold.

local triplet = require "triplet"

local file = assert(io.open("tests/data/iris.csv", "rb"))
local columns, recipe = assert(triplet.table.read(file:read("*a"), { label = "species", standardize = false }))
file:close()

local x, names = recipe:matrix(columns), {}
for row, label in ipairs(columns.labels) do
  names[row] = columns.classes[label + 1]
end

-- The threshold is chosen by flowers that were not trained on: one in a hundred strangers is taken for a friend.
local training, held_out = triplet.split(names, 0.3, 1)
local function names_of(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = names[row]
  end
  return list
end

local trainer = triplet.trainer { data = x:select(training), labels = names_of(training), layers = { 32, 2 },
  steps = 400, seed = 1 }
trainer:run()
trainer:keep_rows(trainer:embed(), names_of(training))
trainer.threshold = trainer:verify(x:select(held_out), names_of(held_out), { far = { 0.01 } }).threshold_at[0.01]
assert(trainer:save(assert(arg[1], "which file is the model to be?")))
