--- The Lua module on so many ranks: mpirun -n 3 lua5.4 tests/mpi/module.lua. Speaks TAP on rank 0.
local triplet = require "triplet"
local mpi = require "triplet.mpi"

local world = assert(mpi.world())
local unpack = table.unpack or unpack -- luacheck: ignore

--- A test has passed where it has on every rank.
local function check(name, f)
  local done, problem = pcall(f)
  for rank, said in ipairs(world:gather(done and "" or tostring(problem))) do
    if world.rank == 0 and said ~= "" then
      print(("not ok - module, rank %d of %d: %s\n%s"):format(rank - 1, world.size, name, said))
      return
    end
  end
  if world.rank == 0 then
    print(("ok - module, %d ranks: %s"):format(world.size, name))
  end
end

local function refuses(message, f, ...)
  local done, problem = pcall(f, ...)
  assert(not done and problem:find(message, 1, true), tostring(problem))
end

check("the world is one", function()
  assert(mpi.world() == world)
  assert(world.size == tonumber(arg[1]) and (#world == world.size or _VERSION == "Lua 5.1"))
  assert(tostring(world) == ("triplet.collective: rank %d of %d"):format(world.rank, world.size))
  assert(world.cores >= 1 and world.cores <= triplet.cores())
  assert(triplet.kind(world) == "collective")
  assert(getmetatable(world) == false)
end)

check("what it has is told", function()
  refuses("no field 'ranks': it has abort, announce, cores, finish, gather, rank, received, size", function()
    return world.ranks
  end)
  refuses("triplet.collective does not let you set field 'rank'", function()
    world.rank = 1
  end)
  refuses("calling 'gather' on bad self (expected a triplet.collective, got string)", world.gather, "x")
  refuses("bad argument #1 to 'gather' (bytes: expected a string, got nil)", world.gather, world)
  refuses("bad argument #2 to 'gather' (seconds: expected a number, got string)", world.gather, world, "", "soon")
end)

check("every rank has a number", function()
  local seen = world:gather(("%d"):format(world.rank))
  assert(#seen == world.size)
  for rank, text in ipairs(seen) do
    assert(text == ("%d"):format(rank - 1))
  end
end)

check("texts of any length", function()
  for _, length in ipairs { 0, 1, 70001, 3000001 } do
    local own = world.rank % 2 == 0 and ("%d\0\n"):format(world.rank):rep(length) or ""
    local seen = world:gather(own, 60)
    for rank, text in ipairs(seen) do
      assert(text == ((rank - 1) % 2 == 0 and ("%d\0\n"):format(rank - 1):rep(length) or ""))
    end
  end
end)

check("those who do not come are waited for", function()
  if world.rank == world.size - 1 then
    local ends = os.time() + 1
    while os.time() <= ends do end
  end
  assert(#world:gather("") == world.size)
end)

check("triplet takes it, tells it and lets it go", function()
  assert(triplet.collective() == nil)
  assert(triplet.collective(world) == world)
  collectgarbage()
  assert(triplet.collective() == world)
  assert(triplet.collective(nil) == nil and triplet.collective() == nil)
  for _, other in ipairs { "mpi", 1, {}, io.stdout, triplet.matrix(1, 1) } do
    refuses("bad argument #1 to 'collective' (collective: expected what triplet.mpi.world() gives, got ",
      triplet.collective, other)
  end
end)

-- ---- results --------------------------------------------------------------------------------------------------------

local data, labels = triplet.matrix(301, 7):random(1), {}
for i = 1, data.rows do
  labels[i] = i * i % 7
end

local function bytes_of(value)
  if triplet.kind(value) == "matrix" then
    return value:tobytes()
  elseif type(value) ~= "table" then
    return type(value) == "number" and ("%.17g"):format(value) or tostring(value)
  end
  local keys, list = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for i, key in ipairs(keys) do
    list[i] = tostring(key) .. "=" .. bytes_of(value[key])
  end
  return "{" .. table.concat(list, " ") .. "}"
end

--- The same bytes on every rank, and as without a collective.
local function compare(name, f)
  check(name, function()
    local alone = { f() }
    triplet.collective(world)
    local done, problem = pcall(function()
      local together = { f() }
      assert(#together == #alone)
      for i = 1, #alone do
        assert(bytes_of(together[i]) == bytes_of(alone[i]), name .. " differs, result " .. i)
      end
    end)
    triplet.collective(nil)
    assert(done, problem)
  end)
end

local memory = triplet.memory { capacity = 64 }
memory:push(data:view(1, 50), { unpack(labels, 1, 50) })
for _, options in ipairs { { mining = "all" }, { mining = "hard" }, { mining = "semihard" },
  { mining = "distance_weighted", seed = 3 }, { mining = "all", swap = true }, { mining = "easy_positive" },
  { loss = "contrastive" }, { loss = "info_nce" }, { loss = "sup_con" }, { loss = "multi_similarity" },
  { mining = "semihard", references = memory },
  { loss = "info_nce", references = data:select { 5, 4, 3, 2, 1 }, reference_labels = { 4, 2, 2, 4, 1 } } } do
  local name = ("batch_loss %s %s%s"):format(options.loss or "triplet", options.mining or "",
    options.references and " with references" or options.swap and " with swap" or "")
  compare(name, function()
    return triplet.batch_loss(data, labels, options)
  end)
end
compare("mine", function()
  return triplet.mine(data, labels, { mining = "hard" })
end)
compare("nearest", function()
  return triplet.nearest(data, data, { k = 3 })
end)
compare("evaluate", function()
  return triplet.evaluate(data, labels, { k = { 1, 5 } })
end)
compare("verify", function()
  return triplet.verify(data, labels)
end)
compare("classify", function()
  return triplet.classify(data, data, labels, { k = 3 })
end)
for _, options in ipairs { { mining = "semihard" }, { sampler = "epoch", loss = "info_nce", rows_per_class = 3 },
  { mining = "hard", classes_per_batch = 5, rows_per_class = 7 } } do
  compare("a trainer, " .. (options.mining or options.loss), function()
    local given = { data = data, labels = labels, layers = { 16, 4 }, seed = 5, steps = 20 }
    for name, value in pairs(options) do
      given[name] = value
    end
    local trainer = triplet.trainer(given)
    while not trainer.stopped do
      trainer:step()
    end
    return trainer:tobytes(), trainer:embed(data), trainer:evaluate()
  end)
end
