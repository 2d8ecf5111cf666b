-- What the command reads beside tables: vectors of every format, with their labels; and what it says of other files.

local answers = require "tests.lua.answers"
local library = require "triplet"
local program = require "tests.lua.program"

describe("the command reads", function()
  local triplet
  local rows, persons = answers.descriptors(6, 5, 1)

  before_each(function()
    triplet = program.new()
    triplet:write("faces.npy", rows:encode("npy"))
    triplet:write("people.txt", table.concat(persons, "\n") .. "\n")
  end)

  after_each(function()
    triplet:remove()
  end)

  local TRAIN = "train %s --labels people.txt --layers none --dim 3 --steps 5 --quiet --out e.csv --model m "

  it("takes the format that is given of files alone whose bytes do not tell theirs", function()
    local numbers, lines = library.matrix(40, 4):random(3), {}
    for i, row in ipairs(numbers:totable()) do
      lines[i] = ("w%d %.9g %.9g %.9g %.9g\n"):format(i, table.unpack(row))
    end
    triplet:write("users.npy", numbers:encode("npy"))
    triplet:write("glove.txt", table.concat(lines))
    local output, complaint, code = triplet:run("nearest none users.npy --references glove.txt -k 1 --format text")
    assert.same({ "", 0 }, { complaint, code })
    for i = 1, 40 do
      assert.match(("\n%d,1,w%d,"):format(i, i), output, 1, true)
    end

    -- Who has such a file, and does not know of it, is told.
    local note = "words with their numbers, it seems, as GloVe has them: --format text reads them so"
    complaint = select(2, triplet:run("nearest none glove.txt -k 1"))
    assert.match(note, complaint, 1, true)
    triplet:write("numbers.txt", (table.concat(lines):gsub("w", "")))
    triplet:write("commas.csv", (table.concat(lines):gsub(" ", ",")))
    for _, name in ipairs { "numbers.txt", "commas.csv" } do
      complaint = select(2, triplet:run(("nearest none %s -k 1"):format(name)))
      assert.is_nil(complaint:find("--format", 1, true))
    end
  end)

  it("every format of vectors alike, by its bytes", function()
    local words, numbers = {}, {}
    for i, row in ipairs(rows:totable()) do
      numbers[i] = {}
      for j, value in ipairs(row) do
        numbers[i][j] = ("%.9g"):format(value)
      end
      words[i] = ("w%d %s"):format(i, table.concat(numbers[i], " "))
    end
    triplet:write("a", rows:encode("npy"))
    triplet:write("b", rows:encode("fvecs"))
    triplet:write("c", rows:encode("safetensors"))
    triplet:write("d", library.encode_matrices { faces = rows, other = library.matrix(2, 2) })
    triplet:write("e", ("%d %d\n"):format(rows.rows, rows.cols) .. table.concat(words, "\n") .. "\n") -- word2vec's
    triplet:write("f", table.concat(words, "\n") .. "\n") -- GloVe's
    local first
    for name, options in pairs { a = "", b = "", c = "", d = "--tensor faces", e = "", f = "--format text" } do
      assert.same({ "", "", 0 }, { triplet:run(TRAIN:format(name) .. options) })
      local embedding = triplet:read("e.csv"):gsub("\nw(%d+),", "\n%1,") -- the words of a text are its rows' names
      assert.equal(name == "e" or name == "f", embedding ~= triplet:read("e.csv"))
      first = first or embedding
      assert.equal(first, embedding)
      triplet:run(("embed m %s %s --out again.csv"):format(name, options))
      assert.same(answers.coordinates(answers.records(first)), answers.coordinates(answers.records(
        triplet:read("again.csv"))))
    end
  end)

  it("labels as lines, as integers and as a column of a table", function()
    local lines, integers = { "file;who" }, {}
    for i, person in ipairs(persons) do
      lines[i + 1] = ("%d.jpg;%s"):format(i, person)
      integers[i] = { tonumber(person:match("%d+")) }
    end
    triplet:write("people.csv", table.concat(lines, "\n") .. "\n")
    triplet:write("people.npy", library.matrix(integers):encode("npy"))
    triplet:write("dos.txt", "\239\187\191" .. table.concat(persons, "\r\n"))
    local function columns(options)
      local _, complaint, code = triplet:run("train faces.npy --layers none --dim 2 --steps 2 --quiet --out e.csv "
        .. options)
      assert.same({ "", 0 }, { complaint, code })
      local records, names = answers.records(triplet:read("e.csv"))
      local labels = {}
      for i, record in ipairs(records) do
        labels[i] = record[names[2]]
      end
      return labels, names[2]
    end
    assert.same({ persons, "label" }, { columns("--labels people.txt") })
    assert.same({ persons, "label" }, { columns("--labels dos.txt") })
    triplet:write("blank.txt", table.concat(persons, "\n") .. "\n\n \n")
    assert.same({ persons, "label" }, { columns("--labels blank.txt") })
    assert.same({ persons, "who" }, { columns("--labels people.csv --label who") })
    assert.same({ persons, "who" }, { columns("--labels people.csv --label last") })
    local numbers = columns("--labels people.npy")
    for i, integer in ipairs(integers) do
      assert.equal(tostring(integer[1]), numbers[i])
    end
  end)

  it("rows without a label, and leaves them out where it trains", function()
    local some = {}
    for i, person in ipairs(persons) do
      some[i] = i % 7 == 0 and "" or person
    end
    triplet:write("people.txt", table.concat(some, "\n") .. "\n")
    local output, complaint, code = triplet:run("train faces.npy --labels people.txt --steps 2 --out e.csv --model m")
    assert.same({ "", 0 }, { complaint, code })
    assert.match("^faces.npy: 26 rows, 128 columns, 128 inputs, 6 classes; [^\n]*\nleft out: 4 rows without a label\n",
      output)
    for _, record in ipairs(answers.records(triplet:read("e.csv"))) do
      assert.equal(persons[tonumber(record.row)], record.label)
      assert.not_equal(0, tonumber(record.row) % 7)
    end
    triplet:run("embed m faces.npy --labels people.txt --out all.csv")
    local all = answers.records(triplet:read("all.csv"))
    assert.same({ 30, "", persons[8] }, { #all, all[7].label, all[8].label })
  end)

  it("vectors from standard input", function()
    triplet:run(TRAIN:format("- < faces.npy"))
    local piped = triplet:read("e.csv")
    triplet:run(TRAIN:format("faces.npy"))
    assert.equal(triplet:read("e.csv"), piped)
  end)

  it("columns of vectors as they are, unless told to standardise them", function()
    local function embedding(matrix, options)
      triplet:write("x.npy", matrix:encode("npy"))
      triplet:run(TRAIN:format("x.npy") .. options)
      return triplet:read("e.csv")
    end
    local doubled = rows:copy():scale(2) -- a power of two: standardised, they are the same to the bit
    assert.not_equal(embedding(rows, ""), embedding(doubled, ""))
    assert.equal(embedding(rows, "--standardize"), embedding(doubled, "--standardize"))
    assert.equal(embedding(rows, ""), embedding(rows, "--no-standardize"))
  end)

  it("models of vectors again, to go on with them", function()
    triplet:run("train faces.npy --labels people.txt --steps 12 --model whole --quiet")
    triplet:run("train faces.npy --labels people.txt --steps 12 --checkpoint 5 --model half --quiet")
    local _, complaint = triplet:interrupted("train faces.npy --labels people.txt --steps 12 --model half --quiet",
      "step 6")
    assert.match("go on by: triplet resume half faces.npy %-%-labels people.txt\n$", complaint)
    assert.not_equal(triplet:read("whole"), triplet:read("half"))
    assert.same({ "", "", 0 }, { triplet:run("resume half faces.npy --quiet") })
    assert.equal(triplet:read("whole"), triplet:read("half"))
  end)

  describe("and refuses", function()
    before_each(function()
      triplet:write("iris.csv", (io.open("tests/data/iris.csv"):read("*a")))
      triplet:run(TRAIN:format("faces.npy"))
      triplet:run("train iris.csv --label species --steps 1 --quiet --model t")
      triplet:write("narrow.npy", library.matrix(3, 2):encode("npy"))
      triplet:write("holes.npy", library.matrix({ { 1, 2 }, { 3, 0 / 0 } }):encode("npy"))
      triplet:write("two", library.encode_matrices { a = rows, b = rows })
      triplet:write("short.txt", "x\ny\n")
      triplet:write("head.txt", "name\n" .. table.concat(persons, "\n"))
      triplet:write("half.npy", library.matrix(30, 1):fill(0.5):encode("npy"))
      triplet:write("latin.txt", ("\233\n"):rep(30))
      triplet:write("empty.txt", ("\n"):rep(30))
      triplet:write("cut.npy", rows:encode("npy"):sub(1, 1000))
      triplet:write("packed.gz", "\31\139\8\0")
      triplet:write("it's.zip", "PK\3\4")
      triplet:write("packed.xz", "\253" .. "7zXZ\0")
    end)

    for arguments, message in pairs {
      ["train faces.npy"] = {
        "--labels: expected a file with the label of each row of faces.npy, which has vectors", 2 },
      ["train faces.npy --labels short.txt"] = {
        "short.txt: expected 30 labels (--labels), one for each row of faces.npy, got 2" },
      ["train faces.npy --labels head.txt"] = {
        "head.txt: expected 30 labels (--labels), one for each row of faces.npy, got 31: where the first names a "
          .. "column, give it by --label" },
      ["train faces.npy --labels half.npy"] = { "half.npy: row 1: expected an integer in -2^24 .. 2^24, got 0.5" },
      ["train faces.npy --labels narrow.npy"] = { "narrow.npy: expected one integer a row, got 2" },
      ["train faces.npy --labels latin.txt"] = { "latin.txt: line 1: expected UTF-8" },
      ["train faces.npy --labels empty.txt"] = { "empty.txt: no row has a label" },
      ["train faces.npy --labels nowhere"] = { "nowhere: No such file or directory" },
      ["train faces.npy --labels iris.csv --label kind"] = { "iris.csv: --label: there is no column \"kind\" among "
        .. "sepal_length, sepal_width, petal_length, petal_width, species" },
      ["train faces.npy --labels half.npy --label kind"] = { "--label: belongs to tables, and half.npy has integers",
        2 },
      ["train faces.npy --labels people.txt --categories x"] = {
        "--categories: belongs to tables, and faces.npy has vectors", 2 },
      ["train faces.npy --dry-run"] = { "--dry-run: belongs to tables, and faces.npy has vectors", 2 },
      ["train iris.csv --labels people.txt"] = {
        "--labels: belongs to vectors, and iris.csv is a table: --label names its column", 2 },
      ["train iris.csv --label species --tensor a"] = {
        "--tensor: belongs to safetensors files, and iris.csv is a table", 2 },
      ["train faces.npy --labels people.txt --tensor a"] = {
        "--tensor: belongs to safetensors files, and faces.npy is of format npy", 2 },
      ["train m --labels people.txt"] = { "m: it is a model of triplet, not a file of rows" },
      ["embed m narrow.npy --out o"] = { "narrow.npy: expected 128 columns like the model, got 2" },
      ["embed t faces.npy --out o"] = {
        "faces.npy: expected a table with the columns that the model was trained on, got vectors" },
      ["embed m faces.npy --out o --label who"] = {
        "--label: belongs to tables, and faces.npy has vectors: name a file of their labels by --labels", 2 },
      ["embed t iris.csv --out o --ignore species"] = {
        "--ignore: belongs to rows that no table's model takes, and t has its columns", 2 },
      ["nearest none holes.npy"] = { "holes.npy: row 2, column 2 is not finite" },
      ["nearest none packed.gz"] = { "packed.gz: it is packed by gzip: gunzip -k packed.gz unpacks it, or "
        .. "zcat packed.gz | triplet ... - reads it as it is" },
      ["nearest none - < packed.gz"] = { "standard input: it is packed by gzip: unpack it first (zcat)" },
      ["nearest none packed.xz"] = { "packed.xz: it is packed by xz: unxz -k packed.xz unpacks it, or xzcat "
        .. "packed.xz | triplet ... - reads it as it is" },
      ["nearest none \"it's.zip\""] = { "it's.zip: it is packed by ZIP: unzip 'it'\\''s.zip' unpacks it, or "
        .. "unzip -p 'it'\\''s.zip' | triplet ... - reads it as it is" },
    } do
      it(arguments, function()
        triplet:refuses(arguments, message[1], message[2] or 1)
      end)
    end

    it("a file that is cut short, and a tensor that is not named, with what is wrong", function()
      for arguments, part in pairs { ["nearest none cut.npy"] = "^triplet: cut.npy: ",
        ["nearest none two"] = "^triplet: two: %-%-tensor: ",
        ["embed m iris.csv --out o"] = "triplet: iris.csv: expected 128 columns like the model, got 7\n$",
        ["nearest none two --tensor c"] = "^triplet: two: ",
        ["nearest none people.txt --format fvecs"] = "^triplet: people.txt: " } do
        local _, complaint, code = triplet:run(arguments)
        assert.equal(1, code)
        assert.match(part, complaint)
      end
    end)
  end)
end)
