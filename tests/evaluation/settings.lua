-- How the trainer's defaults were chosen: every candidate is validated on rows set aside INSIDE the training rows of
-- each seed's split, so that the held-out rows of held_out.lua had no say. For unseen classes, two of the five classes
-- that may be seen are set aside. Prints precision@1 / MAP@R, means over the seeds.
--
--   eval "$(make env)"; lua5.4 tests/evaluation/settings.lua

local dataset = require "triplet.command.dataset"
local triplet = require "triplet"

local TEST_SHARE = 0.2 -- as the program holds out
local FIRST_UNSEEN = 5 -- digits from here on

local function load(name, label)
  return dataset.read("tests/data/" .. name, { table = { label = label }, test_share = TEST_SHARE, seed = 1 })
end

--- A quarter of each class of the training rows.
local function rows_aside(labels, seed)
  return triplet.split(labels, 0.25, seed + 1000)
end

local function classes_aside(labels, seed)
  local fit, aside = {}, {}
  for row, label in ipairs(labels) do
    table.insert((label == seed % 5 or label == (seed + 2) % 5) and aside or fit, row)
  end
  return fit, aside
end

local iris, digits = load("iris.csv", "species"), load("digits.csv", "digit")
local TASKS = {
  { name = "Iris", set = iris, dim = 2, seeds = 20, classes = 3, divide = rows_aside },
  { name = "digits", set = digits, dim = 16, seeds = 10, classes = 10, divide = rows_aside },
  { name = "unseen digits", set = digits, dim = 16, seeds = 10, classes = FIRST_UNSEEN, divide = classes_aside },
}

--- Precision@1 and MAP@R of the rows set aside.
local function validate(task, candidate, seed)
  local training = triplet.split(task.set.labels, TEST_SHARE, seed)
  local rows = {}
  for _, row in ipairs(training) do
    if task.set.labels[row] < task.classes then
      rows[#rows + 1] = row
    end
  end
  local fit, aside = task.divide(dataset.pick(task.set.labels, rows), seed)
  fit, aside = dataset.pick(rows, fit), dataset.pick(rows, aside)
  local trainer <close> = triplet.trainer {
    data = task.set.matrix:select(fit),
    labels = dataset.pick(task.set.labels, fit),
    layers = { candidate.hidden, task.dim },
    mining = candidate.mining,
    margin = candidate.margin,
    steps = candidate.steps,
    seed = seed,
  }
  trainer:run()
  local found = trainer:evaluate(task.set.matrix:select(aside), dataset.pick(task.set.labels, aside))
  return found.precision_at_1, found.map_at_r
end

local function print_candidate(candidate)
  local cells = {}
  for i, task in ipairs(TASKS) do
    local precision, map = 0, 0
    for seed = 1, task.seeds do
      local p, m = validate(task, candidate, seed)
      precision, map = precision + p / task.seeds, map + m / task.seeds
    end
    cells[i] = ("%.4f / %.3f"):format(precision, map)
  end
  print(("| %s | %g | %d | %d | %s |"):format(candidate.mining, candidate.margin, candidate.hidden, candidate.steps,
    table.concat(cells, " | ")))
end

print("| mining | margin | hidden | steps | Iris | digits | unseen digits |")
print("| --- | --- | --- | --- | --- | --- | --- |")
for _, mining in ipairs { "all", "hard", "semihard", "easy_positive", "distance_weighted", "random" } do
  for _, margin in ipairs { 0.2, 1 } do
    for _, hidden in ipairs { 64, 128 } do
      for _, steps in ipairs { 500, 1000 } do
        print_candidate { mining = mining, margin = margin, hidden = hidden, steps = steps }
      end
    end
  end
end
