-- Every example prints what it always prints: the same bits, and so the same lines, on every machine.

local EXPECTED <const> = {
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
step 100   loss 0.1781, 982 of 2688 triplets active
step 200   loss 0.0740, 331 of 2688 triplets active
step 300   loss 0.1534, 555 of 2688 triplets active
step 400   loss 0.0564, 274 of 2688 triplets active
trained    nearest flower is of the same species: 100.0 %, MAP@R 0.953
]],
  unseen_classes = [[
all        854 of 25088 triplets active at the end, precision@1 of its own 0-7 0.997, of new 8 and 9 0.912
hard        25 of    64 triplets active at the end, precision@1 of its own 0-7 0.999, of new 8 and 9 0.932
semihard    71 of   448 triplets active at the end, precision@1 of its own 0-7 0.997, of new 8 and 9 0.918
]],
}

describe("the example", function()
  for name, expected in pairs(EXPECTED) do
    it(name .. ".lua prints what it always prints", function()
      local pipe = assert(io.popen("lua5.4 lua/examples/" .. name .. ".lua 2>&1"))
      local output = pipe:read("a")
      assert.is_true(pipe:close())
      assert.equal(expected, output)
    end)
  end
end)
