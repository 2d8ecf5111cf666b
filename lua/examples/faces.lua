-- Faces: an adapter behind somebody else's network, whose descriptors of photos also know about light and pose. Photos
-- of some people teach it what to overlook; other people judge it. The descriptors are made up, so what is in them is
-- known: a person is a direction of 128 numbers, light and pose move all people along the same four, the rest is noise.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/faces.lua

local triplet = require "triplet"

local PEOPLE, PHOTOS, SIZE = 120, 1200, 128
local labels = {}
for photo = 1, PHOTOS do
  labels[photo] = photo % PEOPLE + 1
end
local light_and_pose = triplet.encoder { inputs = 4, layers = { SIZE }, seed = 1 }
local descriptors = triplet.matrix(PEOPLE, SIZE):random(1):select(labels)
  :add(light_and_pose:forward(triplet.matrix(PHOTOS, 4):random(2)), 1.3)
  :add(triplet.matrix(PHOTOS, SIZE):random(3), 1.1)

local function halves(set, hold_out)
  local parts = { triplet.split(set.labels, 0.5, 1, hold_out) }
  for i, rows in ipairs(parts) do
    local part = { x = set.x:select(rows), labels = {} }
    for k, row in ipairs(rows) do
      part.labels[k] = set.labels[row]
    end
    parts[i] = part
  end
  return parts[1], parts[2]
end

-- Half of the people teach, a quarter chooses thresholds, a quarter judges. Of these last, half are members, who have
-- photos in an album, and half are strangers.
local training, others = halves({ x = descriptors, labels = labels }, "classes")
local validation, test = halves(others, "classes")
local members, strangers = halves(test, "classes")
local album, new_photos = halves(members, "rows")

-- Two photos are taken to be of one person if they are at most a threshold apart. FAR is the share of pairs of two
-- people that pass, TAR that of pairs of one person. Some people choose the threshold for a FAR, and others say what
-- becomes of it: on those who chose it, it does what it should by construction.
local function judge(name, embed)
  local chosen = triplet.verify(embed(validation.x), validation.labels, { far = { 0.01, 0.001 }, distance = "cosine" })
  for _, far in ipairs { 0.01, 0.001 } do
    local options = { threshold = chosen.threshold_at[far], distance = "cosine" }
    local found = triplet.verify(embed(test.x), test.labels, options).judged
    print(("%-15s  threshold %.3f, for a FAR of %.3f: of new people FAR %.4f, TAR %.3f"):format(name, found.threshold,
      far, found.far, found.tar))
  end
  return chosen.threshold_at[0.001]
end
judge("as given", function(x) return x end)

-- With `residual` what the layers give is added to the descriptor, so that training begins with what is given.
local trainer
local adapters = { { name = "linear adapter", layers = { SIZE } }, { name = "network adapter", layers = { 64, SIZE } } }
for _, adapter in ipairs(adapters) do
  trainer = triplet.trainer { data = training.x, labels = training.labels, layers = adapter.layers, residual = true,
    normalize = true, standardize = false, loss = "sup_con", steps = 300, seed = 1 }
  trainer:run(function(step)
    if step.step % 50 == 0 then
      triplet.show(trainer:embed(new_photos.x), new_photos.labels, step)
    end
  end)
  trainer.threshold = judge(adapter.name, function(x) return trainer:embed(x) end)
end

-- The model's file has its threshold, and the album where it is told to keep it.
trainer:keep_rows(trainer:embed(album.x), album.labels)
assert(trainer:save("faces.safetensors"))
local model = assert(triplet.load("faces.safetensors"))
os.remove("faces.safetensors")
local same = model:embed(test.x):tobytes() == trainer:embed(test.x):tobytes()
print("saved and loaded: " .. (same and "the same embeddings" or "other embeddings"))

-- Who is it? The five nearest photos of the album vote, those of them that are within the threshold.
local function recognise(photos)
  local kept = model.kept_rows
  local options = { k = 5, threshold = model.threshold, distance = "cosine" }
  local right, unknown = 0, 0
  for i, label in ipairs(triplet.classify(model:embed(photos.x), kept.embeddings, kept.labels, options).labels) do
    right = right + (label == photos.labels[i] and 1 or 0)
    unknown = unknown + (label and 0 or 1)
  end
  return right, unknown, #photos.labels
end

-- A stranger meets a whole album, so a larger share of strangers passes than of pairs.
print(("new photos of members: %d named right and %d unknown, of %d"):format(recognise(new_photos)))
print(("photos of strangers: %d named right and %d unknown, of %d"):format(recognise(strangers)))
