--- Runs a script and then prints a hash of all that it learned: the weights of each trainer, encoder and optimiser and
--- each gradient. lua5.4 tests/bridge/record.lua SCRIPT; in WebAssembly the same file.

local triplet = require "triplet"

-- FNV-1a of 64 bits, eight bytes at a time.
local hash, count = 0xcbf29ce484222325, 0

local function add(bytes)
  count = count + #bytes
  bytes = bytes .. ("\0"):rep(-#bytes % 8)
  for i = 1, #bytes, 8 do
    hash = (hash ~ string.unpack("<i8", bytes, i)) * 0x100000001b3
  end
end

--- Calls note(...) with the arguments and results of owner[name] after each call.
local function watch(owner, name, note)
  local original = owner[name]
  owner[name] = function(...)
    local results = table.pack(original(...))
    note(results[1], ...)
    return table.unpack(results, 1, results.n)
  end
end

watch(triplet, "margin_loss", function(result)
  add(result.gradients.anchors:tobytes())
end)
watch(triplet, "indexed_loss", function(result)
  add(result.gradient:tobytes())
end)
watch(triplet.methods.optimizer, "update", function(_, _, parameters)
  add(parameters:tobytes())
end)
watch(triplet.methods.trainer, "run", function(_, trainer)
  add(trainer:tobytes())
end)

dofile(arg[1])
assert(count > 0, "nothing was learned")
print(("%d bytes of weights and gradients, hash %016x"):format(count, hash))
