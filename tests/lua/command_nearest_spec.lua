-- triplet nearest, against distances by hand over the embeddings that triplet embed writes.

local answers = require "tests.lua.answers"
local dkjson = require "dkjson"
local library = require "triplet"
local program = require "tests.lua.program"

describe("triplet nearest", function()
  local triplet

  setup(function()
    triplet = program.new()
    triplet:write("iris.csv", io.open("tests/data/iris.csv"):read("*a"))
    assert.same({ "", "", 0 }, { triplet:run("train iris.csv --label species --steps 50 --quiet --model m") })
  end)

  teardown(function()
    triplet:remove()
  end)

  --- What it writes, which has to be as many neighbours as `orders` has, but at most k, with labels where given. Rows
  --- as near as each other in float32 may change places.
  local function check(text, orders, k, labels, names)
    local records = answers.records(text)
    local place = 0
    for i, order in ipairs(orders) do
      for rank = 1, math.min(k, #order) do
        place = place + 1
        local record, expected = records[place], order[rank][2]
        assert.same({ names and names[i] or tostring(i), tostring(rank) }, { record.row, record.rank })
        assert.near(expected, tonumber(record.distance), 1e-5 * (1 + math.abs(expected)))
        local found
        for _, candidate in ipairs(order) do
          found = found or (names and names[candidate[1]] or tostring(candidate[1])) == record.neighbor and candidate
        end
        assert.near(expected, found[2], 1e-5 * (1 + math.abs(expected)))
        assert.equal(labels and labels[found[1]], labels and record.species)
      end
    end
    assert.equal(place, #records)
  end

  it("finds the nearest other rows of a table in the embedding of a model", function()
    triplet:run("embed m iris.csv --label species --out e.csv")
    local records = answers.records(triplet:read("e.csv"))
    local rows, labels = answers.coordinates(records), {}
    for i, record in ipairs(records) do
      labels[i] = record.species
    end
    local orders = answers.order(rows, rows, "minkowski", function(i, j) return i == j end)
    local output, complaint, code = triplet:run("nearest m iris.csv --label species -k 7")
    assert.same({ "", 0 }, { complaint, code })
    assert.match("^row,rank,neighbor,species,distance\n", output)
    check(output, orders, 7, labels)
    assert.same({ "wrote n.csv: neighbours of 150 rows among 150 references, by Euclidean distance\n", "", 0 },
      { triplet:run("nearest m iris.csv --label species -k 7 --out n.csv") })
    assert.equal(output, triplet:read("n.csv"))
  end)

  it("says how many references there are where more are asked for", function()
    triplet:write("three.csv", (triplet:read("iris.csv"):match(("[^\n]*\n"):rep(4))))
    for arguments, note in pairs { ["three.csv"] = "-k 9: there are only 2 references\n",
      ["iris.csv --references three.csv"] = "-k 9: there are only 3 references\n" } do
      local output, complaint = triplet:run(("nearest m %s -k 9 --label ''"):format(arguments))
      assert.equal(note, complaint)
      assert.equal(note:match("(%d) ref"), output:match(",(%d+),%d+,[^,]*\n$"))
    end
    assert.same({ "", 0 }, { select(2, triplet:run("nearest m three.csv -k 2 --label ''")) })
  end)

  it("carries along the label that the model learned, where the references have it", function()
    local named = triplet:run("nearest m iris.csv --references iris.csv --label species -k 2 --quiet")
    local note = "carried along: species, the label that the model learned (--label '' leaves it out)\n"
    for _, arguments in ipairs { "nearest m iris.csv --references iris.csv -k 2", "nearest m iris.csv -k 2",
      "embed m iris.csv" } do
      local expected = triplet:run(arguments .. " --label species --quiet")
      assert.same({ expected, note, 0 }, { triplet:run(arguments) })
      local without, complaint, code = triplet:run(arguments .. " --label ''")
      assert.same({ "", 0 }, { complaint, code })
      assert.equal((expected:gsub("(%d),%a+,", "%1,"):gsub(",species", "")), without)
    end
    assert.same({ named, "", 0 }, { triplet:run("nearest m iris.csv --references iris.csv -k 2 --quiet") })

    -- Nothing is missed where it is not there, and numbers alone have no room for it.
    triplet:write("bare.csv", (triplet:read("iris.csv"):gsub(",[^,\n]*\n", "\n")))
    local output, complaint, code = triplet:run("nearest m iris.csv --references bare.csv -k 2")
    assert.same({ "", 0 }, { complaint, code })
    assert.match("^row,rank,neighbor,distance\n", output)
    assert.equal((named:gsub("(%d),%a+,", "%1,"):gsub("neighbor,species", "neighbor")), output)
    assert.same({ "wrote e.npy: 150 rows in 16 dimensions\n", "", 0 }, { triplet:run("embed m iris.csv --out e.npy") })
    triplet:run("embed m iris.csv --projector p")
    assert.match("^setosa\n", triplet:read("p-metadata.tsv"))
  end)

  it("names the file in what it tells of columns where there are two", function()
    triplet:write("known.csv", "a,b\n1,x\n,y\n3,x\n5,y\n")
    triplet:write("asked.csv", "a,b\n,x\n2,y\n")
    local _, complaint = triplet:run("nearest none asked.csv --references known.csv -k 1")
    assert.match("known.csv: a: 1 of 4 empty, ", complaint, 1, true)
    assert.match("asked.csv: a: 1 of 2 empty, ", complaint, 1, true)
  end)

  it("searches another file, by every distance, with what is to be left out", function()
    local users, items = library.matrix(20, 6):random(1), library.matrix(35, 6):random(2)
    triplet:write("users.npy", users:encode("npy"))
    triplet:write("items.fvecs", items:encode("fvecs"))
    local lines, seen = {}, {}
    for i = 1, 200 do
      local user, item = i * 7 % 20 + 1, i * i % 35 + 1
      seen[user * 100 + item] = true
      lines[i] = user .. "," .. item
    end
    triplet:write("bare.csv", table.concat(lines, "\n") .. "\n")
    triplet:write("named.csv", "user,item\n" .. table.concat(lines, "\n") .. "\n")
    local function skip(i, j)
      return seen[i * 100 + j]
    end
    for name, options in pairs { minkowski = "", squared = "--distance squared", cosine = "--distance cosine",
      dot = "--distance dot" } do
      local orders = answers.order(users:totable(), items:totable(), name)
      check((triplet:run("nearest none users.npy --references items.fvecs -k 4 " .. options)), orders, 4)
      orders = answers.order(users:totable(), items:totable(), name, skip)
      for _, file in ipairs { "bare.csv", "named.csv" } do
        -- k beyond what is left: fewer for some.
        check((triplet:run(("nearest none users.npy --references items.fvecs -k 35 --exclude %s %s"):format(file,
          options))), orders, 35)
      end
    end
  end)

  it("gives rows of text files their words, also in what is to be left out", function()
    local x = library.matrix(8, 3):random(5)
    local lines, words = { "8 3" }, {}
    for i, row in ipairs(x:totable()) do
      words[i] = ("word%d"):format(i)
      lines[i + 1] = ("%s %.9g %.9g %.9g"):format(words[i], row[1], row[2], row[3])
    end
    triplet:write("w.txt", table.concat(lines, "\n") .. "\n")
    local orders = answers.order(x:totable(), x:totable(), "cosine", function(i, j) return i == j end)
    check((triplet:run("nearest none w.txt -k 7 --distance cosine")), orders, 7, nil, words)
    triplet:write("no.csv", "word1,word2\nword1,word3\n")
    orders = answers.order(x:totable(), x:totable(), "cosine", function(i, j)
      return i == j or i == 1 and (j == 2 or j == 3)
    end)
    check((triplet:run("nearest none w.txt -k 7 --distance cosine --exclude no.csv")), orders, 7, nil, words)
  end)

  it("takes the columns of a table as they are where there is no model", function()
    local rows = {}
    for i, record in ipairs(answers.records(triplet:read("iris.csv"))) do
      rows[i] = { tonumber(record.sepal_length), tonumber(record.sepal_width), tonumber(record.petal_length),
        tonumber(record.petal_width) }
    end
    local orders = answers.order(rows, rows, "minkowski")
    triplet:write("new.csv", (triplet:read("iris.csv"):gsub(",[^,\n]*\n", "\n"))) -- without labels
    local output = triplet:run("nearest none new.csv --references iris.csv --label species -k 3")
    check(output, orders, 3)
    assert.equal("setosa", answers.records(output)[1].species)
  end)

  it("standardises columns by the references where that is said, and else says where scales differ", function()
    local raw, lines = { {}, {} }, { { "a,b" }, { "a,b" } }
    for i, row in ipairs(library.matrix(50, 2):random(3):totable()) do
      local part = i <= 30 and 1 or 2
      row[2] = row[2] * 1000 * part
      table.insert(raw[part], row)
      table.insert(lines[part], ("%.9g,%.9g"):format(row[1], row[2]))
    end
    for part, name in ipairs { "known", "new" } do
      triplet:write(name .. ".csv", table.concat(lines[part], "\n") .. "\n")
      library.matrix(raw[part]):save(("%s/%s.npy"):format(triplet.folder, name))
    end
    local told = "^columns as they are, not standardised: b has deviation [%d.]+, a [%d.]+ %(%-%-standardize%)\n$"
    local output, report = triplet:run("nearest none new.csv --references known.csv")
    assert.match(told, report)
    check(output, answers.order(raw[2], raw[1], "minkowski"), 5)
    output, report = triplet:run("nearest none new.npy --references known.npy")
    assert.equal("", report)
    check(output, answers.order(raw[2], raw[1], "minkowski"), 5)

    local moments = {}
    for j = 1, 2 do
      local sum, squares = 0, 0
      for _, row in ipairs(raw[1]) do
        sum = sum + row[j]
      end
      for _, row in ipairs(raw[1]) do
        squares = squares + (row[j] - sum / 30) ^ 2
      end
      moments[j] = { sum / 30, math.sqrt(squares / 30) }
    end
    for _, rows in ipairs(raw) do
      for _, row in ipairs(rows) do
        for j = 1, 2 do
          row[j] = (row[j] - moments[j][1]) / moments[j][2]
        end
      end
    end
    for _, ending in ipairs { "csv", "npy" } do
      output, report = triplet:run(("nearest none new.%s --references known.%s --standardize"):format(ending, ending))
      assert.equal("", report)
      check(output, answers.order(raw[2], raw[1], "minkowski"), 5)
    end
    assert.equal("", (select(2, triplet:run("nearest none iris.csv --ignore species")))) -- deviations of 0.4 to 1.8
  end)

  it("prints all as one JSON object, or writes a file and prints what that has", function()
    local output, complaint, code = triplet:run("nearest m iris.csv --label species -k 2 --json")
    assert.same({ "", 0 }, { complaint, code })
    local result = dkjson.decode(output)
    assert.same({ 150, 150, 2, 300, {} }, { result.rows, result.references, result.k, #result.neighbors,
      result.written })
    local records = answers.records((triplet:run("nearest m iris.csv --label species -k 2")))
    for i, neighbor in ipairs(result.neighbors) do
      assert.same({ records[i].row, records[i].rank, records[i].neighbor, records[i].species },
        { tostring(neighbor.row), tostring(neighbor.rank), tostring(neighbor.neighbor), neighbor.label })
      assert.near(neighbor.distance, tonumber(records[i].distance), 1e-8)
    end
    result = dkjson.decode((triplet:run("nearest m iris.csv -k 2 --json --out n.csv")))
    assert.same({ nil, { "n.csv" } }, { result.neighbors, result.written })
  end)

  it("reads standard input, and ends at once when it is interrupted, leaving nothing", function()
    assert.equal((triplet:run("nearest m iris.csv -k 1")), (triplet:run("nearest m - -k 1 < iris.csv")))
    assert.equal((triplet:run("nearest m iris.csv -k 1")), (triplet:run("nearest - iris.csv -k 1 < m")))
    local before = triplet:list()
    for _, call in ipairs { "nearest 1", "embed 1", "write 40" } do
      assert.same({ "", "triplet: interrupted\n", 130 },
        { triplet:interrupted("nearest m iris.csv --out new.csv", call) })
      assert.equal(before, triplet:list())
    end
  end)

  for arguments, message in pairs {
    ["nearest m iris.csv -k 0"] = { '-k: expected an integer >= 1, got "0" (see triplet --help)', 2 },
    ["nearest m iris.csv -k 1.5"] = { '-k: expected an integer >= 1, got "1.5" (see triplet --help)', 2 },
    ["nearest m iris.csv --standardize"] = { "--standardize: belongs to none, and m takes columns as it was trained",
      2 },
    ["nearest none one.npy"] = { "one.npy: expected another row to be a neighbour, got 1 row" },
    ["nearest none one.npy --references wide.npy"] = { "one.npy: expected 3 columns like wide.npy, got 2" },
    ["nearest none zero.npy --distance cosine --p 3"] = { "--p: belongs to --distance minkowski, got --distance cosine",
      2 },
    ["nearest m iris.csv --exclude pairs.csv"] = { "pairs.csv: row 2: iris.csv has no row 151" },
    ["nearest m iris.csv --exclude names.csv"] = { "names.csv: row 1: iris.csv has no row x" },
    ["nearest none words.txt --exclude names.csv"] = {
      "names.csv: row 1: words.txt has no row 1, and calls its rows by words, such as king" },
    ["nearest m iris.csv --exclude three.csv"] = {
      "three.csv: expected two columns, a row and a reference that is not to be its neighbour, got 3" },
    ["nearest m iris.csv --reference-labels x"] = {
      "--reference-labels: belongs to --references; --labels names those of iris.csv", 2 },
    ["nearest m iris.csv --out iris.csv"] = { "iris.csv would be written over", 2 },
    ["nearest m iris.csv --out m"] = { "m would be written over", 2 },
    ["nearest m iris.csv --references zero.npy"] = {
      "zero.npy: expected a table with the columns that the model was trained on, got vectors" },
    ["nearest m iris.csv --references far.csv"] = {
      "far.csv: row 2, column sepal_length: the number is too far from the others for float32" },
    ["nearest m far.csv --references iris.csv"] = {
      "far.csv: row 2, column sepal_length: the number is too far from the others for float32" },
    ["nearest none zero.npy --references iris.csv --quiet"] = {
      "zero.npy: expected a table with the columns of iris.csv, got vectors" },
    ["nearest nowhere iris.csv"] = { "nowhere: No such file or directory" },
    ["nearest m iris.csv --out -  --json"] = { "standard output is for what --json prints: name a file to write", 2 },
  } do
    it("refuses " .. arguments, function()
      triplet:write("one.npy", library.matrix(1, 2):encode("npy"))
      triplet:write("zero.npy", library.matrix(3, 3):encode("npy"))
      triplet:write("wide.npy", library.matrix(3, 3):encode("npy"))
      triplet:write("pairs.csv", "row,reference\n1,2\n1,151\n")
      triplet:write("names.csv", "1,x\n")
      triplet:write("far.csv", "sepal_length,sepal_width,petal_length,petal_width\n5,3,4,1\n9e99,3,4,1\n")
      triplet:write("words.txt", "2 2\nking 1 2\nqueen 1 3\n")
      triplet:write("three.csv", "1,2,3\n2,3,4\n")
      triplet:refuses(arguments, message[1], message[2] or 1)
    end)
  end
end)
