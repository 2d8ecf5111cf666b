-- In the dialect of Lua 5.2: _ENV, goto, bit32, table.pack, load with an environment, __pairs, hexadecimal floats.
local _ENV = setmetatable({ triplet = require "triplet" }, { __index = _ENV })

function hash(bytes)
  local sum = 0
  for i = 1, #bytes do
    sum = bit32.band(sum * 31 + bytes:byte(i), 0xffffffff)
  end
  return ("%08x"):format(sum)
end

local rows, labels, state, i = {}, {}, 1, 0
::row::
i = i + 1
state = (75 * state + 74) % 65537
rows[i] = { bit32.extract(state, 0, 8) * 0x1p-6 - 2, state % 7 }
labels[i] = ({ "één", "twee", "\xe4\xb8\z
  \x89" })[bit32.rshift(state, 8) % 3 + 1]
if i < 60 then
  goto row
end
local x = triplet.matrix(rows)
print("rows", rawlen(rows), hash(x:tobytes()))

local code = "return triplet.batch_loss(...)"
local r = load(code, "=code", "t", { triplet = triplet })(x, labels, { margin = 0x.8 })
print("loss", ("%.17g %d"):format(r.loss, r.stats.active), hash(r.gradient:tobytes()))

local trainer = triplet.trainer{ data = x, labels = labels, layers = { 4, 2 }, steps = 20, seed = 3, mining = "hard" }
local told = 0
trainer:run(function(at)
  if at.step == 0 then
    goto continue
  end
  told = told + at.step
  ::continue::
end)
print("run", ("%d %d"):format(trainer.steps, told), hash(trainer:tobytes()))
local classes = table.pack(table.unpack(trainer.classes))
print("classes", table.unpack(classes, 1, classes.n))

local near = setmetatable({}, {
  __pairs = function()
    return next, triplet.nearest(trainer:embed(x), trainer:embed(rows), { k = 3 })
  end,
})
for name, value in pairs(near) do
  if name == "indices" then
    print("near", table.unpack(value[2]))
  end
end
print("refused", select(2, pcall(triplet.mine, x, labels, { seed = 0x.8 })))
