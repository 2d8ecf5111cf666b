local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local x, labels = triplet.synthetic("rings", 120, 1, 7)

local function make(more)
  local options = { data = x, labels = labels, layers = { 16, 2 }, steps = 60, optimizer = { learning_rate = 0.01 } }
  for key, value in pairs(more or {}) do
    options[key] = value
  end
  return triplet.trainer(options)
end

describe("trainer", function()
  it("learns", function()
    local trainer = make()
    local before = trainer:evaluate()
    local last = trainer:run()
    local after = trainer:evaluate()
    assert.is_true(last.stopped)
    assert.same({ 60, 60 }, { last.step, trainer.steps })
    assert.is_true(after.map_at_r > before.map_at_r + 0.1)
    assert.same({ 120, 2 }, { trainer:embed(x).rows, trainer:embed(x).cols })
  end)

  it("replays a run from its seed, to the bit, with any number of threads", function()
    local function run(seed, threads)
      triplet.threads(threads)
      local trainer = make{ seed = seed }
      trainer:run()
      triplet.threads(1)
      return trainer.parameters:tobytes() .. trainer:embed(x):tobytes()
    end
    assert.is_true(run(1, 1) == run(1, 3))
    assert.is_true(run(1, 1) ~= run(2, 1))
  end)

  it("reports steps", function()
    local trainer = make{ schedule = "linear" }
    local s = trainer:step()
    assert.equal(1, s.step)
    assert.equal(0.01, s.learning_rate)
    assert.is_true(s.loss > 0 and s.active == s.stats.active and s.stats.triplets >= s.active)
    assert.same({ false, false, false }, { s.improved, s.stopped, s.collapsed })
    assert.is_nil(s.validation)
    local stats = s.stats
    assert.equal(s, trainer:step(s))
    assert.equal(stats, s.stats)
    assert.equal(2, s.step)
    assert.is_true(s.learning_rate < 0.01)
  end)

  it("tells the triplets that its last step used", function()
    for _, mining in ipairs{ "all", "hard", "random", "distance_weighted" } do
      local trainer = make{ mining = mining, layers = { 3 } }
      assert.same({ anchors = {}, positives = {}, negatives = {} }, trainer:last_triplets())
      for _ = 1, 2 do
        local count = trainer:step().stats.triplets
        local last, batch = trainer:last_triplets(), {}
        for _, row in ipairs(trainer.last_batch) do
          batch[row] = true
        end
        assert.same({ count, count, count }, { #last.anchors, #last.positives, #last.negatives })
        for i, anchor in ipairs(last.anchors) do
          local positive, negative = last.positives[i], last.negatives[i]
          assert.is_true(batch[anchor] and batch[positive] and batch[negative])
          assert.is_true(anchor ~= positive and labels[anchor] == labels[positive])
          assert.is_true(labels[anchor] ~= labels[negative])
        end
      end
      trainer:set("mining", "semihard") -- for the next step
      trainer:set("margin", 7)
    end
    local trainer = make{ mining = "hard", layers = { 3 }, standardize = false, optimizer = { learning_rate = 0 } }
    local embeddings = trainer:embed()
    trainer:step()
    local rows, kinds = trainer.last_batch, {}
    for i, row in ipairs(rows) do
      kinds[i] = labels[row]
    end
    local picks, last = triplet.mine(embeddings:select(rows), kinds, { mining = "hard" }), trainer:last_triplets()
    for _, list in ipairs{ "anchors", "positives", "negatives" } do
      for i, place in ipairs(picks[list]) do
        picks[list][i] = rows[place]
      end
      assert.same(picks[list], last[list])
    end
  end)

  it("makes batches of different rows, of any class sizes", function()
    local data, kinds = {}, {}
    for i = 1, 40 do
      data[i], kinds[i] = { i % 7, i % 5 }, i <= 3 and 1 or i <= 20 and 2 or i -- one class of 3 rows, many of one
    end
    for _, sampler in ipairs{ "balanced", "epoch" } do
      local trainer = make{ data = data, labels = kinds, sampler = sampler, layers = { 2 }, rows_per_class = 4 }
      assert.equal(sampler, trainer:get("sampler"))
      for _ = 1, 10 do
        trainer:step()
        local seen = {}
        for _, row in ipairs(trainer.last_batch) do
          assert.is_nil(seen[row])
          seen[row] = true
        end
      end
    end
  end)

  it("has no mean distance where no triplet was selected", function()
    local trainer = make{ data = { { 0 }, { 1 } }, labels = { 1, 1 }, layers = { 1 } }
    local report = { stats = { mean_positive_distance = 5, mean_negative_distance = 5 } }
    trainer:step(report)
    assert.equal(0, report.stats.triplets)
    assert.is_nil(report.stats.mean_positive_distance)
    assert.is_nil(report.stats.mean_negative_distance)
    assert.same({}, trainer:last_triplets().anchors)
  end)

  it("lives until a method that closes it has ended", function()
    local trainer = make()
    local Model = { __gc = function(model) model.trainer:close() end }
    local function model()
      return setmetatable({ trainer = make() }, Model)
    end
    for _ = 1, 200 do
      model().trainer:attach(x, labels) -- the model is garbage meanwhile
    end
    local rows = setmetatable({}, {
      __len = function() return 1 end,
      __index = function()
        trainer:close()
        return { 1, 2 }
      end,
    })
    assert.same({ 1, 2 }, { trainer:embed(rows).rows, trainer.dim or 2 })
    assert.equal("calling 'embed' on a closed trainer", failure(trainer.embed, trainer, x))
    assert.is_nil(trainer.dim)
  end)

  it("closes also when a coroutine ended in the middle of a method", function()
    local stop = setmetatable({}, { __len = function() error("stop", 0) end })
    for _ = 1, 10 do
      local trainer, memory = make(), triplet.memory{ capacity = 10 }
      memory:push(x, labels)
      local routine = coroutine.create(function() trainer:embed(stop) end)
      assert.same({ false, "stop" }, { coroutine.resume(routine) })
      assert.same({ false, "stop" }, { coroutine.resume(coroutine.create(function()
        triplet.nearest(x, memory, { k = 1, reference_self = stop })
      end)) })
      trainer:close()
      assert.is_nil(trainer.steps)
    end
    collectgarbage()
  end)

  it("may be closed, set and asked by its callback", function()
    local trainer = make{ steps = 50, mining = "hard" }
    local steps = {}
    trainer:run(function(report)
      steps[#steps + 1] = report.step
      assert.is_true(trainer:evaluate().map_at_r > 0)
      trainer:set("margin", report.step)
      trainer:attach(x, labels)
      trainer:step()
      return report.step < 5
    end)
    assert.same({ 1, 3, 5, 5 }, { steps[1], steps[2], steps[3], trainer:get("margin") })
    assert.equal("stop", failure(trainer.run, trainer, function() error("stop", 0) end))
    assert.equal("stop", failure(trainer.run, trainer, function()
      trainer:close()
      error("stop", 0)
    end))
    assert.equal("calling 'step' on a closed trainer", failure(trainer.step, trainer))
  end)

  it("says when it stays collapsed", function()
    -- Batch-hard on labels that the features do not tell.
    local rows, kinds = {}, {}
    for i = 1, 60 do
      rows[i], kinds[i] = { i * 37 % 61, i * i % 61, i * i * i % 61 }, i % 3
    end
    local trainer = make{ data = rows, labels = kinds, mining = "hard", optimizer = { learning_rate = 0.05 } }
    local report, in_a_row = nil, 0
    repeat
      report = trainer:step(report)
      in_a_row = report.stats.collapsed and in_a_row + 1 or 0
      assert.equal(in_a_row >= 20, report.collapsed)
    until report.collapsed or report.step == 1000
    assert.is_true(report.collapsed)
    assert.is_true(triplet.batch_loss(trainer:embed(rows), kinds, { margin = 1 }).stats.collapsed)
  end)

  it("allocates nothing for a step that fills an earlier report", function()
    local trainer = make()
    local report = trainer:step()
    if jit then -- luacheck: ignore 113
      jit.off(true) -- luacheck: ignore 113
    end
    collectgarbage()
    collectgarbage("stop")
    local counts = { 0, 0, 0 }
    for i = 1, 3 do
      for _ = 1, 20 do
        trainer:step(report)
      end
      counts[i] = collectgarbage("count")
    end
    collectgarbage("restart")
    assert.equal(counts[2], counts[3])
  end)

  it("takes each batch from its rows", function()
    local trainer = make{ classes_per_batch = 2, rows_per_class = 4 }
    assert.equal(0, #trainer.last_batch)
    trainer:step()
    local counts = {}
    for _, row in ipairs(trainer.last_batch) do
      counts[labels[row]] = (counts[labels[row]] or 0) + 1
    end
    local sizes = {}
    for _, count in pairs(counts) do
      sizes[#sizes + 1] = count
    end
    assert.same({ 4, 4 }, sizes)
  end)

  it("stops early and keeps the best weights", function()
    local trainer = make{ validation = 0.25, evaluate_every = 5, patience = 2, steps = 1000 }
    assert.equal(30, #trainer.validation_rows)
    local best = -1
    local last = trainer:run(function(s)
      if s.validation and s.validation > best then
        assert.is_true(s.improved)
        best = s.validation
      end
    end)
    assert.is_true(last.stopped and last.step < 1000 and best > 0)
    local rows = trainer.validation_rows
    local names = {}
    for i, row in ipairs(rows) do
      names[i] = labels[row]
    end
    assert.is_true(math.abs(trainer:evaluate(x:select(rows), names).map_at_r - best) < 1e-12)
  end)

  it("knows whether there is anything left to do, also where only the last validation is", function()
    local options = { data = x, labels = labels, layers = { 2 }, steps = 5, validation = 0.3, evaluate_every = 100 }
    local whole, trainer = triplet.trainer(options), triplet.trainer(options)
    for _ = 1, 4 do
      trainer:step()
    end
    assert.is_false(trainer.stopped)
    assert.same({ nil, "cancelled", n = 2 }, table.pack(trainer:step(nil, function(done)
      return done <= 0.5
    end)))
    assert.same({ 5, false }, { trainer.steps, trainer.stopped })
    trainer:run()
    whole:run()
    assert.same({ 5, true, true }, { trainer.steps, trainer.stopped, whole.stopped })
    assert.equal(whole:tobytes(), trainer:tobytes())
    trainer:set("steps", 6)
    assert.is_false(trainer.stopped)
    assert.is_true(triplet.trainer({ data = x, labels = labels, layers = { 2 }, steps = 0 }).stopped)
  end)

  it("does as its callback says", function()
    local trainer = make()
    local calls = 0
    local last = trainer:run(function(s)
      calls = calls + 1
      return s.step < 7
    end)
    assert.same({ 7, 7, 7, false }, { calls, last.step, trainer.steps, last.stopped })
    assert.equal("stop here", failure(trainer.run, trainer, function()
      error("stop here", 0)
    end))
    assert.equal(8, trainer.steps)
    trainer:run()
    assert.equal(60, trainer.steps)
    -- It has stopped: another run does nothing, a step goes on.
    assert.is_true(trainer:run().stopped)
    assert.equal(60, trainer.steps)
    assert.equal(61, trainer:step().step)
    local closed = make()
    assert.equal("calling 'run' on a closed trainer", failure(closed.run, closed, function()
      closed:close()
    end))
  end)

  it("changes while it lives", function()
    local trainer = make{ mining = "hard" }
    trainer:step()
    local function now()
      return { trainer:get("mining"), trainer:get("margin"), trainer:get("optimizer").learning_rate }
    end
    assert.same({ "hard", 1, 0.01 }, now())
    trainer:set("mining", "all")
    trainer:set("margin", 0.5)
    trainer:set("optimizer", { learning_rate = 0.5 })
    assert.same({ "all", 0.5, 0.5 }, now())
    assert.equal(0.5, trainer:step().learning_rate)
    assert.same({ 16, 2 }, trainer:get("layers"))
    assert.is_nil(trainer:get("ignore_label"))
  end)

  it("trains a free table", function()
    local trainer = make{ layers = {}, dim = 3 }
    local before = trainer:evaluate()
    trainer:run()
    local table_of_rows = trainer:embed()
    assert.same({ 120, 3, 3 }, { table_of_rows.rows, table_of_rows.cols, trainer.dim })
    assert.equal(trainer.parameters:tobytes(), table_of_rows:tobytes())
    assert.is_true(trainer:evaluate().map_at_r > before.map_at_r)
    assert.matches("^bad argument #1 to 'embed' ", failure(trainer.embed, trainer, x))
  end)

  it("evaluates rows against others", function()
    local trainer = make()
    local half = {}
    for i = 1, 60 do
      half[i] = labels[i]
    end
    local all = trainer:evaluate(nil, nil, { k = { 1, 5 } })
    assert.equal(all.precision_at_1, all.recall_at[1])
    local e = trainer:evaluate(x:view(61, 120), { table.unpack(labels, 61, 120) },
                               { references = x:view(1, 60), reference_labels = half })
    local by_hand = triplet.evaluate(trainer:embed(x:view(61, 120)), { table.unpack(labels, 61, 120) },
                                     { references = trainer:embed(x:view(1, 60)), reference_labels = half })
    assert.same(by_hand, e)
  end)

  it("verifies rows, and keeps the threshold that is found", function()
    local trainer = make{ steps = 100 }
    trainer:run()
    local options = { far = { 0.1 }, threshold = 0.5, distance = "squared" }
    local found = trainer:verify(x, labels, options)
    assert.same(triplet.verify(trainer:embed(x), labels, options), found)
    assert.equal(found.threshold, trainer.threshold)
    assert.same(triplet.verify(trainer:embed(), labels), trainer:verify()) -- by the trainer's own distance
    assert.equal(trainer:verify().threshold, triplet.from_bytes(trainer:tobytes()).threshold)

    assert.is_nil(trainer:verify({ x:totable()[1] }, { labels[1] }).threshold) -- there is no pair
    assert.is_nil(trainer.threshold)
    assert.matches("^bad argument #3 to 'verify' %(far: ", failure(trainer.verify, trainer, x, labels, { far = 1 }))
  end)

  it("carries names", function()
    local trainer = make{ columns = { "x", "y" }, classes = { "in", "middle", "öut" } }
    assert.same({ "x", "y" }, trainer.columns)
    assert.same({ "in", "middle", "öut" }, trainer.classes)
    assert.same({}, make().columns)
  end)

  it("closes", function()
    local kept = make()
    kept:step()
    support.close(kept)
    assert.equal("calling 'step' on a closed trainer", failure(kept.step, kept))
    assert.is_nil(kept.steps)
    kept:close()
    for _ = 1, 20 do
      make()
    end
    collectgarbage()
  end)

  it("copies its data", function()
    local data = triplet.matrix(x:totable())
    local trainer = make{ data = data }
    for i = 1, #data do
      data:set(i, 1, 0 / 0)
    end
    trainer:run()
    local other = make()
    other:run()
    assert.equal(other.parameters:tobytes(), trainer.parameters:tobytes())
  end)

  local trainer = make()
  local known = "loss, positive_margin, negative_margin, temperature, alpha, beta, base, mining, positives, negatives, "
    .. "fallback, cutoff, far_cutoff, ignore_label, margin, swap, soft_margin, reduction, convention, distance, p, "
    .. "eps, nonfinite, activation, normalize, residual, adapt, dim, standardize, seed, sampler, classes_per_batch, "
    .. "rows_per_class, steps, schedule, warmup, validation, evaluate_every, patience, optimizer, layers, data, "
    .. "labels, references, columns, classes, recipe"
  local misuse = {
    { "#1 to 'trainer' (data: expected a matrix or a table of rows, got nil)", triplet.trainer, {} },
    { "#1 to 'trainer' (labels: expected a table of labels or { relations = matrix }, got nil)",
      triplet.trainer, { data = x } },
    { "#1 to 'trainer' (labels: expected labels of 120 rows, got 1)", triplet.trainer, { data = x, labels = { 1 } } },
    { "#1 to 'trainer' (labels[1][2]: expected an integer or a text, got boolean true)",
      triplet.trainer, { data = x, labels = { { "a", true } } } },
    { "#1 to 'trainer' (options: expected a table, got number 1)", triplet.trainer, 1 },
    { "#1 to 'trainer' (options: unknown option \"lr\"; known are " .. known .. ")", triplet.trainer, { lr = 1 } },
    { "#1 to 'trainer' (optimizer.learning_rate: expected a number, got string \"x\")",
      make, { optimizer = { learning_rate = "x" } } },
    { "#1 to 'trainer' (optimizer.b1: expected a number in [0, 1), got 2)", make, { optimizer = { b1 = 2 } } },
    { "#1 to 'trainer' (optimizer: expected a table, got string \"adam\")", make, { optimizer = "adam" } },
    { "#1 to 'trainer' (rows_per_class: expected an integer in 2 .. 1000000000, got 1)", make, { rows_per_class = 1 } },
    { "#1 to 'trainer' (classes_per_batch: expected an integer in 2 .. 1000000000, got 1)",
      make, { classes_per_batch = 1 } },
    { "#1 to 'trainer' (sampler: expected one of balanced|epoch, got \"all\")", make, { sampler = "all" } },
    { "#1 to 'trainer' (columns[2]: expected a string, got number 2)", make, { columns = { "x", 2 } } },
    { "#1 to 'trainer' (classes: expected a table of strings, got string \"a\")", make, { classes = "a" } },
    { "#1 to 'trainer' (classes: expected UTF-8, got other bytes in name 2)", make, { classes = { "a", "\255" } } },
    { "#1 to 'trainer' (columns[1]: expected a string without zero bytes, got some)", make, { columns = { "a\0b" } } },
    { "#1 to 'trainer' (layers[2]: expected an integer in 1 .. 2147483647, got 0)", make, { layers = { 2, 0 } } },
    { "#1 to 'step' (report: expected the table of an earlier step, got number 1)", trainer.step, trainer, 1 },
    { "#1 to 'run' (callback: expected a function, got table)", trainer.run, trainer, {} },
    { "#1 to 'set' (key: unknown option \"lr\"; known are " .. known .. ")", trainer.set, trainer, "lr", 1 },
    { "#1 to 'get' (key: expected a string, got nil)", trainer.get, trainer },
    { "#1 to 'set' (key: layers cannot change in a living trainer)", trainer.set, trainer, "layers", { 1 } },
    { "#2 to 'set' (margin: expected a finite number, got nan)", trainer.set, trainer, "margin", 0 / 0 },
    { "#2 to 'set' (optimizer.eps: expected a finite number >= 0, got -1)",
      trainer.set, trainer, "optimizer", { eps = -1 } },
    { "#3 to 'evaluate' (k: expected a table of integers, got number 1)",
      trainer.evaluate, trainer, nil, nil, { k = 1 } },
    { "#2 to 'evaluate' (labels: expected a table of labels or { relations = matrix }, got nil)",
      trainer.evaluate, trainer, x },
  }
  for _, case in ipairs(misuse) do
    it("refuses: " .. case[1], function()
      assert.equal("bad argument " .. case[1], failure(table.unpack(case, 2, 6)))
    end)
  end

  it("refuses changes of what is fixed, and calls on strangers", function()
    for key, value in pairs{ seed = 2, normalize = true, standardize = false, activation = "tanh" } do
      assert.matches("^bad argument #%d to 'set' %(" .. key .. ": ", failure(trainer.set, trainer, key, value))
    end
    local message = failure(trainer.step, x)
    assert.equal("calling 'step' on bad self (expected a triplet.trainer, got triplet.matrix)", message)
  end)
end)
