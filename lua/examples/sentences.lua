-- Questions and answers: an adapter of somebody else's sentence vectors, from pairs that belong together. Sentences lie
-- near each other for many reasons, of which "this answers that" is only one. These vectors are made up, so what is in
-- them is known: a question and its answer have a meaning in common; the wording of questions moves them along some
-- directions, that of answers along others; the rest is noise.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/sentences.lua

local triplet = require "triplet"

local PAIRS, SEEN, SIZE = 1000, 800, 64

-- So many numbers of each text, each of which moves it along a direction.
local function vectors(numbers, seed)
  local directions = triplet.encoder { inputs = numbers, layers = { SIZE }, seed = seed }
  return directions:forward(triplet.matrix(PAIRS, numbers):random(seed))
end

local function noise(seed)
  return triplet.matrix(PAIRS, SIZE):random(seed)
end

local meaning = vectors(16, 1)
local questions = vectors(8, 2):scale(1.2):add(meaning):add(noise(3), 0.5)
local answers = vectors(8, 4):scale(1.2):add(meaning):add(noise(5), 0.5)

-- Frozen vectors come in files. Here the answers' is written first, as NumPy would write it.
assert(answers:save("answers.npy"))
answers = assert(triplet.load_matrix("answers.npy"))
os.remove("answers.npy")

-- Row i of the questions belongs to row i of the answers. The last 200 are not trained on: each of these questions
-- searches their answers for its own, which has the same number.
local new_questions, new_answers = questions:view(SEEN + 1, PAIRS), answers:view(SEEN + 1, PAIRS)
local numbers = {}
for i = 1, PAIRS - SEEN do
  numbers[i] = i
end

local function search(name, asked, index)
  local found = triplet.evaluate(asked, numbers, {
    references = index,
    reference_labels = numbers,
    distance = "cosine",
    k = { 1, 10 },
  })
  print(("%-18s  recall@1 %.3f, recall@10 %.3f, MRR %.3f"):format(name, found.recall_at[1], found.recall_at[10],
    found.mrr))
end

search("as given", new_questions, new_answers)

-- Either both sides go through the adapter, or the questions alone. That is harder, as the answers keep what gets in
-- the way; but then an index of them can stay as it is.
for _, adapt in ipairs { "both", "queries" } do
  local trainer = triplet.trainer {
    data = questions:view(1, SEEN),
    references = answers:view(1, SEEN),
    adapt = adapt,
    layers = { SIZE },
    residual = true,
    standardize = false,
    loss = "info_nce",
    steps = 300,
    seed = 1,
  }
  local function adapted_answers()
    return adapt == "both" and trainer:embed(new_answers) or new_answers
  end

  -- What the layer gives is added to the vector, and at first it gives nothing.
  assert(trainer:embed(new_questions):tobytes() == new_questions:tobytes())
  search(adapt .. ", untrained", trainer:embed(new_questions), adapted_answers())
  trainer:run()
  search(adapt .. ", trained", trainer:embed(new_questions), adapted_answers())
end
