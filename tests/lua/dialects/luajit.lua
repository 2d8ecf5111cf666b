-- In the dialect of LuaJIT: ffi, whose memory is learned from as it is, bit, goto, table.new, numbers of 64 bits.
local ffi = require "ffi"
local bit = require "bit"
local new_table = require "table.new"
local triplet = require "triplet"

local function hash(bytes)
  local from, sum = ffi.cast("const uint8_t *", bytes), ffi.new "uint32_t[1]"
  for i = 0, #bytes - 1 do
    sum[0] = sum[0] * 31ULL + from[i]
  end
  return bit.tohex(sum[0])
end

local values, labels, state = ffi.new "float[60][2]", new_table(60, 0), 1
for i = 0, 59 do
  state = (75 * state + 74) % 65537
  values[i][0], values[i][1] = bit.band(state, 255) / 64 - 2, tonumber(ffi.cast("int64_t", state) % 7LL)
  labels[i + 1] = ({ "één", "twee", "\u{4e09}" })[bit.rshift(state, 8) % 3 + 1]
end
local x = triplet.matrix.over(ffi.cast("void *", values), 60, 2, values)
print("rows", x.rows, hash(ffi.string(values, ffi.sizeof(values))))

local r = triplet.batch_loss(x, labels, { margin = 0.5 })
print("loss", ("%.17g %d"):format(r.loss, r.stats.active), hash(r.gradient:tobytes()))

local trainer = triplet.trainer{ data = x, labels = labels, layers = { 4, 2 }, steps = 20, seed = 3, mining = "hard" }
local told = 0
while true do
  told = told + trainer:step().step
  if trainer.steps == 20 then
    goto trained
  end
end
::trained::
print("run", ("%d %d"):format(trainer.steps, told), hash(trainer:tobytes()))
print("classes", unpack(trainer.classes))

local near = triplet.nearest(trainer:embed(x), trainer:embed(x), { k = 3 })
print("near", unpack(near.indices[2]))
print("refused", select(2, pcall(triplet.mine, x, labels, { seed = 1 / 2 })))
