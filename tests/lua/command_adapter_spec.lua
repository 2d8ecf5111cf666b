-- triplet train --adapter, and training on pairs, on vectors that are made up.

local answers = require "tests.lua.answers"
local dkjson = require "dkjson"
local library = require "triplet"
local program = require "tests.lua.program"

describe("triplet train", function()
  local triplet

  before_each(function()
    triplet = program.new()
  end)

  after_each(function()
    triplet:remove()
  end)

  local function model(name)
    return assert(library.load(triplet.folder .. "/" .. (name or "m")))
  end

  --- Made-up pairs: two noisy views of one row, in which some numbers are loud and say nothing.
  local function pairs_of(count, width)
    local views = {}
    local rows = library.matrix(count, width):random(1)
    for side = 1, 2 do
      views[side] = rows:copy():add(library.matrix(count, width):random(1 + side), 0.7)
      for i = 1, count do
        for j = 8, width, 8 do
          views[side]:set(i, j, views[side]:get(i, j) * 6 + (side == 1 and 3 or -3))
        end
      end
    end
    return views[1], views[2]
  end

  local function write_pairs(count, width)
    local queries, references = pairs_of(count, width)
    triplet:write("q.npy", queries:encode("npy"))
    triplet:write("r.npy", references:encode("npy"))
    return queries, references
  end

  describe("--adapter", function()
    before_each(function()
      local rows, persons = answers.descriptors(40, 12, 1)
      triplet:write("faces.npy", rows:encode("npy"))
      triplet:write("people.txt", table.concat(persons, "\n") .. "\n")
    end)

    it("chooses what was not given, says so, and begins with the vectors as they are", function()
      local output, complaint, code = triplet:run("train faces.npy --labels people.txt --adapter linear --steps 0 "
        .. "--model m --out e.npy")
      assert.same({ "", 0 }, { complaint, code })
      assert.match("\nlayers: none, then 128 dimensions %(%-%-adapter%)\n", output)
      assert.match("\nchosen by %-%-adapter linear: %-%-residual %-%-no%-standardize %-%-normalize %-%-loss sup_con "
        .. "%-%-distance cosine\n", output)
      local got = model()
      assert.same({ true, true, false, "cosine", "sup_con", { 128 } }, { got:get("residual"), got:get("normalize"),
        got:get("standardize"), got:get("distance"), got:get("loss"), got:get("layers") })
      local before = library.load_matrix(triplet.folder .. "/faces.npy")
      local after = library.load_matrix(triplet.folder .. "/e.npy")
      for i = 1, before.rows, 37 do
        assert.near(0, answers.distance(before:totable()[i], after:totable()[i], "cosine"), 1e-6)
      end
    end)

    it("leaves options that were given as they are", function()
      local function options(arguments)
        local _, complaint, code = triplet:run("train faces.npy --labels people.txt --steps 0 --model m --quiet "
          .. arguments)
        assert.same({ "", 0 }, { complaint, code })
        local got = model()
        return { got:get("loss"), got:get("distance"), got:get("layers") }
      end
      assert.same({ "sup_con", "cosine", { 256, 128 } }, options("--adapter network"))
      assert.same({ "sup_con", "cosine", { 32, 16, 128 } }, options("--adapter network --layers 32,16"))
      assert.same({ "triplet", "cosine", { 128 } }, options("--adapter linear --margin 0.2 --mining semihard"))
      assert.same({ "contrastive", "squared", { 128 } }, options("--adapter linear --loss contrastive "
        .. "--distance squared"))
    end)

    it("finds more of persons that it was not trained on than the vectors do, more so than by triplets", function()
      -- What adapter.lua says of the loss; five seeds.
      local better = 0
      for seed = 1, 5 do
        local found = {}
        for i, options in ipairs { "--adapter linear", "--adapter linear --loss triplet" } do
          local result = dkjson.decode((triplet:run(("train faces.npy --labels people.txt --hold-out classes --seed %d "
            .. "--json %s"):format(seed, options))))
          local raw = result.figures.raw_features.held_out.among_themselves.precision_at_1.value
          found[i] = result.figures.trained_encoder.held_out.among_themselves.precision_at_1.value
          assert.is_true(found[i] > raw)
        end
        better = better + (found[1] > found[2] and 1 or 0)
      end
      assert.equal(5, better)
    end)

    it("takes tables of vectors, which are not standardised then", function()
      local lines = { "person,a,b,c" }
      for i = 1, 40 do
        lines[i + 1] = ("%d,%d,%d,%d"):format(i % 4, i % 4 * 10 + i % 7, i % 5, 100 - i % 4)
      end
      triplet:write("t.csv", table.concat(lines, "\n") .. "\n")
      triplet:run("train t.csv --label person --adapter linear --steps 0 --quiet --model m --out e.csv")
      local row = answers.coordinates(answers.records(triplet:read("e.csv")))[1]
      local length = math.sqrt(11 ^ 2 + 1 + 99 ^ 2)
      assert.near(11 / length, row[1], 1e-6)
      assert.near(99 / length, row[3], 1e-6)
    end)
  end)

  describe("on pairs", function()
    --- recall@1, recall@5 and MRR of queries among references, row i being the answer of row i.
    local function figures_of(queries, references)
      local first, five, mrr = 0, 0, 0
      for i, order in ipairs(answers.order(queries, references, "cosine")) do
        for rank, found in ipairs(order) do
          if found[1] == i then
            first, five, mrr = first + (rank == 1 and 1 or 0), five + (rank <= 5 and 1 or 0), mrr + 1 / rank
          end
        end
      end
      return first / #queries, five / #queries, mrr / #queries
    end

    --- The figures of a stage, against those of rows of a part that were written.
    local function check(figures, queries, references)
      local first, five, mrr = figures_of(queries, references)
      assert.near(first, figures.recall_at_1.value, 1e-9)
      assert.near(five, figures.recall_at_5.value, 1e-9)
      assert.near(mrr, figures.mrr.value, 1e-9)
      local low, high = library.share_interval(first, #queries)
      assert.near(low, figures.recall_at_1.low, 1e-9)
      assert.near(high, figures.recall_at_1.high, 1e-9)
    end

    it("tells how held-out queries find their references, before and after", function()
      local queries, references = write_pairs(150, 16)
      for adapt, change in pairs { both = "", queries = "--adapt queries" } do
        local output, report, code = triplet:run("train q.npy --references r.npy --adapter linear --steps 200 --json "
          .. "--out e.csv --model m " .. change)
        assert.equal(0, code)
        assert.match("^q.npy with r.npy: 150 pairs of 16 inputs; 120 pairs to train on, 30 held out\n", report)
        assert.match("\nchosen by %-%-adapter linear: [^\n]*%-%-loss info_nce %-%-distance cosine", report)
        assert.equal(adapt, model():get("adapt"))
        local stages = dkjson.decode(output).figures

        local held_out, embedded = {}, { query = {}, reference = {} }
        local records = answers.records(triplet:read("e.csv"))
        local coordinates = answers.coordinates(records)
        for i, record in ipairs(records) do
          if record.part == "test" then
            table.insert(embedded[record.side], coordinates[i])
            held_out[#held_out + 1] = record.side == "query" and tonumber(record.row) or nil
          end
        end
        assert.equal(30, #held_out)
        check(stages.raw_features.held_out.among_themselves, queries:select(held_out):totable(),
          references:select(held_out):totable())
        check(stages.trained_encoder.held_out.among_themselves, embedded.query, embedded.reference)
        local before = stages.raw_features.held_out.among_themselves.recall_at_1
        assert.is_true(stages.trained_encoder.held_out.among_themselves.recall_at_1.value > before.value + 0.1)
        if adapt == "queries" then -- references as they are, of length 1
          assert.near(0, answers.distance(embedded.reference[1], references:totable()[held_out[1]], "cosine"), 1e-6)
        end

        -- The model finds the same among files.
        local found = answers.records((triplet:run("nearest m q.npy --references r.npy -k 1")))
        local all = { query = {}, reference = {} }
        for i, record in ipairs(records) do
          table.insert(all[record.side], coordinates[i])
        end
        local orders = answers.order(all.query, all.reference, "cosine")
        for i, record in ipairs(found) do
          assert.near(orders[i][1][2], tonumber(record.distance), 1e-5)
        end
      end
    end)

    it("prints the figures with their intervals", function()
      write_pairs(60, 8)
      local report = triplet:run("train q.npy --references r.npy --adapter linear --steps 20")
      assert.match("\n12 held%-out queries searched among 12 held%-out references\n", report)
      for _, figure in ipairs { "recall@1", "recall@5", "MRR" } do
        assert.match("\n  " .. figure .. " +%d%.%d+ %(%d%.%d+ to %d%.%d+%)  ", report)
      end
    end)

    it("takes the pairs of a table as two groups of columns, with the same model", function()
      local queries, references = write_pairs(80, 8)
      local header, lines = {}, {}
      for side = 1, 2 do
        for j = 1, 8 do
          header[#header + 1] = (side == 1 and "q_%d" or "r_%d"):format(j)
        end
      end
      lines[1] = "id," .. table.concat(header, ",")
      for i = 1, 80 do
        local cells = {}
        for _, matrix in ipairs { queries, references } do
          for j = 1, 8 do
            cells[#cells + 1] = ("%.9g"):format(matrix:get(i, j))
          end
        end
        lines[i + 1] = "x" .. i .. "," .. table.concat(cells, ",")
      end
      triplet:write("pairs.csv", table.concat(lines, "\n") .. "\n")
      local options = " --adapter linear --steps 20 --quiet --out e.csv --model "
      assert.same({ "", "", 0 }, { triplet:run("train q.npy --references r.npy" .. options .. "a") })
      local embedding = triplet:read("e.csv")
      assert.same({ "", "", 0 }, { triplet:run("train pairs.csv --pairs 'q_*' 'r_*'" .. options .. "b") })
      assert.equal(embedding, triplet:read("e.csv"))

      -- Cells that are missing, on either side.
      lines[3] = lines[3]:gsub(",[^,]*$", ",")
      lines[5] = lines[5]:gsub(",[^,]*", ",", 1)
      triplet:write("holes.csv", table.concat(lines, "\n") .. "\n")
      local report = triplet:run("train holes.csv --pairs 'q_*' 'r_*' --steps 2")
      assert.match("^holes.csv: 80 pairs of 8 inputs; .*\n1: 1 of 160 empty, filled with the mean.*\n8: 1 of 160 "
        .. "empty, filled with the mean", report)
      report = triplet:run("train holes.csv --pairs 'q_*' 'r_*' --steps 2 --missing drop --out e.csv")
      assert.match("^holes.csv: 78 pairs of 8 inputs; .*\n2 of 80 rows are left out: cells of theirs are empty", report)
      local records = answers.records(triplet:read("e.csv"))
      assert.same({ 156, "1", "3", "5" }, { #records, records[1].row, records[2].row, records[3].row })
      assert.equal(model("a").parameters:tobytes(), model("b").parameters:tobytes())
      assert.same({ "1", "2", "3", "4", "5", "6", "7", "8" }, model("b").columns)
    end)

    it("goes on where it was interrupted, and ends with the same model", function()
      write_pairs(60, 8)
      local options = "train q.npy --references r.npy --adapter network --layers 4 --steps 15 --quiet --model "
      triplet:run(options .. "whole")
      local _, complaint, code = triplet:interrupted(options .. "half", "step 7")
      assert.equal(130, code)
      assert.match("go on by: triplet resume half q.npy %-%-references r.npy\n$", complaint)
      assert.same({ "", "", 0 }, { triplet:run("resume half q.npy --quiet") })
      assert.equal(triplet:read("whole"), triplet:read("half"))
    end)

    it("holds out nothing where told so, and sets pairs aside for validation", function()
      write_pairs(60, 8)
      local report, complaint, code = triplet:run("train q.npy --references r.npy --adapter linear --test-share 0 "
        .. "--validation 0.2 --evaluate-every 5 --steps 20 --model m")
      assert.same({ "", 0 }, { complaint, code })
      assert.match("60 pairs to train on, 0 held out\n", report)
      assert.is_nil(report:find("recall", 1, true))
      assert.equal(0.2, model():get("validation"))
    end)

    for arguments, message in pairs {
      ["train q.npy --references r.npy --label x"] = { "--label: belongs to rows with labels, and pairs have none", 2 },
      ["train q.npy --references r.npy --labels x"] = {
        "--labels: belongs to rows with labels, and pairs have none", 2 },
      ["train q.npy --references r.npy --keep-rows --model m"] = {
        "--keep-rows: belongs to rows with labels, and pairs have none", 2 },
      ["train q.npy --references r.npy --plot p.svg"] = {
        "--plot: belongs to rows with labels, and pairs have none", 2 },
      ["train q.npy --references r.npy --unseen x"] = {
        "--unseen: belongs to rows with labels, and pairs have none", 2 },
      ["train q.npy --references r.npy --hold-out classes"] = {
        "--hold-out: belongs to rows with labels, and pairs have none", 2 },
      ["train q.npy --references r.npy --out e.npy"] = { "--out: expected a CSV file, which has both sides of pairs; "
        .. "triplet embed writes one of them as it is", 2 },
      ["train q.npy --references r.npy --pairs a b"] = {
        "--references: expected it without --pairs, whose rows have both sides", 2 },
      ["train q.npy --references short.npy"] = {
        "short.npy: expected 20 rows, each the partner of one of q.npy, got 3" },
      ["train q.npy --references narrow.npy"] = { "narrow.npy: expected 8 columns like q.npy, got 2" },
      ["train q.npy --pairs 'q_*' 'r_*'"] = {
        "--pairs: belongs to tables, and q.npy has vectors: --references names the file of the partners", 2 },
      ["train q.npy --references r.npy --adapter linear --dim 4"] = {
        "--dim: an adapter has as many dimensions as the vectors, 8, got 4", 2 },
      ["train q.npy --references r.npy --model q.npy"] = { "q.npy would be written over", 2 },
      ["train q.npy --references r.npy --model r.npy"] = { "r.npy would be written over", 2 },
      ["train q.npy --labels q.npy --adapt queries"] = { "--adapt: belongs to --references or --pairs", 2 },
    } do
      it("refuses " .. arguments, function()
        write_pairs(20, 8)
        triplet:write("short.npy", library.matrix(3, 8):encode("npy"))
        triplet:write("narrow.npy", library.matrix(20, 2):encode("npy"))
        triplet:refuses(arguments, message[1], message[2] or 1)
      end)
    end
  end)
end)
