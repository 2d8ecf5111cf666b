--- Runs before the command (LUA_INIT) and sends it the signal of Ctrl-C in the middle of one of its calls, at the same
--- moment each time. INTERRUPT: "CALL COUNT SIGNALS", the so-manieth call of what CALLS has, and how many signals, or 0
--- for an end as a loss of power brings it; of the call "any" it is any of them, or a time that one of them tells its
--- progress.

local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local CALLS = {
  read = { require "triplet.command.dataset", "read" },
  evaluate = { triplet, "evaluate_held_out" },
  step = { triplet.methods.trainer, "step" },
  embed = { triplet.methods.trainer, "embed" },
  write = { triplet.methods.output, "write" },
  nearest = { triplet, "nearest" },
  classify = { triplet, "classify" },
  verify = { triplet, "verify" },
}

local call, count, signals = os.getenv("INTERRUPT"):match("^(%a+) (%d+) (%d+)$")
local left = tonumber(count)

local function interrupt()
  if tonumber(signals) == 0 then
    io.popen("kill -KILL $PPID"):close()
  end
  for _ = 1, tonumber(signals) do
    io.popen("kill -INT $PPID"):close()
  end
end

--- A moment passes, and may be the one.
local function pass()
  left = left - 1
  if left == 0 then
    interrupt()
  end
end

--- A function that is told of progress, with something before it.
local function after(before, progress)
  return function(done)
    before()
    return progress(done)
  end
end

--- Has something done before each time that a call tells its progress. Returns its arguments, and whether it tells any.
local function with_progress(arguments, before)
  local last = arguments[arguments.n]
  if type(last) == "function" then
    arguments[arguments.n] = after(before, last)
  elseif type(last) == "table" and last.progress and call ~= "read" then
    last.progress = after(before, last.progress)
  else
    return false
  end
  return true
end

local function replace(holder, name)
  local original = holder[name]
  holder[name] = function(...)
    local arguments = { n = select("#", ...), ... }
    if call == "any" then
      pass()
      with_progress(arguments, pass)
    else
      left = left - 1
      if left == 0 and not with_progress(arguments, interrupt) then
        interrupt()
      end
    end
    return original(unpack(arguments, 1, arguments.n))
  end
end

for name, place in pairs(CALLS) do
  if call == name or call == "any" then
    replace(place[1], place[2])
  end
end

-- How many moments there were.
if os.getenv("MOMENTS") then
  local exit = os.exit
  os.exit = function(...) -- luacheck: ignore 122
    local file = io.open(os.getenv("MOMENTS"), "w")
    file:write(("%d\n"):format(tonumber(count) - left))
    file:close()
    exit(...)
  end
end
