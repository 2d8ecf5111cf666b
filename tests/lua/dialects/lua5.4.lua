-- In the dialect of Lua 5.4: <const> and <close>, coroutine.close, warn, a collector that is generational.
local triplet <const> = require "triplet"
collectgarbage "generational"
warn "@off"

local function hash(bytes)
  local sum = 0
  for i = 1, #bytes do
    sum = sum * 31 + bytes:byte(i) & 0xffffffff
  end
  return ("%08x"):format(sum)
end

local rows <const>, labels <const> = {}, {}
local draw = coroutine.wrap(function()
  local state = 1
  while true do
    state = (75 * state + 74) % 65537
    coroutine.yield(state)
  end
end)
for i = 1, 60 do
  local state <const> = draw()
  rows[i] = { (state & 255) / 64 - 2, state % 7 }
  labels[i] = ({ "één", "twee", "\u{4e09}" })[(state >> 8) % 3 + 1]
end
local x <const> = triplet.matrix(rows)
print("rows", #x, hash(x:tobytes()))

local r <const> = triplet.batch_loss(x, labels, { margin = 0.5 })
print("loss", ("%.17g %d"):format(r.loss, r.stats.active), hash(r.gradient:tobytes()))

local trainer <close> = triplet.trainer{ data = x, labels = labels, layers = { 4, 2 }, steps = 20, seed = 3,
  mining = "hard" }
local told = 0
local training = coroutine.create(function()
  local sampler <close> = triplet.sampler{ labels = labels, seed = 1 }
  for _ = 1, 20 do
    told = told + trainer:step().step
    coroutine.yield()
  end
end)
for _ = 1, 20 do
  assert(coroutine.resume(training))
end
assert(coroutine.close(training))
print("run", ("%d %d"):format(trainer.steps, told), hash(trainer:tobytes()))
print("classes", table.unpack(trainer.classes))

local near = triplet.nearest(trainer:embed(x), trainer:embed(rows), { k = 3 })
print("near", table.unpack(near.indices[2]))
print("refused", select(2, pcall(triplet.mine, x, labels, { seed = 0x1p-1 })))
