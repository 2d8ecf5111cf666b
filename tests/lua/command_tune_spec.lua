-- triplet tune: what it tries, how that is judged, and that a seed gives it again.

local dkjson = require "dkjson"
local program = require "tests.lua.program"
local triplet = require "triplet"

describe("triplet tune", function()
  local here

  setup(function()
    here = program.new()
    here:write("data.csv", program.flowers(20))
    program.shell(("cp '%s/tests/data/iris.csv' '%s'"):format(program.root, here.folder))
  end)

  teardown(function()
    here:remove()
  end)

  local OPTIONS = "data.csv --label kind --ignore name --steps 20 --tries 8 "

  local function run(options)
    local output, complaint, code = here:run("tune " .. options)
    assert.same({ "", 0 }, { complaint, code })
    return output
  end

  local function found_of(options)
    local output, _, code = here:run("tune " .. options .. " --json")
    assert.equal(0, code)
    return assert(dkjson.decode(output))
  end

  it("prints what was tried, best first, with what raw features and the defaults give", function()
    local output = run(OPTIONS)
    assert.match("^data.csv: 60 rows, 5 columns, 3 inputs, 3 classes; 48 rows to train on, 12 held out\n", output)
    local lines = output:match("\n42 of 48 training rows, judged in 3 parts, each after training on all others "
      .. "%(95 %% intervals%)\n  try  5%-nearest vote          MAP@R   settings\n(.-)\n\n")
    local last, numbers = math.huge, {}
    for line in lines:gmatch("[^\n]+") do
      local number, share, settings = line:match("^  (...)  (%d%.%d%d%d) %(%d%.%d+ to %d%.%d+%) +%d%.%d%d%d   (.*)$")
      assert.truthy(settings, line)
      if number == "   " then
        assert.equal("raw features", settings)
      else
        assert.equal(tonumber(number) == 1, settings == "the defaults")
        assert.is_true(tonumber(share) <= last)
        last = tonumber(share)
        numbers[#numbers + 1] = tonumber(number)
      end
    end
    table.sort(numbers)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8 }, numbers)
    assert.match("\nThe best of many looks better than it is; the rows that this holds out tell how good it is:\n"
      .. "  triplet train data.csv %-%-label kind %-%-ignore name [^\n]*%-%-steps 20\n$", output)
  end)

  it("tells programs the same, with command lines that all work", function()
    local found = found_of(OPTIONS)
    local output = run(OPTIONS)
    assert.equal(8, #found.tries)
    assert.same({}, found.tries[1].try == 1 and {} or found.best.figures == found.defaults and { 1 } or {})
    assert.equal(found.best.command, output:match("\n  (triplet train [^\n]*)\n$"))
    assert.same(found.best, { try = found.tries[1].try, command = found.tries[1].command,
      figures = found.tries[1].figures })
    local settings, losses = {}, {}
    for _, one in ipairs(found.tries) do
      if one.try == 1 then
        assert.same({}, one.settings)
        assert.same(found.defaults, one.figures)
      end
      assert.is_true(one.figures.knn_accuracy.value <= found.best.figures.knn_accuracy.value)
      assert.same({ triplet.share_interval(one.figures.knn_accuracy.value, 42) }, { one.figures.knn_accuracy.low,
        one.figures.knn_accuracy.high })
      assert.is_nil(settings[one.command])
      settings[one.command], losses[one.settings.loss or "triplet"] = true, true
      local _, complaint, code = here:run(one.command:gsub("^triplet ", "") .. " --model tuned.st")
      assert.same({ "", 0 }, { complaint, code })
    end
    local count = 0
    for _ in pairs(losses) do
      count = count + 1
    end
    assert.is_true(count >= 2)
  end)

  it("gives the same again from its seed, with any number of threads, and others from another", function()
    local first = run(OPTIONS .. "--threads 1")
    assert.equal(first, run(OPTIONS .. "--threads 3"))
    assert.equal(first, run(OPTIONS .. "--seed 1"))
    local function commands(seed)
      local list = {}
      for _, one in ipairs(found_of(OPTIONS .. "--seed " .. seed).tries) do
        list[one.try] = one.command
      end
      return list
    end
    local one, two = commands(1), commands(2)
    assert.equal(one[1] .. " --seed 2", (two[1]:gsub("( %-%-seed 2)(.*)$", "%2%1")))
    local same = 0
    for try = 2, 8 do
      same = same + (one[try] == two[try]:gsub(" %-%-seed 2", "") and 1 or 0)
    end
    assert.is_true(same < 4)
  end)

  it("does not look at the rows that train holds out", function()
    here:run("train data.csv --label kind --ignore name --steps 1 --out e.csv")
    local lines, changed = {}, 0
    for line in here:read("data.csv"):gmatch("[^\n]+") do
      local row = #lines
      if here:read("e.csv"):find(("\n%d,%%a+,test,"):format(row)) then
        line, changed = line:gsub(",[^,]*,[^,]*,", ",-77,99,", 1), changed + 1
      end
      lines[row + 1] = line
    end
    assert.equal(12, changed)
    here:write("other.csv", table.concat(lines, "\n") .. "\n")
    local expected = run(OPTIONS):gsub("data%.csv", "other.csv")
    assert.equal(expected, run((OPTIONS:gsub("data.csv", "other.csv"))))
  end)

  it("judges each part by what the others were trained on", function()
    local columns, recipe = triplet.table.read(here:read("iris.csv"), { label = "species" })
    local training = triplet.split(columns.labels, 0.2, 1)
    recipe:fit(training)
    local x, labels, left = recipe:matrix(columns, training), {}, {}
    for i, row in ipairs(training) do
      labels[i], left[i] = columns.labels[row], i
    end

    -- The parts: a third, then half of what is left, then all but two rows of each class.
    local right, raw_right, asked = 0, 0, 0
    for fold = 1, 3 do
      local of_left = {}
      for i, place in ipairs(left) do
        of_left[i] = labels[place]
      end
      local stays, goes = triplet.split(of_left, ({ 1 / 3, 1 / 2, 1 })[fold], 1)
      local is_test, test, train, next_left = {}, {}, {}, {}
      for i, place in ipairs(goes) do
        test[i] = left[place]
        is_test[left[place]] = true
      end
      for i, place in ipairs(stays) do
        next_left[i] = left[place]
      end
      for place = 1, #labels do
        train[#train + 1] = not is_test[place] and place or nil
      end
      left = next_left

      local train_labels = {}
      for i, place in ipairs(train) do
        train_labels[i] = labels[place]
      end
      local trainer = triplet.trainer { data = x:select(train), labels = train_labels, layers = { 256, 16 },
        standardize = false, steps = 20 }
      trainer:run()
      local learned = triplet.classify(trainer:embed(x:select(test)), trainer:embed(), train_labels, { k = 5 })
      local raw = triplet.classify(x:select(test), x:select(train), train_labels, { k = 5 })
      for i, place in ipairs(test) do
        right = right + (learned.labels[i] == labels[place] and 1 or 0)
        raw_right = raw_right + (raw.labels[i] == labels[place] and 1 or 0)
        asked = asked + 1
      end
    end

    local found = found_of("iris.csv --label species --steps 20 --tries 1")
    assert.equal(114, asked)
    assert.same({ asked, asked }, { found.judged_rows, found.tries[1].figures.queries })
    assert.is_true(math.abs(right / asked - found.defaults.knn_accuracy.value) < 1e-12)
    assert.is_true(math.abs(raw_right / asked - found.raw_features.knn_accuracy.value) < 1e-12)
  end)

  it("leaves options that are given, and tries what belongs to them", function()
    local found = found_of(OPTIONS .. "--loss triplet --dim 2 --mining semihard --layers none --seed 3")
    for _, one in ipairs(found.tries) do
      assert.match("%-%-layers none ", one.command)
      assert.match("%-%-mining semihard ", one.command)
      assert.match("%-%-dim 2 ", one.command)
      for name in pairs(one.settings) do
        assert.truthy(({ margin = true, learning_rate = true })[name], name)
      end
    end
    for _, one in ipairs(found_of(OPTIONS .. "--margin 0.3").tries) do
      assert.is_nil(one.settings.loss ~= "triplet" and one.settings.loss or nil)
      assert.is_nil(one.settings.margin)
    end
    for _, one in ipairs(found_of(OPTIONS .. "--negatives hard --positives hard").tries) do
      assert.is_nil(one.settings.mining)
    end
    for _, one in ipairs(found_of(OPTIONS .. "--loss contrastive").tries) do
      assert.is_nil(one.settings.margin or one.settings.mining or one.settings.temperature)
    end
  end)

  it("ends when all that there is was tried", function()
    local found = found_of(OPTIONS .. "--loss multi_similarity --dim 2 --layers none --tries 40 --steps 2")
    assert.equal(4, #found.tries) -- the learning rates
    assert.equal(1, #found_of(OPTIONS .. "--loss multi_similarity --dim 2 --layers none --learning-rate 0.01").tries)
  end)

  it("passes over what diverges", function()
    local output = run(OPTIONS .. "--learning-rate 1e30 --tries 2")
    assert.match("\n    1  diverged                        the defaults\n", output)
    assert.match("\nNothing was learned by any of them: try a smaller %-%-learning%-rate.\n$", output)
    local found = found_of(OPTIONS .. "--learning-rate 1e30 --tries 2")
    assert.is_nil(found.best)
    assert.equal("diverged", found.tries[1].note)
  end)

  it("tells the best so far when it is interrupted", function()
    local whole = found_of(OPTIONS)
    local first = {}
    for _, one in ipairs(whole.tries) do
      first[one.try] = one
    end
    -- Three parts of 20 steps a try: in the third.
    local output, complaint, code = here:interrupted("tune " .. OPTIONS .. "--json", "step 130")
    assert.equal(130, code)
    assert.match("\ntriplet: interrupted in try 3 of 8\n$", complaint)
    local found = assert(dkjson.decode(output))
    assert.is_true(found.interrupted)
    assert.equal(2, #found.tries)
    for _, one in ipairs(found.tries) do
      assert.same(first[one.try], one)
    end
    output, complaint, code = here:interrupted("tune " .. OPTIONS, "evaluate 8")
    assert.same({ "triplet: interrupted in try 2 of 8\n", 130 }, { complaint, code })
    assert.match("\n    1  %d.*  the defaults\n\nThe defaults are the best of them.\n", output)
    for _, call in ipairs { "read 1", "step 5" } do
      complaint, code = select(2, here:interrupted("tune " .. OPTIONS, call))
      assert.same({ "triplet: interrupted: nothing was tried yet\n", 130 }, { complaint, code })
    end
  end)

  it("judges whole classes where they are held out, and where no class can do without a row", function()
    local lines = { "a,b,kind" }
    for i = 0, 47 do
      local class = math.floor(i / 2)
      lines[#lines + 1] = ("%d.%d,%d.%d,c%d"):format(class % 5, i % 2, math.floor(class / 5), i % 2, class)
    end
    here:write("twins.csv", table.concat(lines, "\n") .. "\n")
    local found = found_of("twins.csv --label kind --steps 5 --tries 2")
    assert.is_nil(found.raw_features.knn_accuracy)
    assert.truthy(found.raw_features.precision_at_1.low)
    assert.match("\n  try  precision@1 ", run("twins.csv --label kind --steps 5 --tries 2"))
    found = found_of("iris.csv --label petal_width --categories petal_width --hold-out classes --steps 2 --tries 1")
    assert.truthy(found.raw_features.precision_at_1)
  end)

  it("takes vectors", function()
    local rows, labels = {}, {}
    for i = 1, 60 do
      rows[i], labels[i] = { i % 3 + i % 11 / 9, i % 7 / 5, i % 3 * (i % 5) }, "c" .. i % 3
    end
    triplet.matrix(rows):save(here.folder .. "/v.npy")
    here:write("v.txt", table.concat(labels, "\n") .. "\n")
    local found = found_of("v.npy --labels v.txt --steps 5 --tries 2")
    assert.match("^triplet train v.npy %-%-labels v.txt ", found.best.command)
  end)

  it("refuses what it cannot try, before it begins", function()
    here:refuses("tune data.csv", "missing option '--label' (see triplet --help)", 2)
    here:refuses("tune data.csv --label kind --tries 0", '--tries: expected an integer >= 1, got "0" (see triplet '
      .. "--help)", 2)
    here:refuses("tune data.csv --label kind --tries x", '--tries: expected an integer >= 1, got "x" (see triplet '
      .. "--help)", 2)
    here:refuses("tune nowhere.csv --label kind", "nowhere.csv: No such file or directory", 1)
    for options, message in pairs {
      ["--margin 0.5 --loss info_nce"] = "--margin: belongs to --loss triplet, got --loss info_nce",
      ["--steps -1"] = "--steps: expected an integer in 0 .. 9007199254740991, got -1",
      ["--seed -1"] = "--seed: expected an integer >= 0, got number -1",
    } do
      local _, complaint, code = here:run("tune data.csv --label kind " .. options)
      assert.same({ "triplet: " .. message .. "\n", 2 }, { complaint, code })
    end
    here:write("few.csv", "a,k\n1,x\n2,x\n3,y\n4,y\n")
    local _, complaint, code = here:run("tune few.csv --label k")
    assert.same({ "triplet: few.csv: nothing can be judged inside the training rows: it takes a class of three rows "
      .. "or more, or four classes of two\n", 1 }, { complaint, code })
    here:write("nine.csv", "a,k\n1,x\n2,x\n3,x\n4,y\n5,y\n6,y\n7,z\n8,z\n9,z\n")
    assert.match("; %-%-test%-share 0 has all rows train\n$", (select(2, here:run("tune nine.csv --label k"))))
    assert.same({ "", 0 }, { select(2, here:run("tune nine.csv --label k --test-share 0 --tries 2 --steps 3")) })
    complaint = select(2, here:run("tune nine.csv --label k --hold-out classes"))
    assert.match("it takes four classes of two rows or more\n$", complaint)
  end)
end)
