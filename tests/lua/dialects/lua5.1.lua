-- In the dialect of Lua 5.1: setfenv, unpack, loadstring, table.maxn, newproxy, "%" and math.floor.
require "triplet"

setfenv(1, setmetatable({ triplet = package.loaded.triplet }, { __index = _G }))

function hash(bytes)
  sum = 0
  string.gsub(bytes, ".", function(byte)
    sum = (sum * 31 + string.byte(byte)) % 2 ^ 32
  end)
  return string.format("%08x", sum)
end

rows, labels, state = {}, {}, 1
for i = 1, 60 do
  state = (75 * state + 74) % 65537
  table.insert(rows, { state % 256 / 64 - 2, math.mod and math.mod(state, 7) or math.fmod(state, 7) })
  labels[table.maxn(labels) + 1] = ({ "één", "twee", "三" })[math.floor(state / 256) % 3 + 1]
end
x = triplet.matrix(rows)
print("rows", #x, hash(x:tobytes()))

r = loadstring "local x, labels, options = ... return triplet.batch_loss(x, labels, options)"
setfenv(r, getfenv(1))
r = r(x, labels, { margin = 0.5 })
print("loss", string.format("%.17g %d", r.loss, r.stats.active), hash(r.gradient:tobytes()))

trainer = triplet.trainer{ data = x, labels = labels, layers = { 4, 2 }, steps = 20, seed = 3, mining = "hard" }
told = 0
trainer:run(setfenv(function(at)
  told = told + at.step
end, getfenv(1)))
print("run", string.format("%d %d", trainer.steps, told), hash(trainer:tobytes()))
print("classes", unpack(trainer.classes))

proxy = newproxy(true)
getmetatable(proxy).__index = triplet.nearest(trainer:embed(x), trainer:embed(rows), { k = 3 })
print("near", unpack(proxy.indices[2]))
print("refused", select(2, pcall(triplet.mine, x, labels, { seed = 1 / 2 })))
