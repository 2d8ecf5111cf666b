-- Every example prints what it always prints: the same bits, and so the same lines, on every machine. Those of the
-- annotations assert what they claim.

local support = require "tests.lua.support"

local EXPECTED = {
  first_loss = [[
triplet 1: loss 1.000
triplet 2: loss 0.000
step 0: loss 1.000, 1 active
step 1: loss 0.602, 1 active
step 2: loss 0.215, 1 active
step 3: loss 0.000, 0 active
step 4: loss 0.000, 0 active
]],
  iris = [[
untrained  nearest flower is of the same species:  63.3 %, MAP@R 0.529
step 100   loss 0.2438, 917 of 2688 triplets active
step 200   loss 0.1450, 599 of 2688 triplets active
step 300   loss 0.0568, 286 of 2688 triplets active
step 400   loss 0.0697, 291 of 2688 triplets active
trained    nearest flower is of the same species: 100.0 %, MAP@R 0.962
]],
  digits = [[
step 100  loss 0.161  of 448 triplets   0 hard, 240 semi-hard, 208 easy  precision@1 of new images 0.788
step 200  loss 0.067  of 448 triplets   0 hard, 116 semi-hard, 332 easy  precision@1 of new images 0.880
step 300  loss 0.037  of 448 triplets   0 hard,  68 semi-hard, 380 easy  precision@1 of new images 0.866
step 400  loss 0.029  of 448 triplets   0 hard,  54 semi-hard, 394 easy  precision@1 of new images 0.883
step 500  loss 0.007  of 441 triplets   0 hard,  19 semi-hard, 422 easy  precision@1 of new images 0.891
step 600  loss 0.011  of 448 triplets   0 hard,  21 semi-hard, 427 easy  precision@1 of new images 0.897
]],
  recommender = [[
12555 triplets, 103 secret films
step  0              a secret film is among five recommended in 14.6 % of cases
step 10  loss 0.243  a secret film is among five recommended in 35.9 % of cases
step 20  loss 0.067  a secret film is among five recommended in 75.7 % of cases
step 30  loss 0.040  a secret film is among five recommended in 77.7 % of cases
step 40  loss 0.029  a secret film is among five recommended in 76.7 % of cases
step 50  loss 0.021  a secret film is among five recommended in 76.7 % of cases
]],
  faces = [[
as given         threshold 0.661, for a FAR of 0.010: of new people FAR 0.0080, TAR 0.714
as given         threshold 0.568, for a FAR of 0.001: of new people FAR 0.0007, TAR 0.421
linear adapter   threshold 0.741, for a FAR of 0.010: of new people FAR 0.0114, TAR 0.990
linear adapter   threshold 0.662, for a FAR of 0.001: of new people FAR 0.0012, TAR 0.931
network adapter  threshold 0.757, for a FAR of 0.010: of new people FAR 0.0100, TAR 0.991
network adapter  threshold 0.681, for a FAR of 0.001: of new people FAR 0.0009, TAR 0.949
saved and loaded: the same embeddings
new photos of members: 75 named right and 0 unknown, of 75
photos of strangers: 0 named right and 145 unknown, of 150
]],
  sentences = [[
as given            recall@1 0.270, recall@10 0.710, MRR 0.416
both, untrained     recall@1 0.270, recall@10 0.710, MRR 0.416
both, trained       recall@1 0.735, recall@10 0.950, MRR 0.821
queries, untrained  recall@1 0.270, recall@10 0.710, MRR 0.416
queries, trained    recall@1 0.575, recall@10 0.915, MRR 0.688
]],
  shop = [[
as given  of ten items recommended to a new user, 2.86 are bought later
adapted   of ten items recommended to a new user, 5.76 are bought later
]],
  unseen_classes = [[
all        482 of 25088 triplets active at the end, precision@1 of its own 0-7 0.997, of new 8 and 9 0.921
hard        10 of    64 triplets active at the end, precision@1 of its own 0-7 0.999, of new 8 and 9 0.904
semihard    37 of   448 triplets active at the end, precision@1 of its own 0-7 0.998, of new 8 and 9 0.910
]],
}

describe("the example", function()
  for name, expected in pairs(EXPECTED) do
    it(name .. ".lua prints what it always prints", function()
      local pipe = assert(io.popen(support.interpreter .. " lua/examples/" .. name .. ".lua 2>&1"))
      local output = pipe:read("*a")
      assert.is_true(pipe:close())
      assert.equal(expected, output)
    end)
  end
end)

describe("the annotations' examples", function()
  it("run, and claim what is so", function()
    local pipe = io.popen("mktemp -d")
    local folder = pipe:read("*l")
    pipe:close()
    os.execute(("cp tests/data/iris.csv %s/flowers.csv"):format(folder))
    local count, example = 0, ""
    for line in io.lines("lua/library/triplet.lua") do
      local code = line:match("^%-%-%-     (.*)$")
      if code then
        example = example .. code .. "\n"
      elseif example ~= "" then
        count = count + 1
        local file = assert(io.open(folder .. "/example.lua", "w"))
        file:write('local triplet = require "triplet"\n', example)
        file:close()
        local run = io.popen(("cd %s && %s example.lua 2>&1"):format(folder, support.interpreter))
        assert.same({ "", true }, { run:read("*a"), (run:close()) }, example)
        example = ""
      end
    end
    os.execute("rm -r " .. folder)
    assert.is_true(count > 15)
  end)
end)
