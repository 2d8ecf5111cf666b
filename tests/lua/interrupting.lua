--- Runs before the command (LUA_INIT) and sends it the signal of Ctrl-C in the middle of one of its calls, at the same
--- moment each time. INTERRUPT: "CALL COUNT SIGNALS", the so-manieth call of what CALLS has, and how many signals.

local triplet = require "triplet"

local CALLS = {
  read = { require "triplet.command.dataset", "read" },
  evaluate = { triplet, "evaluate_held_out" },
  step = { triplet.methods.trainer, "step" },
  embed = { triplet.methods.trainer, "embed" },
  write = { triplet.methods.output, "write" },
}

local call, count, signals = os.getenv("INTERRUPT"):match("^(%a+) (%d+) (%d+)$")
local holder, name = table.unpack(CALLS[call])
local original = holder[name]
local left = tonumber(count)

local function interrupt()
  for _ = 1, tonumber(signals) do
    io.popen("kill -INT $PPID"):close()
  end
end

--- A function that is told of progress, with the signal before it.
local function interrupting(progress)
  return function(done)
    interrupt()
    return progress(done)
  end
end

holder[name] = function(...)
  left = left - 1
  if left ~= 0 then
    return original(...)
  end

  local arguments = table.pack(...)
  local last = arguments[arguments.n]
  if type(last) == "function" then
    arguments[arguments.n] = interrupting(last)
  elseif type(last) == "table" and last.progress and call ~= "read" then
    last.progress = interrupting(last.progress)
  else
    interrupt()
  end
  return original(table.unpack(arguments, 1, arguments.n))
end
