--- README's table of what to start with: each line is backed by runs that are repeated here, and its figures are what
--- these come to, the same on every machine. They are means over seeds 1 to 3.

local triplet = require "triplet"
local support = require "tests.lua.support"

local unpack = table.unpack or unpack -- luacheck: ignore

local SEEDS = 3
local STEPS = 300

-- ---- sets and runs --------------------------------------------------------------------------------------------------

local function pick(list, indices)
  local picked = {}
  for i, index in ipairs(indices) do
    picked[i] = list[index]
  end
  return picked
end

local function range(first, last)
  local list = {}
  for i = first, last do
    list[#list + 1] = i
  end
  return list
end

local function with(options, more)
  local all = {}
  for _, source in ipairs { options, more } do
    for name, value in pairs(source) do
      all[name] = value
    end
  end
  return all
end

local digits_file = assert(io.open("tests/data/digits.csv", "rb"))
local images, recipe = assert(triplet.table.read(digits_file:read("*a"), {
  label = "digit",
  keep = { "pixel_0_0", "pixel_4_0", "pixel_4_7" }, -- white in every image
  standardize = false, -- which the trainer does
}))

--- Rows, labels, and which rows are held out. dim: the columns of an embedding.
local function digits(seed)
  local x, labels = recipe:matrix(images), images.labels
  local training, held_out = triplet.split(labels, 0.2, seed)
  return { x = x, labels = labels, classes = 10, dim = 16, training = training, held_out = held_out }
end

local function rings(seed)
  local x, labels = triplet.synthetic("rings", 300, 1, seed)
  local training, held_out = triplet.split(labels, 0.2, seed)
  return { x = x, labels = labels, classes = 3, dim = 2, training = training, held_out = held_out }
end

--- Trains on the rows that are not held out.
local function learn(set, options, seed)
  local trainer = triplet.trainer(with({
    data = set.x:select(set.training),
    labels = pick(set.labels, set.training),
    layers = { 64, set.dim },
    steps = STEPS,
    seed = seed,
  }, options))
  return trainer, trainer:run()
end

--- How the others find their class among these.
local function judge(trainer, set, distance)
  return triplet.evaluate_held_out(trainer:embed(set.x), set.labels, set.held_out,
    { distance = distance or trainer:get("distance") }).against_training
end

--- The mean over the seeds of what a function returns for a seed.
local function mean(measure)
  local sum = 0
  for seed = 1, SEEDS do
    sum = sum + measure(seed)
  end
  return sum / SEEDS
end

--- Those of precision@1 and MAP@R, of the digits.
local function precision_and_map(options)
  local map = 0
  local precision = mean(function(seed)
    local set = digits(seed)
    local found = judge(learn(set, options, seed), set)
    map = map + found.map_at_r / SEEDS
    return found.precision_at_1
  end)
  return precision, map
end

-- ---- README ---------------------------------------------------------------------------------------------------------

-- By case, the figures of its line.
local readme = {}
for line in io.lines("README.md") do
  local case, last_cell = line:match("^| %*%*(.-)%*%*.*|([^|]*)|$")
  if case then
    readme[case] = {}
    for figure in last_cell:gmatch("%f[%d.]%d%.%d%d%f[^%d]") do
      table.insert(readme[case], figure)
    end
  end
end

local function are_those_of(case, figures)
  local texts = {}
  for i, figure in ipairs(figures) do
    texts[i] = ("%.2f"):format(figure)
  end
  assert.same(readme[case], texts)
end

describe("README's guidance", function()
  it("labels, and whole classes", function()
    local precision, map, others = {}, {}, {}
    for _, loss in ipairs { "triplet", "contrastive", "info_nce", "sup_con", "multi_similarity" } do
      precision[loss], map[loss] = precision_and_map { loss = loss }
      others[#others + 1] = loss ~= "triplet" and precision[loss] or nil
    end
    table.sort(others)
    assert.is_true(precision.triplet > others[#others] - 0.01)
    are_those_of("All you have is labels", { precision.triplet, others[1], others[#others] })
    assert.is_true(math.min(map.sup_con, map.multi_similarity) > map.triplet + 0.05)
    are_those_of("All rows of a class have to come first", { map.sup_con, map.multi_similarity, map.triplet })
  end)

  it("pairs", function()
    -- A query and its answer agree in 8 of their 24 columns, and each side has an encoder of its own.
    local TRAINED, NEW, COLS, SHARED = 600, 300, 24, 8
    local queries, answers = support.random_rows(TRAINED + NEW, COLS, 1), support.random_rows(TRAINED + NEW, COLS, 2)
    local noise = support.random_rows(TRAINED + NEW, SHARED, 3)
    for i, row in ipairs(answers) do
      for k = 1, SHARED do
        row[k] = queries[i][k] + 0.2 * noise[i][k]
      end
    end
    local sides = { { x = triplet.matrix(queries) }, { x = triplet.matrix(answers) } }

    local function step(rows, loss)
      local options = { loss = loss, reference_labels = rows, reference_gradient = true }
      local asked = sides[1].encoder:forward(sides[1].x:select(rows))
      options.references = sides[2].encoder:forward(sides[2].x:select(rows))
      local result = triplet.batch_loss(asked, rows, options)
      for i, gradient in ipairs { result.gradient, result.reference_gradient } do
        sides[i].optimizer:update(sides[i].encoder.parameters, sides[i].encoder:backward(gradient).parameters)
      end
    end

    --- The share of new queries whose nearest answer is theirs.
    local function answered(loss, distance, pairs_per_batch)
      return mean(function(seed)
        for i, side in ipairs(sides) do
          side.encoder = triplet.encoder { inputs = COLS, layers = { 8 }, seed = 10 * seed + i }
          side.optimizer = triplet.optimizer { learning_rate = 0.003 }
        end
        for i = 0, STEPS - 1 do
          local first = i * pairs_per_batch % TRAINED + 1
          step(range(first, first + pairs_per_batch - 1), loss)
        end
        local new, numbers = range(TRAINED + 1, TRAINED + NEW), range(1, NEW)
        return triplet.evaluate(sides[1].encoder:forward(sides[1].x:select(new)), numbers, {
          references = sides[2].encoder:forward(sides[2].x:select(new)),
          reference_labels = numbers,
          distance = distance,
        }).precision_at_1
      end)
    end

    local many, few = answered("info_nce", "cosine", 60), answered("info_nce", "cosine", 10)
    local triplets = answered("triplet", "minkowski", 60)
    assert.is_true(many > triplets + 0.05 and many > 2 * few)
    are_those_of("All you have is pairs", { many, few, triplets })
  end)

  it("wrong labels", function()
    local function voted(set_of, options)
      return mean(function(seed)
        local set = set_of(seed)
        local labels = with(set.labels, {})
        local _, wrong = triplet.split(pick(labels, set.training), 0.2, seed + 100)
        for _, i in ipairs(wrong) do
          local row = set.training[i]
          labels[row] = (labels[row] + 1 + row % (set.classes - 1)) % set.classes
        end
        set.labels = labels
        return judge(learn(set, options, seed), set).knn_accuracy
      end)
    end
    local digits_all, digits_hard = voted(digits, {}), voted(digits, { mining = "hard" })
    local rings_all, rings_hard = voted(rings, {}), voted(rings, { mining = "hard" })
    assert.is_true(digits_all > digits_hard + 0.1 and rings_all > rings_hard + 0.2)
    are_those_of("Some labels are wrong", { digits_all, digits_hard, rings_all, rings_hard })
  end)

  it("collapse", function()
    -- As in the page's story of it. Returns precision@1, and with how many of the seeds training has collapsed.
    local function trained(options)
      local collapsed = 0
      local precision = mean(function(seed)
        local set = digits(seed)
        local trainer, last = learn(set, with({ layers = { 64, 32, 2 }, margin = 0.2, classes_per_batch = 10,
          rows_per_class = 16, steps = 150, optimizer = { learning_rate = 0.03 } }, options), seed)
        collapsed = collapsed + (last.collapsed and 1 or 0)
        return judge(trainer, set).precision_at_1
      end)
      return precision, collapsed
    end
    local hard, collapsed = trained { mining = "hard" }
    assert.is_true(collapsed >= 2 and hard < 0.2)
    local cured = {}
    for i, mining in ipairs { "semihard", "all" } do
      cured[i], collapsed = trained { mining = mining }
      assert.is_true(collapsed == 0 and cured[i] > 0.9)
    end
    local soft = trained { mining = "hard", soft_margin = true }
    local unit = trained { mining = "hard", normalize = true }
    local slow = trained { mining = "hard", optimizer = { learning_rate = 0.003 } }
    assert.is_true(math.max(soft, unit, slow) < 0.6)
    are_those_of("Training collapses", { hard, cured[1], cured[2], soft, unit, slow })
  end)

  it("cosine and inner product", function()
    local figures = {}
    for _, normalize in ipairs { false, true } do
      for _, distance in ipairs { "minkowski", "cosine", "dot" } do
        figures[#figures + 1] = mean(function(seed)
          local set = rings(seed)
          return judge(learn(set, { normalize = normalize }, seed), set, distance).precision_at_1
        end)
      end
    end
    local euclidean, cosine, dot = unpack(figures)
    assert.is_true(euclidean > cosine + 0.1 and cosine > dot + 0.1)
    assert.same({ figures[4], figures[4] }, { figures[5], figures[6] })
    are_those_of("You search by cosine or inner product", { euclidean, cosine, dot, figures[4] })
  end)

  it("several labels", function()
    -- A row is the sum of what its two labels stand for, which may be one, and noise.
    local TRAINED, ROWS, COLS, LABELS = 600, 900, 16, 8
    local meanings, drawn = support.random_rows(LABELS, COLS, 11), support.random_rows(ROWS, 2, 12)
    local x, sets, firsts, combinations = support.random_rows(ROWS, COLS, 13), {}, {}, {}
    for i, row in ipairs(x) do
      local a = 1 + math.floor((drawn[i][1] + 1) / 2 * LABELS)
      local b = 1 + math.floor((drawn[i][2] + 1) / 2 * LABELS)
      for k = 1, COLS do
        row[k] = row[k] + meanings[a][k] + meanings[b][k]
      end
      sets[i], firsts[i], combinations[i] = { a, b }, a, LABELS * math.min(a, b) + math.max(a, b)
    end
    x = triplet.matrix(x)
    local training, held_out = range(1, TRAINED), range(TRAINED + 1, ROWS)

    local function map(labels, options)
      return mean(function(seed)
        local trainer = learn({ x = x, labels = labels, training = training, dim = 16 }, options, seed)
        return trainer:evaluate(x:select(held_out), pick(sets, held_out)).map
      end)
    end
    local all = map(sets, { loss = "info_nce" })
    local first, combination = map(firsts, { loss = "info_nce" }), map(combinations, { loss = "info_nce" })
    local hard = map(sets, { mining = "hard" })
    assert.is_true(all > math.max(first, combination, hard) + 0.03)
    are_those_of("Rows have several labels", { all, first, combination, hard })
  end)

  it("margins", function()
    local function map(margin, normalize)
      return (select(2, precision_and_map { margin = margin, normalize = normalize }))
    end
    local small, large = map(0.2, false), map(10, false)
    assert.is_true(small > large + 0.1)
    local unit, beyond = map(0.5, true), map(2, true)
    assert.is_true(unit > beyond + 0.05)
    are_those_of("You want a margin", { small, large, unit, beyond })
  end)

  it("new classes", function()
    local seen, new = {}, {}
    local all = digits(1)
    for row, digit in ipairs(all.labels) do
      table.insert(digit < 5 and seen or new, row)
    end
    local x, labels = all.x:select(new), pick(all.labels, new)
    local function precision(layers)
      return mean(function(seed)
        local trainer = learn({ x = all.x, labels = all.labels, training = seen }, { layers = layers }, seed)
        return trainer:evaluate(x, labels).precision_at_1
      end)
    end
    local raw = triplet.evaluate(triplet.standardize(x, triplet.standardization(all.x:select(seen))), labels)
    local linear, deep = precision { 64 }, precision { 64, 16 }
    assert.is_true(linear > deep + 0.1 and raw.precision_at_1 > linear)
    are_those_of("New classes come later", { linear, deep, raw.precision_at_1 })
  end)
end)
