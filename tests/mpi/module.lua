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

check("ranks that differ are told", function()
  if world.size > 1 then
    triplet.collective(world)
    local rows = triplet.matrix(world.rank == 0 and 200 or 100, 3):random(1)
    local done, problem = pcall(triplet.nearest, rows, rows, { k = 1 })
    triplet.collective(nil)
    assert(not done and problem:find("rank 1 makes its call with other values than rank 0", 1, true), problem)
  end
end)

check("what fails on one rank fails on all", function()
  local rows = triplet.matrix(200, 3):random(1)
  triplet.collective(world)
  local found, problem = triplet.nearest(rows, rows, { k = 1, progress = function()
    return world.rank ~= world.size - 1
  end })
  triplet.collective(nil)
  assert(not found and problem == "cancelled", tostring(problem))
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

--- Whichever rank has a row, one has it. As without a collective where `size` is 1.
local function shard_of(rows, owner)
  local together, numbers = triplet.collective() ~= nil, {}
  for row = 1, rows.rows do
    if not together or owner(row) % world.size == world.rank then
      numbers[#numbers + 1] = row
    end
  end
  return triplet.shard(rows:select(numbers), numbers, rows.rows)
end

for _, dealing in ipairs {
  { "row by row", function(row) return row end },
  { "all on one rank", function() return world.size - 1 end },
  { "anywhere", function(row) return row * row % 11 end },
} do
  local name, owner = unpack(dealing)
  compare("a shard, " .. name, function()
    local rows = shard_of(data, owner)
    local trainer = triplet.trainer{ data = rows, labels = labels, layers = { 5, 2 }, steps = 6, validation = 0.2,
      evaluate_every = 3 }
    trainer:run()
    local held_out = { unpack(trainer.validation_rows) }
    local whole = triplet.trainer{ data = data, labels = labels, layers = { 5, 2 }, steps = 6, validation = 0.2,
      evaluate_every = 3 }
    whole:run()
    assert(whole:tobytes() == trainer:tobytes())
    assert(whole:embed(data):tobytes() == trainer:embed():tobytes())
    local found = triplet.evaluate_held_out(rows, labels, held_out, { k = { 1, 5 } })
    assert(bytes_of(found) == bytes_of(triplet.evaluate_held_out(data, labels, held_out, { k = { 1, 5 } })))
    return trainer:tobytes(), trainer:embed(), trainer:evaluate(), found
  end)
end

-- Equal could be equally wrong: gradients against differences of losses that one process takes, over the whole batch.
-- Elsewhere they were scaled by the number of ranks (pytorch-metric-learning 363, lightly 1977), or lacked what a row
-- is to the anchors of other ranks (open_clip 616).
local STEP = 1 / 512

local function close(found, expected, largest)
  return math.abs(found - expected) < 2e-3 * largest
end

for _, options in ipairs { { loss = "info_nce" }, { loss = "sup_con" }, { loss = "multi_similarity" },
  { mining = "all", soft_margin = true, reduction = "sum" } } do
  check(("gradients of %s are those of the whole batch: pytorch-metric-learning 363, lightly 1977, open_clip 616")
    :format(options.loss or "triplet"), function()
    local rows, few = triplet.matrix(70, 3):random(9), { unpack(labels, 1, 70) }
    triplet.collective(world)
    local done, result = pcall(triplet.batch_loss, rows, few, options)
    triplet.collective(nil)
    assert(done, result)
    local gradient, largest = result.gradient, 0
    for _, row in ipairs(gradient:totable()) do
      for _, value in ipairs(row) do
        largest = math.max(largest, math.abs(value))
      end
    end
    assert(largest > 0)
    for row = 1, 70, 3 do
      local column = row % 3 + 1
      local before, around = rows:get(row, column), {}
      for i, sign in ipairs { -1, 1 } do
        rows:set(row, column, before + sign * STEP)
        around[i] = triplet.batch_loss(rows, few, options).loss
      end
      rows:set(row, column, before)
      assert(close(gradient:get(row, column), (around[2] - around[1]) / (2 * STEP), largest), "row " .. row)
    end
  end)
end

-- Each query has a reference of its own, row by row, whatever rank has which: -log softmax, as plain as can be.
check("query i belongs to reference i of the whole batch: sentence-transformers 3453", function()
  local queries, references, numbers = triplet.matrix(130, 4):random(11), triplet.matrix(130, 4):random(12), {}
  for i = 1, 130 do
    numbers[i] = i
  end
  triplet.collective(world)
  local done, result = pcall(triplet.batch_loss, queries, numbers, { loss = "info_nce", references = references,
    reference_labels = numbers, distance = "dot", temperature = 0.5 })
  triplet.collective(nil)
  assert(done, result)
  local a, b, sum = queries:totable(), references:totable(), 0
  for i = 1, 130 do
    local all, own = 0, nil
    for j = 1, 130 do
      local product = 0
      for k = 1, 4 do
        product = product + a[i][k] * b[j][k]
      end
      all, own = all + math.exp(product / 0.5), i == j and product / 0.5 or own
    end
    sum = sum + math.log(all) - own
  end
  assert(close(result.loss, sum / 130, 1e-2), result.loss)
end)

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
compare("a memory that is filled batch by batch", function()
  local past, list = triplet.memory { capacity = 150 }, {}
  for first = 1, 201, 50 do
    local rows, few = data:view(first, first + 49), { unpack(labels, first, first + 49) }
    list[#list + 1] = triplet.batch_loss(rows, few, { mining = "hard", references = past })
    past:push(rows, few)
  end
  return unpack(list)
end)
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
  { mining = "hard", classes_per_batch = 7, rows_per_class = 40 } } do
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

compare("a table whose rows the ranks share out", function()
  local lines = { "id,x,colour,kind" }
  for row = 1, 200 do
    lines[row + 1] = ("%d,%s,%s,%s"):format(row, row % 9 == 0 and "" or row * row % 17,
      row % 3 == 1 and "red" or "blue", row % 7 == 0 and "" or "k" .. row % 4)
  end
  local columns, recipe = triplet.table.read(table.concat(lines, "\n"), { label = "kind", keep = "id", shard = true })
  local held, are_many = columns.held, triplet.collective() ~= nil and world.size > 1
  assert((#held < columns.rows) == are_many)

  --- What is of the rows that are held, of all ranks.
  local function whole(text)
    return are_many and table.concat(world:gather(text)) or text
  end
  local function joined(list)
    local texts = {}
    for i = 1, #held do
      texts[i] = tostring(list[i])
    end
    return whole(table.concat(texts, " ") .. " ")
  end
  local training = {}
  for row = 1, columns.rows, 2 do
    training[#training + 1] = row
  end
  recipe:fit(training)
  local matrix = recipe:matrix(columns)
  assert(matrix.rows == #held)
  if are_many then
    refuses("rows: expected rows that this rank holds, got", recipe.matrix, recipe, columns,
      { held[1] > 1 and 1 or columns.rows })
  end
  local notes = {}
  for i, note in ipairs(columns.notes) do
    notes[i] = note.text
  end
  return columns.labels, columns.row_numbers, notes, columns:texts("kind"), recipe.columns, whole(matrix:tobytes()),
    joined(columns:numbers("x")), joined(columns:texts("colour"))
end)
