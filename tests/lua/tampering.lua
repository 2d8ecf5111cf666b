--- What somebody does who has the debug library, or bad luck: every function, method, property and metamethod of the
--- module is called with strangers in place of each argument and of its object, finalizers by hand and twice, and
--- objects lose their metatables. Each such call ends with a result or with an error that is a text, and what others
--- hold works on. (An object that was given the metatable of another kind is nobody's, as with Lua's own files.)
---
--- A program of its own, for it may break. Prints what it did.

require "tests.lua.older"
local support = require "tests.lua.support"
local triplet = require "triplet"

local CALLS = 60 -- with strangers, of each function

local rows, labels = { { 0, 0.5 }, { 0.25, 0 }, { 1, 1 }, { 0.75, 1 }, { 2, 0 }, { 2, 0.5 } }, { 1, 1, 2, 2, 3, 3 }

--- As pairs, of texts in their order: what went wrong is to go wrong again.
local function sorted(from)
  local keys, place = {}, 0
  for key in pairs(from) do
    if type(key) == "string" then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  return function()
    place = place + 1
    return keys[place], from[keys[place]]
  end
end

--- One object of each kind.
local function make_objects()
  local columns, recipe = assert(triplet.table.read("one,kind,two\n0,a,0.5\n0.25,a,0\n1,b,1\n0.75,b,\n",
    { label = "kind" }))
  local objects = {
    columns = columns,
    recipe = recipe,
    index = triplet.index(rows),
    matrix = triplet.matrix(rows),
    memory = triplet.memory { capacity = 6 },
    encoder = triplet.encoder { inputs = 2, layers = { 2 }, seed = 1 },
    optimizer = triplet.optimizer { name = "sgd" },
    output = assert(triplet.output(arg[1] .. "/output")),
    sampler = triplet.sampler { labels = labels, classes_per_batch = 2, rows_per_class = 2 },
    trainer = triplet.trainer { data = rows, labels = labels, layers = { 2 }, classes_per_batch = 2,
      rows_per_class = 2, steps = 2 },
  }
  objects.memory:push(rows, labels)
  return objects
end

local function close(objects)
  for _, object in pairs(objects) do
    pcall((debug.getmetatable(object) or {}).__close or rawlen, object)
  end
end

local function raise()
  error("somebody's own", 0)
end

local function nothing()
end

--- Whoever may stand in the place of another. Few are large: what they ask for is made.
local function make_strangers()
  local strangers = { true, false, 0, 1, -1, 2, 0.5, 2 ^ 53, 2 ^ 63, 0 / 0, 1 / 0, -1 / 0, "", "/nowhere/file",
    ("x"):rep(5000), "\0", {}, { 1 }, { {} }, { { 1, 2 } }, rows, labels, { "a", {}, 1 }, { margin = {} }, { k = "x" },
    { [0] = 1, [-1] = 2, x = 3 }, setmetatable({}, { __index = raise, __len = raise }), raise, type, tostring,
    coroutine.create(nothing), coroutine.wrap(nothing), io.stdout, io.tmpfile(), debug.getmetatable(io.stdout),
    triplet, triplet.matrix, triplet.methods }
  if newproxy then -- luacheck: ignore 113
    strangers[#strangers + 1] = newproxy(true) -- luacheck: ignore 113
  end
  local closed = make_objects()
  close(closed)
  for _, objects in ipairs { make_objects(), closed } do
    for _, object in sorted(objects) do
      strangers[#strangers + 1] = object
      strangers[#strangers + 1] = debug.getmetatable(object)
    end
  end
  return strangers
end

local state = 1
local function below(limit)
  state = support.next(state)
  return math.floor(state / 65536) % limit
end

local calls, refused = 0, 0

local function call(f, ...)
  calls = calls + 1
  local done, message = pcall(f, ...)
  if not done then
    refused = refused + 1
    assert(type(message) == "string", type(message))
  end
end

--- As many arguments as there may be, each a stranger, or nil.
local function call_with_strangers(f, strangers, self)
  for _ = 1, CALLS do
    local given, count = {}, below(5)
    for i = 1, count do
      given[i] = below(8) > 0 and strangers[1 + below(#strangers)] or nil
    end
    if self ~= nil then
      call(f, self, table.unpack(given, 1, count))
    else
      call(f, table.unpack(given, 1, count))
    end
  end
end

--- What all of this is not to break.
local function assert_works()
  assert(triplet.distances({ { 0 } }, { { 2 } }):get(1, 1) == 2)
  assert(triplet.threads() >= 1)
end

-- Functions that are called with strangers alone, and methods of an object with strangers for arguments.
local strangers, names = make_strangers(), {}
for name, f in sorted(triplet) do
  if type(f) == "function" then
    names[#names + 1] = name
    call_with_strangers(f, strangers)
    assert_works()
  end
end
call_with_strangers(triplet.table.read, strangers)
for kind, methods in sorted(triplet.methods) do
  for _, list in ipairs { methods, triplet.properties[kind] } do
    for _, method in sorted(list) do
      local objects = make_objects()
      call_with_strangers(method, strangers)
      if objects[kind] then
        call_with_strangers(method, strangers, objects[kind])
      end
      close(objects)
    end
  end
  assert_works()
end

-- Metamethods, which the debug library hands out: by hand, of strangers, and of their own objects twice.
local registry, metatables = debug.getregistry(), 0
local _, context = debug.getupvalue(triplet.distances, 2)
assert(context or _VERSION == "Lua 5.1") -- which keeps what C functions hold to itself
for key, metatable in sorted(registry) do
  if key:find("^triplet%.") then
    metatables = metatables + 1
    local kind = key:match("%.(.*)")
    for _, metamethod in sorted(metatable) do
      if type(metamethod) == "function" then
        strangers = make_strangers()
        for i = 0, #strangers do
          if strangers[i] ~= context then
            call(metamethod, strangers[i])
          end
        end
        call_with_strangers(metamethod, strangers)
        local objects = make_objects()
        for _ = 1, 2 do
          call(metamethod, objects[kind])
          call(metamethod, objects[kind], "name", 1)
        end
        for _, method in sorted(triplet.methods[kind] or {}) do
          call(method, objects[kind])
        end
        close(objects)
        assert_works()
      end
    end
  end
end
assert(metatables >= 13)

-- Without its metatable, or with one of the caller's own, an object is nobody's, and its memory comes back all the
-- same.
for _, metatable in ipairs { false, {}, { __name = "triplet.matrix" }, { __index = type } } do
  local objects = make_objects()
  for _, object in pairs(objects) do
    debug.setmetatable(object, metatable or nil)
  end
  for kind, methods in sorted(triplet.methods) do
    for name, method in sorted(methods) do
      if not (kind == "output" and name == "close") and objects[kind] then
        call(method, objects[kind], rows, labels)
        for _, other in ipairs(names) do
          call(triplet[other], objects[kind], objects[kind])
        end
      end
    end
  end
  assert_works()
end

-- Nor does a metatable that lacks what it had, or has something else.
for kind, object in sorted(make_objects()) do
  local metatable, before = debug.getmetatable(object), {}
  for name, value in pairs(metatable) do
    before[name] = value
  end
  for _, other in ipairs { false, type, 5, {} } do
    for name in pairs(before) do
      metatable[name] = other or nil
    end
    for _, method in sorted(triplet.methods[kind]) do
      call(method, object)
    end
    call(triplet.kind, object)
    call(triplet.distances, object, object)
  end
  for name, value in pairs(before) do
    metatable[name] = value
  end
  assert_works()
end
collectgarbage()
collectgarbage()
assert_works()

-- Last, what all of it works with: closed by hand, and again.
if context then
  local finish = debug.getmetatable(context).__gc
  finish(context)
  finish(context)
  local done, message = pcall(triplet.distances, rows, rows)
  assert(not done and message:find("after triplet was closed$"))
end
assert(calls > 10000 and refused > calls / 2)
print("works on")
