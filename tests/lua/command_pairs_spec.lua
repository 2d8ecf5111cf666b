-- Pairs as people have them: tables with empty cells and categories, rows that are different, rows that come again.

local answers = require "tests.lua.answers"
local dkjson = require "dkjson"
local library = require "triplet"
local program = require "tests.lua.program"
local support = require "tests.lua.support"

describe("pairs", function()
  local here

  before_each(function()
    here = program.new()
  end)

  after_each(function()
    here:remove()
  end)

  local function run(arguments)
    local output, complaint, code = here:run(arguments)
    assert.same({ "", 0 }, { complaint, code })
    return output
  end

  local function json(arguments)
    local output, _, code = here:run(arguments .. " --json")
    assert.equal(0, code)
    return assert(dkjson.decode(output))
  end

  local function model(name)
    return assert(library.load(here.folder .. "/" .. name))
  end

  --- A generator of numbers in [0, 1).
  local function random(seed)
    return function()
      seed = support.next(seed)
      return seed / 2147483648
    end
  end

  --- Rows { q_age, q_city, r_age, r_city, match, id }, of which every third is different where wanted. Some cells are
  --- empty, and the references have a city, z, that no query has.
  local function rows_of(count, seed, has_different)
    local draw, rows = random(seed), {}
    for i = 1, count do
      local is_different = has_different and i % 3 == 0
      local age, city = 20 + 40 * draw(), ({ "a", "b", "c" })[math.floor(3 * draw()) + 1]
      local other = is_different and 20 + 40 * draw() or age + draw()
      rows[i] = { i % 11 == 5 and "" or ("%.3f"):format(age), i % 13 == 4 and "" or city,
        i % 17 == 3 and "" or ("%.3f"):format(other), i % 7 == 0 and "z" or city,
        is_different and "different" or "same", "p" .. i }
    end
    return rows
  end

  local function write(name, rows, header)
    local lines = { header or "q_age,q_city,r_age,r_city,match,id" }
    for i, row in ipairs(rows) do
      lines[i + 1] = table.concat(row, ",")
    end
    here:write(name, table.concat(lines, "\n") .. "\n")
  end

  describe("of a table", function()
    it("have one recipe of both sides, filled and standardised by the queries that are trained on", function()
      local rows = rows_of(90, 5)
      write("p.csv", rows)
      run("train p.csv --pairs 'q_*' 'r_*' --ignore match --steps 0 --model m --out e.csv")
      local sum, squares, count = 0, 0, 0
      for _, record in ipairs(answers.records(here:read("e.csv"))) do
        local age = tonumber(rows[tonumber(record.row)][1])
        if record.side == "query" and record.part == "train" and age then
          sum, squares, count = sum + age, squares + age * age, count + 1
        end
      end
      assert.is_true(count > 50 and count < 75)
      local age, city = table.unpack(model("m").recipe.columns)
      assert.same({ "age", "city" }, { age.name, city.name })
      assert.near(sum / count, age.mean, 1e-4)
      assert.near(math.sqrt(squares / count - (sum / count) ^ 2), age.deviation, 1e-3)
      assert.same({ "a", "b", "c", "z" }, city.values)

      -- Either side goes through the model by the columns' own names.
      for side = 0, 1 do
        local own = {}
        for i, row in ipairs(rows) do
          own[i] = { row[1 + 2 * side], row[2 + 2 * side] }
        end
        write("side.csv", own, "age,city")
        local name, expected = side == 0 and "query" or "reference", {}
        for _, record in ipairs(answers.records(here:read("e.csv"))) do
          expected[#expected + 1] = record.side == name and record or nil
        end
        run("embed m side.csv --out side-e.csv")
        assert.same(answers.coordinates(expected), answers.coordinates(answers.records(here:read("side-e.csv"))))
      end
    end)

    it("are read by a model of theirs for either side, whatever else the table has", function()
      local rows = rows_of(60, 12)
      write("p.csv", rows)
      for i, groups in ipairs { "'q_*' 'r_*'", "q_age,q_city r_age,r_city" } do
        run(("train p.csv --pairs %s --ignore match --steps 3 --model m"):format(groups))
        local sides = { {}, {} }
        for row, cells in ipairs(rows) do
          sides[1][row], sides[2][row] = { cells[1], cells[2], cells[6] }, { cells[4], cells[3], cells[6] }
        end
        write("q.csv", sides[1], i == 1 and "age,city,id" or "q_age,q_city,id")
        write("r.csv", sides[2], i == 1 and "city,age,id" or "q_city,q_age,id")
        assert.equal(run("embed m q.csv --label id --quiet"), run("embed m p.csv --label id --quiet"))
        assert.equal(run("embed m r.csv --label id --quiet"),
          run("embed m p.csv --label id --quiet --side references"))
        local expected = run("nearest m q.csv --references r.csv --label id --quiet")
        assert.match("^row,rank,neighbor,id,distance\n1,1,", expected)
        assert.equal(expected, run("nearest m p.csv --references p.csv --label id --quiet"))
        assert.equal(run("classify m q.csv --references r.csv --label id --quiet --json"),
          (here:run("classify m p.csv --references p.csv --label id --quiet --json")))
        local _, complaint = here:run("classify m p.csv --references p.csv --label id --quiet")
        assert.is_nil(complaint:find("its own reference", 1, true))
      end

      write("other.csv", rows, "x_age,x_city,y_age,y_city,match,id")
      run("train p.csv --pairs 'q_*' 'r_*' --ignore match --steps 0 --model m")
      here:refuses("embed m other.csv", "other.csv: columns that the model was trained on are missing: age, city; in a "
        .. "table of pairs they are those of 'q_*' for queries and of 'r_*' for references (triplet embed --side takes "
        .. "one of them, evaluate and verify --pairs both)", 1)
      here:write("labels.csv", program.flowers(10))
      run("train labels.csv --label kind --steps 0 --model labelled")
      here:refuses("embed labelled labels.csv --side references",
        "--side: belongs to models of pairs, and labelled has learned by labels", 2)
    end)

    it("may have empty cells, also in verify and as a single column", function()
      write("p.csv", rows_of(60, 6, true))
      for _, groups in ipairs { "'q_*' 'r_*'", "q_age r_age", "q_city r_city" } do
        run(("train p.csv --pairs %s --same match --steps 2 --model m"):format(groups))
        for _, what in ipairs { "m", "none" } do
          local output = run(("verify %s p.csv --pairs %s --same match"):format(what, groups))
          assert.match("p.csv: 40 pairs of the same class and 20 of different ones", output, 1, true)
        end
      end
    end)

    it("are read so as two tables, too", function()
      local rows, sides = rows_of(60, 7), { {}, {} }
      for i, row in ipairs(rows) do
        sides[1][i], sides[2][i] = { row[1], row[2] }, { row[4], row[3] } -- whose columns are in another order
      end
      write("p.csv", rows)
      write("q.csv", sides[1], "age,city")
      write("r.csv", sides[2], "city,age")
      run("train p.csv --pairs 'q_*' 'r_*' --ignore match --steps 3 --quiet --model a")
      run("train q.csv --references r.csv --steps 3 --quiet --model b")
      assert.equal(model("a").parameters:tobytes(), model("b").parameters:tobytes())
    end)

    it("take columns as they are where told so, which info says", function()
      write("p.csv", rows_of(60, 8))
      run("train p.csv --pairs q_age r_age --no-standardize --ignore match --steps 0 --model m")
      local output = run("info m")
      assert.match("\n  q_age   number    as it is\n", output)
      assert.is_nil(output:find("deviation", 1, true))
    end)

    it("learn from those alone that are the same, with --same", function()
      local rows, same = rows_of(90, 9, true), {}
      for _, row in ipairs(rows) do
        row[4] = row[4] == "z" and "" or row[4] -- so that both files have the same categories
        same[#same + 1] = row[5] == "same" and row or nil
      end
      write("all.csv", rows)
      write("same.csv", same)
      local output = run("train all.csv --pairs 'q_*' 'r_*' --same match --steps 5 --model a")
      assert.match("\nin neither group, not used: id\n", output, 1, true)
      assert.match("\nleft out: 30 of 90 pairs that are different (--same match)\n", output, 1, true)
      run("train same.csv --pairs 'q_*' 'r_*' --steps 5 --model b --quiet")
      assert.equal(model("a").parameters:tobytes(), model("b").parameters:tobytes())
      assert.match(" --same match ", model("a").facts.command, 1, true)

      -- The same of two files.
      local sides, says = { {}, {} }, {}
      for i, row in ipairs(rows) do
        sides[1][i], sides[2][i], says[i] = { row[1], row[2] }, { row[3], row[4] }, row[5]
      end
      write("q.csv", sides[1], "age,city")
      write("r.csv", sides[2], "age,city")
      here:write("says.txt", table.concat(says, "\n") .. "\n")
      run("train q.csv --references r.csv --same says.txt --steps 3 --quiet --model c")
      run("resume c q.csv --steps 5 --quiet")
      assert.equal(model("a").parameters:tobytes(), model("c").parameters:tobytes())
    end)

    it("warn of a column that says same or different, and of no other", function()
      write("p.csv", rows_of(60, 10, true))
      local output, complaint, code = here:run("train p.csv --pairs 'q_*' 'r_*' --steps 0")
      assert.equal(0, code)
      assert.equal("triplet: match says same or different (20 of 60 pairs different), and every row is learned as a "
        .. "pair that belongs together: --same match leaves out those that are different\n", complaint)
      assert.match("\nin neither group, not used: match, id\n", output, 1, true)
      write("p.csv", rows_of(60, 10))
      run("train p.csv --pairs 'q_*' 'r_*' --steps 0")
    end)

    it("are shown by --dry-run", function()
      write("p.csv", rows_of(60, 11))
      local output = run("train p.csv --pairs 'q_*' 'r_*' --ignore id,match --dry-run")
      assert.match("^p.csv: 60 pairs, 2 columns of each side, 5 inputs\n", output)
      assert.match("\n  city    category  input     4 values: a, b, c, z; 5 empty\n", output, 1, true)
      local found = json("train p.csv --pairs 'q_*' 'r_*' --dry-run")
      assert.same({ 60, 5 }, { found.pairs, #found.inputs })
      assert.is_nil(found.classes)
    end)
  end)

  -- ---- rows that come again -----------------------------------------------------------------------------------------

  --- Made-up purchases: users, each of so many different items, which lie near the user. Returns both matrices, and for
  --- each row the user and the item.
  local function purchases(users, each, items, seed)
    local draw = random(seed)
    local tastes, things = library.matrix(users, 6):random(seed), library.matrix(items, 6):random(seed + 1)
    local places = { {}, {} }
    for user = 1, users do
      local bought, count = {}, 0
      while count < each do
        local item = math.floor(items * draw() ^ 2) + 1
        if not bought[item] then
          bought[item], count = true, count + 1
          table.insert(places[1], user)
          table.insert(places[2], item)
        end
      end
    end
    for row, item in ipairs(places[2]) do
      for j = 1, 6 do
        local user = places[1][row]
        tastes:set(user, j, tastes:get(user, j) + 0.8 * things:get(item, j))
      end
    end
    return tastes:select(places[1]), things:select(places[2]), places[1], places[2]
  end

  --- recall@1, recall@5 and MRR of the different queries among the different references, by brute force.
  local function figures_of(queries, references, users, items)
    local places, owners, things, seen = {}, {}, {}, {}
    local bought = {}
    for row, user in ipairs(users) do
      if not bought[user] then
        bought[user] = {}
        places[#places + 1], owners[#owners + 1] = queries[row], user
      end
      bought[user][items[row]] = true
      if not seen[items[row]] then
        seen[items[row]] = true
        things[#things + 1] = { items[row], references[row] }
      end
    end
    local rows = {}
    for i, thing in ipairs(things) do
      rows[i] = thing[2]
    end
    local first, five, mrr = 0, 0, 0
    for i, order in ipairs(answers.order(places, rows, "cosine")) do
      for rank, found in ipairs(order) do
        if bought[owners[i]][things[found[1]][1]] then
          first, five, mrr = first + (rank == 1 and 1 or 0), five + (rank <= 5 and 1 or 0), mrr + 1 / rank
          break
        end
      end
    end
    return { first / #places, five / #places, mrr / #places, #places, #things }
  end

  local function check(expected, found)
    for i, name in ipairs { "recall_at_1", "recall_at_5", "mrr" } do
      assert.near(expected[i], found[name].value, 1e-9)
    end
    assert.same({ expected[4], expected[5] }, { found.queries, found.references })
    local low, high = library.share_interval(expected[1], expected[4])
    assert.near(low, found.recall_at_1.low, 1e-9)
    assert.near(high, found.recall_at_1.high, 1e-9)
  end

  it("of one query are held out together, and any of its references is found", function()
    for seed = 1, 3 do
      local queries, references, users, items = purchases(60, 4, 30, seed)
      here:write("u.npy", queries:encode("npy"))
      here:write("i.npy", references:encode("npy"))
      local arguments = "train u.npy --references i.npy --adapter linear --steps 40 --out e.csv --model m"
      local output = run(arguments)
      assert.match("\n60 different queries in 240 pairs: all pairs of a query are held out, or none\n", output, 1, true)
      assert.match("\n%d+ different references in 240 pairs: pairs of one reference count as one class\n", output)
      local stages = json(arguments).figures

      local parts, embedded = {}, { query = {}, reference = {} }
      local held_out = { rows = {}, users = {}, items = {} }
      local records = answers.records(here:read("e.csv"))
      local coordinates = answers.coordinates(records)
      for i, record in ipairs(records) do
        local row = tonumber(record.row)
        local user = users[row]
        assert.equal(parts[user] or record.part, record.part)
        parts[user] = record.part
        if record.part == "test" then
          table.insert(embedded[record.side], coordinates[i])
          if record.side == "query" then
            table.insert(held_out.rows, row)
            table.insert(held_out.users, user)
            table.insert(held_out.items, items[row])
          end
        end
      end
      assert.equal(48, #held_out.rows)
      check(figures_of(queries:select(held_out.rows):totable(), references:select(held_out.rows):totable(),
        held_out.users, held_out.items), stages.raw_features.held_out.among_themselves)
      local trained = stages.trained_encoder.held_out.among_themselves
      check(figures_of(embedded.query, embedded.reference, held_out.users, held_out.items), trained)

      -- evaluate says the same of a file of these rows, and of the vectors as they are.
      here:write("new-u.npy", queries:select(held_out.rows):encode("npy"))
      here:write("new-i.npy", references:select(held_out.rows):encode("npy"))
      assert.same(trained, json("evaluate m new-u.npy --references new-i.npy").figures.pairs)
      assert.same(stages.raw_features.held_out.among_themselves,
        json("evaluate none new-u.npy --references new-i.npy --paired --distance cosine").figures.pairs)
      assert.match("\n12 queries searched among %d+ references\n  recall@1  ",
        run("evaluate m new-u.npy --references new-i.npy"))
      local info = run("info m")
      assert.match("\ntable:       u.npy, 240 pairs; 192 to train on, 48 held out\n", info)
      assert.match("\n12 held%-out queries searched among %d+ held%-out references [^\n]*\n[^\n]*\n  recall@1  ", info)
      assert.is_nil(info:find("class", 1, true))
    end
  end)

  it("of one reference are positives of each other, as the library has them by labels", function()
    local queries, references, _, items = purchases(200, 1, 20, 4)
    here:write("u.npy", queries:encode("npy"))
    here:write("i.npy", references:encode("npy"))
    run("train u.npy --references i.npy --test-share 0 --layers none --dim 3 --steps 30 --quiet --model m")
    local settings = { data = queries, references = references, layers = { 3 }, loss = "info_nce", distance = "cosine",
      steps = 30, seed = 1, standardize = false }
    local parameters = {}
    for _, labels in ipairs { items, false } do
      settings.labels = labels or nil
      local trainer = library.trainer(settings)
      while not trainer.stopped do
        trainer:step()
      end
      parameters[#parameters + 1] = trainer.parameters:tobytes()
    end
    assert.is_true(parameters[1] == model("m").parameters:tobytes())
    assert.is_false(parameters[1] == parameters[2])
  end)

  -- ---- what is chosen, and refused ----------------------------------------------------------------------------------

  it("have info_nce by cosine where no loss is given, which is told and repeated", function()
    local queries, references = purchases(40, 1, 40, 3)
    here:write("u.npy", queries:encode("npy"))
    here:write("i.npy", references:encode("npy"))
    local told = "\nchosen for pairs: %-%-loss info_nce %-%-distance cosine\n"
    for arguments, expected in pairs { [""] = { "info_nce", "cosine" }, ["--distance squared"] = { "info_nce",
      "squared" }, ["--loss triplet"] = { "triplet", "minkowski" }, ["--margin 1"] = { "triplet", "minkowski" },
      ["--loss contrastive"] = { "contrastive", "minkowski" } } do
      local output = run("train u.npy --references i.npy --steps 0 --model m " .. arguments)
      assert.equal(arguments == "", output:find(told) ~= nil)
      assert.same(expected, { model("m"):get("loss"), model("m"):get("distance") })
      run(model("m").facts.command:gsub("^triplet ", "") .. " --model again")
      assert.same(expected, { model("again"):get("loss"), model("again"):get("distance") })
    end
  end)

  for arguments, message in pairs {
    ["tune p.csv --pairs 'q_*' 'r_*'"] = { "--pairs: tune searches by labels, and pairs have none: compare settings by "
      .. "what triplet train tells of held-out pairs", 2 },
    ["tune p.csv --references p.csv"] = { "--references: tune searches by labels, and pairs have none: compare "
      .. "settings by what triplet train tells of held-out pairs", 2 },
    ["train p.csv --label match --same match"] = { "--same: belongs to --references or --pairs", 2 },
    ["train p.csv --pairs 'q_*' 'r_*' --same nope"] = { "p.csv: --same: there is no column \"nope\" among q_age, "
      .. "q_city, r_age, r_city, match, id" },
    ["train p.csv --pairs q_age r_city"] = { "p.csv: column q_age has numbers, and its partner r_city of p.csv texts: "
      .. "--categories q_age takes both as texts" },
    ["train p.csv --references other.csv"] = { "other.csv: it has no column q_age, which p.csv has" },
    ["evaluate none p.csv --paired"] = { "--paired: belongs to --references", 2 },
    ["evaluate none p.csv --pairs 'q_*' 'r_*' --label match"] = {
      "--label: belongs to rows with labels, and pairs have none", 2 },
    ["evaluate none p.csv --same match"] = { "--same: belongs to --pairs or --paired", 2 },
  } do
    it("refuses " .. arguments, function()
      write("p.csv", rows_of(40, 12, true))
      here:write("other.csv", "a,b\n1,2\n3,5\n2,2\n")
      here:refuses(arguments, message[1], message[2] or 1)
    end)
  end
end)
