-- Runs the program as a user would, in a folder of its own, on files made here.

local build = os.getenv("TRIPLET_BUILD") or "build"

local function shell(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("a")
  local _, _, code = pipe:close()
  return output, code
end

local root = shell("pwd"):gsub("\n$", "")

describe("the command", function()
  local folder

  setup(function()
    folder = shell("mktemp -d"):gsub("\n$", "")
  end)

  teardown(function()
    os.execute("rm -rf '" .. folder .. "'")
  end)

  --- Standard output, standard error and exit code.
  local function triplet(arguments)
    local output, code = shell(("cd '%s' && '%s/%s/triplet' %s 2>stderr"):format(folder, root, build, arguments))
    local file = assert(io.open(folder .. "/stderr"))
    local complaint = file:read("a")
    file:close()
    return output, complaint, code
  end

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
  end

  local function read(name)
    local file = io.open(folder .. "/" .. name, "rb")
    local text = file and file:read("a")
    if file then
      file:close()
    end
    return text
  end

  local function exists(name)
    return read(name) ~= nil
  end

  --- Three classes along a line bent in the plane, ten rows each, and two columns that say nothing.
  local function flowers()
    local lines = { "name,a,b,kind,noise" }
    for i = 0, 29 do
      local class = i % 3
      lines[#lines + 1] = ("flower %d,%.2f,%.2f,%s,%d"):format(i, class + i % 7 / 20, class * class - i % 5 / 20,
        ({ "x", "y", "z" })[class + 1], i * 7 % 10)
    end
    return table.concat(lines, "\n") .. "\n"
  end

  before_each(function()
    write("data.csv", flowers())
  end)

  local TRAIN = "train data.csv --label kind --ignore name --steps 30 "

  describe("train", function()
    it("writes the embedding, the model and the picture, and prints what it reached", function()
      local output, complaint, code = triplet(TRAIN .. "--out e.csv --model m.safetensors --plot p.svg")
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("^data.csv: 30 rows, 3 columns, 3 classes; 24 rows to train on, 6 held out\n", output)
      for _, stage in ipairs { "raw features", "untrained encoder", "trained encoder" } do
        assert.match("\n  " .. stage .. " +%d%.%d%d%d +%d%.%d%d%d +%d%.%d%d%d\n", output)
      end
      assert.match("\nwrote e.csv\nwrote m.safetensors\nwrote p.svg\n$", output)
      assert.match("^<svg .*</svg>\n$", read("p.svg"))

      local rows, test = 0, 0
      for line in read("e.csv"):gmatch("[^\n]+") do
        if rows == 0 then
          assert.equal("row,label,part,e1,e2", line)
        else
          local row, label, part, x, y = line:match("^(%d+),(%a),(%a+),([^,]+),([^,]+)$")
          assert.equal(tostring(rows), row)
          assert.equal(({ "z", "x", "y" })[rows % 3 + 1], label)
          assert.truthy(tonumber(x) and tonumber(y))
          test = test + (part == "test" and 1 or 0)
        end
        rows = rows + 1
      end
      assert.equal(31, rows)
      assert.equal(6, test)
    end)

    it("learns", function()
      local output = triplet(TRAIN .. "--steps 300 --test-share 0.4")
      assert.match("trained encoder +1%.000 +1%.000 +1%.000", output)
    end)

    it("gives the same bytes for the same seed, with any number of threads, and others for another", function()
      local files = { "e.csv", "m.safetensors", "p.svg" }
      local function outputs(seed)
        triplet(TRAIN .. "--out e.csv --model m.safetensors --plot p.svg " .. seed)
        return { read(files[1]), read(files[2]), read(files[3]) }
      end
      local first = outputs("--seed 1")
      assert.same(first, outputs(""))
      assert.same(first, outputs("--threads 3"))
      local other = outputs("--seed 2")
      for i = 1, 3 do
        assert.not_equal(first[i], other[i])
      end
    end)

    it("is quiet when asked to be, and draws no progress where there is no terminal", function()
      local output, complaint = triplet(TRAIN .. "--quiet --out e.csv")
      assert.equal("", output .. complaint)
    end)

    it("keeps unseen classes out of training and judges them on their own", function()
      local output = triplet(TRAIN .. "--unseen z --out e.csv --plot p.svg")
      assert.match("16 rows to train on, 4 held out, 10 of unseen classes\n", output)
      assert.match("\n4 held%-out rows .*\n10 rows of unseen classes ", output)
      local _, unseen = read("e.csv"):gsub(",z,unseen,", "")
      assert.equal(10, unseen)
    end)

    it("trains on every row when none is held out", function()
      local output, complaint, code = triplet(TRAIN .. "--test-share 0")
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("30 rows to train on, 0 held out\n$", output)
    end)

    it("takes the options of the library", function()
      local _, complaint, code = triplet(TRAIN .. "--hidden 8,4 --dim 3 --mining all --margin 0.5 --distance squared "
        .. "--soft-margin --swap --normalize --optimizer sgd --learning-rate 0.01 --momentum 0.9 --classes-per-batch 2 "
        .. "--rows-per-class 4 --activation tanh --schedule cosine --warmup 5 --validation 0.2 --evaluate-every 10 "
        .. "--patience 2 --p inf --out e.csv --plot p.svg")
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("^row,label,part,e1,e2,e3\n", read("e.csv"))
      assert.match("principal components", read("p.svg"))
    end)

    it("trains a linear encoder", function()
      local _, complaint, code = triplet(TRAIN .. "--hidden none --out e.csv")
      assert.equal("", complaint)
      assert.equal(0, code)
    end)

    it("takes a negative number for the value of the option before it", function()
      triplet(TRAIN .. "--margin=-0.5 --out one.csv")
      assert.same({ "", 0 }, { select(2, triplet(TRAIN .. "--margin -0.5 --out two.csv")) })
      assert.equal(read("one.csv"), read("two.csv"))
    end)

    it("says when the embedding has collapsed, and what to try", function()
      -- Labels that the features do not tell: the hardest triplets pull everything into one point.
      local lines = { "a,b,c,kind" }
      for i = 1, 60 do
        lines[i + 1] = ("%d,%d,%d,%s"):format(i * 37 % 61, i * i % 61, i * i * i % 61, ({ "x", "y", "z" })[i % 3 + 1])
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      local function complaint(options)
        local _, text, code = triplet("train data.csv --label kind --steps 2000 " .. options)
        assert.equal(0, code)
        return text
      end
      assert.equal("triplet: the embedding has collapsed: all distances are near 0. Try a smaller --learning-rate, "
        .. "or --mining semihard or all.\n", complaint("--mining hard --learning-rate 0.05"))
      -- What it says to try helps.
      assert.equal("", complaint("--mining hard --learning-rate 0.0005"))
      assert.equal("", complaint("--mining semihard --learning-rate 0.05"))
      assert.equal("", complaint("--mining all --learning-rate 0.05"))
    end)

    it("says when training has diverged", function()
      local _, complaint, code = triplet(TRAIN .. "--learning-rate 1e30")
      assert.match("^triplet: training diverged at step %d+: try a smaller %-%-learning%-rate\n$", complaint)
      assert.equal(1, code)
    end)

    it("says which classes are too small to learn from", function()
      write("data.csv", flowers() .. "one,1,2,lonely,3\n")
      local _, complaint, code = triplet(TRAIN)
      assert.equal("triplet: 1 of 4 classes have a single training row and are not learned from\n", complaint)
      assert.equal(0, code)
    end)

    for name, case in pairs {
      ["a missing file"] = { "train nowhere.csv --label kind", "nowhere.csv: No such file or directory" },
      ["a directory"] = { "train . --label kind", ".: Is a directory" },
      ["an empty file"] = { "train empty.csv --label kind", "empty.csv is empty", files = { ["empty.csv"] = "" } },
      ["a column that is not numeric"] = { "train data.csv --label kind",
        'data.csv row 1, column "name": expected a number, got "flower 0" '
          .. "(list it in --ignore to leave the column out)" },
      ["a missing label column"] = { "train data.csv --label species",
        'data.csv has no column "species"; it has "name", "a", "b", "kind", "noise"' },
      ["ragged rows"] = { "train r.csv --label k", "r.csv row 2: expected 2 fields like the header, got 1",
        files = { ["r.csv"] = "a,k\n1,x\n2\n" } },
      ["a row without a class"] = { "train r.csv --label k", 'r.csv row 2, column "k": expected a class, got nothing',
        files = { ["r.csv"] = "a,k\n1,x\n2,\n" } },
      ["one class"] = { "train r.csv --label k",
        "r.csv: expected at least two classes with two or more training rows, got 1",
        files = { ["r.csv"] = "a,k\n1,x\n2,x\n3,x\n4,x\n" } },
      ["classes of one row"] = { "train r.csv --label k",
        "r.csv: expected at least two classes with two or more training rows, got 0",
        files = { ["r.csv"] = "a,k\n1,x\n2,y\n3,z\n" } },
      ["an unknown unseen class"] = { TRAIN .. "--unseen w", 'data.csv has no class "w" to leave unseen' },
      ["a directory as output"] = { TRAIN .. "--out ..", "cannot write ..: Is a directory" },
      ["an output in no folder"] = { TRAIN .. "--model none/m",
        "cannot write none/m.partial: No such file or directory" },
      ["a device as output"] = { TRAIN .. "--plot /dev/null", "cannot write /dev/null: it is not a plain file" },
      ["a link as output"] = { TRAIN .. "--out link", "cannot write link: it is not a plain file" },
      ["the input as output"] = { TRAIN .. "--out data.csv", "data.csv would be written over", code = 2 },
      ["the input by another name as output"] = { TRAIN .. "--out ./data.csv", "./data.csv would be written over",
        code = 2 },
      ["two outputs in one file"] = { TRAIN .. "--out x --plot x", "x would be written over", code = 2 },
      ["two outputs in one file of two names"] = { TRAIN .. "--out x --plot \"$PWD/x\"",
        "FOLDER/x would be written over", code = 2 },
      ["no command"] = { "", "a command is required (see triplet --help)", code = 2 },
      ["no label"] = { "train data.csv", "missing option '--label' (see triplet --help)", code = 2 },
      ["an unknown option"] = { TRAIN .. "--marginn 1",
        "unknown option '--marginn' Did you mean '--margin'? (see triplet --help)", code = 2 },
      ["text for a number"] = { TRAIN .. "--margin wide",
        '--margin: expected a number, got "wide" (see triplet --help)', code = 2 },
      ["a fraction for an integer"] = { TRAIN .. "--steps 1.5",
        '--steps: expected an integer, got "1.5" (see triplet --help)', code = 2 },
      ["a choice that is none"] = { TRAIN .. "--distance far", "argument for option '--distance' must be one of "
        .. "'minkowski', 'squared', 'cosine' (see triplet --help)", code = 2 },
      ["a number out of range"] = { TRAIN .. "--p 0.5", "--p: expected a number in [1, inf], got 0.5", code = 2 },
      ["a learning rate out of range"] = { TRAIN .. "--learning-rate=-1",
        "--learning-rate: expected a finite number >= 0, got -1", code = 2 },
      ["a negative number out of range"] = { TRAIN .. "--dim -1",
        "--dim: expected an integer in 1 .. 1000000000, got -1", code = 2 },
      ["more than memory holds"] = { TRAIN .. "--dim 1000000000", "not enough memory" },
      ["a test share out of range"] = { TRAIN .. "--test-share 2",
        "--test-share: expected a number in [0, 1], got 2", code = 2 },
      ["hidden layers that are none"] = { TRAIN .. "--hidden 8,x",
        '--hidden: expected widths like 32,16 or none, got "8,x" (see triplet --help)', code = 2 },
    } do
      it("refuses " .. name .. " and writes nothing", function()
        for file, text in pairs(case.files or {}) do
          write(file, text)
        end
        shell(("ln -sf elsewhere '%s/link' && touch '%s/elsewhere'"):format(folder, folder))
        local before = shell("ls '" .. folder .. "'")
        local output, complaint, code = triplet(case[1])
        assert.equal("triplet: " .. case[2] .. "\n", (complaint:gsub(folder, "FOLDER", 1, true)))
        assert.equal("", output)
        assert.equal(case.code or 1, code)
        assert.equal(before, shell("ls '" .. folder .. "'"))
      end)
    end

    it("leaves earlier files as they were when it is interrupted", function()
      write("e.csv", "earlier")
      local _, code = shell(("cd '%s' && timeout --foreground --preserve-status -s INT 3 '%s/%s/triplet' %s 2>stderr")
        :format(folder, root, build, TRAIN .. "--steps 1000000000 --out e.csv --quiet"))
      assert.equal(130, code)
      assert.equal("triplet: interrupted\n", read("stderr"))
      assert.equal("earlier", read("e.csv"))
      assert.is_false(exists("e.csv.partial"))
    end)
  end)

  describe("embed", function()
    local function coordinates(text)
      local list = {}
      for line in text:gmatch("\n([^\n]+)") do
        list[#list + 1] = line:match("[^,]+,[^,]+$")
      end
      return list
    end

    before_each(function()
      triplet(TRAIN .. "--quiet --out e.csv --model m.safetensors")
    end)

    it("prints the rows where no file is named", function()
      write("new.csv", "noise,b,a\n1,2,3\n")
      triplet("embed --model m.safetensors new.csv --out named.csv")
      local output, complaint, code = triplet("embed --model m.safetensors new.csv")
      assert.same({ read("named.csv"), "", 0 }, { output, complaint, code })
    end)

    it("gives what training gave, finding the columns by name", function()
      write("new.csv", (flowers():gsub("([^,\n]*),([^,\n]*),([^,\n]*),([^,\n]*),([^,\n]*)\n", "%5\t%4\t%3\t%2\n")))
      local output, complaint, code = triplet("embed --model m.safetensors new.csv --out new-e.csv --label kind")
      assert.equal("wrote new-e.csv: 30 rows in 2 dimensions\n", output)
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("^row,label,e1,e2\n1,x,", read("new-e.csv"))
      assert.same(coordinates(read("e.csv")), coordinates(read("new-e.csv")))
    end)

    it("needs no label", function()
      write("new.csv", "noise,b,a\n1,2,3\n")
      triplet("embed --model m.safetensors new.csv --out new-e.csv")
      assert.match("^row,e1,e2\n1,[^,]+,[^,\n]+\n$", read("new-e.csv"))
    end)

    for name, case in pairs {
      ["a missing column"] = { "new.csv", 'new.csv has no column "noise"; it has "a", "b"' },
      ["a model that is none"] = { "new.csv --model data.csv", "^data.csv: ", code = 1 },
      ["a missing model"] = { "new.csv --model none", "none: No such file or directory" },
      ["a directory as output"] = { "new.csv --out .", "cannot write .: Is a directory" },
    } do
      it("refuses " .. name, function()
        write("new.csv", "a,b\n1,2\n")
        local arguments = case[1]
        if not arguments:find("--model", 1, true) then
          arguments = arguments .. " --model m.safetensors"
        end
        if not arguments:find("--out", 1, true) then
          arguments = arguments .. " --out refused.csv"
        end
        local output, complaint, code = triplet("embed " .. arguments)
        if case[2]:sub(1, 1) == "^" then
          assert.match("^triplet: " .. case[2]:sub(2), complaint)
        else
          assert.equal("triplet: " .. case[2] .. "\n", complaint)
        end
        assert.equal("", output)
        assert.equal(1, code)
        assert.is_false(exists("refused.csv"))
      end)
    end
  end)

  it("says that argparse is missing", function()
    local output, code = shell(("LUA_INIT='package.preload.argparse = error' '%s/%s/triplet' --help 2>&1")
      :format(root, build))
    assert.equal("triplet: argparse is missing: install Debian's package lua-argparse, or the rock argparse\n", output)
    assert.equal(1, code)
  end)

  it("tells its version and its use", function()
    assert.match("^triplet %d+%.%d+%.%d+\n$", (triplet("--version")))
    assert.match("^Usage: triplet ", (triplet("--help")))
    local help = triplet("train --help")
    assert.match("%-%-margin <number>%s+How much farther", help)
    assert.match("%(default: %d", help)
    assert.match("%-%-model", (triplet("embed --help")))
  end)
end)
