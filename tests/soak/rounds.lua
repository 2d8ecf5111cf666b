--- Rounds of work until the time is over: rounds.lua SECONDS. Each prints the process's own memory in bytes and what
--- came out, which is to be the same every time: of tests/lua/shared.lua, and whether a trainer that lives through all
--- rounds goes on as one that is loaded from its bytes.

local triplet = require "triplet"

local STEPS = 100 -- of the lasting trainer in a round

local started = os.time()
local seconds = assert(tonumber(arg[1]), "seconds")
local path = os.tmpname()

local shared = assert(loadfile("tests/lua/shared.lua"))
local function printed_by_shared()
  local lines, print_as_before = {}, print
  rawset(_G, "arg", { path })
  rawset(_G, "print", function(line)
    lines[#lines + 1] = line
  end)
  shared()
  rawset(_G, "print", print_as_before)
  return table.concat(lines, " ")
end

local x, labels = triplet.synthetic("rings", 300, 1, 5)
local lasting = triplet.trainer {
  data = x, labels = labels, layers = { 32, 8 }, mining = "distance_weighted", distance = "squared", seed = 2,
  validation = 0.2,
}

local function goes_on_as_loaded()
  local loaded = triplet.from_bytes(lasting:tobytes())
  loaded:attach(x, labels)
  for _ = 1, STEPS do
    lasting:step()
    loaded:step()
  end
  return loaded:tobytes() == lasting:tobytes()
end

-- Not that of files, which the system takes and gives back as it likes.
local function own_memory()
  collectgarbage()
  collectgarbage()
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^RssAnon:%s+(%d+) kB")
    if kilobytes then
      return kilobytes * 1024
    end
  end
end

io.stdout:setvbuf("line")
while os.time() - started < seconds do
  local printed, goes_on = printed_by_shared(), goes_on_as_loaded()
  print(("%d %s, %s"):format(own_memory(), printed, tostring(goes_on)))
end
os.remove(path)
