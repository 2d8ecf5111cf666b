--- What allocations.c takes the memory from: a call of everything in the module that allocates. Returns what was told.

local triplet = require "triplet"

local told = {}
local function tell(...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) == "userdata" then
      value = value:tobytes()
    elseif type(value) == "table" then
      value = table.concat(value, " ")
    end
    told[#told + 1] = tostring(value)
  end
end

local rows, labels, sets = {}, {}, {}
for i = 1, 12 do
  rows[i] = { (i * 7 % 5) / 4, (i * 3 % 7) / 8, i % 3 }
  labels[i] = i % 3
  sets[i] = { i % 3, 7 }
end

-- Matrices.
local x = triplet.matrix(rows)
local y = triplet.matrix(12, 3)
y:set(1, 1, 0.5)
tell(y, x:select { 1, 3 }, x:view(2, 5), #x, tostring(x), triplet.matrix.from_bytes(x:tobytes(), 12, 3))
tell(#x:totable())

-- Losses.
local loss = triplet.margin_loss(x, y, x, { reduction = "none", weights = labels, swap = true })
tell(loss.loss, loss.gradients.anchors)
tell(triplet.margin_loss(x, y, x, { out = loss, reduction = "none" }).loss)
tell(triplet.indexed_loss(x, { anchors = { 1, 2 }, positives = { 4, 5 }, negatives = { 2, 3 } }, {}).gradient)
for _, mining in ipairs { "all", "hard", "semihard", "random" } do
  local found = triplet.batch_loss(x, labels, { mining = mining })
  tell(found.loss, found.gradient)
  tell(#triplet.mine(x, labels, { mining = mining }).anchors)
end
tell(triplet.batch_loss(x, sets, { loss = "info_nce" }).loss)
tell(triplet.batch_loss(x, { "a", "b", "a", "b", "c", "a", "b", "a", "b", "c", "c", "c" }, { loss = "sup_con" }).loss)
local memory = triplet.memory { capacity = 20 }
memory:push(x, labels)
tell(triplet.batch_loss(y, labels, { references = memory, reference_gradient = true }).loss)
memory:clear()

-- Searches and evaluations.
local found = triplet.nearest(x, y, { k = 2 })
tell(found.distances, triplet.distances(x, y))
tell(triplet.evaluate(x, labels, { k = { 1, 2 } }).map_at_r, triplet.verify(x, labels, { far = { 0.1 } }).auc)
tell(triplet.classify(x, y, labels, { k = 3 }).votes)

-- Tables and files.
local columns, recipe = triplet.table.read("size,x,k\nsmall,1,a\nlarge,2,b\n,3,b\n", { label = "k" })
recipe:fit()
tell(recipe:matrix(columns))

-- Networks and training.
local encoder = triplet.encoder { inputs = 3, layers = { 4, 2 }, seed = 1 }
tell(encoder:forward(x), #encoder:tobytes())
local trainer = triplet.trainer {
  data = x, labels = labels, layers = { 4, 2 }, steps = 4, validation = 0.3, evaluate_every = 1, classes_per_batch = 2,
  rows_per_class = 2, columns = { "a", "b", "c" },
}
tell(trainer:step().loss)
trainer:run()
tell(trainer:embed(x), trainer:evaluate(x, labels).map_at_r)
local loaded = triplet.from_bytes(trainer:tobytes())
loaded:attach(x, labels)
tell(loaded:step().loss, loaded:tobytes())
loaded:close()
trainer:close()

return table.concat(told, "\n")
