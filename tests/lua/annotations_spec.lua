--- lua/library/triplet.lua says what the module really has: functions, methods, options with defaults, results.
local triplet = require "triplet"

--- The file's classes, each with its fields and parents, and its functions with their parameters.
local function read_annotations(path)
  local classes, functions = {}, {}
  local fields
  for line in io.lines(path) do
    local name, parents = line:match("^%-%-%-@class ([%w_.]+) ?:? ?(.*)$")
    if name then
      fields = {}
      classes[name] = { fields = fields, parents = {} }
      for parent in parents:gmatch("[%w_.]+") do
        table.insert(classes[name].parents, parent)
      end
    end
    local field, text = line:match("^%-%-%-@field ([%w_]+%??) (.*)$")
    if field then
      fields[field:gsub("%?", "")] = { optional = field:sub(-1) == "?", text = text }
    end
    local owner, called, parameters = line:match("^function ([%w_]+)[.:]([%w_]+)%((.-)%) end$")
    if owner then
      functions[owner] = functions[owner] or {}
      functions[owner][called] = parameters
    end
  end
  return classes, functions
end

local classes, functions = read_annotations("lua/library/triplet.lua")

--- The fields of a class and of those it inherits from, its own first.
local function fields_of(name)
  local fields = {}
  local class = assert(classes[name], name)
  for _, parent in ipairs(class.parents) do
    for key, field in pairs(fields_of(parent)) do
      fields[key] = field
    end
  end
  for key, field in pairs(class.fields) do
    fields[key] = field
  end
  return fields
end

local function sorted_keys(map)
  local list = {}
  for key in pairs(map) do
    list[#list + 1] = key
  end
  table.sort(list)
  return list
end

local function written(value)
  if value == nil or value == math.huge then
    return value and "math.huge" or "none"
  end
  return (type(value) == "string" and '"%s"' or "%.14g"):format(value)
end

describe("annotations", function()
  it("are Lua that defines what they describe", function()
    assert.same(sorted_keys(functions.triplet), sorted_keys(assert(loadfile("lua/library/triplet.lua"))()))
  end)

  it("have every function of the module and no other", function()
    local exported, declared = {}, {}
    for key, value in pairs(triplet) do
      exported[key] = type(value) == "function" or nil
      if type(value) ~= "function" then
        assert.is_not_nil(classes.triplet.fields[key], key)
      end
    end
    for key in pairs(functions.triplet) do
      declared[key] = true
    end
    assert.same(exported, declared)
    for key in pairs(classes.triplet.fields) do
      assert.is_not_nil(triplet[key], key)
    end
    assert.same({ "from_bytes", "over" }, sorted_keys(functions.matrix_module))
    assert.same({ "from_bytes", "over" }, sorted_keys(triplet.matrix))
    assert.same({ "read" }, sorted_keys(functions.table_module))
    assert.same({ "read" }, sorted_keys(triplet.table))
  end)

  it("have every method of every object and no other", function()
    for kind, methods in pairs(triplet.methods) do
      assert.same(sorted_keys(methods), sorted_keys(functions[kind] or {}), kind)
    end
    assert.same({ "columns", "encoder", "index", "mapped_file", "matrix", "memory", "optimizer", "output", "recipe",
      "sampler", "shard", "trainer" }, sorted_keys(triplet.methods))
  end)

  for _, face in ipairs(triplet.schema()) do
    it("have every option of " .. face .. ", with its type and default", function()
      local declared, known = fields_of("triplet." .. face .. "_options"), {}
      for _, field in ipairs(triplet.schema(face)) do
        known[field.name] = true
        local annotation = assert(declared[field.name], field.name)
        if field.kind ~= "value" then
          local default = field.kind == "boolean" and tostring(field.default) or written(field.default)
          assert.is_true(annotation.optional)
          assert.equal(default, annotation.text:match("default (%S+)$"), field.name)
          local kind = field.kind
          if kind == "choice" then
            kind = '"' .. table.concat(field.choices, '" | "') .. '"'
          end
          assert.equal(kind .. " ", annotation.text:sub(1, #kind + 1), field.name)
        end
      end
      for key in pairs(declared) do
        assert.is_true(known[key] or key == "shard", key) -- which WebAssembly does not have, without ranks
      end
    end)
  end

  it("have every field of results", function()
    local rows, labels = triplet.synthetic("rings", 60, 1, 1)
    local columns, recipe = triplet.table.read("id,x,y,c\n1,2,0,a\n2,3,4,b\n", { label = "c" })
    local trainer = triplet.trainer{ data = rows, labels = labels, layers = { 2 }, recipe = recipe }
    local margin = triplet.margin_loss(rows, rows, rows)
    local batch = triplet.batch_loss(rows, labels, {
      references = rows,
      reference_labels = labels,
      reference_gradient = true,
    })
    local picks = triplet.mine(rows, labels, { mining = "hard" })
    local held_out = triplet.evaluate_held_out(rows, labels, { 1, 2, 3 })
    local metrics = triplet.evaluate(rows, labels)
    trainer:keep_rows(rows, labels)
    trainer.threshold = 1
    local verification = triplet.verify(rows, labels, { far = { 0.1 }, curve = 9, threshold = 1 })
    local encoder = triplet.encoder{ inputs = 2, layers = { 2 }, seed = 1 }
    encoder:forward(rows)
    for class, result in pairs{
      margin_result = margin,
      margin_gradients = margin.gradients,
      indexed_result = triplet.indexed_loss(rows, picks),
      batch_result = batch,
      stats = batch.stats,
      picks = picks,
      neighbours = triplet.nearest(rows, rows, { k = 1 }),
      classification = triplet.classify(rows, rows, labels),
      verification = verification,
      roc_curve = verification.curve,
      judged_threshold = verification.judged,
      intervals = metrics.intervals,
      intervals_against_training = held_out.against_training.intervals,
      kept_rows = trainer.kept_rows,
      metrics = metrics,
      class_metrics = metrics.classes[1],
      ranked_figures = metrics.macro,
      held_out_metrics = held_out,
      macro_against_training = held_out.against_training.macro,
      metrics_against_training = held_out.against_training,
      report = triplet.trainer{ data = rows, labels = labels, layers = { 2 } }:step(),
      standardization = triplet.standardization(rows),
      encoder_gradient = encoder:backward(rows),
      field = triplet.schema("mine")[2],
      column = columns.columns[4],
      note = columns.notes[1],
      recipe_column = recipe.columns[1],
    } do
      local declared = fields_of("triplet." .. class)
      for key in pairs(result) do
        assert.is_not_nil(declared[key], class .. "." .. key)
      end
      for key, field in pairs(declared) do
        assert.is_true(result[key] ~= nil or field.optional, class .. "." .. key)
      end
    end
    local optimizer = triplet.optimizer{}
    for class, object in pairs{ matrix = rows, encoder = encoder, optimizer = optimizer, trainer = trainer,
      columns = columns, recipe = recipe, sampler = triplet.sampler{ labels = labels },
      index = triplet.index(rows), shard = triplet.shard(rows, { 1, 2 }, 2) } do
      assert.same(sorted_keys(fields_of("triplet." .. class)), sorted_keys(triplet.properties[class]))
      for key in pairs(triplet.properties[class]) do
        assert.is_not_nil(object[key], class .. "." .. key)
      end
    end
  end)
end)
