-- Where embeddings go beside CSV: matrices, the Embedding Projector's pair of files, and pictures of many rows.

local answers = require "tests.lua.answers"
local dkjson = require "dkjson"
local library = require "triplet"
local program = require "tests.lua.program"

describe("the command writes", function()
  local triplet

  before_each(function()
    triplet = program.new()
    triplet:write("data.csv", program.flowers())
  end)

  after_each(function()
    triplet:remove()
  end)

  local TRAIN = "train data.csv --label kind --ignore name --dim 2 --steps 3 --quiet "

  it("the label by the name of its column", function()
    triplet:run(TRAIN .. "--out e.csv --model m")
    assert.match("^row,kind,part,e1,e2\n1,x,", triplet:read("e.csv"))
    assert.match("^row,kind,e1,e2\n1,x,", (triplet:run("embed m data.csv --label 4")))
  end)

  it("matrices, by how the name ends", function()
    triplet:run(TRAIN .. "--out e.csv --model m")
    local rows = answers.coordinates(answers.records(triplet:read("e.csv")))
    for _, ending in ipairs { "npy", "fvecs", "safetensors", "NPY" } do
      for _, arguments in ipairs { TRAIN .. "--out e." .. ending, "embed m data.csv --out e." .. ending } do
        assert.equal(0, select(3, triplet:run(arguments)))
        local matrix = assert(library.decode_matrix(triplet:read("e." .. ending)))
        assert.same(library.matrix(rows):totable(), matrix:totable())
      end
    end
  end)

  it("the pair of files of the Embedding Projector", function()
    triplet:write("data.csv", (program.flowers():gsub(",y,", ',"y, ""z""\t",')))
    local output = triplet:run(TRAIN:gsub("%-%-quiet", "") .. "--out e.csv --model m --projector p")
    assert.match("\nwrote e.csv\nwrote m\nwrote p%-vectors.tsv\nwrote p%-metadata.tsv\n$", output)
    local function lines(name)
      local list = {}
      for line in triplet:read(name):gmatch("([^\n]*)\n") do
        list[#list + 1] = line
      end
      return list
    end
    local metadata, vectors = lines("p-metadata.tsv"), lines("p-vectors.tsv")
    assert.same({ 31, 30, "kind\tpart" }, { #metadata, #vectors, metadata[1] }) -- several columns have a header
    triplet:run(TRAIN .. "--out e.npy")
    local matrix = library.load_matrix(triplet.folder .. "/e.npy")
    for i, vector in ipairs(vectors) do
      local x, y = vector:match("^(%S+)\t(%S+)$")
      assert.near(matrix:get(i, 1), tonumber(x), 1e-6)
      assert.near(matrix:get(i, 2), tonumber(y), 1e-6)
      assert.equal(({ 'z', "x", 'y, "z" ' })[i % 3 + 1], metadata[i + 1]:match("^([^\t]*)\t%a+$"))
    end

    assert.equal("wrote q-vectors.tsv: 30 rows in 2 dimensions\nwrote q-metadata.tsv: 30 rows in 2 dimensions\n",
      (triplet:run("embed m data.csv --label kind --projector q")))
    metadata = lines("q-metadata.tsv") -- one column has none
    assert.same({ 30, "x" }, { #metadata, metadata[1] })
    assert.same({ "", "", 0 }, { triplet:run("embed m data.csv --projector q --quiet --label ''") })
    metadata = lines("q-metadata.tsv")
    assert.same({ 30, "1", "30" }, { #metadata, metadata[1], metadata[30] })
    assert.same({ "q-vectors.tsv", "q-metadata.tsv" },
      dkjson.decode((triplet:run("embed m data.csv --projector q --json"))).written)
  end)

  it("the words of text files beside the labels", function()
    triplet:write("w.txt", "4 2\nking 1 2\nqueen 1 3\nman 5 6\nwoman 5 7\n")
    triplet:write("l.txt", "a\na\nb\nb\n")
    triplet:run("train w.txt --labels l.txt --test-share 0 --steps 2 --dim 2 --quiet --projector p --model m")
    assert.match("^row\tlabel\tpart\nking\ta\ttrain\nqueen\ta", triplet:read("p-metadata.tsv"))
    assert.match("^row,e1,e2\nking,", (triplet:run("embed m w.txt")))
  end)

  it("a picture of any number of rows, of which it draws a sample and says so", function()
    local rows, labels = library.synthetic("blobs", 12000, 1, 1)
    triplet:write("x.npy", rows:encode("npy"))
    local lines = {}
    for i, label in ipairs(labels) do
      lines[i] = tostring(label)
    end
    triplet:write("l.txt", table.concat(lines, "\n"))
    local output, complaint, code = triplet:run("train x.npy --labels l.txt --test-share 0 --steps 2 --dim 2 "
      .. "--plot p.svg")
    assert.same({ "", 0 }, { complaint, code })
    assert.match("\nthe picture shows 10000 of 12000 rows\n\nwrote p.svg\n$", output)
    local picture = triplet:read("p.svg")
    assert.truthy(picture:find("10000 of 12000 rows, some of every class", 1, true))
    local _, marks = picture:gsub('<use href="#s%d" class="c[1-9]', "")
    assert.equal(10000, marks)
    _, marks = picture:gsub('<use href="#m%d" class="c[1-9]', "")
    assert.equal(4, marks) -- of the legend
  end)

  it("pictures under the file's name, and what its classes are", function()
    triplet:write("bare.csv", (program.flowers():gsub("^[^\n]*\n", "")))
    for arguments, title in pairs { ["data.csv --label kind"] = "data.csv: kind",
      ["bare.csv --label 4"] = "bare.csv, classes: column 4",
      ["- --label kind < data.csv"] = "standard input: kind" } do
      assert.equal(0, select(3, triplet:run("train " .. arguments .. " --dim 2 --steps 1 --quiet --plot p.svg")))
      assert.truthy(triplet:read("p.svg"):find("<title>" .. title .. "</title>", 1, true), title)
    end
  end)

  it("nothing where one of the files cannot be written", function()
    triplet:run(TRAIN .. "--model m")
    triplet:refuses("embed m data.csv --out e.csv --projector none/p",
      "cannot write none/p-vectors.tsv: No such file or directory", 1)
    triplet:refuses("embed m data.csv --projector -", '--projector: expected how two files begin, got "-" (see triplet '
      .. "--help)", 2)
    triplet:refuses(TRAIN .. "--out p-vectors.tsv --projector p", "p-vectors.tsv: --out and --projector name the same "
      .. "file", 2)
  end)
end)
