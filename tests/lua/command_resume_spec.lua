-- A training that is interrupted and gone on with is the one that was not, byte for byte.

local dkjson = require "dkjson"
local program = require "tests.lua.program"
local support = require "tests.lua.support"
local triplet = require "triplet"

local OPTIONS = "--label kind --ignore name --layers 16 --dim 2 --steps 30 "

describe("triplet resume", function()
  local here

  before_each(function()
    here = program.new()
    here:write("data.csv", program.flowers())
  end)

  after_each(function()
    here:remove()
  end)

  local function train(options)
    local output, complaint, code = here:run("train data.csv " .. options)
    assert.same({ "", 0 }, { complaint, code })
    return output
  end

  --- The model of a training that nobody disturbs.
  local function undisturbed(options)
    train(options .. "--model whole.st")
    return here:read("whole.st")
  end

  --- Numbers that are drawn, the same each time.
  local function random(count, most)
    local numbers = {}
    for i, row in ipairs(support.random_rows(count, 1, 7)) do
      numbers[i] = 1 + math.floor((row[1] + 1) / 2 * most)
    end
    return numbers
  end

  for name, options in pairs {
    ["without validation"] = "",
    ["with validation and patience"] = "--validation 0.3 --evaluate-every 3 --patience 4 --learning-rate 0.05 ",
    ["with a validation at the end alone"] = "--validation 0.3 --evaluate-every 1000 --schedule cosine ",
    ["with drawn triplets and every other option that has a state"] = "--mining random --sampler epoch "
      .. "--optimizer sgd --momentum 0.9 --test-share 0.3 --seed 5 --unseen z --classes-per-batch 2 ",
    ["with rows that are kept"] = "--keep-rows --loss info_nce ",
  } do
    it("ends with the same bytes after interruptions at 20 random moments, " .. name, function()
      local line = OPTIONS .. options
      local expected = undisturbed(line)
      here:run("train data.csv " .. line .. "--model counted.st", ("MOMENTS=moments LUA_INIT='@%s/tests/lua/"
        .. "interrupting.lua' INTERRUPT='any 1000000 1'"):format(program.root))
      assert.equal(expected, here:read("counted.st"))
      local interruptions, resumed = 0, 0
      for _, moment in ipairs(random(20, tonumber(here:read("moments")))) do
        here:write("m.st", "earlier")
        local _, complaint, code = here:interrupted("train data.csv " .. line .. "--model m.st", "any " .. moment)
        if code == 130 then
          interruptions = interruptions + 1
          local on = complaint:match("go on by: triplet (resume m.st data.csv)\n$")
          if on then
            resumed = resumed + 1
            assert.same({ "", 0 }, { select(2, here:run(on)) })
          else
            assert.equal("triplet: interrupted: nothing was learned yet\n", complaint)
            assert.equal("earlier", here:read("m.st"))
            train(line .. "--model m.st")
          end
        else
          assert.same({ "", 0 }, { complaint, code })
        end
        assert.equal(expected, here:read("m.st"), "at moment " .. moment)
      end
      assert.is_true(interruptions >= 15 and resumed >= 10, interruptions .. " " .. resumed)
    end)
  end

  it("ends with the same bytes however often it is interrupted itself", function()
    local line = OPTIONS .. "--validation 0.3 --evaluate-every 4 "
    local expected = undisturbed(line)
    here:interrupted("train data.csv " .. line .. "--model m.st", "step 5")
    local calls = { "step 3", "read 1", "step 1", "step 9", "step 2", "embed 1", "evaluate 1", "evaluate 3", "write 1" }
    for _, call in ipairs(calls) do
      local before = here:read("m.st")
      local _, complaint, code = here:interrupted("resume m.st data.csv", call)
      assert.equal(130, code)
      if complaint:find("nothing more was learned", 1, true) then
        assert.equal(before, here:read("m.st"))
      else
        assert.match("; go on by: triplet resume m.st data.csv\n$", complaint)
      end
    end
    assert.same({ "", 0 }, { select(2, here:run("resume m.st data.csv")) })
    assert.equal(expected, here:read("m.st"))
  end)

  it("is interrupted while it loads and reads its command line, too, and says no more", function()
    train(OPTIONS .. "--model m.st")
    local earlier = here:read("m.st")
    for _, count in ipairs(random(30, 150000)) do
      local output, complaint, code = here:run("resume m.st data.csv --steps 40",
        ("LUA_INIT='@%s/tests/lua/interrupting_early.lua' INSTRUCTIONS=%d"):format(program.root, 1000 + count))
      assert.same({ "", 130 }, { output, code })
      assert.match("^triplet: interrupted[^\n]*\n$", complaint)
      assert.equal(earlier, here:read("m.st"))
    end
  end)

  it("goes on from a checkpoint after the power was lost", function()
    local expected = undisturbed(OPTIONS)
    local _, _, code = here:interrupted("train data.csv " .. OPTIONS .. "--model m.st --checkpoint 4", "step 18", 0)
    assert.equal(137, code)
    assert.equal(16, assert(triplet.load(here.folder .. "/m.st")).steps)
    assert.match("\ngoing on after step 16 of 30\n", (here:run("resume m.st data.csv")))
    assert.equal(expected, here:read("m.st"))
    train(OPTIONS .. "--model m.st --checkpoint 4")
    assert.equal(expected, here:read("m.st"))
  end)

  it("writes the same pictures and tables, too, and says how to go on with them", function()
    train(OPTIONS .. "--model whole.st --out whole.csv --plot whole.svg")
    local _, complaint = here:interrupted("train data.csv " .. OPTIONS .. "--model m.st --out 'e 1.csv' --plot p.svg",
      "step 18")
    local on = complaint:match("go on by: triplet (resume .*)\n$")
    assert.equal("resume m.st data.csv --out 'e 1.csv' --plot p.svg", on)
    local output = here:run(on)
    assert.match("\nwrote e 1.csv\nwrote m.st\nwrote p.svg\n$", output)
    for whole, resumed in pairs { ["whole.csv"] = "e 1.csv", ["whole.svg"] = "p.svg", ["whole.st"] = "m.st" } do
      assert.equal(here:read(whole), here:read(resumed))
    end
  end)

  it("keeps a threshold, and what was told of it, for as long as the weights are those it was chosen for", function()
    train(OPTIONS .. "--model m.st --keep-rows")
    assert.equal(0, select(3, here:run("verify m.st data.csv --save-threshold eer --quiet")))
    local chosen = here:read("m.st")
    assert.equal(0, select(3, here:run("resume m.st data.csv")))
    assert.equal(chosen, here:read("m.st"))
    assert.truthy(triplet.load(here.folder .. "/m.st").facts.threshold_chosen_by)
    here:run("resume m.st data.csv --steps 31")
    local model = triplet.load(here.folder .. "/m.st")
    assert.same({}, { model.threshold, model.facts.threshold_chosen_by })
  end)

  it("takes classes whose names have commas and quotes", function()
    here:write("data.csv", (program.flowers():gsub(",z,", ',"z, ""q""",'):gsub(",y,", ',"""y""",')))
    local line = OPTIONS .. [[--unseen '"z, ""q""","""y"""' --test-share 0 --keep b ]]
    here:write("data.csv", here:read("data.csv") .. "n,1,1,w,3\nm,1.1,1,w,4\n")
    local expected = undisturbed(line)
    assert.equal([[triplet train data.csv --label kind --unseen '"z, ""q""","""y"""' --test-share 0 --keep b ]]
      .. "--ignore name --layers 16 --dim 2 --steps 30", triplet.load(here.folder .. "/whole.st").facts.command)
    here:interrupted("train data.csv " .. line .. "--model m.st", "step 18")
    assert.same({ "", 0 }, { select(2, here:run("resume m.st data.csv")) })
    assert.equal(expected, here:read("m.st"))
  end)

  it("takes more steps, as if they had been asked for at first", function()
    local expected = undisturbed(OPTIONS .. "--steps 50 ")
    train(OPTIONS .. "--model m.st")
    local earlier = here:read("m.st")
    here:run("resume m.st data.csv --steps 50 --model longer.st")
    assert.equal(expected, here:read("longer.st"))
    assert.equal(earlier, here:read("m.st"))
    here:interrupted("train data.csv " .. OPTIONS .. "--model m.st", "step 18")
    here:run("resume m.st data.csv --steps 50")
    assert.equal(expected, here:read("m.st"))
  end)

  it("ends where it is when no more steps are wanted, with the best weights", function()
    here:interrupted("train data.csv " .. OPTIONS .. "--model m.st --validation 0.3 --evaluate-every 2 "
      .. "--learning-rate 0.5", "step 10")
    local model = triplet.load(here.folder .. "/m.st")
    local last = model.parameters:tobytes()
    model:restore_best()
    local output, complaint, code = here:run("resume m.st data.csv --steps 9")
    assert.same({ "", 0 }, { complaint, code })
    assert.match("\n9 of 9 steps are done: nothing is left to learn\n", output)
    assert.equal(model.parameters:tobytes(), triplet.load(here.folder .. "/m.st").parameters:tobytes())
    assert.not_equal(last, model.parameters:tobytes())
  end)

  it("finds nothing to learn in a training that is over, and leaves the model as it is", function()
    local expected = undisturbed(OPTIONS .. "--validation 0.3 --evaluate-every 2 --patience 2 --keep-rows ")
    local output = here:run("resume whole.st data.csv")
    assert.match("\n%d+ of 30 steps are done: nothing is left to learn\n", output)
    assert.equal(expected, here:read("whole.st"))
  end)

  it("says what it leaves out of the model, and leaves out nothing where nothing is learned", function()
    local expected = undisturbed(OPTIONS .. "--steps 50 ")
    train(OPTIONS .. "--model m.st")
    here:write("v.csv", program.flowers(7))
    assert.equal(0, select(3, here:run("verify m.st v.csv --save-threshold eer")))
    local model = triplet.load(here.folder .. "/m.st")
    local threshold, chosen = model.threshold, model.facts.threshold_chosen_by
    assert.same({ "", 0 }, { select(2, here:run("resume m.st data.csv")) })
    model = triplet.load(here.folder .. "/m.st")
    assert.same({ threshold, chosen, "v.csv" }, { model.threshold, model.facts.threshold_chosen_by,
      model.facts.threshold_file })

    local labels = {}
    for i = 1, 24 do
      labels[i] = "x"
    end
    model:keep_rows(triplet.matrix(24, 2), labels)
    model:save(here.folder .. "/m.st")
    local _, complaint, code = here:run("resume m.st data.csv --steps 50")
    assert.same({ ("triplet: left out of the model, whose embedding will be another: the threshold %.6g, chosen by %s "
      .. "(triplet verify --save-threshold finds another), and the rows that were kept\n"):format(threshold, chosen),
      0 }, { complaint, code })
    assert.equal(expected, here:read("m.st"))
  end)

  it("reads the table from standard input, and the model", function()
    local expected = undisturbed(OPTIONS)
    here:run("train - " .. OPTIONS .. "--model whole.st < data.csv")
    local _, complaint = here:interrupted("train - " .. OPTIONS .. "--model m.st < data.csv", "step 18")
    assert.match("; go on by: triplet resume m.st %-\n$", complaint)
    here:run("resume m.st - --model - < data.csv > piped.st")
    assert.equal(here:read("whole.st"), here:read("piped.st"))
    here:interrupted("train data.csv " .. OPTIONS .. "--model m.st", "step 18")
    here:run("resume - data.csv --model n.st < m.st")
    assert.equal(expected, here:read("n.st"))
  end)

  it("remembers every option of the table and of what is held out", function()
    local lines = { "! made by hand" }
    for i = 1, 60 do
      lines[i + 1] = ("%d;%d;%s;%s;%s;it's %d"):format(i % 7, i % 10, i % 10 == 0 and "-9" or i * i % 13, i % 3,
        i % 2 == 0 and "gr\252n" or "rot", i % 4)
    end
    here:write("odd, table.csv", table.concat(lines, "\n") .. "\n")
    local options = "train 'odd, table.csv' --label 5 --encoding latin1 --comment '!' --missing-texts=-9 "
      .. "--header false --categories 4 --ignore 6 --no-standardize --missing drop --separator semicolon "
      .. "--test-share 0.3 --hold-out rows --steps 20 --margin=-0.5 --p inf --layers 8,4 --dim 3 --seed 9 "
    assert.same({ "", 0 }, { select(2, here:run(options .. "--model whole.st")) })
    here:interrupted(options .. "--model m.st", "step 9")
    assert.same({ "", 0 }, { select(2, here:run("resume m.st 'odd, table.csv'")) })
    assert.equal(here:read("whole.st"), here:read("m.st"))
    assert.equal("triplet train 'odd, table.csv' --label 5 --test-share 0.3 --hold-out rows --ignore 6 --categories 4 "
      .. "--missing drop --missing-texts=-9 --no-standardize --separator semicolon --header false --encoding latin1 "
      .. "--comment '!' --layers 8,4 --margin=-0.5 --p inf --dim 3 --seed 9 --steps 20",
      triplet.load(here.folder .. "/m.st").facts.command)
  end)

  it("finds the file of labels, and that of references, beside the vectors, or where it is said to be", function()
    local rows, partners, labels = {}, {}, {}
    for i = 1, 40 do
      rows[i], labels[i] = { i % 4 + i % 11 / 9, i % 7 / 5, i % 4 * (i % 5) }, "c" .. i % 4
      partners[i] = { rows[i][1] + i % 3 / 9, rows[i][2], rows[i][3] }
    end
    program.shell(("mkdir '%s/folder'"):format(here.folder))
    triplet.matrix(rows):save(here.folder .. "/folder/v.npy")
    triplet.matrix(partners):save(here.folder .. "/folder/p.npy")
    here:write("folder/v.txt", table.concat(labels, "\n") .. "\n")
    for option, file in pairs { labels = "v.txt", references = "p.npy" } do
      local line = ("train folder/v.npy --%s folder/%s --steps 20 "):format(option, file)
      assert.same({ "", 0 }, { select(2, here:run(line .. "--model whole.st")) })
      local _, complaint = here:interrupted(line .. "--model m.st", "step 9")
      local on = complaint:match("; go on by: triplet (.*)\n$")
      assert.equal(("resume m.st folder/v.npy --%s folder/%s"):format(option, file), on)
      program.shell(("cp '%s/m.st' '%s/n.st'"):format(here.folder, here.folder))
      assert.same({ "", 0 }, { select(2, here:run(on)) })
      assert.same({ "", 0 }, { select(2, here:run("resume n.st folder/v.npy")) })
      assert.equal(here:read("whole.st"), here:read("m.st"))
      assert.equal(here:read("whole.st"), here:read("n.st"))
    end
    here:refuses("resume m.st folder/v.npy --labels folder/" .. "v.txt --references folder/p.npy",
      triplet.load(here.folder .. "/m.st").facts.command:find("--labels", 1, true)
      and "--references: m.st was not trained with such a file" or "--labels: m.st was not trained with such a file", 2)
  end)

  it("tells programs what it found", function()
    train(OPTIONS .. "--model m.st")
    local output, complaint, code = here:run("resume m.st data.csv --steps 40 --json")
    assert.equal(0, code)
    assert.match("\ngoing on after step 30 of 40\n", complaint)
    local found = assert(dkjson.decode(output))
    assert.equal(40, found.steps_done)
    assert.equal("m.st", found.written.model)
    assert.equal(24, found.table.training_rows)
  end)

  describe("refuses", function()
    before_each(function()
      train(OPTIONS .. "--model m.st")
    end)

    for name, case in pairs {
      ["a file with more rows"] = { "more.csv", "it has 33 rows, where that had 30", program.flowers(11) },
      ["a file with fewer rows, in which a column does not vary"] = { "fewer.csv", "it has 29 rows, where that had 30",
        (program.flowers():gsub("\n[^\n]*\n$", "\n"):gsub(",%d+%f[\n]", ",5")) },
      ["a file with other numbers"] = { "other.csv", "some rows are others, or in another order",
        (program.flowers():gsub("2.10", "2.11")) },
      ["a file with other classes"] = { "other.csv", "its classes are others",
        (program.flowers():gsub(",z,", ",w,")) },
      ["a file with other columns"] = { "other.csv", "its columns are others",
        (program.flowers():gsub("noise", "b2")) },
      ["its rows in another order"] = { "other.csv", "some rows are others, or in another order",
        (program.flowers():gsub("(flower 0,[^\n]*\n)(.*)(flower 3,[^\n]*\n)", "%3%2%1")) },
    } do
      it(name, function()
        here:write(case[1], case[3])
        here:refuses("resume m.st " .. case[1], ("%s is not the table that m.st was trained on: %s"):format(case[1],
          case[2]), 1)
      end)
    end

    it("models that do not say how they were trained", function()
      program.shell(("cp '%s/tests/data/version-1.safetensors' '%s/old.st'"):format(program.root, here.folder))
      here:refuses("resume old.st data.csv", "old.st does not say how it was trained: it was saved by an earlier "
        .. "version, or not by triplet train", 1)
      local model = triplet.load(here.folder .. "/m.st")
      model.facts = { command = "triplet train x --label y --no-such-option" }
      model:save(here.folder .. "/odd.st")
      here:refuses("resume odd.st data.csv", "odd.st: what it says of how it was trained is no command line of this "
        .. "version: triplet train x --label y --no-such-option", 1)
    end)

    it("what makes no sense", function()
      here:refuses("resume m.st data.csv --steps 20", "--steps: expected at least the 30 that are done, got 20", 2)
      here:refuses("resume m.st data.csv --steps many",
        '--steps: expected an integer, got "many" (see triplet --help)', 2)
      here:refuses("resume m.st", "missing argument 'file' (see triplet --help)", 2)
      here:refuses("resume none.st data.csv", "none.st: No such file or directory", 1)
      here:refuses("resume data.csv m.st", "data.csv: not a safetensors file", 1)
      here:refuses("resume m.st none.csv", "none.csv: No such file or directory", 1)
      here:refuses("resume m.st data.csv --out m.st", "m.st: --out and --model name the same file", 2)
      here:refuses("resume m.st data.csv --model data.csv", "data.csv would be written over", 2)
      here:refuses("resume m.st data.csv --model n.st --out m.st", "m.st would be written over", 2)
      here:refuses("resume - data.csv < m.st", "--model: has to name the file to write where the model comes from "
        .. "standard input", 2)
      here:refuses("resume - - --model n.st < m.st", "standard input can be read only once (see triplet --help)", 2)
      here:refuses("resume m.st data.csv --checkpoint 0", "--checkpoint: expected an integer >= 1, got 0", 2)
      here:refuses("train data.csv --label kind --checkpoint 5",
        "--checkpoint: needs a file to write, named by --model", 2)
    end)
  end)
end)
