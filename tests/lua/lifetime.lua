--- Whatever runs in the middle of a call, nothing is freed or changed under it. Every function of the module and every
--- method, property and metamethod of every kind of object is called again and again; each time, at another moment, one
--- of the methods or metamethods of the objects that it works on is called in its middle: by a finalizer, wherever Lua
--- may collect garbage, and by a metamethod of an argument, wherever one is read.
---
--- A program of its own, for a collection at each allocation is slow where the heap is large. Prints what went wrong.

require "tests.lua.older"
if jit then -- luacheck: ignore 113
  jit.off() -- luacheck: ignore 113
end

--- An object with a finalizer, which before Lua 5.2 a table has not.
local function finalized(by)
  if not newproxy then -- luacheck: ignore 113
    return setmetatable({}, { __gc = by })
  end
  local object = newproxy(true) -- luacheck: ignore 113
  getmetatable(object).__gc = by
  return object
end

local last -- set below: what a finalizer does that runs when all else was closed, for it was there before the module
local first = finalized(function()
  if last then -- nothing has failed before
    last()
  end
end)

local triplet = require "triplet"

local rows = { { 0, 0.5 }, { 0.25, 0 }, { 1, 1 }, { 0.75, 1 }, { 2, 0 }, { 2, 0.5 } }
local labels = { "a", { "a", "c" }, "b", { "b" }, "c", "c" }
local table_text = "one,kind,two\n0,a,0.5\n0.25,a,0\n1,b,1\n0.75,b,\n2,c,0\n2,c,0.5\n" -- a table of such rows
local path = assert(arg[1], "a file to write")

local none = {}

--- One object of each kind, as they are in use.
local function make_world()
  local columns, recipe = assert(triplet.table.read(table_text, { label = "kind" }))
  local world = {
    columns = columns,
    recipe = recipe,
    index = triplet.index(rows),
    matrix = triplet.matrix(rows),
    mapped_file = assert(triplet.map_file(arg[0])),
    shard = triplet.shard(rows, { 1, 2, 3, 4, 5, 6 }, 6),
    memory = triplet.memory{ capacity = 6 },
    encoder = triplet.encoder{ inputs = 2, layers = { 3, 2 }, seed = 1 },
    optimizer = triplet.optimizer{ name = "sgd", learning_rate = 0.1, momentum = 0.5 },
    output = assert(triplet.output(path)),
    sampler = triplet.sampler{ labels = labels, classes_per_batch = 2, rows_per_class = 2 },
    trainer = triplet.trainer{
      data = rows, labels = labels, layers = { 2 }, classes_per_batch = 2, rows_per_class = 2, steps = 5,
      validation = 0.5,
      columns = { "one", "two" }, classes = { "a", "b", "c" }, recipe = recipe,
    },
  }
  world.memory:push(rows, labels)
  world.encoder:forward(rows)
  world.trainer:step()
  world.trainer.facts = { one = "1", two = "2" }
  world.trainer.threshold = 0.5
  world.trainer:keep_rows(rows, labels)
  return world
end

-- What stands for objects of the world where an argument or an option is one.
local held = { matrix = {}, memory = {}, columns = {}, recipe = {}, mapped_file = {} }

--- What each is called with. `tick` is a callback.
local arguments = {
  module = {
    batch_loss = { rows, labels, { references = held.memory, reference_gradient = true, reduction = "none",
                   margins = { 1, 1, 1, 1, 1, 1 }, out = { stats = {} }, progress = "tick" } },
    classify = { rows, held.memory, nil, { k = 2, reference_self = { 1, 2, 3, 4, 5, 6 },
                 exclude = { { 2 }, {}, { 1, 2 }, {}, {}, { 3 } }, progress = "tick" } },
    collective = {},
    cores = {},
    decode_matrix = { triplet.matrix(rows):encode("safetensors"), { format = "safetensors", tensor = "matrix" } },
    distances = { rows, rows, { p = 1, progress = "tick" } },
    encode_matrices = { { a = held.matrix, b = rows } },
    encoder = { { inputs = 2, layers = { 3, 2 }, seed = 1 } },
    evaluate = { rows, labels, { references = held.memory, k = { 1, 2 }, progress = "tick" } },
    evaluate_neighbors = { { { 2, 3 }, { 1 }, {}, { 5, 1 }, { 6 }, { 5 } }, labels, { k = { 1 } } },
    evaluate_held_out = { rows, labels, { 1, 3, 5 }, { k = { 1 }, progress = "tick" } },
    file_format = { held.mapped_file },
    from_bytes = { make_world().trainer:tobytes() },
    index = { held.memory, { distance = "cosine" } },
    indexed_loss = { rows, { anchors = { 1 }, positives = { 2 }, negatives = { 3 } }, { weights = { 1 } } },
    instruction_set = {},
    instruction_sets = {},
    kind = { held.matrix },
    load = { "/nowhere" },
    load_matrix = { "/nowhere", { format = "npy" } },
    map_file = { "/nowhere" },
    margin_loss = { rows, rows, rows, { reduction = "none" } },
    memory = { { capacity = 3 } },
    mine = { rows, labels, { references = held.memory, mining = "hard", progress = "tick" } },
    nearest = { rows, held.memory, { k = 2, reference_self = { 1, 2, 3, 4, 5, 6 }, progress = "tick" } },
    optimizer = { { name = "adam" } },
    output = { "/nowhere/file" },
    pair_slopes = { rows, labels, { references = held.memory, margins = { 1, 1, 1, 1, 1, 1 }, progress = "tick" } },
    principal_axes = { rows, { count = 1 } },
    project = { rows, { mean = { 0, 0 }, axes = { { 1, 0 } } } },
    reach = { { margin = 2 }, 1 },
    ring = { { 1, 2 }, { { 1, 0 } }, 0.5, { p = 1 } },
    sampler = { { labels = labels, seed = 3, sampler = "epoch" } },
    save_matrices = { "/nowhere/file", { a = held.matrix, b = rows } },
    schema = { "trainer" },
    shard = { rows, { 1, 2, 3, 4, 5, 6 }, 6 },
    share_interval = { 0.5, 10 },
    show = { rows, { 0, 0, 1, 1, 2, 2 }, "info" },
    split = { labels, 0.5, 1 },
    standardization = { rows },
    standardize = { rows, { mean = { 0, 0 }, deviation = { 1, 1 } } },
    suggest_layers = { 4, 3 },
    synthetic = { "rings", 6, 1, 1 },
    threads = {},
    trim = {},
    trainer = { { data = rows, labels = labels, layers = { 2 }, optimizer = { name = "sgd" },
                classes = { "a", "b", "c" }, recipe = held.recipe } },
    verify = { rows, labels, { references = held.memory, far = { 0.1, 0.5 }, curve = 4, threshold = 0.5,
               progress = "tick" } },
    verify_pairs = { rows, rows, { true, false, 1, 0, true, true }, { far = { 0.1 }, curve = 4, progress = "tick" } },
  },
  matrix = {
    add = { rows, 2 },
    copy = { rows },
    encode = { "npy" },
    fill = { 1 },
    get = { 1, 1 },
    pointer = {},
    random = { 1 },
    save = { "/nowhere/file.npy" },
    scale = { 2 },
    select = { { 1, 1, 2 } },
    set = { 1, 1, 2 },
    tobytes = {},
    totable = {},
    view = { 1, 2 },
  },
  table = { read = { table_text, { label = "kind", keep = { "one" }, missing_texts = "no", recipe = held.recipe,
            progress = "tick" } } },
  columns = { close = {}, numbers = { "two" }, texts = { "kind" } },
  recipe = { fit = { { 1, 2, 4 } }, matrix = { held.columns, { 1, 2, 4 } } },
  index = { nearest = { rows, { k = 2, exclude = { { 2 }, {}, { 1, 2 }, {}, {}, { 3 } }, progress = "tick" } } },
  memory = { clear = {}, push = { rows, labels } },
  encoder = { backward = { rows }, export = { path }, forward = { rows }, save = { path }, tobytes = {}, toonnx = {} },
  optimizer = { get = { "momentum" }, save = { path }, set = { "name", "adam" }, tobytes = {},
                update = { held.matrix, rows } },
  sampler = { next = {} },
  shard = {},
  mapped_file = { close = {}, is_unchanged = {}, sub = { 1, 20 } },
  output = { close = {}, commit = {}, replaces = { path }, write = { "bytes" } },
  trainer = {
    attach = { { rows[6], rows[5], rows[4], rows[3], rows[2], rows[1] }, labels },
    close = {},
    embed = { rows, "tick" },
    evaluate = { rows, labels, { references = held.memory, k = { 1 }, progress = "tick" } },
    export = { path },
    get = { "optimizer" },
    keep_rows = { rows, { "a", { "a", "new" }, "b", {}, "c", "c" } },
    last_triplets = {},
    restore_best = {},
    run = { "tick" },
    save = { path },
    set = { "optimizer", { learning_rate = 0.5 } },
    step = { { stats = {} }, "tick" },
    tobytes = {},
    toonnx = {},
    verify = { rows, labels, { references = held.memory, far = { 0.1 }, progress = "tick" } },
  },
}

--- Sees to it that tick() is called in the middle of f() at every moment that `how` is about.
local ways = {}

function ways.collections(tick, f, call)
  local on = true
  local function arm()
    finalized(function()
      if on then
        tick()
        arm()
      end
    end)
  end
  collectgarbage("setpause", 0)
  collectgarbage("incremental", 0, 0, 63) -- with one step a whole collection, and no pause between: at each allocation
  collectgarbage()
  arm()
  local results = table.pack(pcall(f, table.unpack(call, 1, call.n)))
  on = false
  collectgarbage("setpause", 200)
  collectgarbage("incremental", 200, 100, 13)
  return results
end

function ways.metamethods(tick, f, call)
  local function wrap(value)
    if type(value) ~= "table" then
      return value
    end
    local wrapped = {}
    for key, each in pairs(value) do
      wrapped[key] = wrap(each)
    end
    return setmetatable({}, {
      __index = function(_, key)
        tick()
        return wrapped[key]
      end,
      __len = function()
        tick()
        return #wrapped
      end,
      __pairs = function()
        tick()
        return next, wrapped, nil
      end,
      __newindex = function(_, key, new)
        tick()
        wrapped[key] = new
      end,
    })
  end
  local wrapped = { n = call.n }
  for i = 1, call.n do
    wrapped[i] = wrap(call[i])
  end
  return table.pack(pcall(f, table.unpack(wrapped, 1, wrapped.n)))
end

--- The list with what stands for objects of this world put in place, and the objects themselves.
local function arguments_in(world, list, tick)
  local objects = {}
  local function put(value)
    for kind, stand_in in pairs(held) do
      if value == stand_in then
        objects[kind] = world[kind]
        return world[kind]
      end
    end
    if value == "tick" then
      return tick
    elseif type(value) == "table" then
      local copy = {}
      for key, each in pairs(value) do
        copy[key] = put(each)
      end
      return copy
    end
    return value
  end
  local placed = put(list)
  placed.n = #list
  return placed, objects
end

--- What may be said to a call that another came before or changed what it works on.
local allowed = {
  "got a closed one", -- before it was read
  "got closed ones",
  "on a closed recipe", -- of a trainer that was closed
  "calling 'tobytes' on a closed trainer", -- by save, which calls it
  "calling 'export' on a closed trainer", -- by itself, as it calls toonnx
  "calling 'run' on a closed trainer", -- by the callback
  "the memory was changed in the middle of",
  "parameters: expected as many as in the first update",
  "k: expected an integer in 1 .. 0",
  "reference_self: expected",
  "reference_self[1]: expected an integer in 0 .. 0",
  "exclude: expected 0 .. -1", -- of a memory that has no rows any longer
  "exclude[1][1]: expected an integer in 1 .. 0",
  "calling 'evaluate' on a closed trainer", -- after the attach before it
}

if #setmetatable({}, { __len = function() return 1 end }) == 0 then -- tables that tell no length, in Lua 5.1
  table.insert(allowed, "labels: expected 6 integers, got 0")
end

local function is_allowed(message)
  for _, words in ipairs(allowed) do
    if tostring(message):find(words, 1, true) then
      return true
    end
  end
  return false
end

local calls, failures = 0, {}

local function fail(text, ...)
  failures[#failures + 1] = text:format(...)
end

--- f with these arguments, and in its middle, at each moment in turn, act(world), which is what `doing` says.
local function disturb(name, f, list, kind, doing, act)
  for way, run in pairs(ways) do
    local moment, moments = 0, 0
    repeat
      moment, moments = moment + 1, 0
      local world = make_world()
      local function tick()
        moments = moments + 1
        if moments == moment then
          pcall(act, world)
        end
      end
      local placed = arguments_in(world, list, tick)
      if kind then
        table.insert(placed, 1, world[kind])
        placed.n = placed.n + 1
      end
      local results = run(tick, f, placed)
      calls = calls + 1
      if not results[1] and not is_allowed(results[2]) then
        fail("%s disturbed by %s (%s, %d): %s", name, doing, way, moment, tostring(results[2]))
      end
      for _, object in pairs(world) do
        pcall(debug.getmetatable(object).__close or rawlen, object)
      end
    until moments < moment or moment > 300
  end
end

--- Every method and metamethod of the objects, as functions of a world.
local function acts_on(kinds)
  local acts = {}
  for kind in pairs(kinds) do
    local metatable = debug.getmetatable(make_world()[kind])
    for name, method in pairs(triplet.methods[kind]) do
      local list = assert(arguments[kind][name], ("no arguments for %s:%s"):format(kind, name))
      acts[kind .. ":" .. name] = function(world)
        local placed = arguments_in(world, list, function() end)
        method(world[kind], table.unpack(placed, 1, placed.n))
      end
    end
    for name, method in pairs(metatable) do
      if type(method) == "function" and name ~= "__index" and name ~= "__newindex" then
        acts[kind .. " " .. name] = function(world)
          method(world[kind])
        end
      end
    end
  end
  return acts
end

local function disturb_by_all(name, f, list, kind)
  local _, kinds = arguments_in(make_world(), list)
  kinds[kind or "memory"] = true
  for doing, act in pairs(acts_on(kinds)) do
    disturb(name, f, list, kind, doing, act)
  end
end

for name, f in pairs(triplet) do
  if type(f) == "function" then
    disturb_by_all(name, f, (assert(arguments.module[name], "no arguments for " .. name)))
  end
end
disturb_by_all("table.read for a recipe", triplet.table.read, arguments.table.read)
disturb_by_all("table.read", triplet.table.read, { table_text, { label = "kind" } })
disturb_by_all("nearest with references to leave out", triplet.nearest, { rows, held.memory,
  { k = 2, exclude = { { 2 }, {}, { 1, 2 }, {}, {}, { 3 } }, progress = "tick" } })
disturb_by_all("classify by rows", triplet.classify, { rows, rows, labels, { k = 2, progress = "tick" } })
disturb_by_all("trainer of pairs", triplet.trainer, { { data = rows, references = rows, labels = labels,
  layers = { 2 } } })
disturb_by_all("attach of pairs", function(trainer, x)
  trainer:attach(x, nil, x)
end, { rows }, "trainer")
disturb_by_all("evaluate of pairs", function(trainer, x)
  trainer:attach(x, nil, x)
  trainer:evaluate()
end, { rows }, "trainer")
disturb_by_all("trainer.facts =", function(trainer, facts)
  trainer.facts = facts
end, { { a = "b", c = "d" } }, "trainer")
disturb_by_all("trainer.threshold =", function(trainer, threshold)
  trainer.threshold = threshold
end, { 0.5 }, "trainer")
for _, kind in ipairs{ "trainer", "encoder", "optimizer" } do
  disturb_by_all("from_bytes of " .. kind, triplet.from_bytes, { make_world()[kind]:tobytes() })
end
disturb_by_all("recipe:matrix of a trainer", function(trainer, columns)
  return (trainer.recipe or error("on a closed recipe")):matrix(columns)
end, { held.columns }, "trainer")
for kind, methods in pairs(triplet.methods) do
  for name, method in pairs(methods) do
    disturb_by_all(kind .. ":" .. name, method, arguments[kind][name], kind)
  end
  for name, property in pairs(triplet.properties[kind]) do
    disturb_by_all(kind .. "." .. name, property, none, kind)
  end
  for name, method in pairs(debug.getmetatable(make_world()[kind])) do
    if type(method) == "function" and name ~= "__newindex" then
      local field = next(methods) or next(triplet.properties[kind])
      disturb_by_all(kind .. " " .. name, method, name == "__index" and { field } or none, kind)
    end
  end
end

print(("%d calls, %d failures"):format(calls, #failures))
for i = 1, math.min(#failures, 20) do
  print(failures[i])
end

local world = make_world()

function last()
  local closed = 0
  local function call(f, ...)
    local done, message = pcall(f, ...)
    closed = closed + (not done and tostring(message):find("after triplet was closed$") and 1 or 0)
  end
  for name, list in pairs(arguments.module) do
    call(triplet[name], table.unpack((arguments_in(world, list))))
  end
  for kind, methods in pairs(triplet.methods) do
    for name, method in pairs(methods) do
      call(method, world[kind], table.unpack((arguments_in(world, arguments[kind][name]))))
    end
    for _, property in pairs(triplet.properties[kind]) do
      call(property, world[kind])
    end
  end
  print(first and closed > 30 and "closed in the end" or closed)
end
