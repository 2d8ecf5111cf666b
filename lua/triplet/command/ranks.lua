--- The ranks of --mpi, which do the same as one: all compute, and the first alone reads, writes and talks. When one
--- fails all do, which they learn where they meet: whenever something is read or written, and at the end. Without --mpi
--- there is one.

local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local invocation = require "triplet.command.invocation"
local progress = require "triplet.progress"
local triplet = require "triplet"

local ranks = {}

-- What triplet.mpi.world() gives; nil: there is one.
local world

-- Seconds that a rank which has failed waits for the others, in case they have, before it ends them.
local PATIENCE = 5

-- Seconds from SIGTERM to what cannot be answered: those of Open MPI, unless it was told others. Some are for the end.
local GRACE = tonumber(os.getenv("OMPI_MCA_odls_base_sigkill_timeout")) or 1
local FOR_THE_END = 0.2

-- ---- where all meet -------------------------------------------------------------------------------------------------

-- What a rank comes to tell: its command line, what the first has done for all, or how it ended.
local BEGIN, RESULT, ENDED = "begin", "result", "ended"

--- What ranks tell is of a kind and has a number, the exit code, and two texts, either of which may be missing.
local function packed(kind, code, text, more)
  local head = ("%s %d %d %d\n"):format(kind, code, text and #text or -1, more and #more or -1)
  return head .. (text or "") .. (more or "")
end

local function unpacked(told)
  local kind, code, length, more_length, place = told:match("^(%l+) (%d+) (%-?%d+) (%-?%d+)\n()")
  length, more_length = tonumber(length), tonumber(more_length)
  local middle = place + math.max(length, 0)
  return { kind = kind, code = tonumber(code), text = length >= 0 and told:sub(place, middle - 1) or nil,
    more = more_length >= 0 and told:sub(middle) or nil }
end

--- What all tell, rank 0 first; nil where some do not come in time.
local function meet(told, seconds)
  local list = world:gather(told, seconds)
  for i, text in ipairs(list or {}) do
    list[i] = unpacked(text)
  end
  return list
end

--- Fails where another rank has ended that should be here.
local function check_all_are_here(list)
  for i, other in ipairs(list) do
    if other.kind == ENDED and other.code ~= 0 then
      error({ code = other.code, message = other.text and ("rank %d: %s"):format(i - 1, other.text) })
    end
  end
end

function ranks.are_many()
  return world ~= nil
end

--- Whether this rank reads, writes and talks.
function ranks.is_first()
  return not world or world.rank == 0
end

--- The place of this rank, from 0, among how many.
function ranks.place()
  return world and world.rank or 0, world and world.size or 1
end

-- ---- the beginning --------------------------------------------------------------------------------------------------

local function load_mpi()
  local found, mpi = interrupt.pcall(require, "triplet.mpi")
  if found then
    return mpi
  elseif tostring(mpi):find("module 'triplet.mpi' not found", 1, true) then
    fail("--mpi: triplet was built without MPI: `make mpi` in its sources builds what is missing, `make install_mpi` "
      .. "installs it")
  end
  fail("--mpi: %s", mpi)
end

-- Prints where the standard error of mpirun is, which passes on ours, if it runs on this machine; and a second line if
-- that and its standard output are terminals.
local FIND_MPIRUN = [=[
process=$PPID
while [ "$process" -gt 1 ] && read -r name < "/proc/$process/comm"; do
  case $name in mpirun*|mpiexec*) echo "/proc/$process/fd/2"
    test -t 0 < "/proc/$process/fd/2" && test -t 0 < "/proc/$process/fd/1" && echo one
    break ;; esac
  process=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$process/status")
done 2> /dev/null]=]

--- What is told on the way is for who looks at mpirun.
local function show_progress()
  local pipe = io.popen(FIND_MPIRUN)
  local path = pipe:read("*l")
  local are_one = path and pipe:read("*l")
  pipe:close()
  if path then
    progress.is_seen_at(path)
  end
  if are_one then -- two streams would be out of step when they get there
    io.stdout = io.stderr -- luacheck: ignore 122
  end
end

--- Fails on all ranks where one was not started as the first was.
local function check_beginning(line)
  local list = meet(packed(BEGIN, 0, line, triplet.version))
  local first = list[1]
  for i, other in ipairs(list) do
    if other.more ~= first.more then
      fail("rank %d is of triplet %s, rank 0 of triplet %s", i - 1, other.more, first.more)
    elseif other.text ~= first.text then
      fail.usage("rank %d was started with other options: %s, where rank 0 has %s", i - 1, other.text, first.text)
    end
  end
end

--- Where a command line asks for it, joins the ranks that mpirun has started.
function ranks.join(arguments)
  local is_wanted = false
  for _, argument in ipairs(arguments) do
    is_wanted = is_wanted or argument == "--mpi"
  end
  if not is_wanted then
    return
  end
  local all, problem = load_mpi().world()
  if not all then
    fail("--mpi: %s", problem)
  end
  world = all
  interrupt.one_of_many()
  -- mpirun ends ranks on Ctrl-C, and when one is gone.
  world:announce(ranks.is_first() and "triplet: ended by mpirun\n" or "", math.max(GRACE - FOR_THE_END, 0))
  if ranks.is_first() then
    show_progress()
  end
  check_beginning(invocation.line(arguments))
  triplet.collective(world)
end

--- How many processes mpirun has started, of which each would do all of the work and this is the first; nil: it is not
--- so.
function ranks.forgotten()
  local size = tonumber(os.getenv("OMPI_COMM_WORLD_SIZE") or os.getenv("PMI_SIZE"))
  local rank = os.getenv("OMPI_COMM_WORLD_RANK") or os.getenv("PMI_RANK")
  return not world and size and size > 1 and rank == "0" and size or nil
end

-- ---- meanwhile ------------------------------------------------------------------------------------------------------

--- The cores for this rank.
function ranks.cores()
  return world and world.cores or triplet.cores()
end

--- Calls f on the first rank alone. Returns on all what it returns, a text or nil and a text, or fails as it does.
function ranks.by_first(f)
  if not world then
    return f()
  end
  local told, failure = packed(RESULT, 0), nil
  if ranks.is_first() then
    local done, text, more = pcall(f)
    if done then
      told = packed(RESULT, 0, text, more)
    elseif type(text) == "table" then
      failure, told = text, packed(RESULT, text.code, text.message)
    else
      error(text, 0)
    end
  end
  local list = meet(told)
  check_all_are_here(list)
  local first = list[1]
  if first.code ~= 0 then
    error(failure or { code = first.code, message = first.text })
  end
  return first.text, first.more
end

--- Calls f on every rank. All fail where one does.
function ranks.each(f)
  if not world then
    return f()
  end
  local done, failure = pcall(f)
  if not done and type(failure) ~= "table" then
    error(failure, 0)
  end
  local list = meet(packed(RESULT, done and 0 or failure.code, not done and failure.message or nil))
  check_all_are_here(list)
  for i, other in ipairs(list) do
    if other.code ~= 0 then
      error { code = other.code, message = i > 1 and ("rank %d: %s"):format(i - 1, other.text) or other.text }
    end
  end
end

-- ---- the end --------------------------------------------------------------------------------------------------------

--- What the whole run ends with, of what the ranks end with: an interruption before other failures, of which it may be
--- the cause, and these before what went well.
local function outcome_of(list)
  local chosen, are_alike = 1, true
  for i, other in ipairs(list) do
    are_alike = are_alike and other.code == list[1].code and other.text == list[1].text
    local code = list[chosen].code
    if code == 0 and other.code ~= 0 or code ~= 130 and other.code == 130 then
      chosen = i
    end
  end
  local code, text = list[chosen].code, list[chosen].text
  local is_of_one = not are_alike and code ~= 130 and text and not text:find("^rank %d+: ")
  return code, is_of_one and ("rank %d: %s"):format(chosen - 1, text) or text
end

--- Ends the run of a rank with an exit code and a message or nil. Returns the code of the whole run, whose message is
--- told once, by tell(message).
function ranks.leave(code, message, tell)
  if not world then
    tell(message)
    return code
  end
  while true do
    local list = meet(packed(ENDED, code, message), code ~= 0 and PATIENCE or nil)
    if not list then -- they do something else, and would wait for this one there
      tell(("rank %d: %s"):format(world.rank, message or "ended"))
      world:abort(code)
    end
    local have_ended = true
    for _, other in ipairs(list) do
      have_ended = have_ended and other.kind == ENDED
    end
    if have_ended then
      code, message = outcome_of(list)
      if ranks.is_first() then
        tell(message)
        world:announce("")
      end
      world:finish()
      return code
    end
  end
end

return ranks
