--- What a script of any Lua computes, in the dialect that Lua 5.1 to 5.4 and LuaJIT share: trains, mines, searches,
--- judges, saves and loads, and prints numbers by all their digits and bytes by a hash. tests/lua/shared_spec.lua says
--- what comes out, the same under each.

local triplet = require "triplet"

--- Of 32 bits, by products that a double holds.
local function hash(bytes)
  local sum = 0
  for i = 1, #bytes do
    sum = (sum * 65599 + bytes:byte(i)) % 4294967296
  end
  return ("%08x"):format(sum)
end

local function exact(value)
  return type(value) == "number" and ("%.17g"):format(value) or tostring(value)
end

local function say(name, ...)
  local texts = { name }
  for i = 1, select("#", ...) do
    texts[i + 1] = exact((select(i, ...)))
  end
  print(table.concat(texts, " "))
end

local x, labels = triplet.synthetic("rings", 120, 1, 7)
say("data", x.rows, x.cols, #x, hash(x:tobytes()), hash(table.concat(labels, ",")))

local margin = triplet.margin_loss({ { 0, 0 } }, { { 0.1, 0.2 } }, { { 0.3, -0.7 } }, { margin = 1, p = 3 })
say("margin_loss", margin.loss, margin.active, margin.gradients.anchors:get(1, 1), margin.gradients.negatives:get(1, 2))

for _, options in ipairs {
  { mining = "all" }, { mining = "semihard", margin = 0.5 }, { loss = "info_nce", distance = "cosine" },
  { loss = "multi_similarity", distance = "cosine" },
} do
  local r = triplet.batch_loss(x, labels, options)
  say("batch_loss " .. (options.mining or options.loss), r.loss, r.stats.active, hash(r.gradient:tobytes()))
end

-- The largest seed that a double tells from its neighbours.
local mined = triplet.mine(x, labels, { mining = "random", seed = 9007199254740991 })
say("mine", #mined.anchors, hash(table.concat(mined.negatives, ",")))

local trainer = triplet.trainer {
  data = x, labels = labels, layers = { 16, 2 }, mining = "semihard", seed = 3,
  optimizer = { name = "adam", learning_rate = 0.01 },
}
for _ = 1, 40 do
  trainer:step()
end
local step = trainer:step()
say("trainer", step.step, step.loss, step.active, hash(trainer:tobytes()))

local embeddings = trainer:embed(x)
local near = triplet.nearest(embeddings, embeddings, { k = 3 })
say("nearest", near.indices[1][2], near.distances:get(5, 3), hash(near.distances:tobytes()))

local found = trainer:evaluate()
say("evaluate", found.precision_at_1, found.map_at_r, found.queries)
local verified = trainer:verify()
say("verify", verified.auc, verified.threshold, trainer.threshold)

local path = assert(arg[1], "a file to write")
assert(trainer:save(path))
local loaded = assert(triplet.load(path))
say("loaded", loaded.steps, loaded:tobytes() == trainer:tobytes())
loaded:attach(x, labels)
say("resumed", loaded:step().loss == trainer:step().loss)

local named = triplet.batch_loss({ { 0, 1 }, { 0, 2 }, { 3, 1 }, { 3, 2 } }, { "a", "a", "b", "b" })
say("texts", named.loss, named.stats.triplets)
local _, problem = pcall(triplet.matrix, 2, 0.5)
say((problem:gsub("^[^:]+:%d+: ", "")))
_, problem = pcall(triplet.batch_loss, x, labels, { margn = 1 })
say((problem:gsub("^[^:]+:%d+: ", "")))
