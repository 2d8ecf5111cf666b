--- Whether the targets can see: each fault of planted.txt is planted in a file of the core, or of the page for the
--- target of its links, and its target is to break. Begun by `make planted`, which says how files are compiled and
--- linked.
---
--- A fault is three lines, and an empty one after it: the target and the file, what stands there, once, and what is to
--- stand there instead.

local compile, link, build, shared, only = table.unpack(arg)
local RUNS, SECONDS = 2000000, 300

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

--- The faults, in the order of the file.
local function faults()
  local list = {}
  for target, path, before, after in read "tests/fuzz/planted.txt":gmatch "(%w+) (%g+)\n%- *(.-)\n%+ *(.-)\n" do
    if only == "" or only == target then
      list[#list + 1] = { target = target, path = path, before = before, after = after }
    end
  end
  return list
end

--- The file with the fault in it.
local function planted(fault)
  local text = read(fault.path)
  local first, last = text:find(fault.before, 1, true)
  assert(first, fault.path .. " has no " .. fault.before)
  assert(not text:find(fault.before, last + 1, true), fault.path .. " has more than one " .. fault.before)
  return text:sub(1, first - 1) .. fault.after .. text:sub(last + 1)
end

local folder = build .. "/planted"
os.execute("mkdir -p " .. folder)

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function shell(...)
  local command = string.format(...)
  assert(os.execute(command), command)
end

--- Builds the target with the fault, whose object comes before the library that has the sound one. Returns how to run
--- it.
local function plant_in_core(fault)
  local source, program = folder .. "/" .. fault.path:match "[^/]+$", folder .. "/fuzz_" .. fault.target
  write(source, planted(fault))
  shell("%s -c -o %s.o %s", compile, source, source)
  shell("%s -o %s %s/tests/fuzz/fuzz_%s.o %s.o %s %s/libtriplet.a -lcmocka -lm", link, program, build, fault.target,
    source, shared, build)
  shell("rm -rf %s/corpus && mkdir -p %s/corpus", folder, folder)
  return ("CMOCKA_TEST_ABORT=1 %s -runs=%d -max_total_time=%d -max_len=1000 -artifact_prefix=%s/found- %s/corpus " ..
    "tests/fuzz/corpus/%s"):format(program, RUNS, SECONDS, folder, folder, fault.target)
end

--- The page's sources in a folder of their own, beside the package that they use.
local function plant_in_page(fault)
  local page = folder .. "/page"
  shell("rm -rf %s && mkdir -p %s/build %s/web %s/tests/fuzz %s/tests/web", page, page, page, page, page)
  shell('ln -s "$PWD/build/npm" %s/build/npm && ln -s "$PWD/tests/data" %s/tests/data', page, page)
  shell("cp -r web/src web/pack.js %s/web && cp -r tests/web/model %s/tests/web", page, page)
  shell("cp tests/fuzz/links.mjs %s/tests/fuzz", page)
  write(page .. "/" .. fault.path, planted(fault))
  return ("node %s/tests/fuzz/links.mjs %d 1"):format(page, SECONDS)
end

local missed = 0
for i, fault in ipairs(faults()) do
  local plant = fault.target == "links" and plant_in_page or plant_in_core
  local sound = os.execute(("%s > %s/log 2>&1"):format(plant(fault), folder))
  missed = missed + (sound and 1 or 0)
  print(("%s %d - %s sees %s in %s"):format(sound and "not ok" or "ok", i, fault.target, fault.after, fault.path))
end
os.exit(missed == 0)
