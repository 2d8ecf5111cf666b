-- What triplet info tells of models, and what train tells programs.

local dkjson = require "dkjson"
local program = require "tests.lua.program"
local triplet = require "triplet"

describe("triplet info", function()
  local here

  setup(function()
    here = program.new()
    here:write("data.csv", program.flowers())
  end)

  teardown(function()
    here:remove()
  end)

  local OPTIONS = "--label kind --ignore name --layers 16 --dim 2 --steps 30 "

  local function run(arguments)
    local output, complaint, code = here:run(arguments)
    assert.same({ "", 0 }, { complaint, code })
    return output
  end

  it("shows the first columns of many", function()
    for _, count in ipairs { 12, 13, 128 } do
      local names, lines = { "kind" }, {}
      for i = 1, count do
        names[i + 1] = "c" .. i
      end
      for row = 1, 8 do
        local cells = { row % 2 == 0 and "x" or "y" }
        for i = 1, count do
          cells[i + 1] = ("%.1f"):format((row * 7 + i * 3) % 11 / 2 + row / 10)
        end
        lines[row] = table.concat(cells, ",")
      end
      here:write("wide.csv", table.concat(names, ",") .. "\n" .. table.concat(lines, "\n") .. "\n")
      run("train wide.csv --label kind --steps 0 --model wide")
      local output = run("info wide")
      assert.equal(count > 12 and 8 or 12, select(2, output:gsub("\n  c%d+ +number ", "")))
      local more = output:match("\n  and (%d+) more %(%-%-json has all%)\n")
      assert.equal(count > 12 and tostring(count - 8) or nil, more)
      assert.equal(count, #dkjson.decode((run("info wide --json"))).columns)
    end
  end)

  it("tells what a model is, to people and to programs", function()
    local report = run("train data.csv " .. OPTIONS .. "--keep-rows --margin 0.5 --normalize --model m.st")
    local output = run("info m.st")
    for _, line in ipairs {
      "trained by:  triplet train data.csv --label kind --ignore name --layers 16 --margin 0.5 --normalize --dim 2 "
        .. "--steps 30 --keep-rows",
      "table:       data.csv, 30 rows; 24 to train on, 6 held out", "label:       kind, 3 classes: x, y, z",
      "inputs:      3, of 3 columns", "layers:      16, then 2 dimensions; relu, scaled to length 1",
      "loss:        triplet, margin 0.5, mining all", "distance:    minkowski, p 2", "steps:       30 of 30, seed 1",
      "threshold:   none (triplet verify --save-threshold finds one)",
      "kept rows:   24, whose embeddings and labels can be read",
      "6 held-out rows searched among the training rows (95 % intervals)",
    } do
      assert.truthy(output:find("\n" .. line .. "\n", 1, true), line)
    end
    assert.match(("^m.st: a model of %%d+ bytes, written by triplet %s\n"):format(triplet.version), output)
    assert.match("\n  a       number    mean [%d.]+, deviation [%d.]+\n", output)

    -- The figures are those that train printed, but for the untrained encoder.
    for name, raw, trained in report:gmatch("\n  (%S[^\n]-)  +(%d[^\n]-%))  +%d[^\n]-%)  +(%d[^\n]-%))%f[\n]") do
      local line = ("\n  %-14s  %-22s  %s\n"):format(name, raw, trained)
      assert.truthy(output:find(line, 1, true), line)
    end

    local found = assert(dkjson.decode((run("info m.st --json"))))
    assert.equal(#here:read("m.st"), found.bytes)
    assert.same({ 16, 2 }, found.layers)
    assert.same({ "x", "y", "z" }, found.classes)
    assert.same({ "a", "b", "noise" }, { found.columns[1].name, found.columns[2].name, found.columns[3].name })
    assert.same({ 30, 30, 24, 24, 6 }, { found.steps, found.steps_done, found.kept_rows, found.table.training_rows,
      found.table.held_out_rows })
    assert.is_nil(found.threshold)
    assert.equal(0.5, found.options.margin)
    assert.equal("adam", found.options.optimizer.name)
    local figure = found.figures.trained_encoder.held_out.against_training.precision_at_1
    assert.is_true(figure.low < figure.value and figure.value <= figure.high)
    local low, high = triplet.share_interval(figure.value, 6)
    assert.is_true(math.abs(low - figure.low) < 1e-5 and math.abs(high - figure.high) < 1e-5)
  end)

  it("has the figures that train has", function()
    local said = assert(dkjson.decode((here:run("train data.csv " .. OPTIONS .. "--model j.st --unseen z --json"))))
    local found = assert(dkjson.decode((run("info j.st --json"))))
    local checked = 0
    local function compare(expected, actual)
      for name, value in pairs(expected) do
        if type(value) == "table" then
          compare(value, actual[name])
        else
          assert.is_true(math.abs(value - actual[name]) < 1e-6, name)
          checked = checked + 1
        end
      end
    end
    compare(said.figures, found.figures)
    assert.is_true(checked > 50, checked)
    assert.is_nil(found.figures.trained_encoder.unseen) -- one class alone tells nothing
  end)

  it("tells of a training that is not over, and of one that ended early", function()
    here:interrupted("train data.csv " .. OPTIONS .. "--model i.st", "step 8")
    local output = run("info i.st")
    assert.match("\nsteps:       7 of 30, seed 1; triplet resume goes on\n", output)
    assert.is_nil(output:find("searched among", 1, true))
    assert.is_false(dkjson.decode((run("info i.st --json"))).stopped)
    run("train data.csv " .. OPTIONS .. "--model p.st --validation 0.3 --evaluate-every 2 --patience 1 --steps 500")
    assert.match("\nsteps:       %d+ of 500, seed 1; ended early, by %-%-patience\n", run("info p.st"))
  end)

  it("tells of thresholds, and of facts that others keep", function()
    run("train data.csv " .. OPTIONS .. "--model t.st")
    local model = triplet.load(here.folder .. "/t.st")
    local facts = model.facts
    facts.author, model.threshold = "somebody\27[31m", 0.75
    model.facts = facts
    model:save(here.folder .. "/t.st")
    assert.match("\nthreshold:   0.75\n", run("info t.st"))
    local found = dkjson.decode((run("info t.st --json")))
    assert.equal(0.75, found.threshold)
    assert.same({ author = "somebody\27[31m" }, found.facts)
  end)

  it("shows texts of strangers without what steers a terminal", function()
    local model = triplet.load(here.folder .. "/t.st")
    model.facts = { command = "triplet train \27]0;x\7y", table = "a\nb", rows = "3", ["figures.x"] = "1",
      ["figures.trained_encoder.held_out.against_training.map"] = "nonsense", ["figures.raw_features"] = "2" }
    model:save(here.folder .. "/odd.st")
    local output = run("info odd.st")
    assert.is_nil(output:find("[%z\1-\9\11-\31]"))
    assert.match("\ntable:       a b, 3 rows;", output)
  end)

  it("tells of models that were not trained by the command", function()
    local output = run(("info '%s/tests/data/version-1.safetensors'"):format(program.root))
    assert.match("\ntrained by:  not known\n", output)
    assert.match("\nsteps:       25 of 60, seed 7; it may go on\n", output)
    local table_of_rows = triplet.trainer { data = { { 1 }, { 2 }, { 3 }, { 4 } }, labels = { 1, 1, 2, 2 }, dim = 3 }
    table_of_rows:save(here.folder .. "/table.st")
    assert.match("\nlayers:      none: 3 numbers of its own for each row\n", run("info table.st"))
    triplet.encoder { inputs = 3, layers = { 4, 2 }, seed = 1 }:save(here.folder .. "/e.st")
    assert.match("^e.st: an encoder of %d+ bytes, saved by itself: no model of triplet train\n$", run("info e.st"))
    assert.equal(26, dkjson.decode((run("info e.st --json"))).parameters)
  end)

  it("is the same for the same training, and reads standard input", function()
    run("train data.csv " .. OPTIONS .. "--model one.st --threads 2 --checkpoint 7 --quiet")
    run("train data.csv " .. OPTIONS .. "--model two.st --out e.csv")
    assert.equal(here:read("one.st"), here:read("two.st"))
    assert.equal(run("info one.st"):gsub("^one.st", "standard input"), (run("info - < two.st")))
  end)

  it("refuses what is no model", function()
    here:refuses("info data.csv", "data.csv: not a safetensors file", 1)
    here:refuses("info none.st", "none.st: No such file or directory", 1)
    here:refuses("info .", ".: Is a directory", 1)
    here:refuses("info", "missing argument 'model' (see triplet --help)", 2)
    here:refuses("info one.st two.st", "too many arguments (see triplet --help)", 2)
    here:write("cut.st", here:read("one.st"):sub(1, 500))
    local _, complaint, code = here:run("info cut.st")
    assert.match("^triplet: cut.st: ", complaint)
    assert.equal(1, code)
  end)
end)

describe("train --keep-rows", function()
  local here

  setup(function()
    here = program.new()
    here:write("data.csv", program.flowers())
  end)

  teardown(function()
    here:remove()
  end)

  it("puts the embedded training rows into the model, and tells its price", function()
    local line = "train data.csv --label kind --ignore name --layers 16 --dim 3 --steps 20 --out e.csv "
    here:run(line .. "--model plain.st")
    local output, complaint, code = here:run(line .. "--model kept.st --keep-rows")
    assert.same({ "", 0 }, { complaint, code })
    local bytes = output:match("\nkept: the embeddings and labels of 24 training rows %((%d+) bytes of the model%), "
      .. "which can be read by whoever has the file\n")
    local plain, kept = triplet.load(here.folder .. "/plain.st"), triplet.load(here.folder .. "/kept.st")
    local function without_facts(model)
      model.facts = {}
      return model:tobytes()
    end
    local rows = kept.kept_rows
    assert.equal(#without_facts(kept) - #without_facts(plain), tonumber(bytes))
    assert.is_true(tonumber(bytes) >= 24 * (3 + 1) * 4)
    assert.is_nil(plain.kept_rows)

    local place = 0
    for label, part, x, y, z in here:read("e.csv"):gmatch("\n%d+,(%a),(%a+),([^,]+),([^,]+),([^,\n]+)") do
      if part == "train" then
        place = place + 1
        assert.equal(label, rows.labels[place])
        for column, text in ipairs { x, y, z } do
          assert.equal(text, ("%.9g"):format(rows.embeddings:get(place, column)))
        end
      end
    end
    assert.equal(24, place)
    kept:keep_rows()
    assert.equal(without_facts(plain), without_facts(kept))
  end)

  it("needs a model", function()
    here:refuses("train data.csv --label kind --keep-rows",
      "--keep-rows: needs a model to keep them in, named by --model", 2)
  end)
end)

describe("--json", function()
  local here

  setup(function()
    here = program.new()
    here:write("data.csv", program.flowers())
  end)

  teardown(function()
    here:remove()
  end)

  local OPTIONS = "train data.csv --label kind --ignore name --layers none --dim 2 --steps 20 --json "

  it("has one object on standard output, and all else on standard error", function()
    local output, complaint, code = here:run(OPTIONS .. "--model m.st --out e.csv")
    assert.equal(0, code)
    assert.match("^data.csv: 30 rows, .*\nwrote e.csv\nwrote m.st\n$", complaint)
    assert.match("^{[^\n]*}\n$", output)
    local found = assert(dkjson.decode(output))
    assert.same({ model = "m.st", out = "e.csv" }, found.written)
    assert.same({ rows = 30, columns = 5, training_rows = 24, held_out_rows = 6, unseen_rows = 0, label = "kind",
      path = "data.csv", inputs = { "a", "b", "noise" }, classes = { "x", "y", "z" }, notes = {} }, found.table)
    assert.same({ 2 }, found.layers)
    assert.is_false(found.collapsed)
    assert.equal("", select(2, here:run(OPTIONS .. "--quiet")))
  end)

  it("says that it was interrupted", function()
    local output, complaint, code = here:interrupted(OPTIONS .. "--model i.st", "step 8")
    assert.equal(130, code)
    assert.match("triplet: interrupted at step 7 of 20: wrote i.st; go on by: ", complaint)
    local found = assert(dkjson.decode(output))
    assert.is_true(found.interrupted)
    assert.equal(7, found.steps_done)
    assert.same({}, found.figures)
  end)

  it("tells how a table is read", function()
    local found = assert(dkjson.decode((here:run(OPTIONS .. "--dry-run"))))
    assert.same({ { name = "x", rows = 10 }, { name = "y", rows = 10 }, { name = "z", rows = 10 } }, found.classes)
    assert.same({ name = "name", kind = "category", use = "left_out", missing = 0 }, found.columns[1])
    assert.same({ name = "a", kind = "number", use = "input", missing = 0 }, found.columns[2])
  end)

  it("leaves no room for a file on standard output", function()
    here:refuses(OPTIONS .. "--out -", "standard output is for what --json prints: name a file to write", 2)
    here:refuses("embed m.st data.csv --json --out -",
      "standard output is for what --json prints: name a file to write", 2)
    local found = assert(dkjson.decode((here:run("embed m.st data.csv --json --out f.csv"))))
    assert.same({ rows = 30, dimensions = 2 }, { rows = found.rows, dimensions = found.dimensions })
    assert.is_nil(found.embedding)

    -- Without a file the rows are part of it.
    found = assert(dkjson.decode((here:run("embed m.st data.csv --label kind --json"))))
    assert.same({ 30, {} }, { #found.embedding, found.written })
    local line = 0
    local rows = here:run("embed m.st data.csv --label kind")
    for row, label, x, y in rows:gmatch("(%d+),(%a),([^,\n]+),([^,\n]+)\n") do
      line = line + 1
      assert.same({ row = tonumber(row), label = label, coordinates = { tonumber(x), tonumber(y) } },
        found.embedding[line])
    end
    assert.equal(30, line)
  end)
end)
