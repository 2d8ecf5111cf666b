-- A model means the same whatever the order of the enums: the module is built again from a copy in which every enum of
-- an option is turned round, and each of the two trains on, to the same bits, from the models that the other saved.

local folder = "build/reorder"

local function shell(...)
  return os.execute(string.format(...))
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  return file:read("*a"), file:close()
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  return file:close()
end

-- Enumerators, in the header's order, that are called as the choices are; with numbers that fall instead of rise.
local function turn_enum(header, choices)
  local names = {}
  for choice in choices:gmatch "[^|]+" do
    names[#names + 1] = "TRIPLET_[A-Z_]+_" .. choice:upper()
  end
  local enum = "(typedef enum triplet_[a-z_]+ {%s*" .. names[1] .. ") = 0(,%s*" .. table.concat(names, ",%s*", 2) .. ")"
  local text, count = header:gsub(enum, function(first, others)
    local number = #names - 1
    local function numbered(separator)
      number = number - 1
      return " = " .. number + 1 .. separator
    end
    return first .. (others .. "\0"):gsub("[,%z]", numbered):gsub("%z", "")
  end)
  assert(count == 1, choices)
  return text
end

local function turn(choices)
  local turned
  for choice in choices:gmatch "[^|]+" do
    turned = turned and choice .. "|" .. turned or choice
  end
  return turned
end

local function reorder()
  assert(shell("rm -rf %s && mkdir -p %s/triplet && cp -r core lua/src %s", folder, folder, folder))
  local header, done = read(folder .. "/core/triplet.h"), {}
  for name in io.popen("ls core/*.[ch]"):lines() do
    if name ~= "core/triplet.h" and name ~= "core/stored.c" then -- which knows the order in old files
      local path = folder .. "/" .. name
      write(path, (read(path):gsub('"([a-z_]+|[a-z_|]+)"', function(choices)
        header = done[choices] and header or turn_enum(header, choices)
        done[choices] = true
        return '"' .. turn(choices) .. '"'
      end)))
    end
  end
  write(folder .. "/core/triplet.h", header)
  return shell("cd %s && cc -O1 -Wno-psabi -fPIC -shared -Icore $(pkg-config --cflags lua5.4) -o triplet/core.so " ..
    "core/*.c src/*.c -lm -pthread", folder)
end

-- Runs in an interpreter of its own, with one module or the other. save: models of all choices; resume: trains them on.
local worker = [[
local triplet = require "triplet"
local what, from, to = ...
local data, labels = {}, {}
for i = 1, 60 do
  data[i], labels[i] = { i * 7919 % 101 / 10, i * 31 % 17 / 3, i % 6 }, i % 6
end
local choices = {
  mining = { "all", "hard", "semihard", "easy_positive", "distance_weighted", "random" },
  fallback = { "skip", "farthest" }, nonfinite = { "error", "allow" },
  reduction = { "mean", "sum", "mean_nonzero", "weighted_mean" },
  convention = { "torch", "optax", "exact" }, distance = { "minkowski", "squared", "cosine", "dot" },
  activation = { "relu", "tanh", "none" }, sampler = { "balanced", "epoch" },
  schedule = { "constant", "cosine", "linear" },
}
for model = 1, 6 do
  local trainer
  if what == "save" then
    local options = { data = data, labels = labels, layers = { 4, 2 }, classes_per_batch = 3, rows_per_class = 4,
      optimizer = { name = ({ "sgd", "adam", "adamw" })[model % 3 + 1] } }
    for name, list in pairs(choices) do
      options[name] = list[model % #list + 1]
    end
    options.fallback = nil -- it may belong to another mining, which a living trainer does not mind
    trainer = triplet.trainer(options)
    trainer:set("fallback", choices.fallback[model % 2 + 1])
  else
    trainer = assert(triplet.load(from .. model))
    trainer:attach(data, labels)
  end
  for _ = 1, 7 do
    trainer:step()
  end
  assert(trainer:save(to .. model))
end
-- What an older version wrote.
assert(assert(triplet.load("tests/data/version-1.safetensors")):save(to .. "old"))
]]

local function run(module, what, from, to)
  return shell("LUA_CPATH='%s/?.so' LUA_PATH='lua/?.lua;lua/?/init.lua' lua5.4 %s/worker.lua %s %s/%s %s/%s", module,
    folder, what, folder, from, folder, to)
end

local function same(one, other)
  for _, model in ipairs { 1, 2, 3, 4, 5, 6, "old" } do
    if read(folder .. "/" .. one .. model) ~= read(folder .. "/" .. other .. model) then
      return false
    end
  end
  return true
end

local function check(name, holds)
  print((holds and "ok - " or "not ok - ") .. name)
end

check("a module with other numbers", reorder())
write(folder .. "/worker.lua", worker)
check("saves the same files", run("build/lua", "save", "", "ours-") and run(folder, "save", "", "theirs-") and
  same("ours-", "theirs-"))
check("trains on to the same bits", run("build/lua", "resume", "ours-", "ours-on-") and
  run(folder, "resume", "ours-", "theirs-on-") and same("ours-on-", "theirs-on-"))
