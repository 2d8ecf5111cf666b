--- Rows that ranks share out, on the one rank that there is here; tests/mpi/module.lua has more.
local triplet = require "triplet"
local failure = require("tests.lua.support").failure

describe("a shard", function()
  local x, labels = triplet.synthetic("blobs", 60, 1, 3)
  local all = {}
  for row = 1, 60 do
    all[row] = row
  end

  it("tells what it has", function()
    local shard = triplet.shard(x, all, 60)
    assert.equal("shard", triplet.kind(shard))
    assert.equal(60, shard.rows)
    assert.same(all, shard.numbers)
    assert.equal(x, shard.data)
    assert.same({ { 1, 2 } }, triplet.shard({ { 1, 2 } }, { 3 }, 7).data:totable())
    assert.same({}, triplet.shard(triplet.matrix(0, 2), {}, 7).numbers)
  end)

  it("keeps its rows and numbers", function()
    local shard = triplet.shard(x:totable(), all, 60)
    collectgarbage()
    local trainer = triplet.trainer{ data = shard, labels = labels, layers = { 2 }, steps = 3 }
    shard = nil -- luacheck: ignore 311
    collectgarbage()
    trainer:run()
    assert.equal(trainer:embed(x):tobytes(), trainer:embed():tobytes())
  end)

  it("gives what all rows in one matrix give", function()
    local options = { labels = labels, layers = { 4, 2 }, steps = 9, validation = 0.2, evaluate_every = 3 }
    local trainers = {}
    for i, data in ipairs{ x, triplet.shard(x, all, 60) } do
      options.data = data
      trainers[i] = triplet.trainer(options)
      trainers[i]:run()
    end
    local whole, dealt = trainers[1], trainers[2]
    assert.equal(whole:tobytes(), dealt:tobytes())
    assert.equal(whole:embed():tobytes(), dealt:embed():tobytes())
    assert.equal(whole:embed():tobytes(), whole:embed(triplet.shard(x, all, 60)):tobytes())
    assert.same(whole:evaluate(), dealt:evaluate())
    assert.same(whole:evaluate(x, labels), whole:evaluate(triplet.shard(x, all, 60), labels))
    assert.same(whole:verify(), dealt:verify())
    local held_out = dealt.validation_rows
    assert.same(triplet.evaluate_held_out(x, labels, held_out),
      triplet.evaluate_held_out(triplet.shard(x, all, 60), labels, held_out))

    local again = triplet.from_bytes(whole:tobytes())
    again:attach(triplet.shard(x, all, 60), labels)
    whole:step()
    again:step()
    assert.equal(whole:tobytes(), again:tobytes())
  end)

  local function refuses(message, f, ...)
    local problem = failure(f, ...)
    assert.is_truthy(problem:find(message, 1, true), problem)
  end

  it("is refused where it does not fit", function()
    local trainer = triplet.trainer{ data = x, labels = labels, layers = { 2 } }
    refuses("bad argument #1 to 'shard' (data: expected a matrix or a table of rows, got nil)", triplet.shard)
    refuses("bad argument #3 to 'shard' (rows: expected an integer >= 0, got nil)", triplet.shard, x)
    refuses("bad argument #2 to 'shard' (numbers: expected a table of integers, got nil)", triplet.shard, x, nil, 60)
    refuses("numbers[60]: expected an integer in 1 .. 59, got 60", triplet.shard, x, all, 59)
    refuses("bad argument #1 to 'trainer' (data: expected all 61 rows where there is one rank, got 60)",
      triplet.trainer, { data = triplet.shard(x, all, 61), labels = labels, layers = { 2 } })
    refuses("bad argument #1 to 'attach' (data: expected 60 integers, got 2)", trainer.attach, trainer,
      triplet.shard(x, { 1, 2 }, 60), labels)
    refuses("bad argument #1 to 'embed' (x: expected ascending numbers of 3 rows, got row 2 at index 3)", trainer.embed,
      trainer, triplet.shard(triplet.matrix(3, 2), { 1, 3, 2 }, 3))
    refuses("bad argument #1 to 'evaluate_held_out' (embeddings: expected all 4 rows where there is one rank, got 3)",
      triplet.evaluate_held_out, triplet.shard(triplet.matrix(3, 2), { 1, 2, 3 }, 4), { 1, 1, 2, 2 }, {})
    refuses("data: expected a matrix or a table of rows beside references, got a shard", triplet.trainer,
      { data = triplet.shard(x, all, 60), references = x, layers = { 2 } })
    refuses("layers: expected at least 1 to train on a shard, got 0: a free embedding table has no rows",
      triplet.trainer, { data = triplet.shard(x, all, 60), labels = labels })
    refuses("queries: expected a matrix or a table of rows, got triplet.shard", triplet.nearest,
      triplet.shard(x, all, 60), x, { k = 1 })
  end)
end)
