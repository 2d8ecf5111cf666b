-- In the dialect of Lua 5.3: integers and floats, // and the operators of bits, string.pack, utf8, table.move.
local triplet = require "triplet"

local function hash(bytes)
  local sum = 0
  for _, byte in ipairs{ bytes:byte(1, -1) } do
    sum = sum * 31 + byte & 0xffffffff
  end
  return ("%08x"):format(sum)
end

local packed, labels, state = {}, {}, 1
for i = 1.0, 60.0 do -- keys that are floats, and become integers
  state = (75 * state + 74) % 65537
  packed[i] = ("<ff"):pack((state & 255) / 64 - 2, state % 7)
  labels[i] = ({ "één", "twee", utf8.char(0x4e09) })[(state >> 8) % 3 + 1]
end
local x = triplet.matrix.from_bytes(table.concat(packed), 120 // 2.0, 2)
print("rows", x.rows, hash(x:tobytes()))

local r = triplet.batch_loss(x, table.move(labels, 1, 60, 1, {}), { margin = 1 / 2 })
print("loss", ("%.17g %d"):format(r.loss, r.stats.active), hash(r.gradient:tobytes()))

local trainer = triplet.trainer{ data = x, labels = labels, layers = { 4.0, 2 }, steps = 40 // 2, seed = 3.0,
  mining = "hard" }
local told = 0
trainer:run(function(at)
  assert(math.type(at.step) == "integer" and math.type(at.loss) == "float")
  told = told + at.step
end)
print("run", ("%d %d"):format(trainer.steps, told), hash(trainer:tobytes()))
for _, class in ipairs(trainer.classes) do
  assert(utf8.len(class))
end
print("classes", table.unpack(trainer.classes))

local near = triplet.nearest(trainer:embed(x), trainer:embed(x), { k = 9 // 3 })
print("near", table.unpack(near.indices[2.0]))
print("refused", select(2, pcall(triplet.mine, x, labels, { seed = 2 ^ -1 })))
