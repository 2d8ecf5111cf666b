-- triplet classify, against votes that are counted by hand.

local answers = require "tests.lua.answers"
local dkjson = require "dkjson"
local library = require "triplet"
local program = require "tests.lua.program"

describe("triplet classify", function()
  local triplet

  setup(function()
    triplet = program.new()
    local header, even, odd = nil, {}, {}
    for line in io.open("tests/data/iris.csv"):lines() do
      if header then
        table.insert(#even > #odd and odd or even, line)
      end
      header = header or line
    end
    triplet:write("known.csv", header .. "\n" .. table.concat(even, "\n") .. "\n")
    triplet:write("new.csv", header .. "\n" .. table.concat(odd, "\n") .. "\n")
    triplet:write("bare.csv", ((header .. "\n" .. table.concat(odd, "\n") .. "\n"):gsub(",[^,\n]*\n", "\n")))
    assert.same({ "", "", 0 }, { triplet:run("train known.csv --label species --steps 50 --test-share 0 --quiet "
      .. "--keep-rows --model m") })
  end)

  teardown(function()
    triplet:remove()
  end)

  --- The class of each query, or false, and its share of the votes.
  local function votes(orders, labels, k, threshold)
    local classes, shares = {}, {}
    for i, order in ipairs(orders) do
      local counts, voters, best = {}, 0, nil
      for rank = 1, k do
        local label = labels[order[rank][1]]
        if order[rank][2] <= threshold then
          counts[label] = (counts[label] or 0) + 1
          voters = voters + 1
        end
      end
      for rank = 1, voters do -- of those with as many votes that of the nearest
        local label = labels[order[rank][1]]
        best = (not best or counts[label] > counts[best]) and label or best
      end
      classes[i], shares[i] = best or false, best and counts[best] / voters or 0
    end
    return classes, shares
  end

  local function embedding(file)
    triplet:run(("embed m %s --label species --out e.csv"):format(file))
    local records, labels = answers.records(triplet:read("e.csv")), {}
    for i, record in ipairs(records) do
      labels[i] = record.species
    end
    return answers.coordinates(records), labels
  end

  it("counts the votes of references, or of the rows that the model keeps, up to a threshold", function()
    local known, labels = embedding("known.csv")
    local rows, truth = embedding("new.csv")
    local orders = answers.order(rows, known, "minkowski")
    for _, case in ipairs { { "", 5, math.huge }, { "-k 1", 1, math.huge }, { "-k 9 --threshold 0.12", 9, 0.12 },
      { "--threshold 0.07", 5, 0.07 } } do
      local classes, shares = votes(orders, labels, case[2], case[3])
      local right, unknown, first
      for _, references in ipairs { "", "--references known.csv" } do
        local output, report, code = triplet:run(("classify m new.csv %s %s"):format(references, case[1]))
        assert.equal(0, code)
        local records = answers.records(output)
        right, unknown = 0, 0
        for i, class in ipairs(classes) do
          assert.same({ tostring(i), class or "unknown" }, { records[i].row, records[i].class })
          assert.near(shares[i], tonumber(records[i].share) or 0, 1e-6)
          assert.equal(class == false, records[i].share == "")
          right = right + (class == truth[i] and 1 or 0)
          unknown = unknown + (class and 0 or 1)
        end
        assert.equal(#truth, #records)
        assert.match(("; unknown: %d\n"):format(unknown), report)
        local low, high = library.share_interval(right / #truth, #truth)
        local shown = tonumber(report:match("accuracy ([%d.]+) %("))
        assert.near(right / #truth, shown, 5e-4)
        assert.match(("of %d labelled rows; unknown, which counts as wrong: %d\n"):format(#truth, unknown), report)
        local result = dkjson.decode((triplet:run(("classify m new.csv %s %s --json"):format(references, case[1]))))
        assert.near(low, result.judged.accuracy.low, 1e-12)
        assert.near(high, result.judged.accuracy.high, 1e-12)
        first = first or output
        assert.equal(first, output)
      end
      assert.is_true(case[3] == math.huge or unknown > 0)
    end
  end)

  it("says nothing of the accuracy where the file has no labels", function()
    local output, report, code = triplet:run("classify m bare.csv --out c.csv")
    assert.same({ "", 0 }, { report, code })
    assert.is_nil(output:find("accuracy", 1, true))
    local labelled = triplet:run("classify m new.csv")
    assert.equal(labelled, triplet:read("c.csv"))
  end)

  it("counts rows of classes that no reference has apart: unknown is right for them", function()
    triplet:write("two.csv", (triplet:read("known.csv"):gsub("[^\n]*virginica\n", "")))
    local _, report = triplet:run("classify m new.csv --references two.csv --threshold 0.1")
    local others, unknown = report:match("of classes that no reference has: (%d+) rows, of which (%d+) are unknown")
    assert.equal("25", others)
    assert.is_true(tonumber(unknown) > 0)
    assert.match("of 50 labelled rows", report)
  end)

  it("writes shares with the digits that they have", function()
    local records = answers.records((triplet:run("classify m new.csv -k 7")))
    local found = dkjson.decode((triplet:run("classify m new.csv -k 7 --json")))
    for i, record in ipairs(records) do
      assert.equal(("%.7g"):format(math.floor(record.share * 7 + 0.5) / 7), record.share)
      assert.equal(tonumber(record.share), found.classes[i].share)
    end
  end)

  it("warns of a threshold below every distance", function()
    local warning = "triplet: --threshold -1: no Euclidean distance is below 0, and no row has a vote\n"
    local _, complaint = triplet:run("classify m new.csv --threshold -1 --quiet")
    assert.equal(warning, complaint)
    for _, options in ipairs { "--threshold 0", "--threshold -1 --distance dot" } do
      _, complaint = triplet:run("classify m new.csv --quiet " .. options)
      assert.is_nil(complaint:find("no row has a vote", 1, true))
    end
  end)

  it("takes the model's threshold, says so, and lets it be turned off", function()
    local model = assert(library.load(triplet.folder .. "/m"))
    model.threshold = 0.07
    assert(model:save(triplet.folder .. "/t"))
    local output, report = triplet:run("classify t new.csv")
    assert.match("\nthreshold: 0.07 %(the model's; %-%-threshold inf turns it off%)\n", "\n" .. report)
    assert.equal((triplet:run("classify m new.csv --threshold 0.07")), output)
    assert.equal((triplet:run("classify m new.csv")), (triplet:run("classify t new.csv --threshold inf")))
    -- It is one of the model's own distance.
    local told = "triplet: the model's threshold, 0.07, is one of its own distance, the Euclidean distance, and left "
      .. "out\n"
    output, report = triplet:run("classify t new.csv --distance cosine")
    assert.equal(1, select(2, report:gsub("threshold", "")))
    assert.truthy(report:find(told, 1, true))
    assert.equal((triplet:run("classify m new.csv --distance cosine")), output)
    report = select(2, triplet:run("verify t new.csv --p 1"))
    assert.equal(told, report)
  end)

  it("classifies vectors by vectors, without a model", function()
    local rows, persons = answers.descriptors(5, 8, 3)
    local known, new, known_labels, new_labels = {}, {}, {}, {}
    for i, person in ipairs(persons) do
      local is_known = i % 2 == 0
      table.insert(is_known and known or new, i)
      table.insert(is_known and known_labels or new_labels, person)
    end
    triplet:write("known.npy", rows:select(known):encode("npy"))
    triplet:write("new.npy", rows:select(new):encode("npy"))
    triplet:write("known.txt", table.concat(known_labels, "\n") .. "\n")
    triplet:write("new.txt", table.concat(new_labels, "\n") .. "\n")
    local output, report, code = triplet:run("classify none new.npy --references known.npy "
      .. "--reference-labels known.txt --labels new.txt -k 3 --distance cosine")
    assert.equal(0, code)
    local classes = votes(answers.order(rows:select(new):totable(), rows:select(known):totable(), "cosine"),
      known_labels, 3, math.huge)
    local right = 0
    for i, record in ipairs(answers.records(output)) do
      assert.equal(classes[i], record.class)
      right = right + (classes[i] == new_labels[i] and 1 or 0)
    end
    assert.match(("accuracy %.3f "):format(right / #new), report)

    triplet:run("train known.npy --labels known.txt --keep-rows --steps 1 --quiet --model v")
    assert.same({ 20, 0 }, { #answers.records((triplet:run("classify v new.npy"))),
      select(3, triplet:run("classify v new.npy --labels new.txt")) })
    triplet:refuses("classify v new.npy --label who --out c.csv", "--label: belongs to tables, and new.npy has "
      .. "vectors: name a file of their labels by --labels", 2)
  end)

  it("recognises digits by the vote of their neighbours", function()
    local known, new, rows, labels, truth = {}, {}, { {}, {} }, {}, {}
    local count = 0
    for line in io.open("tests/data/digits.csv"):lines() do
      local part = count == 0 and 0 or count <= 600 and 1 + count % 2 or nil
      if part == 0 or part == 1 then known[#known + 1] = line end
      if part == 0 or part == 2 then new[#new + 1] = line end
      if part and part > 0 then
        local cells = {}
        for cell in line:gmatch("[^,]+") do
          cells[#cells + 1] = tonumber(cell)
        end
        table.insert(part == 1 and labels or truth, tostring(math.floor(table.remove(cells))))
        table.insert(rows[part], cells)
      end
      count = count + 1
    end
    triplet:write("known-digits.csv", table.concat(known, "\n") .. "\n")
    triplet:write("new-digits.csv", table.concat(new, "\n") .. "\n")
    local output, report = triplet:run("classify none new-digits.csv --references known-digits.csv --label digit -k 3")
    local classes, right = votes(answers.order(rows[2], rows[1], "minkowski"), labels, 3, math.huge), 0
    for i, record in ipairs(answers.records(output)) do
      assert.equal(classes[i], record.class)
      right = right + (classes[i] == truth[i] and 1 or 0)
    end
    assert.is_true(right > 270)
    assert.match(("accuracy %.3f %%("):format(right / 300), report)
  end)

  it("warns where it judges rows that the model has seen", function()
    local _, report = triplet:run("classify m known.csv")
    assert.match("known.csv looks like the table that the model was trained on", report)
  end)

  it("asks for the labels of references that it cannot know", function()
    local output, complaint, code = triplet:run("classify none new.csv --references known.csv --out c.csv")
    assert.match("\ntriplet: %-%-label: expected the column of labels of known.csv\n$", "\n" .. complaint)
    assert.same({ false, 2 }, { output:find("class", 1, true) ~= nil, code })
  end)

  for arguments, message in pairs {
    ["classify none new.csv"] = { "--references: expected a labelled file", 2 },
    ["classify bare new.csv"] = {
      "--references: expected a labelled file, for bare has no rows (triplet train --keep-rows)", 2 },
    ["classify m new.csv --reference-labels x"] = { "--reference-labels: belongs to --references", 2 },
    ["classify m new.csv -k 0"] = { '-k: expected an integer >= 1, got "0" (see triplet --help)', 2 },
    ["classify m new.csv --threshold far"] = { '--threshold: expected a number, got "far" (see triplet --help)', 2 },
    ["classify m new.csv --references nowhere.csv"] = { "nowhere.csv: No such file or directory" },
    ["classify m new.csv --references bare.csv"] = {
      'bare.csv: --label: there is no column "species" among sepal_length, sepal_width, petal_length, petal_width' },
  } do
    it("refuses " .. arguments, function()
      triplet:run("train known.csv --label species --steps 1 --quiet --model bare")
      triplet:refuses(arguments, message[1], message[2] or 1)
    end)
  end
end)
