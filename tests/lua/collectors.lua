--- Collectors of garbage of every temper: what tests/lua/allocations.lua is told of a call of everything in the module
--- does not depend on when Lua collects, or how. Prints what it ran. (allocations.c collects at every allocation.)

require "tests.lua.older"
if jit then -- luacheck: ignore 113
  jit.off() -- luacheck: ignore 113
end

local function call_everything()
  return dofile "tests/lua/allocations.lua"
end

--- Calls `at` at each call, and each return, of the functions that f runs.
local function at_each_call(f, at)
  debug.sethook(at, "cr")
  local told = f()
  debug.sethook()
  return told
end

local function whole()
  collectgarbage()
end

local function step()
  collectgarbage("step", 0)
end

local tempers = {
  { "never", function()
    collectgarbage("stop")
    return call_everything()
  end },
  { "at each call", function()
    collectgarbage("stop")
    return at_each_call(call_everything, whole)
  end },
  { "a step at each call", function()
    collectgarbage("stop")
    return at_each_call(call_everything, step)
  end },
  { "without a pause", function()
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 1000)
    return call_everything()
  end },
  { "of the young, of whom nobody grows old in peace", function()
    if pcall(collectgarbage, "generational", 1, 1) then -- which 5.2 and 5.4 have
      return at_each_call(call_everything, step)
    end
    return call_everything()
  end },
}

local expected = call_everything()
assert(#expected > 1000)
for _, temper in ipairs(tempers) do
  local told = temper[2]()
  pcall(collectgarbage, "incremental")
  collectgarbage("restart")
  collectgarbage("setpause", 200)
  collectgarbage("setstepmul", 200)
  collectgarbage()
  print(temper[1] .. (told == expected and ": the same" or ": others"))
end
