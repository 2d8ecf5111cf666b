--- Whether the targets can see: each fault of planted.txt is planted in a file of the core, and its target is to break.
--- Begun by `make planted`, which says how files are compiled and linked.
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

--- Builds the target with the fault, whose object comes before the library that has the sound one.
local function plant(fault)
  local source, program = folder .. "/" .. fault.path:match "[^/]+$", folder .. "/fuzz_" .. fault.target
  local file <close> = assert(io.open(source, "wb"))
  file:write(planted(fault))
  file:close()
  local commands = {
    ("%s -c -o %s.o %s"):format(compile, source, source),
    ("%s -o %s %s/tests/fuzz/fuzz_%s.o %s.o %s %s/libtriplet.a -lcmocka -lm"):format(link, program, build, fault.target,
      source, shared, build),
  }
  for _, command in ipairs(commands) do
    assert(os.execute(command), command)
  end
  return program
end

local missed = 0
for i, fault in ipairs(faults()) do
  local program = plant(fault)
  local command = "CMOCKA_TEST_ABORT=1 %s -runs=%d -max_total_time=%d -max_len=1000 -artifact_prefix=%s/found- " ..
    "%s/corpus tests/fuzz/corpus/%s > %s/log 2>&1"
  os.execute(("rm -rf %s/corpus && mkdir -p %s/corpus"):format(folder, folder))
  local sound = os.execute(command:format(program, RUNS, SECONDS, folder, folder, fault.target, folder))
  missed = missed + (sound and 1 or 0)
  print(("%s %d - %s sees %s in %s"):format(sound and "not ok" or "ok", i, fault.target, fault.after, fault.path))
end
os.exit(missed == 0)
