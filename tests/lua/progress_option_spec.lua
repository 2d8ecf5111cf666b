--- The option or parameter `progress` of calls that can last: what it is told, how it cancels, and whatever else it
--- does.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local rows, labels = support.random_rows(200, 3, 1), {}
local others, other_labels = support.random_rows(90, 3, 2), {}
for i = 1, #rows do
  labels[i] = i % 7
end
for i = 1, #others do
  other_labels[i] = i % 5
end
local held_out = {}
for i = 1, 90 do
  held_out[i] = 2 * i
end
local trainer = triplet.trainer{ data = rows, labels = labels, layers = { 2 }, steps = 1 }

--- Every call that can last, some in more than one way; each takes options.
local calls = {
  { "batch_loss", function(options)
    return triplet.batch_loss(rows, labels, options)
  end },
  { "batch_loss with references and swap", function(options)
    options.references, options.reference_labels, options.reference_gradient = others, other_labels, true
    options.swap = true
    return triplet.batch_loss(rows, labels, options)
  end },
  { "batch_loss without gradients, of picks", function(options)
    options.mining, options.gradients, options.reduction = "semihard", false, "none"
    return triplet.batch_loss(rows, labels, options)
  end },
  { "mine", function(options)
    options.mining = "hard"
    return triplet.mine(rows, labels, options)
  end },
  { "distances", function(options)
    return triplet.distances(rows, others, options)
  end },
  { "nearest", function(options)
    options.k = 3
    return triplet.nearest(rows, others, options)
  end },
  { "nearest with references to leave out", function(options)
    options.k, options.exclude = 3, {}
    for i = 1, #rows do
      options.exclude[i] = { i % 90 + 1 }
    end
    return triplet.nearest(rows, others, options)
  end },
  { "classify", function(options)
    return triplet.classify(rows, others, other_labels, options)
  end },
  { "pair_slopes", function(options)
    options.references, options.reference_labels = others, other_labels
    return triplet.pair_slopes(rows, labels, options)
  end },
  { "verify", function(options)
    options.far, options.curve = { 0.1 }, 9
    return triplet.verify(rows, labels, options)
  end },
  { "verify with references", function(options)
    options.references, options.reference_labels = others, other_labels
    return triplet.verify(rows, labels, options)
  end },
  { "evaluate", function(options)
    options.k = { 1, 4 }
    return triplet.evaluate(rows, labels, options)
  end },
  { "evaluate_held_out", function(options)
    return triplet.evaluate_held_out(rows, labels, held_out, options)
  end },
  { "trainer:evaluate", function(options)
    options.references, options.reference_labels = others, other_labels
    return trainer:evaluate(rows, labels, options)
  end },
  { "trainer:verify", function(options)
    return trainer:verify(rows, labels, options)
  end },
  { "trainer:embed", function(options)
    return trainer:embed(rows, options.progress)
  end },
  { "trainer and its step", function(options)
    local learner = triplet.trainer{ data = rows, labels = labels, layers = { 2 }, validation = 0.2,
      evaluate_every = 1 }
    return learner:step(nil, options.progress)
  end },
}

--- A result with its matrices as bytes, so that it can be compared.
local function plain(value)
  if type(value) == "userdata" then
    return value:tobytes()
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for key, each in pairs(value) do
    copy[key] = plain(each)
  end
  return copy
end

local function ignore() end

describe("progress of", function()
  after_each(function()
    triplet.threads(1)
  end)

  for _, case in ipairs(calls) do
    local name, call = table.unpack(case)

    it(name .. " rises to 1, and changes no result", function()
      local expected = plain(call{})
      for threads = 1, 3 do
        triplet.threads(threads)
        local told = {}
        local result = call{ progress = function(...)
          assert.equal(1, select("#", ...))
          told[#told + 1] = ...
        end }
        assert.same(expected, plain(result))
        assert.equal(1, told[#told])
        for i = 2, #told do
          assert.is_true(told[i] >= told[i - 1])
        end
        assert.is_true(threads > 1 or (#told > 2 and told[1] > 0 and told[1] < 1))
      end
    end)

    it(name .. " cancels by false alone, at every moment", function()
      local expected = plain(call{})
      local moments = 0
      call{ progress = function()
        moments = moments + 1
        return nil
      end }
      for moment = 1, moments do
        local count = 0
        local results = table.pack(call{ progress = function()
          count = count + 1
          return count < moment
        end })
        assert.same({ nil, "cancelled", n = 2 }, results)
        assert.equal(moment, count)
      end
      assert.same(expected, plain(call{}))
    end)

    it(name .. " passes errors through as they are", function()
      for threads = 1, 2 do
        triplet.threads(threads)
        for _, value in ipairs{ {}, "text", 7, false } do
          local count = 0
          local done, problem = pcall(call, { progress = function()
            count = count + 1
            error(value, 0)
          end })
          assert.is_false(done)
          assert.equal(value, problem)
          assert.equal(1, count)
        end
      end
      assert.matches("^[%w_/.]+progress_option_spec.lua:%d+: here$", select(2, pcall(call, { progress = function()
        error("here")
      end })))
      assert.is_truthy(call{})
    end)

    it(name .. " refuses other calls until it returns", function()
      local problems = {}
      local expected = plain(call{})
      assert.same(expected, plain(call{ progress = function()
        for i, other in ipairs(calls) do
          problems[i] = failure(other[2], {})
        end
      end }))
      assert.equal(#calls, #problems)
      for i, problem in ipairs(problems) do
        local called = calls[i][1]:match("^trainer:(.*)") or calls[i][1]:match("%S+")
        assert.equal(("calling '%s' inside the progress function of another call"):format(called), problem)
      end
    end)

    it(name .. " is not disturbed by collections of garbage", function()
      local expected = plain(call{})
      triplet.threads(2)
      call{ progress = ignore } -- what it leaves is garbage
      collectgarbage("setpause", 0)
      local count = 0
      local result = call{ progress = function()
        count = count + 1
        local garbage = triplet.matrix(100, 100)
        garbage:set(1, 1, count)
        collectgarbage()
      end }
      collectgarbage("setpause", 200)
      assert.is_true(count > 0)
      assert.same(expected, plain(result))
      assert.equal(2, triplet.threads())
    end)
  end

  it("embed rises over all rows, however many", function()
    local many, told = triplet.synthetic("moons", 3000, 1, 1), {}
    local learner = triplet.trainer{ data = many:view(1, 9), labels = { 1, 1, 1, 2, 2, 2, 3, 3, 3 }, layers = { 2 } }
    learner:embed(many, function(done)
      told[#told + 1] = done
    end)
    assert.equal(1, told[#told])
    for i = 2, #told do
      assert.is_true(told[i] > told[i - 1] and told[i] - told[i - 1] < 0.1)
    end
  end)

  it("a step that cancels it leaves the trainer as it was", function()
    local options = { data = rows, labels = labels, layers = { 2 }, validation = 0.2, evaluate_every = 2 }
    local whole, cancelled = triplet.trainer(options), triplet.trainer(options)
    for step = 1, 4 do
      local moment, stopped, expected = 0, 0, whole:step()
      local report
      repeat
        local count = 0
        moment = moment + 1
        report = cancelled:step(nil, function()
          count = count + 1
          return count < moment
        end)
        stopped = stopped + (report and 0 or 1)
      until report
      assert.is_true(stopped > 1)
      assert.same(step, cancelled.steps)
      assert.same(expected, report)
    end
    assert.equal(whole:tobytes(), cancelled:tobytes())
  end)

  it("a step cannot put other weights in place", function()
    local learner, problem = triplet.trainer{ data = rows, labels = labels, layers = { 2 } }, nil
    learner:step(nil, function()
      problem = failure(learner.restore_best, learner)
    end)
    assert.equal("calling 'restore_best' inside the progress function of another call", problem)
  end)

  it("a call has to be a function", function()
    assert.equal("bad argument #2 to 'embed' (progress: expected a function, got number 1)",
      failure(trainer.embed, trainer, rows, 1))
    assert.equal("bad argument #2 to 'step' (progress: expected a function, got table)",
      failure(trainer.step, trainer, nil, {}))
    for _, value in ipairs{ true, 1, "text", {} } do
      assert.matches("^bad argument #3 to 'distances' %(progress: expected a function, got ",
        failure(triplet.distances, rows, rows, { progress = value }))
    end
    assert.matches("unknown option \"progress\"", failure(triplet.margin_loss, rows, rows, rows, { progress = ignore }))
  end)

  it("a call may come from a metatable", function()
    local told = 0
    triplet.distances(rows, rows, setmetatable({}, { __index = { progress = function(done)
      told = done
    end } }))
    assert.equal(1, told)
  end)

  it("a call may read and make objects, and close what the call works with", function()
    local memory = triplet.memory{ capacity = 90 }
    memory:push(others, other_labels)
    local expected = plain(triplet.nearest(rows, memory, { k = 2 }))
    local refusal, refused_push
    local found = triplet.nearest(rows, memory, { k = 2, progress = function()
      if refusal then
        return
      end
      assert.equal(90, #memory)
      assert.equal(2, triplet.matrix{ { 1, 2 } }:get(1, 2))
      assert.equal(1, triplet.threads())
      assert.equal("mining", triplet.schema("mine")[1].name)
      assert.equal(0, trainer.steps)
      refusal = failure(triplet.threads, 2)
      refused_push = failure(memory.push, memory, rows, labels)
      memory:clear()
      support.close(memory)
    end })
    assert.same(expected, plain(found))
    assert.equal("calling 'threads' inside the progress function of another call", refusal)
    assert.equal("calling 'push' inside the progress function of another call", refused_push)
    assert.matches("closed memory", failure(memory.push, memory, rows, labels))
  end)

  it("a call that closes a memory and raises frees it", function()
    local memory = triplet.memory{ capacity = 90 }
    memory:push(others, other_labels)
    assert.equal("boom", select(2, pcall(triplet.batch_loss, rows, labels, {
      references = memory,
      progress = function()
        support.close(memory)
        error("boom", 0)
      end,
    })))
    assert.matches("got a closed one", failure(triplet.nearest, rows, memory, { k = 1 }))
  end)

  it("a call cannot yield, which its coroutine survives", function()
    local thread = coroutine.create(function()
      local done, problem = pcall(triplet.distances, rows, rows, { progress = coroutine.yield })
      coroutine.yield(done, problem)
      return triplet.distances(rows, rows).rows
    end)
    local _, done, problem = coroutine.resume(thread)
    assert.is_false(done)
    assert.matches("^attempt to yield across ", problem)
    assert.same({ true, #rows }, { coroutine.resume(thread) })
  end)

  it("a call in one coroutine refuses calls in others", function()
    local problem
    triplet.distances(rows, rows, { progress = function()
      problem = problem or failure(coroutine.wrap(function()
        triplet.distances(rows, rows)
      end))
    end })
    assert.equal("calling 'distances' inside the progress function of another call", problem)
  end)

  it("a call may run out of memory", function()
    local done, problem = pcall(triplet.distances, rows, rows, { progress = function()
      return triplet.matrix(2 ^ 22, 2 ^ 22)
    end })
    assert.is_false(done)
    assert.matches("memory", problem) -- in WebAssembly the matrix is refused before its memory is asked for
    assert.equal(#rows, triplet.distances(rows, rows).rows)
  end)

  it("a call may overflow the stack", function()
    local function deeper()
      return 1 + deeper()
    end
    assert.matches("stack overflow", select(2, pcall(triplet.distances, rows, rows, { progress = deeper })))
    assert.equal(#rows, triplet.distances(rows, rows).rows)
  end)

  it("a call may break what it promises and change the rows", function()
    local changed = triplet.matrix(rows)
    for _, value in ipairs{ 0 / 0, math.huge, 1e30, -0.0 } do
      for _, mining in ipairs{ "all", "hard", "semihard", "easy_positive", "distance_weighted", "random" } do
        local function progress()
          for i = 1, #rows do
            changed:set(i, i % 3 + 1, value)
          end
        end
        pcall(triplet.batch_loss, changed, labels, { mining = mining, progress = progress, swap = true })
        pcall(triplet.mine, changed, labels, { mining = mining, progress = progress })
        pcall(triplet.evaluate, changed, labels, { progress = progress })
        pcall(triplet.nearest, changed, changed, { k = 4, progress = progress })
        changed = triplet.matrix(rows)
      end
    end
    assert.equal(#rows, triplet.distances(rows, rows).rows)
  end)
end)
