--- Ctrl-C. The standalone Lua answers the first by an error, "interrupted!", which it raises wherever the main
--- coroutine is, and leaves the second to the system, which ends the program at once. A long call of the library is in
--- Lua whenever it tells its progress.

local interruptions = require("triplet.core").interruptions

local interrupt = {}

-- Instructions between two looks for an interruption that is held.
local LOOK_EVERY = 1000

--- Whether a failure is an interruption.
function interrupt.is(failure)
  return type(failure) == "string" and failure:find("interrupted!$") ~= nil
end

local function checked(done, ...)
  if not done and interrupt.is((...)) then
    error(..., 0)
  end
  return done, ...
end

--- pcall, which an interruption passes: what it catches are errors of f.
function interrupt.pcall(f, ...)
  return checked(pcall(f, ...))
end

local is_one_of_many = false

--- From now on this is one of many ranks, which are interrupted together: nothing spares them.
function interrupt.one_of_many()
  is_one_of_many = true
end

--- Calls f. Returns whether it ran to its end: false where it was interrupted; other errors pass.
function interrupt.spares(f)
  local done, failure = pcall(f)
  if not done and (is_one_of_many or not interrupt.is(failure)) then
    error(failure, 0)
  end
  return done
end

--- Calls f and lets it run to its end. Returns whether nobody wanted to interrupt it; `tell` is called as soon as
--- somebody does. A second interruption ends the program.
function interrupt.held(f, tell)
  local holds, spared, told = false, true, false
  while not holds do -- an interruption may come just before
    spared = interrupt.spares(function()
      interruptions.hold()
      holds = true
    end) and spared
  end

  local function look()
    if not told and interruptions.noted() then
      told = true
      tell()
    end
  end
  debug.sethook(look, "", LOOK_EVERY)
  local done, failure = pcall(f)
  debug.sethook()
  look()
  interruptions.release()
  if not done then
    error(failure, 0)
  end
  return spared and not told
end

local only_at_ticks = false

--- Somewhere to be interrupted in the middle of a call.
function interrupt.tick()
  if only_at_ticks and interruptions.noted() then
    error("interrupted!", 0)
  end
end

--- Calls f, which many ranks call. It is interrupted at its ticks alone: there they are in a call together, and learn
--- of it by that. A second interruption ends the program.
function interrupt.together(f)
  if not is_one_of_many then
    return f()
  end
  only_at_ticks = true
  interruptions.hold()
  local done, result = pcall(f)
  interruptions.release()
  only_at_ticks = false
  if not done or interruptions.noted() then
    error(done and "interrupted!" or result, 0)
  end
  return result
end

--- Ends the program, with what it says of the interruption.
function interrupt.give_up(format, ...)
  error({ message = "interrupted" .. format:format(...), code = 130 })
end

return interrupt
