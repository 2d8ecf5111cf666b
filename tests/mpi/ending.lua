--- Runs before the command (LUA_INIT) and ends one of its ranks in the middle of training. ENDING: "RANK STEP SECONDS",
--- killed so long after the so-manieth step has begun; "RANK STEP ctrl-c", where mpirun is told by it what a terminal
--- tells on Ctrl-C; or "RANK STEP TEXT", which is raised there.

local triplet = require "triplet"

local INTERRUPT_MPIRUN = [=[
process=$PPID
while read -r name < "/proc/$process/comm"; do
  case $name in mpirun* | mpiexec*) kill -INT "$process"; break ;; esac
  process=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$process/status")
done]=]

local rank, step, how = os.getenv("ENDING"):match("^(%d+) (%d+) (.*)$")

if rank == (os.getenv("OMPI_COMM_WORLD_RANK") or os.getenv("PMI_RANK")) then
  local original, left = triplet.methods.trainer.step, tonumber(step)
  triplet.methods.trainer.step = function(...)
    left = left - 1
    if left == 0 and how == "ctrl-c" then
      os.execute(INTERRUPT_MPIRUN)
    elseif left == 0 and tonumber(how) then
      os.execute(("{ sleep %s; kill -KILL $PPID; } &"):format(how))
    elseif left == 0 then
      error(how, 0)
    end
    return original(...)
  end
end
