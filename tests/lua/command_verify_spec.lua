-- triplet verify, against pairs that are counted by hand.

local answers = require "tests.lua.answers"
local dkjson = require "dkjson"
local library = require "triplet"
local program = require "tests.lua.program"

describe("triplet verify", function()
  local triplet

  setup(function()
    triplet = program.new()
    triplet:write("iris.csv", io.open("tests/data/iris.csv"):read("*a"))
    local header, halves = nil, { {}, {} }
    for line in io.open("tests/data/iris.csv"):lines() do
      if header then
        table.insert(#halves[1] > #halves[2] and halves[2] or halves[1], line)
      end
      header = header or line
    end
    for i, name in ipairs { "validation.csv", "test.csv" } do
      triplet:write(name, header .. "\n" .. table.concat(halves[i], "\n") .. "\n")
    end
    assert.same({ "", "", 0 }, { triplet:run("train iris.csv --label species --steps 20 --quiet --model trained") })
  end)

  teardown(function()
    triplet:remove()
  end)

  before_each(function()
    triplet:write("m", triplet:read("trained"))
  end)

  --- The figures of pairs, { distance, same }, by trying every threshold.
  local function figures_of(pairs_given, rates)
    table.sort(pairs_given, function(a, b) return a[1] < b[1] end)
    local same, different = 0, 0
    for _, pair in ipairs(pairs_given) do
      if pair[2] then same = same + 1 else different = different + 1 end
    end
    local points, accepted, wrong, place = { { 0, 0 } }, 0, 0, 1
    while place <= #pairs_given do
      local distance = pairs_given[place][1]
      while pairs_given[place] and pairs_given[place][1] == distance do
        if pairs_given[place][2] then accepted = accepted + 1 else wrong = wrong + 1 end
        place = place + 1
      end
      points[#points + 1] = { wrong / different, accepted / same }
    end

    local area, best, eer = 0, 0, nil
    local at = {}
    for i, point in ipairs(points) do
      local far, tar = point[1], point[2]
      best = math.max(best, (tar * same + (1 - far) * different) / (same + different))
      for _, rate in ipairs(rates) do
        at[rate] = far <= rate and tar or at[rate]
      end
      local before = points[i - 1]
      if before then
        area = area + (far - before[1]) * (tar + before[2]) / 2
        local from, to = before[1] - (1 - before[2]), far - (1 - tar)
        if not eer and to >= 0 then
          local share = to == from and 0 or -from / (to - from)
          eer = before[1] + share * (far - before[1])
        end
      end
    end
    return { auc = area, accuracy = best, eer = eer, tar = at, same = same, different = different, points = points }
  end

  --- Distances as float32 has them: pairs that it cannot tell apart are at one.
  local function distances(x, y)
    return library.distances(x, y)
  end

  local function all_pairs(rows, labels)
    local found, between = {}, distances(rows, rows)
    for i = 1, #labels do
      for j = i + 1, #labels do
        found[#found + 1] = { between:get(i, j), labels[i] == labels[j] }
      end
    end
    return found
  end

  local function check(result, expected, rates)
    assert.same({ expected.same, expected.different }, { result.pairs.same, result.pairs.different })
    assert.near(expected.auc, result.auc, 1e-9)
    assert.near(expected.eer, result.eer, 1e-9)
    assert.near(expected.accuracy, result.accuracy.value, 1e-9)
    for i, rate in ipairs(rates) do
      assert.same({ rate, expected.tar[rate] }, { result.at_far[i].far, result.at_far[i].tar.value })
    end
  end

  it("counts all pairs of a labelled file in the embedding of a model", function()
    triplet:run("embed m iris.csv --label species --out e.npy")
    local rows, labels = library.load_matrix(triplet.folder .. "/e.npy"), {}
    for i, record in ipairs(answers.records(triplet:read("iris.csv"))) do
      labels[i] = record.species
    end
    local rates = { 0.5, 1e-3, 0.01, 0 }
    local output, complaint, code = triplet:run("verify m iris.csv --far 0.5,1e-3,0.01,0 --json")
    assert.equal(0, code)
    assert.match("by Euclidean distance\n", complaint)
    local result = dkjson.decode(output)
    check(result, figures_of(all_pairs(rows, labels), rates), rates)
    -- Pairs of the same rows are not independent: no interval.
    assert.same({ value = result.accuracy.value }, result.accuracy)
    assert.is_nil(result.at_far[1].tar.low)
    assert.is_false(result.sampled)

    local told = triplet:run("verify m iris.csv --far 0.5,1e-3,0.01,0")
    assert.match(("^iris.csv: 150 rows, %d pairs of the same class and %d of different ones, by Euclidean distance\n")
      :format(3675, 7500), told)
    assert.match(("\n  AUC  +%.4f\n"):format(result.auc), told)
    assert.match(("\n  accuracy  +%.3f  at distance "):format(result.accuracy.value), told)
    assert.match("\n  TAR at FAR 0.5 [^\n]*, at most 3750 of 7500 different pairs accepted\n", told)
    assert.match("\n  TAR at FAR 0 [^\n]*, none of 7500 different pairs accepted\n", told)
    assert.is_nil(told:find("%d to %d"))
  end)

  it("draws a sample where pairs are too many, and says so", function()
    local output, report = triplet:run("verify m iris.csv --most-pairs 500 --seed 3 --json")
    local result = dkjson.decode(output)
    assert.same({ 500, 3675, true }, { result.pairs.used, result.pairs.same, result.sampled })
    assert.match("%(500 of the rarer ones drawn%)", report)
    assert.equal(output, (triplet:run("verify m iris.csv --most-pairs 500 --seed 3 --json")))
    assert.not_equal(output, (triplet:run("verify m iris.csv --most-pairs 500 --seed 4 --json")))
  end)

  --- A table of pairs of made-up descriptors, and what is in it.
  local function given_pairs()
    local rows, persons = answers.descriptors(10, 6, 7)
    local first, second, same, lines = {}, {}, {}, {}
    local header = {}
    for side = 1, 2 do
      for j = 1, 128 do
        header[#header + 1] = (side == 1 and "q_%d" or "r_%d"):format(j)
      end
    end
    lines[1] = "pair," .. table.concat(header, ",") .. ",match"
    for i = 1, 200 do
      first[i] = i * 7 % 60 + 1
      second[i] = i % 2 == 0 and (first[i] + 9) % 60 + 1 or i * 11 % 60 + 1
      same[i] = persons[first[i]] == persons[second[i]]
      local cells = {}
      for _, row in ipairs { first[i], second[i] } do
        for j = 1, 128 do
          cells[#cells + 1] = ("%.9g"):format(rows:get(row, j))
        end
      end
      lines[i + 1] = ("p%d,%s,%s"):format(i, table.concat(cells, ","), same[i] and "same" or "different")
    end
    return rows:select(first), rows:select(second), same, table.concat(lines, "\n") .. "\n"
  end

  it("ends with what was not stored, and says once why labelled rows have no intervals", function()
    local why, stored = "\nno intervals: pairs of the same rows are not independent\n", "threshold not stored "
      .. "(--save-threshold accuracy, eer or a rate)\n"
    local output = triplet:run("verify m iris.csv")
    assert.equal(stored, output:sub(-#stored))
    assert.equal(2, select(2, output:gsub(" intervals?", "")) + select(2, output:gsub("not stored", "")))
    assert.match(why, output, 1, true)
    triplet:write("copy", triplet:read("m"))
    output = triplet:run("verify copy iris.csv --save-threshold eer")
    assert.is_nil(output:find("not stored", 1, true))
    assert.match(why, output, 1, true)
    for _, arguments in ipairs { "verify none iris.csv --label species", "verify m iris.csv --distance cosine" } do
      assert.is_nil(triplet:run(arguments):find("not stored", 1, true)) -- where it cannot be
    end
    assert.match("not%s+independent", triplet:run("verify --help"))
  end)

  it("takes pairs as groups of columns of a table, or as two files, with intervals", function()
    local first, second, same, text = given_pairs()
    local listed = {}
    for i, is_same in ipairs(same) do
      listed[i] = is_same and "1" or "0"
    end
    triplet:write("pairs.csv", text)
    triplet:write("first.npy", first:encode("npy"))
    triplet:write("second.fvecs", second:encode("fvecs"))
    triplet:write("same.txt", table.concat(listed, "\n") .. "\n")
    local between, list = library.distances(first, second, { distance = "cosine" }), {}
    for i = 1, #same do
      list[i] = { between:get(i, i), same[i] }
    end
    local rates = { 0.01, 0.1 }
    local expected = figures_of(list, rates)
    local lists = { {}, {} }
    for j = 1, 128 do
      lists[1][j], lists[2][j] = "q_" .. j, "r_" .. j
    end
    for _, arguments in ipairs { "pairs.csv --pairs 'q_*' 'r_*' --same match",
      "pairs.csv --pairs 'q_*' 'r_*' --same last",
      ("pairs.csv --pairs '%s' '%s' --same match"):format(table.concat(lists[1], ","), table.concat(lists[2], ",")),
      "first.npy --references second.fvecs --same same.txt" } do
      local output, _, code = triplet:run(("verify none %s --distance cosine --far 0.01,0.1 --json"):format(arguments))
      assert.equal(0, code)
      local result = dkjson.decode(output)
      check(result, expected, rates)
      local low, high = library.share_interval(result.accuracy.value, 200)
      assert.near(low, result.accuracy.low, 1e-12)
      assert.near(high, result.accuracy.high, 1e-12)
      low, high = library.share_interval(expected.tar[0.1], expected.same)
      assert.near(low, result.at_far[2].tar.low, 1e-12)
      assert.near(high, result.at_far[2].tar.high, 1e-12)
    end
  end)

  it("gives a model the columns that it knows of both groups of a table", function()
    local lines, records = { "a_petal_width,a_petal_length,a_sepal_width,a_sepal_length,b_sepal_length,b_sepal_width,"
      .. "b_petal_length,b_petal_width,same" }, answers.records(triplet:read("iris.csv"))
    local first, second, same = {}, {}, {}
    for i = 1, 120 do
      first[i], second[i] = i, i * 37 % 150 + 1
      local a, b = records[first[i]], records[second[i]]
      same[i] = a.species == b.species
      lines[i + 1] = table.concat({ a.petal_width, a.petal_length, a.sepal_width, a.sepal_length, b.sepal_length,
        b.sepal_width, b.petal_length, b.petal_width, same[i] and "yes" or "no" }, ",")
    end
    triplet:write("ab.csv", table.concat(lines, "\n") .. "\n")
    triplet:run("embed m iris.csv --out e.npy")
    local rows = library.load_matrix(triplet.folder .. "/e.npy")
    local between, list = library.distances(rows:select(first), rows:select(second)), {}
    for i = 1, 120 do
      list[i] = { between:get(i, i), same[i] }
    end
    check(dkjson.decode((triplet:run("verify m ab.csv --pairs 'a_*' 'b_*' --same same --far 0.1 --json"))),
      figures_of(list, { 0.1 }), { 0.1 })
  end)

  it("compares each row of a file with each of another by their labels", function()
    local rows, persons = answers.descriptors(4, 5, 9)
    local others, names = answers.descriptors(6, 3, 9)
    triplet:write("a.npy", rows:encode("npy"))
    triplet:write("b.npy", others:encode("npy"))
    triplet:write("a.txt", table.concat(persons, "\n"))
    triplet:write("b.txt", table.concat(names, "\n"))
    local between, list = distances(rows, others), {}
    for i = 1, rows.rows do
      for j = 1, others.rows do
        list[#list + 1] = { between:get(i, j), persons[i] == names[j] }
      end
    end
    check(dkjson.decode((triplet:run("verify none a.npy --labels a.txt --references b.npy --reference-labels b.txt "
      .. "--far 0.1 --json"))), figures_of(list, { 0.1 }), { 0.1 })
  end)

  it("stores a threshold in the model, tells on which rows it was chosen, and judges it on others", function()
    for choice, name in pairs { accuracy = "accuracy", eer = "equal error rate", ["0.01"] = "FAR 0.01" } do
      triplet:write("m", triplet:read("trained"))
      local output = triplet:run(("verify m validation.csv --save-threshold %s --json"):format(choice))
      local result = dkjson.decode(output)
      local model = assert(library.load(triplet.folder .. "/m"))
      local expected = choice == "accuracy" and result.threshold or choice == "eer" and result.eer_threshold
      assert.equal(expected or result.at_far[2].threshold, model.threshold)
      assert.equal(result.saved, model.threshold)
      assert.is_nil(result.judged)
      local before = triplet:read("m")

      local report, complaint, code = triplet:run("verify m test.csv")
      assert.same({ "", 0 }, { complaint, code })
      assert.truthy(report:find(("the model's threshold %.6g (chosen by %s on validation.csv: 75 rows, "):format(
        model.threshold, name), 1, true))
      local tested = dkjson.decode((triplet:run("verify m test.csv --json")))
      local judged = tested.judged
      assert.truthy(report:find((", FAR %.3g (%.0f of %d different pairs), accuracy"):format(judged.far.value,
        judged.far.value * tested.pairs.different, tested.pairs.different), 1, true))
      assert.truthy((triplet:run("info m")):find(("\nthreshold:   %.9g, chosen by %s on validation.csv: 75 rows, ")
        :format(model.threshold, name), 1, true))
      assert.near(model.threshold, judged.threshold, 1e-12)
      assert.equal(before, triplet:read("m"))
      triplet:run("embed m test.csv --label species --out e.csv")
      local records, right, count = answers.records(triplet:read("e.csv")), 0, 0
      local rows = answers.coordinates(records)
      for i = 1, #rows do
        for j = i + 1, #rows do
          local is_near = answers.distance(rows[i], rows[j], "minkowski") <= model.threshold
          right = right + (is_near == (records[i].species == records[j].species) and 1 or 0)
          count = count + 1
        end
      end
      assert.near(right / count, judged.accuracy.value, 1e-9)
      assert.match("chosen on validation.csv", (select(2, triplet:run("verify m validation.csv"))))
    end
  end)

  it("warns of a threshold that is chosen on the rows of the training", function()
    local _, complaint = triplet:run("verify m iris.csv --save-threshold eer")
    assert.equal("triplet: the threshold was chosen on iris.csv, which the model was trained on: choose it on other "
      .. "rows\n", complaint)
  end)

  it("says where a rate is too small for the pairs, in words, in the picture, and of a threshold that is stored",
    function()
      local report = triplet:run("verify m validation.csv --far 1e-4,0.01 --plot roc.svg")
      local different = tonumber(report:match("and (%d+) of different ones"))
      assert.is_true(different * 1e-4 < 1 and different * 0.01 > 10)
      assert.truthy(report:find((", none of %d different pairs accepted: too few to tell such a rate\n"):format(
        different), 1, true))
      assert.truthy(report:find((", at most %d of %d different pairs accepted\n"):format(math.floor(different / 100),
        different), 1, true))
      local picture = triplet:read("roc.svg")
      assert.is_nil(picture:find("at FAR 0.0001", 1, true))
      assert.truthy(picture:find("at FAR 0.01<", 1, true))

      local saved, complaint, code = triplet:run("verify m validation.csv --save-threshold 1e-3")
      assert.same({ ("triplet: %d different pairs are few to choose a threshold by FAR 0.001, which comes to %.3g of "
        .. "them: it takes 10000 for 10 to be accepted\n"):format(different, different / 1000), 0 },
        { complaint, code })
      assert.match("\na FAR is of one pair: a stranger who is searched among n references is accepted up to n times as "
        .. "often\n", saved)
      for _, choice in ipairs { "0.01", "eer" } do
        triplet:write("m", triplet:read("trained"))
        assert.equal("", (select(2, triplet:run("verify m validation.csv --save-threshold " .. choice))))
      end
    end)

  it("gives the rate of a threshold three digits and an interval where pairs are given", function()
    local x = library.matrix(300, 1)
    local y, lines = library.matrix(300, 1), {}
    for i = 1, 300 do
      y:set(i, 1, i / 100)
      lines[i] = i % 2
    end
    triplet:write("x.npy", x:encode("npy"))
    triplet:write("y.npy", y:encode("npy"))
    triplet:write("s.txt", table.concat(lines, "\n"))
    triplet:write("t.txt", "a\nb\n" .. ("a\n"):rep(298))
    -- Distances are those of the numbers, times what one layer makes of 1.
    triplet:run("train y.npy --labels t.txt --layers none --dim 1 --steps 1 --test-share 0 --quiet --model one")
    local model = assert(library.load(triplet.folder .. "/one"))
    local unit = math.abs(model:embed(library.matrix({ { 0.01 } })):get(1, 1) - model:embed(library.matrix({ { 0 } }))
      :get(1, 1))
    model.threshold = 2.5 * unit
    model:save(triplet.folder .. "/one")
    local report = triplet:run("verify one x.npy --references y.npy --same s.txt")
    local low, high = library.share_interval(1 / 150, 150)
    assert.truthy(report:find(("FAR 0.00667 (1 of 150 different pairs, %.2g to %.2g)"):format(low, high), 1, true),
      report)
  end)

  it("stores no threshold that would accept nothing", function()
    triplet:write("one.csv", "sepal_length,sepal_width,petal_length,petal_width,species\n5,3,1,0.1,a\n9,1,7,3,a\n"
      .. "5,3,1,0.1,b\n9,1,7,3,b\n")
    local before = triplet:read("m")
    for _, choice in ipairs { "accuracy", "0.01" } do
      local _, complaint, code = triplet:run("verify m one.csv --label species --plot p.svg --save-threshold "
        .. choice)
      assert.equal(1, code)
      assert.match("^triplet: one.csv: by [%w .]+ these pairs have no threshold but one that accepts none\n$",
        complaint)
      assert.same({ before }, { triplet:read("m"), triplet:read("p.svg") })
    end
  end)

  it("draws the curve, in a picture that is well-formed and the same each time", function()
    local output = triplet:run("verify m test.csv --plot roc.svg")
    assert.match("\nwrote roc.svg\nthreshold not stored [^\n]*\n$", output)
    local picture = triplet:read("roc.svg")
    assert.match("^<svg .*</svg>\n$", picture)
    local result = dkjson.decode((triplet:run("verify m test.csv --json")))
    assert.truthy(picture:find((">EER %.3f<"):format(result.eer), 1, true))
    for _, point in ipairs(result.at_far) do
      assert.truthy(picture:find((">TAR %.3f at FAR %g<"):format(point.tar.value, point.far), 1, true))
    end
    triplet:run("verify m test.csv --plot - --quiet > again.svg")
    assert.equal(picture, triplet:read("again.svg"))

    -- It runs from the lower left to the upper right, and never back.
    local x, y = picture:match('class="curve" d="M([%d.]+) ([%d.]+)')
    x, y = tonumber(x), tonumber(y)
    for horizontal, vertical in picture:match('class="curve" d="([^"]*)"'):gmatch("H([%d.]+)V([%d.]+)") do
      assert.is_true(tonumber(horizontal) >= x and tonumber(vertical) <= y)
      x, y = tonumber(horizontal), tonumber(vertical)
    end
    assert.same({ 624, 76 }, { x, y })
  end)

  it("ends at once when it is interrupted, leaving nothing", function()
    local before = triplet:list()
    assert.same({ "", "triplet: interrupted\n", 130 }, { triplet:interrupted("verify m test.csv --save-threshold eer "
      .. "--plot new.svg", "verify 1") })
    assert.equal(before, triplet:list())
    assert.equal(triplet:read("trained"), triplet:read("m"))
  end)

  for arguments, message in pairs {
    ["verify none x.npy"] = { "--labels: expected a file with the label of each row of x.npy", 2 },
    ["verify none x.npy --references y.npy"] = {
      "--labels: expected a file with the label of each row of x.npy, or by --same which rows belong together", 2 },
    ["verify none p.csv --pairs 'a_*' 'b_*' --same nope"] = {
      'p.csv: --same: there is no column "nope" among a_x, a_y, b_y, b_x, d_x, s, t' },
    ["verify m test.csv --far 2"] = { '--far: expected rates in [0, 1] like 1e-3,1e-2, got "2" (see triplet --help)',
      2 },
    ["verify m test.csv --far often"] = {
      '--far: expected rates in [0, 1] like 1e-3,1e-2, got "often" (see triplet --help)', 2 },
    ["verify m test.csv --save-threshold best"] = {
      '--save-threshold: expected accuracy, eer or a false acceptance rate in [0, 1], got "best" (see triplet --help)',
      2 },
    ["verify none x.npy --labels x.txt --save-threshold eer"] = {
      "--save-threshold: expected a model to store it in, got none", 2 },
    ["verify - test.csv --save-threshold eer < m"] = {
      "--save-threshold: expected the file of a model, got standard input", 2 },
    ["verify m test.csv --save-threshold eer --distance cosine"] = {
      "--save-threshold: the model's own distance is minkowski", 2 },
    ["verify m test.csv --pairs 'a_*' 'b_*'"] = { "--same: expected the column that says which pairs are the same", 2 },
    ["verify m test.csv --same x"] = { "--same: belongs to --pairs or --references", 2 },
    ["verify m test.csv --references test.csv --same x --label species"] = {
      "--label: belongs to rows with labels, and --same says which pairs are the same", 2 },
    ["verify none x.npy --pairs 'a_*' 'b_*' --same s"] = {
      "--pairs: belongs to tables, and x.npy has vectors: --references names the file of the partners", 2 },
    ["verify none p.csv --pairs 'a_*' 'c_*' --same s"] = { 'p.csv: --pairs: there is no column like "c_*"' },
    ["verify none p.csv --pairs 'a_*' b_x --same s"] = {
      "p.csv: --pairs: expected as many columns in both groups, got 2 and 1" },
    ["verify none p.csv --pairs 'a_*' 'd_*' --same s"] = {
      "p.csv: --pairs: column a_y has no partner in the other group" },
    ["verify none p.csv --pairs a_x,a_y a_y,b_x --same s"] = { "p.csv: --pairs: column a_y is in both groups" },
    ["verify none p.csv --pairs a_x,z b_x,b_y --same s"] = { 'p.csv: --pairs: there is no column "z"' },
    ["verify none p.csv --pairs 'a_*' 'b_*' --same t"] = {
      'p.csv: row 2: expected same or different (1 or 0, yes or no, true or false), got "maybe"' },
    ["verify none p.csv --pairs 'a_*' 'b_*' --same a_x"] = { "p.csv: column a_x is a label, and in a group" },
    ["verify none x.npy --references y.npy --same x.txt"] = {
      "y.npy: expected 3 rows, each the partner of one of x.npy, got 2" },
    ["verify none x.npy --references x.npy --same x.txt"] = {
      'x.txt: row 1: expected same or different (1 or 0, yes or no, true or false), got "u"' },
    ["verify none x.npy --labels x.txt"] = {
      "x.npy: expected pairs of the same class and of different ones, got 0 and 3" },
    ["verify m test.csv --plot m"] = { "m would be written over", 2 },
    ["verify m test.csv --plot m --save-threshold eer"] = { "m would be written over", 2 },
  } do
    it("refuses " .. arguments, function()
      triplet:write("x.npy", library.matrix({ { 1, 2 }, { 3, 4 }, { 5, 7 } }):encode("npy"))
      triplet:write("y.npy", library.matrix(2, 2):encode("npy"))
      triplet:write("x.txt", "u\nv\nw\n")
      triplet:write("p.csv", "a_x,a_y,b_y,b_x,d_x,s,t\n1,2,3,4,5,same,same\n2,4,1,2,3,different,maybe\n"
        .. "5,3,2,7,1,same,same\n")
      triplet:refuses(arguments, message[1], message[2] or 1)
    end)
  end
end)
