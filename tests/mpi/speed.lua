--- How long some calls take on so many ranks, and what a rank receives for each. The machine should have nothing else
--- to do:
---
---     mpirun -n 2 lua5.4 tests/mpi/speed.lua [share of the rows]
local triplet = require "triplet"

local world = assert(require("triplet.mpi").world())
local TIMES = 3
local share = tonumber(arg[1] or 1)

triplet.collective(world)

--- Seconds of the wall clock, which Lua has whole ones of alone.
local function now()
  local pipe = io.popen("date +%s.%N")
  local seconds = pipe:read("*n")
  pipe:close()
  return seconds
end

local function measure(name, f)
  f()
  local best, received = math.huge, world.received
  for _ = 1, TIMES do
    world:gather("") -- all begin together
    local began = now()
    f()
    best = math.min(best, now() - began)
  end
  if world.rank == 0 then
    print(("%-32s %d ranks %9.3f s %12.0f bytes"):format(name, world.size, best, (world.received - received) / TIMES))
  end
end

local function rows_of(count, cols)
  local rows, labels = triplet.matrix(math.floor(count * share), cols):random(1), {}
  for i = 1, rows.rows do
    labels[i] = i % 64
  end
  return rows, labels
end

local batch, labels = rows_of(8192, 128)
for _, options in ipairs { { mining = "hard" }, { loss = "info_nce" }, { loss = "contrastive" }, { mining = "all" } } do
  measure(("batch %d x 128, %s"):format(batch.rows, options.loss or options.mining), function()
    triplet.batch_loss(batch, labels, options)
  end)
end

local rows, classes = rows_of(50000, 64)
measure(("evaluate %d x 64"):format(rows.rows), function()
  triplet.evaluate(rows, classes, { k = { 1, 5 } })
end)

local trainer = triplet.trainer { data = batch, labels = labels, layers = { 512, 128 }, seed = 1, loss = "info_nce",
  classes_per_batch = 64, rows_per_class = math.floor(batch.rows / 64) }
measure("step, layers 512, 128, info_nce", function()
  trainer:step()
end)
