-- How the losses compare on rows they never saw: for each, the mean and deviation over seeds 1 to 20 of an encoder
-- trained with the settings below. The figures of the README come from here: make evaluate.
--
-- The settings were chosen by validation on rows set aside INSIDE the training rows of seeds 1 to 5, so that the
-- held-out rows had no say: of the 54 candidates of each loss, the one with the highest MAP@R, as the mean of both
-- sets. This prints what they came to, in some ten minutes:
--
--   eval "$(make env)"; lua5.4 tests/evaluation/losses.lua choose

local dataset = require "triplet.command.dataset"
local spread = require "tests.evaluation.spread"
local triplet = require "triplet"

local SEEDS, CHOICE_SEEDS = 20, 5
local TEST_SHARE, VALIDATION_SHARE = 0.2, 0.25
local HIDDEN = 128 -- the width of the hidden layer; what is not said here is the library's default

local FIGURES = { "precision_at_1", "map_at_r", "knn_accuracy" }

local LOSSES = { "triplet", "contrastive", "info_nce", "sup_con", "multi_similarity" }
local CHOSEN = {
  triplet = { distance = "cosine", mining = "all", margin = 1, learning_rate = 0.001 },
  contrastive = { distance = "minkowski", positive_margin = 0, negative_margin = 2, learning_rate = 0.003 },
  info_nce = { distance = "cosine", temperature = 0.5, learning_rate = 0.001 },
  sup_con = { distance = "minkowski", temperature = 0.5, learning_rate = 0.003 },
  multi_similarity = { distance = "minkowski", base = 0.7, beta = 10, learning_rate = 0.001 },
}

--- The settings that differ by an option.
local function each(name, values)
  local list = {}
  for i, value in ipairs(values) do
    list[i] = { [name] = value }
  end
  return list
end

-- The candidates are the combinations of these with six settings of each loss's own.
local DISTANCES = { -- cosine distances do not depend on lengths, so that to normalise changes nothing
  { distance = "minkowski" }, { distance = "minkowski", normalize = true }, { distance = "cosine" },
}
local LEARNING_RATES = each("learning_rate", { 0.001, 0.003, 0.01 })
local TEMPERATURES = { each("temperature", { 0.02, 0.05, 0.1, 0.2, 0.5, 1 }) }
local OWN = {
  triplet = { each("mining", { "all", "semihard", "hard" }), each("margin", { 0.2, 1 }) },
  contrastive = { each("positive_margin", { 0, 0.2 }), each("negative_margin", { 0.5, 1, 2 }) },
  info_nce = TEMPERATURES,
  sup_con = TEMPERATURES,
  multi_similarity = { each("base", { 0.3, 0.5, 0.7 }), each("beta", { 10, 50 }) },
}

local digits = dataset.read("tests/data/digits.csv", { table = { label = "digit" }, test_share = TEST_SHARE, seed = 1 })
local SETS = {
  { name = "digits", dim = 16, rows = function() return digits.matrix, digits.labels end },
  { name = "rings", dim = 2, rows = function(seed) return triplet.synthetic("rings", 300, 1, seed) end },
}

-- ---- one run --------------------------------------------------------------------------------------------------------

--- Trains on all rows but those held out, and judges how these find their class among the others.
local function measure(loss, settings, set, sample)
  local options = {
    loss = loss,
    data = sample.x:select(sample.training),
    labels = dataset.pick(sample.labels, sample.training),
    layers = { HIDDEN, set.dim },
    seed = sample.seed,
  }
  for name, value in pairs(settings) do
    options[name] = value
  end
  options.learning_rate, options.optimizer = nil, { learning_rate = settings.learning_rate }
  local trainer = triplet.trainer(options)
  trainer:run()
  local embeddings, distance = trainer:embed(sample.x), trainer:get("distance")
  trainer:close()
  return triplet.evaluate_held_out(embeddings, sample.labels, sample.held_out, { distance = distance }).against_training
end

--- Rows, and which of them are held out.
local function sample_of(x, labels, share, seed)
  local training, held_out = triplet.split(labels, share, seed)
  return { x = x, labels = labels, training = training, held_out = held_out, seed = seed }
end

local function test_sample(set, seed)
  local x, labels = set.rows(seed)
  return sample_of(x, labels, TEST_SHARE, seed)
end

--- The training rows of that, of which others are held out.
local function validation_sample(set, seed)
  local test = test_sample(set, seed)
  return sample_of(test.x:select(test.training), dataset.pick(test.labels, test.training), VALIDATION_SHARE, seed)
end

-- ---- the settings ---------------------------------------------------------------------------------------------------

--- All combinations of a setting of one list and one of the other.
local function combinations(list, other)
  local all = {}
  for _, settings in ipairs(list) do
    for _, more in ipairs(other) do
      local both = {}
      for _, source in ipairs { settings, more } do
        for name, value in pairs(source) do
          both[name] = value
        end
      end
      all[#all + 1] = both
    end
  end
  return all
end

local function candidates_of(loss)
  local list = combinations(DISTANCES, LEARNING_RATES)
  for _, own in ipairs(OWN[loss]) do
    list = combinations(list, own)
  end
  return list
end

local function text_of(settings)
  local parts = {}
  for name, value in pairs(settings) do
    parts[#parts + 1] = ("%s %s"):format(name, value)
  end
  table.sort(parts)
  return table.concat(parts, ", ")
end

--- Validates a candidate: by set, the means of precision@1 and MAP@R, and the mean MAP@R of the sets as its score.
local function validate(loss, settings)
  local found = { settings = text_of(settings), both = 0 }
  for _, set in ipairs(SETS) do
    local precision, map = 0, 0
    for seed = 1, CHOICE_SEEDS do
      local figures = measure(loss, settings, set, validation_sample(set, seed))
      precision, map = precision + figures.precision_at_1 / CHOICE_SEEDS, map + figures.map_at_r / CHOICE_SEEDS
    end
    found[set.name] = map
    found.both = found.both + map / #SETS
    found[#found + 1] = ("%.4f / %.4f"):format(precision, map)
  end
  return found
end

--- Prints the best three candidates for both sets, and the best for either.
local function choose(loss)
  local results = {}
  for _, settings in ipairs(candidates_of(loss)) do
    results[#results + 1] = validate(loss, settings)
  end
  local function print_best(count, name)
    table.sort(results, function(a, b)
      return a[name] > b[name] or a[name] == b[name] and a.settings < b.settings
    end)
    for i = 1, count do
      print(("| %s | %s | %s | %s |"):format(loss, name, results[i].settings, table.concat(results[i], " | ")))
    end
  end
  print_best(3, "both")
  for _, set in ipairs(SETS) do
    print_best(1, set.name)
  end
end

-- ---- the tables -----------------------------------------------------------------------------------------------------

--- Prints a line of a set's table.
local function print_line(loss, set)
  local values = {}
  for seed = 1, SEEDS do
    local figures = measure(loss, CHOSEN[loss], set, test_sample(set, seed))
    for i, name in ipairs(FIGURES) do
      values[i] = values[i] or {}
      values[i][seed] = figures[name]
    end
  end
  for i, list in ipairs(values) do
    values[i] = spread(list)
  end
  print(("| %s: %s | %s |"):format(loss, text_of(CHOSEN[loss]), table.concat(values, " | ")))
end

if arg[1] == "choose" then
  print("| loss | best for | settings | digits: precision@1 / MAP@R | rings |")
  print("| --- | --- | --- | --- | --- |")
  for _, loss in ipairs(LOSSES) do
    choose(loss)
  end
else
  for _, set in ipairs(SETS) do
    local title = ("%s, searched among training rows, seeds 1 to %d"):format(set.name, SEEDS)
    print(("| %s | precision@1 | MAP@R | 5-nearest vote |"):format(title))
    print("| --- | --- | --- | --- |")
    for _, loss in ipairs(LOSSES) do
      print_line(loss, set)
    end
    print()
  end
end
