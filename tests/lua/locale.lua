--- What the module reads and writes, as hashes and texts: tests/lua/locale_spec.lua compares them in the locales that
--- are named on the command line, "C" among them. Another Lua prints the same. arg: a folder to write in, locales.

local support = require "tests.lua.support"
local triplet = require "triplet"

local folder = arg[1]

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local CSV = "ID,länge,kind\n7,0.5,i\n3,-1.25e1,I\n9,NULL,ı\n4,1e-3,I\n5,.75,i\n2,3,ı\n"

local frames = 0

--- Tells `say` of everything that is text on one side or the other.
local function tell(say)
  local columns, recipe = assert(triplet.table.read(CSV, { label = "kind", ignore = { "ID" } }))
  recipe:fit()
  local x = recipe:matrix(columns)
  say("table", support.hash(x:tobytes()), columns.rows, columns:texts("kind")[3], #columns:numbers("länge"))
  say("words", support.hash((triplet.decode_matrix("one 0.5 -1.25e1\ntwo 3 .75\n", { format = "text" })):tobytes()))

  local labels = { 1, 2, 3, 2, 1, 3 }
  local trainer = triplet.trainer { data = x, labels = labels, layers = { 3, 2 }, steps = 3, columns = { "länge" },
    classes = { "i", "I", "ı" }, recipe = recipe, classes_per_batch = 2, rows_per_class = 2,
    optimizer = { learning_rate = 0.125 } }
  trainer:run()
  trainer.facts = { share = "0.5" }
  trainer.threshold = 0.25
  for _, name in ipairs { "model", "model.onnx", "matrix.npy", "matrix.safetensors" } do
    local path = folder .. "/" .. name
    os.remove(path)
    if name == "model" then
      assert(trainer:save(path))
    elseif name == "model.onnx" then
      assert(trainer:export(path))
    else
      assert(x:save(path))
    end
    say(name, support.hash(read(path)))
  end
  local loaded = assert(triplet.load(folder .. "/model"))
  say("loaded", support.hash(loaded:tobytes()), support.hash(loaded:embed(x):tobytes()), loaded.threshold == 0.25)

  triplet.show(loaded:embed(x), labels, { step = 3, loss = 0.5, active = 2 })
  frames = frames + 1
  say("picture", support.hash(read(("%s/frame-%05d.svg"):format(folder, frames))))

  say(select(2, pcall(triplet.distances, x, x, { p = 0.25 })))
  say(select(2, pcall(triplet.trainer, { data = x, labels = labels, optimizer = { learning_rate = -0.5 } })))
  say(select(2, pcall(triplet.batch_loss, x, labels, { mining = "HARD" })))
end

for i = 2, #arg do
  if not os.setlocale(arg[i]) then
    print("no locale " .. arg[i])
  elseif not jit and (arg[i] == "C") ~= (("%.1f"):format(0.5) == "0.5") then -- luacheck: ignore 113
    print(arg[i] .. " has no comma") -- LuaJIT knows of none
  end
  local texts = {}
  tell(function(...)
    local parts = { ... }
    for k = 1, #parts do
      parts[k] = tostring(parts[k])
    end
    texts[#texts + 1] = table.concat(parts, " ")
  end)
  print(table.concat(texts, "\n") .. "\nend")
end
