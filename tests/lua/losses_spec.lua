--- The losses of pairs: what they say of their pairs, what their names bring, what belongs to them.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local PAIR_LOSSES = { "contrastive", "info_nce", "sup_con", "multi_similarity" }
local DISTANCES = { contrastive = "minkowski", info_nce = "cosine", sup_con = "cosine",
  multi_similarity = "cosine" }
local TEMPERATURES = { info_nce = 0.07, sup_con = 0.1 }

local x, labels = triplet.synthetic("rings", 60, 1, 7)

--- A small trainer with these options, too.
local function trainer_with(options)
  local all = { data = x, labels = labels, layers = { 4, 2 }, steps = 20 }
  for name, value in pairs(options) do
    all[name] = value
  end
  return triplet.trainer(all)
end

describe("statistics", function()
  -- 1 and 2 are of one class, 1 apart; 3 is alone in its class; 4 and 5 are of a third, 0 apart.
  local line, classes = { { 0 }, { 1 }, { 3 }, { 9 }, { 9 } }, { 1, 1, 2, 3, 3 }

  it("are of pairs", function()
    local found = triplet.batch_loss(line, classes, { loss = "contrastive", negative_margin = 2.5 })
    -- Of 4 positive pairs those at 1 have a loss, of 16 negative ones those at 2, both ways round.
    assert.same({ active = 4, pairs = 20, positive_pairs = 4, negative_pairs = 16, active_positive_pairs = 2,
      active_negative_pairs = 2, anchors_without_positive = 1, anchors_without_negative = 0, nonfinite = 0,
      collapsed = false, mean_positive_distance = 0.5, mean_negative_distance = (3 + 9 + 9 + 2 + 8 + 8 + 6 + 6) / 8 },
      found.stats)
    assert.equal(4, found.active)
    assert.equal(2 / 4 + 2 * 0.5 / 16, found.loss)
  end)

  it("of every loss count the same pairs", function()
    for _, loss in ipairs(PAIR_LOSSES) do
      local stats = triplet.batch_loss(line, classes, { loss = loss, distance = "minkowski" }).stats
      assert.same({ 20, 4, 16 }, { stats.pairs, stats.positive_pairs, stats.negative_pairs })
      assert.equal(stats.active, stats.active_positive_pairs + stats.active_negative_pairs)
      assert.is_true(stats.active > 0)
    end
  end)

  it("have no field that plays no part, in a table that is used again either", function()
    local out = triplet.batch_loss(line, classes)
    for _, loss in ipairs { "sup_con", "triplet", "contrastive" } do
      local fresh = triplet.batch_loss(line, classes, { loss = loss })
      triplet.batch_loss(line, classes, { loss = loss, out = out })
      assert.same(fresh.stats, out.stats)
      assert.equal(loss == "triplet", out.stats.triplets ~= nil)
      assert.equal(loss == "triplet", out.stats.easy ~= nil)
      assert.equal(loss ~= "triplet", out.stats.pairs ~= nil)
    end
  end)

  it("of a batch without pairs are 0, and their means nil", function()
    for _, loss in ipairs(PAIR_LOSSES) do
      local found = triplet.batch_loss({ { 1, 2 } }, { 7 }, { loss = loss })
      assert.same({ 0, 0, 0 }, { found.loss, found.stats.pairs, found.stats.active })
      assert.is_nil(found.stats.mean_positive_distance)
      assert.is_nil(found.stats.mean_negative_distance)
    end
  end)

  it("of a trainer's steps are those of its loss", function()
    local report
    for _, loss in ipairs { "info_nce", "triplet", "multi_similarity" } do
      local trainer = trainer_with { loss = loss }
      report = trainer:step(report)
      assert.equal(loss == "triplet", report.stats.triplets ~= nil)
      assert.equal(loss ~= "triplet", report.stats.pairs ~= nil)
      assert.equal(report.stats.active, report.active)
      assert.equal(loss == "triplet", #trainer:last_triplets().anchors > 0)
    end
  end)
end)

--- What the options come to, in every order in which their names can be put into a table.
local function in_every_order(names, values, call)
  local function permute(rest, taken)
    if #rest == 0 then
      local options = {}
      for _, name in ipairs(taken) do
        options[name] = values[name]
      end
      call(options)
    end
    for i, name in ipairs(rest) do
      local others, next_taken = table.move(rest, 1, #rest, 1, {}), table.move(taken, 1, #taken, 1, {})
      table.remove(others, i)
      next_taken[#next_taken + 1] = name
      permute(others, next_taken)
    end
  end
  permute(names, {})
end

describe("the name of a loss", function()
  it("brings its distance and temperature", function()
    for _, loss in ipairs(PAIR_LOSSES) do
      local explicit = { loss = loss, distance = DISTANCES[loss], temperature = TEMPERATURES[loss] }
      assert.same(triplet.batch_loss(x, labels, explicit).loss, triplet.batch_loss(x, labels, { loss = loss }).loss)
      local trainer = trainer_with { loss = loss }
      assert.same({ loss, DISTANCES[loss], TEMPERATURES[loss] or 0.07 },
        { trainer:get("loss"), trainer:get("distance"), trainer:get("temperature") })
    end
  end)

  it("leaves what is given, in whatever order", function()
    local given = { loss = "sup_con", distance = "minkowski", temperature = 0.07, p = 1 }
    local losses, seen = {}, 0
    in_every_order({ "distance", "loss", "p", "temperature" }, given, function(options)
      losses[triplet.batch_loss(x, labels, options).loss] = true
      local trainer = trainer_with(options)
      assert.same({ "minkowski", 0.07, 1.0 },
        { trainer:get("distance"), trainer:get("temperature"), trainer:get("p") })
      seen = seen + 1
    end)
    assert.equal(24, seen)
    assert.is_nil(next(losses, (next(losses))))
    assert.are_not.equal(next(losses), triplet.batch_loss(x, labels, { loss = "sup_con" }).loss)
  end)

  it("brings them to a living trainer, in place of those of the loss before", function()
    local trainer = trainer_with {}
    local function now()
      return { trainer:get("loss"), trainer:get("distance"), trainer:get("temperature") }
    end
    trainer:set("loss", "sup_con")
    assert.same({ "sup_con", "cosine", 0.1 }, now())
    trainer:set("loss", "contrastive")
    assert.same({ "contrastive", "minkowski", 0.07 }, now())
    trainer:set("distance", "squared")
    trainer:set("temperature", 0.5)
    trainer:set("loss", "info_nce") -- what was set stays
    assert.same({ "info_nce", "squared", 0.5 }, now())
    assert.is_true(trainer:step().stats.pairs > 0)
    trainer:set("loss", "triplet")
    assert.is_true(trainer:step().stats.triplets > 0)
  end)
end)

describe("options of a loss", function()
  it("that play no part are refused", function()
    local cases = {
      { { loss = "info_nce", margin = 0.5 }, 'margin: belongs to loss = "triplet", got loss = "info_nce"' },
      { { loss = "sup_con", mining = "hard" }, 'mining: belongs to loss = "triplet", got loss = "sup_con"' },
      { { loss = "sup_con", negatives = "hard" }, 'negatives: belongs to loss = "triplet", got loss = "sup_con"' },
      { { loss = "contrastive", swap = true }, 'swap: belongs to loss = "triplet", got loss = "contrastive"' },
      { { loss = "contrastive", soft_margin = true },
        'soft_margin: belongs to loss = "triplet", got loss = "contrastive"' },
      { { temperature = 0.5 }, 'temperature: belongs to loss = "info_nce" or "sup_con", got loss = "triplet"' },
      { { loss = "info_nce", beta = 5 }, 'beta: belongs to loss = "multi_similarity", got loss = "info_nce"' },
      { { loss = "info_nce", positive_margin = 5 },
        'positive_margin: belongs to loss = "contrastive", got loss = "info_nce"' },
      { { loss = "info_nce", p = 1 }, 'p: belongs to distance = "minkowski", got distance = "cosine"' },
      { { loss = "info_nce", convention = "torch" },
        'convention: belongs to distance = "minkowski", got distance = "cosine"' },
    }
    for _, case in ipairs(cases) do
      assert.equal("bad argument #3 to 'batch_loss' (" .. case[2] .. ")",
        failure(triplet.batch_loss, x, labels, case[1]))
      assert.equal("bad argument #1 to 'trainer' (" .. case[2] .. ")", failure(trainer_with, case[1]))
    end
    local margins = setmetatable({}, { __index = { loss = "info_nce", margins = { 1, 2 } } })
    assert.equal([[bad argument #3 to 'batch_loss' (margins: belongs to loss = "triplet", got loss = "info_nce")]],
      failure(triplet.batch_loss, { { 1 }, { 2 } }, { 1, 1 }, margins))
  end)

  it("that are out of range are refused", function()
    for _, case in ipairs {
      { { loss = "info_nce", temperature = 0 }, "temperature: expected a finite number > 0, got 0" },
      { { loss = "multi_similarity", alpha = -1 }, "alpha: expected a finite number > 0, got -1" },
      { { loss = "contrastive", negative_margin = math.huge }, "negative_margin: expected a finite number, got inf" },
      { { loss = "ntxent" },
        'loss: expected one of triplet|contrastive|info_nce|sup_con|multi_similarity, got "ntxent"' },
    } do
      assert.equal("bad argument #3 to 'batch_loss' (" .. case[2] .. ")",
        failure(triplet.batch_loss, x, labels, case[1]))
    end
  end)
end)

describe("a trainer with each loss", function()
  it("learns, and goes on from its bytes to the bit", function()
    for _, loss in ipairs(PAIR_LOSSES) do
      local options = { loss = loss, steps = 200, layers = { 16, 2 }, optimizer = { learning_rate = 0.01 } }
      local whole, half = trainer_with(options), trainer_with(options)
      local before = whole:evaluate().map_at_r
      whole:run()
      assert.is_true(whole:evaluate().map_at_r > before + 0.1)
      for _ = 1, 100 do
        half:step()
      end
      local rest = triplet.from_bytes(half:tobytes())
      assert.same({ loss, DISTANCES[loss] }, { rest:get("loss"), rest:get("distance") })
      rest:attach(x, labels)
      for _ = 1, 100 do
        rest:step()
      end
      assert.equal(whole:tobytes(), rest:tobytes())
    end
  end)
end)
