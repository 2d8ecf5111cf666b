-- Changes core/ in small ways, one at a time, and asks whether a test of the core notices: `make mutants` does it with
-- MUTANTS of them, always the same ones as long as their lines stay. verdicts.txt has what became of each:
--
--   killed      by this test, the first that failed
--   equivalent  for this reason nothing that is promised changes
--   speed       likewise, but for the time it takes
--   survived    no test noticed
--
--   lua5.4 tests/mutants/run.lua BUILD           all of them, as many at a time as there are processors
--   lua5.4 tests/mutants/run.lua BUILD resume    those that an interrupted run has left
--   lua5.4 tests/mutants/run.lua BUILD sum       writes the verdicts of what such a run has judged
--   lua5.4 tests/mutants/run.lua BUILD list      only names them
--
-- BUILD has the core and its tests as `make mutants` builds them. A mutant that makes no difference to the object code
-- is none. Of those that are neither equivalent nor a matter of speed SHARE have to be killed. Reasons are written by
-- hand, in place of a survivor's verdict, and kept.
package.path = "tests/mutants/?.lua;" .. package.path
local mutate = require "mutate"

local MUTANTS, SEED, SHARE = 300, 1, 0.98
local VERDICTS = "tests/mutants/verdicts.txt"
local build, what, lane = arg[1], arg[2], arg[3]
local results = build .. "/results"

-- Tests that see most of a file that has none of its name.
local SEEN_BY = {
  ["kernels.inc"] = "kernels margin losses", ["product.inc"] = "product encoder", ["filter.inc"] = "filter index",
  ["columns.c"] = "table", ["values.c"] = "table", ["findings.c"] = "table", ["notes.c"] = "table",
  ["dictionary.c"] = "table", ["hinge.c"] = "margin", ["selection.c"] = "batch mining", ["survey.c"] = "mining batch",
  ["pickers.c"] = "mining", ["strategy.c"] = "modes mining", ["relations.c"] = "labels", ["label_list.c"] = "memory",
  ["sparse.c"] = "batch mining", ["pairs.c"] = "losses batch", ["symmetric.c"] = "losses distance",
  ["loss_triplet.c"] = "batch losses", ["retrieval.c"] = "metrics", ["roc.c"] = "verify", ["votes.c"] = "classify",
  ["stored.c"] = "model saved", ["json.c"] = "model", ["safetensors.c"] = "model vectors", ["dtype.c"] = "vectors",
  ["npy.c"] = "vectors", ["fvecs.c"] = "vectors", ["words.c"] = "vectors", ["collective.c"] = "ranks",
  ["search.c"] = "nearest index", ["training_set.c"] = "trainer training_pairs", ["companions.c"] = "model",
  ["error.c"] = "context", ["checks.c"] = "shapes context", ["allocate.c"] = "context", ["dispatch.c"] = "context",
}

local function shell(...)
  return os.execute(string.format(...))
end

local function output_of(...)
  local pipe = io.popen(string.format(...))
  local text = pipe:read "a"
  pipe:close()
  return text
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  return text, file and file:close()
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- FNV-1a, 64 bits.
local function hash(text)
  local value = 0xcbf29ce484222325
  for i = 1, #text do
    value = (value ~ text:byte(i)) * 0x100000001b3
  end
  return ("%016x"):format(value)
end

-- All mutants in an order of chance, one of each line: a line that changes takes its own along, and another comes in.
local function drawn()
  local of_place, all = {}, {}
  for file in output_of("ls core/*.c core/*.inc"):gmatch "core/(%S+)" do
    for _, mutant in ipairs(mutate.mutants_of(file, read("core/" .. file))) do
      mutant.key = hash(SEED .. mutant.place .. mutant.operator .. mutant.new)
      local other = of_place[mutant.place]
      if not other or mutant.key < other.key then
        of_place[mutant.place] = mutant
      end
    end
  end
  for place, mutant in pairs(of_place) do
    mutant.order = hash(SEED .. place)
    all[#all + 1] = mutant
  end
  table.sort(all, function(a, b) return a.order < b.order end)
  return all
end

-- ---- one mutant -----------------------------------------------------------------------------------------------------

local compile = "cc -std=c11 -w -Wno-psabi -fPIC -pthread -O1"

-- Names of the C files that a file of the core is compiled in.
local function compiled_in(file)
  local stem, inc = file:match "^(.*)%.(%a+)$"
  local units = {}
  if inc ~= "inc" then
    return { stem }
  end
  for unit in output_of("ls core/%s_*.c", stem):gmatch "core/(%S+)%.c" do
    units[#units + 1] = unit
  end
  return units
end

-- The objects of the mutant in place of the core's own, or nothing where it does not compile or is the same.
local function objects_of(mutant, folder)
  local text = mutate.split(read("core/" .. mutant.file))
  text[mutant.number] = mutant.line
  shell("rm -rf %s && mkdir -p %s && cp -r core %s", folder, folder, folder)
  write(folder .. "/core/" .. mutant.file, table.concat(text, "\n") .. "\n")
  local same, excluded = true, {}
  for _, unit in ipairs(compiled_in(mutant.file)) do
    local object = ("%s/%s.o"):format(folder, unit)
    if not shell("%s -I%s/core -c -o %s %s/core/%s.c 2> /dev/null", compile, folder, object, folder, unit) then
      return
    end
    same = shell("cmp -s %s %s/core/%s.o", object, build, unit) and same
    excluded[#excluded + 1] = ("-e /%s[.]o"):format(unit)
  end
  if not same then
    return output_of("ls %s/*.o; ls %s/core/*.o | grep -v %s", folder, build, table.concat(excluded, " "))
      :gsub("\n", " ")
  end
end

-- Each test with the seconds it takes, the quickest first.
local function tests()
  local list = {}
  for line in (read(build .. "/times") or ""):gmatch "[^\n]+" do
    local name, seconds = line:match "^(%S+) (%S+)$"
    list[#list + 1] = { name = name, seconds = tonumber(seconds) }
  end
  table.sort(list, function(a, b) return a.seconds < b.seconds end)
  return list
end

-- Those that know the file come first, and before them the one that killed the mutant the last time.
local function in_order(mutant, list, killer)
  local stem = mutant.file:match "^[^.]+"
  local order, taken = {}, {}
  local function take(name)
    for _, test in ipairs(list) do
      if test.name == name and not taken[name] then
        taken[name], order[#order + 1] = true, test
      end
    end
  end
  take(killer)
  take(stem)
  for name in (SEEN_BY[mutant.file] or stem:gsub("^loss_.*", "losses")):gmatch "%S+" do
    take(name)
  end
  for _, test in ipairs(list) do
    take(test.name)
  end
  return order
end

-- Some mutants ask for all the memory that there is.
local LIMITS = "ulimit -v 8000000 && ulimit -t %d"

-- Whether the test passes when it is linked with these objects. What never ends is told by the time of the processor,
-- which other work does not change; only what waits for ever is told by the clock.
local function passes(test, objects, folder)
  local program, limit = folder .. "/" .. test.name, math.ceil(5 + 5 * test.seconds)
  if test.name == "bits" then
    return shell("cc -pthread -o %s %s/tests/bits/bits.o %s -lm && " .. LIMITS .. " && timeout 1800 %s 2 2> " ..
                 "/dev/null | cmp -s - tests/bits/expected.txt", program, build, objects, limit, program)
  end
  local shared = output_of("ls %s/tests/core/*.o | grep -v /test_", build):gsub("\n", " ")
  return shell("cc -pthread -o %s %s/tests/core/test_%s.o %s %s -lcmocka -lm && " .. LIMITS ..
               " && timeout 1800 %s > %s.log 2>&1", program, build, test.name, shared, objects, limit, program, program)
end

-- ---- verdicts -------------------------------------------------------------------------------------------------------

local function read_verdicts()
  local verdicts = {}
  for line in (read(VERDICTS) or ""):gmatch "[^\n]+" do
    local verdict, by, name, old, new = line:match "^(%a+)\t(.-)\t(.-)\t(.-)\t(.*)$"
    if verdict then
      verdicts[name .. "\t" .. old .. "\t" .. new] = { verdict = verdict, by = by }
    end
  end
  return verdicts
end

local function said_of(verdicts, mutant)
  return verdicts[mutant.name .. "\t" .. mutant.old .. "\t" .. mutant.new] or {}
end

-- "same", or a verdict and by what.
local function judge(mutant, list, known)
  local folder = ("%s/lane%s"):format(build, lane)
  local objects = objects_of(mutant, folder)
  if not objects then
    return "same\t"
  end
  if known.verdict == "equivalent" or known.verdict == "speed" then
    return known.verdict .. "\t" .. known.by
  end
  for _, test in ipairs(in_order(mutant, list, known.verdict == "killed" and known.by)) do
    if not passes(test, objects, folder) then
      return "killed\t" .. test.name
    end
  end
  return "survived\t"
end

-- Goes through all of them, until as many are judged as there are to be, and judges those that no other lane has taken.
local function work()
  local list, verdicts = tests(), read_verdicts()
  for _, mutant in ipairs(drawn()) do
    if tonumber(output_of("cat %s/*.verdict 2> /dev/null | grep -vc '^same'", results)) >= MUTANTS then
      break
    end
    local place = ("%s/%s"):format(results, mutant.order)
    if shell("mkdir %s 2> /dev/null", place) then
      local verdict = judge(mutant, list, said_of(verdicts, mutant))
      write(place .. ".verdict", verdict .. "\n")
      if not verdict:find "^same" then
        print(verdict:gsub("\t", " ") .. "  " .. mutant.name .. "  " .. mutant.old .. "  ->  " .. mutant.new)
      end
    end
  end
end

-- How long each test takes as it is; none may fail.
local function take_times()
  local lines = {}
  for name in output_of("ls tests/core/test_*.c tests/bits/bits.c"):gmatch "([%w_]+)%.c" do
    local program = name == "bits" and build .. "/tests/bits/bits 2" or ("%s/tests/core/%s"):format(build, name)
    local seconds = output_of("bash -c 'TIMEFORMAT=%%U; time %s > /dev/null 2>&1 || echo failed' 2>&1", program)
    assert(tonumber(seconds), name .. " fails without a change: " .. seconds)
    lines[#lines + 1] = name:gsub("^test_", "") .. " " .. seconds
  end
  write(build .. "/times", table.concat(lines, ""))
end

-- Writes what became of all, and says whether it is enough. A reason that is given stays, also of what a run that was
-- interrupted has not come to.
local function sum_up()
  local lines, verdicts, judged = {}, read_verdicts(), 0
  local counts = { killed = 0, equivalent = 0, speed = 0, survived = 0 }
  for _, mutant in ipairs(drawn()) do
    local verdict, by = (read(("%s/%s.verdict"):format(results, mutant.order)) or ""):match "^(%a+)\t(.*)\n"
    local said = said_of(verdicts, mutant)
    local reasoned = said.verdict == "equivalent" or said.verdict == "speed"
    if verdict and verdict ~= "same" and judged < MUTANTS then
      judged = judged + 1
      verdict, by = reasoned and said.verdict or verdict, reasoned and said.by or by
      counts[verdict] = counts[verdict] + 1
    elseif reasoned and judged < MUTANTS then
      verdict, by = said.verdict, said.by
    else
      verdict = nil
    end
    if verdict then
      lines[#lines + 1] = table.concat({ verdict, by, mutant.name, mutant.old, mutant.new }, "\t")
    end
  end
  table.sort(lines, function(a, b)
    return a:match "^%a+\t.-\t(.*)" < b:match "^%a+\t.-\t(.*)"
  end)
  write(VERDICTS, table.concat(lines, "\n") .. "\n")
  local share = counts.killed / (counts.killed + counts.survived)
  print(("%d mutants: %d killed, %d survived, %d equivalent, %d of speed alone; %.1f %% killed of those that matter")
    :format(judged, counts.killed, counts.survived, counts.equivalent, counts.speed, 100 * share))
  return share >= SHARE
end

if what == "list" then
  for _, mutant in ipairs(drawn()) do
    print(mutant.name, mutant.old, mutant.new)
  end
elseif what == "lane" then
  work()
elseif what == "sum" then
  os.exit(sum_up())
else
  shell(what == "resume" and "for place in %s/*/; do [ -e ${place%%/}.verdict ] || rmdir $place; done" or "rm -rf %s",
        results)
  shell("mkdir -p %s", results)
  if what ~= "resume" or not read(build .. "/times") then
    take_times()
  end
  shell("seq $(nproc) | xargs -P 0 -n 1 lua5.4 tests/mutants/run.lua %s lane", build)
  os.exit(sum_up())
end
