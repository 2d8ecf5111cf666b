-- triplet evaluate, against the library and against brute force.

local dkjson = require "dkjson"
local program = require "tests.lua.program"
local triplet = require "triplet"

describe("triplet evaluate", function()
  local here

  setup(function()
    here = program.new()
    here:write("data.csv", program.flowers(20))
    here:write("new.csv", (program.flowers(30):gsub("\n[^\n]*", function(line)
      local number = tonumber(line:match("flower (%d+)"))
      return number and number < 60 and "" or nil
    end)))
    program.shell(("cp '%s'/tests/data/*.csv '%s'"):format(program.root, here.folder))
    here:run("train data.csv --label kind --ignore name --layers 16 --dim 2 --steps 60 --model m.st")
    here:run("train data.csv --label kind --ignore name --layers 16 --dim 2 --steps 60 --keep-rows --model k.st")
  end)

  teardown(function()
    here:remove()
  end)

  local function run(arguments)
    local output, complaint, code = here:run("evaluate " .. arguments)
    assert.same({ "", 0 }, { complaint, code })
    return output
  end

  local function found_of(arguments)
    local output, _, code = here:run("evaluate " .. arguments .. " --json")
    assert.equal(0, code)
    return assert(dkjson.decode(output))
  end

  --- The embeddings and labels of a table by the library.
  local function embedded(name, file)
    local model = assert(triplet.load(here.folder .. "/" .. name))
    local columns = assert(triplet.table.read(here:read(file), { recipe = model.recipe, label = model.recipe.label }))
    return model:embed(model.recipe:matrix(columns)), columns:texts(columns.label), model
  end

  local function same_figures(expected, actual)
    for name, value in pairs { precision_at_1 = expected.precision_at_1, map_at_r = expected.map_at_r,
      map = expected.map, mrr = expected.mrr, recall_at_5 = expected.recall_at[5],
      knn_accuracy = expected.knn_accuracy } do
      assert.equal(value, actual[name].value, name)
      local interval = expected.intervals[name] or expected.intervals.recall_at[5]
      assert.same({ interval[1], interval[2] }, { actual[name].low, actual[name].high })
    end
  end

  it("gives what the library gives, among themselves", function()
    local x, labels = embedded("m.st", "new.csv")
    local found = found_of("m.st new.csv")
    same_figures(triplet.evaluate(x, labels, { k = { 5 } }), found.figures.among_themselves)
    assert.is_nil(found.figures.against_references)
    assert.is_nil(found.figures.among_themselves.knn_accuracy)
    assert.same({ 30, 30, 30, 3 }, { found.rows, found.labelled_rows, found.asked, found.classes })
    local output = run("m.st new.csv")
    assert.match("^new.csv: 30 labelled rows, 3 classes, by Euclidean distance\n\n30 rows searched among themselves\n",
      output)
    assert.match("\n  precision@1     %d%.%d%d%d %(%d%.%d+ to %d%.%d+%)\n", output)
  end)

  it("gives what the library gives, against the rows of a file and against those that are kept", function()
    local x, labels = embedded("m.st", "new.csv")
    local references, reference_labels = embedded("m.st", "data.csv")
    local found = found_of("m.st new.csv --references data.csv")
    local expected = triplet.evaluate(x, labels, { k = { 5 }, references = references,
      reference_labels = reference_labels })
    same_figures(expected, found.figures.against_references)
    assert.same({ path = "data.csv", rows = 60 }, found.references)

    local classes = triplet.classify(x, references, reference_labels, { k = 5 })
    local right = 0
    for row, label in ipairs(labels) do
      right = right + (classes.labels[row] == label and 1 or 0)
    end
    assert.equal(right / #labels, found.figures.against_references.knn_accuracy.value)

    local _, _, model = embedded("k.st", "new.csv")
    local kept = model.kept_rows
    found = found_of("k.st new.csv")
    expected = triplet.evaluate(x, labels, { k = { 5 }, references = kept.embeddings, reference_labels = kept.labels })
    same_figures(expected, found.figures.against_references)
    assert.same({ path = "k.st", rows = 48 }, found.references)
    assert.match("\n30 rows searched among 48 rows of k.st\n", run("k.st new.csv"))
  end)

  it("says what train says of the rows that it held out", function()
    local output = here:run("train iris.csv --label species --steps 50 --keep-rows --model i.st --out e.csv --json")
    local said = dkjson.decode(output).figures.trained_encoder.held_out
    local lines = { here:read("iris.csv"):match("[^\n]+") }
    local row = 0
    for line in here:read("iris.csv"):gmatch("\n([^\n]+)") do
      row = row + 1
      if here:read("e.csv"):find(("\n%d,%%a+,test,"):format(row)) then
        lines[#lines + 1] = line
      end
    end
    here:write("held.csv", table.concat(lines, "\n") .. "\n")
    local found = found_of("i.st held.csv")
    assert.equal(#lines - 1, found.rows)
    assert.same(said.against_training, found.figures.against_references)
    assert.same(said.among_themselves, found.figures.among_themselves)
  end)

  it("takes columns as they are without a model, as brute force does", function()
    local columns = assert(triplet.table.read(here:read("iris.csv"), { label = "species", standardize = false }))
    local names, numbers = { "sepal_length", "sepal_width", "petal_length", "petal_width" }, {}
    for i, name in ipairs(names) do
      numbers[i] = columns:numbers(name)
    end
    local labels, right = columns.labels, 0
    for row = 1, #labels do
      local nearest, least = 0, math.huge
      for other = 1, #labels do
        local sum = 0
        for i = 1, #names do
          sum = sum + math.abs(numbers[i][row] - numbers[i][other])
        end
        if other ~= row and sum < least - 1e-6 then
          nearest, least = other, sum
        end
      end
      right = right + (labels[nearest] == labels[row] and 1 or 0)
    end
    local found = found_of("none iris.csv --label species --distance minkowski --p 1")
    assert.is_true(math.abs(right / #labels - found.figures.among_themselves.precision_at_1.value) < 0.01)
    assert.equal("minkowski distance of p = 1", found.distance)
  end)

  it("takes vectors with a file of labels, and digits", function()
    local output = here:run("train digits.csv --label digit --steps 30 --model d.st --json")
    assert.equal(10, #dkjson.decode(output).table.classes)
    assert.same({ 1797, 10 }, { found_of("d.st digits.csv").rows, found_of("d.st digits.csv").classes })
    here:write("v.csv", "a,b\n")
    local rows, labels = {}, {}
    for i = 1, 40 do
      rows[i], labels[i] = { i % 4 + i / 100, i % 7 / 10 }, "c" .. i % 4
    end
    triplet.matrix(rows):save(here.folder .. "/v.npy")
    here:write("v.txt", table.concat(labels, "\n") .. "\n")
    local found = found_of("none v.npy --labels v.txt --references v.npy --reference-labels v.txt")
    same_figures(triplet.evaluate(rows, labels, { k = { 5 } }), found.figures.among_themselves)
    assert.equal(1, found.figures.against_references.precision_at_1.value)
  end)

  it("passes over rows without a label, and says how many", function()
    here:write("part.csv", (here:read("new.csv"):gsub(",x,", ",,")))
    local found = found_of("m.st part.csv")
    assert.same({ 30, 20, 2 }, { found.rows, found.labelled_rows, found.classes })
    assert.equal(20, found.asked)
    local output = run("k.st part.csv --references data.csv")
    assert.match("^part.csv: 20 labelled rows of 30, 2 classes", output)
    assert.match("\n20 rows searched among 60 rows of data.csv\n", output)
    here:write("gaps.csv", (here:read("data.csv"):gsub(",x,(%d)\n", function(digit)
      return tonumber(digit) < 5 and ",," .. digit .. "\n" or nil
    end)))
    here:write("fewer.csv", (here:read("gaps.csv"):gsub("[^\n]*,,[^\n]*\n", "")))
    assert.same(found_of("m.st new.csv --references fewer.csv").figures,
      found_of("m.st new.csv --references gaps.csv").figures)
    here:write("row.csv", here:read("new.csv"):match("^[^\n]*\n[^\n]*\n"))
    assert.match("\n1 row searched among 48 rows of k.st\n.*\n1 row cannot be evaluated", run("k.st row.csv"))
    here:write("one.csv", (here:read("new.csv"):gsub(",[yz],", ",x,")))
    assert.match("\n30 rows cannot be evaluated among themselves: all are of one class\n$", run("m.st one.csv"))
    assert.same({}, found_of("m.st one.csv").figures)
    here:write("none.csv", (here:read("new.csv"):gsub(",[xyz],", ",,")))
    here:refuses("evaluate m.st none.csv", "none.csv: no row has a label", 1)
  end)

  it("warns of rows that were trained on", function()
    local _, complaint, code = here:run("evaluate m.st data.csv --quiet")
    assert.same({ "triplet: data.csv looks like the table that the model was trained on: rows that it has seen say "
      .. "little of others\n", 0 }, { complaint, code })
  end)

  it("refuses what it cannot judge", function()
    here:refuses("evaluate m.st new.csv --label species",
      'new.csv: --label: there is no column "species" among name, a, b, kind, noise', 1)
    here:refuses("evaluate m.st new.csv --reference-labels v.txt", "--reference-labels: belongs to --references", 2)
    local _, complaint, code = here:run("evaluate none new.csv")
    assert.same({ "triplet: --label: expected the column of labels of new.csv\n", 2 }, { complaint, code })
    here:refuses("evaluate none v.npy", "--labels: expected a file with the label of each row of v.npy", 2)
    here:refuses("evaluate m.st v.npy --labels v.txt",
      "v.npy: expected a table with the columns that the model was trained on, got vectors", 1)
    here:refuses("evaluate m.st nowhere.csv", "nowhere.csv: No such file or directory", 1)
    here:refuses("evaluate nowhere.st new.csv", "nowhere.st: No such file or directory", 1)
    here:refuses("evaluate m.st new.csv --distance far", "argument for option '--distance' must be one of 'minkowski', "
      .. "'squared', 'cosine', 'dot' (see triplet --help)", 2)
    here:refuses("evaluate m.st new.csv --seed -1", "--seed: expected an integer in 0 .. 9007199254740991, got -1", 2)
    here:refuses("evaluate m.st", "missing argument 'file' (see triplet --help)", 2)
  end)
end)
