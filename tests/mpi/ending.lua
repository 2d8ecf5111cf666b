--- Runs before the command (LUA_INIT) and ends one of its ranks in the middle of training. ENDING: "RANK STEP SECONDS",
--- killed so long after the so-manieth step has begun, or "RANK STEP TEXT", which is raised there.

local triplet = require "triplet"

local rank, step, how = os.getenv("ENDING"):match("^(%d+) (%d+) (.*)$")

if rank == (os.getenv("OMPI_COMM_WORLD_RANK") or os.getenv("PMI_RANK")) then
  local original, left = triplet.methods.trainer.step, tonumber(step)
  triplet.methods.trainer.step = function(...)
    left = left - 1
    if left == 0 and not tonumber(how) then
      error(how, 0)
    elseif left == 0 then
      os.execute(("{ sleep %s; kill -KILL $PPID; } &"):format(how))
    end
    return original(...)
  end
end
