-- Runs the program as a user would, in a folder of its own, on files made here.

local build = os.getenv("TRIPLET_BUILD") or "build"

local function shell(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  local _, _, code = pipe:close()
  return output, code
end

local library = require "triplet"
local root = shell("pwd"):gsub("\n$", "")

describe("the command", function()
  local folder

  setup(function()
    folder = shell("mktemp -d"):gsub("\n$", "")
  end)

  teardown(function()
    os.execute("rm -rf '" .. folder .. "'")
  end)

  --- Standard output, standard error and exit code. environment: variables to set.
  local function triplet(arguments, environment)
    local output, code = shell(("cd '%s' && %s '%s/%s/triplet' %s 2>stderr"):format(folder, environment or "", root,
      build, arguments))
    local file = assert(io.open(folder .. "/stderr"))
    local complaint = file:read("*a")
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
    local text = file and file:read("*a")
    if file then
      file:close()
    end
    return text
  end

  local function exists(name)
    return read(name) ~= nil
  end

  --- Three classes (or so many) along a line bent in the plane, ten rows each, and two columns that say nothing.
  local function flowers(classes)
    classes = classes or 3
    local lines = { "name,a,b,kind,noise" }
    for i = 0, 10 * classes - 1 do
      local class = i % classes
      lines[#lines + 1] = ("flower %d,%.2f,%.2f,%s,%d"):format(i, class + i % 7 / 20, class * class - i % 5 / 20,
        ({ "x", "y", "z", "v", "w" })[class + 1], i * 7 % 10)
    end
    return table.concat(lines, "\n") .. "\n"
  end

  --- The tables of figures that were printed: { heading = { stage = figures } }.
  local function tables(output)
    local found, heading, stages = {}, nil, nil
    for line in output:gmatch("[^\n]*\n") do
      if line:find(" searched among ", 1, true) then
        heading, stages = line:sub(1, -2), nil
        found[heading] = {}
      elseif heading and not stages then
        stages = {}
        for stage in line:gmatch("%a+ %a+") do
          stages[#stages + 1], found[heading][stage] = stage, {}
        end
      elseif line:find("^  %S") and heading then
        local column = 0
        for figure in line:gmatch("  (%d%.%d%d%d)%f[^%d]") do
          column = column + 1
          table.insert(found[heading][stages[column]], tonumber(figure))
        end
      else
        heading = nil
      end
    end
    return found
  end

  before_each(function()
    write("data.csv", flowers())
  end)

  local TRAIN = "train data.csv --label kind --ignore name --steps 30 --layers 128 --dim 2 "

  describe("train", function()
    it("writes the embedding, the model and the picture, and prints what it reached", function()
      local output, complaint, code = triplet(TRAIN .. "--out e.csv --model m.safetensors --plot p.svg")
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("^data.csv: 30 rows, 5 columns, 3 inputs, 3 classes; 24 rows to train on, 6 held out\n", output)
      for _, place in ipairs { "24 training rows", "themselves" } do
        local figures = tables(output)["6 held-out rows searched among " .. place]
        assert.equal(place == "themselves" and 5 or 6, #figures["raw features"])
        assert.equal(#figures["raw features"], #figures["untrained encoder"])
        assert.same({ 1, 1 }, { figures["trained encoder"][1], figures["trained encoder"][2] })
      end
      assert.match("\nwrote e.csv\nwrote m.safetensors\nwrote p.svg\n$", output)
      assert.match("^<svg .*</svg>\n$", read("p.svg"))

      local rows, test = 0, 0
      for line in read("e.csv"):gmatch("[^\n]+") do
        if rows == 0 then
          assert.equal("row,kind,part,e1,e2", line)
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
      for _, figures in pairs(tables(output)) do
        for _, figure in ipairs(figures["trained encoder"]) do
          assert.equal(1, figure)
        end
      end
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

    it("keeps unseen classes out of training and evaluates them on their own", function()
      write("data.csv", flowers(5))
      local output = triplet(TRAIN .. "--unseen z,v --out e.csv --plot p.svg")
      assert.match("24 rows to train on, 6 held out, 20 of unseen classes\n", output)
      local found = tables(output)
      assert.truthy(found["6 held-out rows searched among 24 training rows"])
      assert.truthy(found["6 held-out rows searched among themselves"])
      assert.equal(5, #found["20 rows of unseen classes searched among themselves"]["trained encoder"])
      local _, unseen = read("e.csv"):gsub(",[zv],unseen,", "")
      assert.equal(20, unseen)
    end)

    it("trains on every row when none is held out", function()
      local output, complaint, code = triplet(TRAIN .. "--test-share 0")
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.equal("data.csv: 30 rows, 5 columns, 3 inputs, 3 classes; 30 rows to train on, 0 held out\n", output)
    end)

    it("takes the options of the library", function()
      local _, complaint, code = triplet(TRAIN .. "--layers 8,4 --dim 3 --mining semihard --fallback farthest "
        .. "--margin 0.5 --convention torch --eps 0.001 --p inf --reduction sum --soft-margin --swap --normalize "
        .. "--no-standardize --optimizer sgd --learning-rate 0.01 --momentum 0.9 --nesterov --weight-decay 0.1 "
        .. "--classes-per-batch 2 --rows-per-class 4 --sampler epoch --activation tanh --schedule cosine --warmup 5 "
        .. "--validation 0.2 --evaluate-every 10 --patience 2 --out e.csv --model m.safetensors --plot p.svg")
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("^row,kind,part,e1,e2,e3\n", read("e.csv"))
      assert.match("principal components", read("p.svg"))
      local model = assert(library.load(folder .. "/m.safetensors"))
      local function options(list, get)
        local found = {}
        for name in list:gmatch("%S+") do
          found[#found + 1] = tostring(get(name))
        end
        return table.concat(found, " ")
      end
      assert.equal("semihard farthest 0.5 torch 0.001 inf sum true true true false 2 4 epoch tanh cosine 5 0.2 10 2",
        options("mining fallback margin convention eps p reduction soft_margin swap normalize standardize "
          .. "classes_per_batch rows_per_class sampler activation schedule warmup validation evaluate_every patience",
          function(name) return model:get(name) end))
      local optimizer = model:get("optimizer")
      assert.equal("sgd 0.01 0.9 true 0.1", options("name learning_rate momentum nesterov weight_decay", function(name)
        return optimizer[name]
      end))
      assert.same({ 8, 4, 3 }, model:get("layers"))
    end)

    it("takes every loss, which brings its distance", function()
      for loss, options in pairs {
        contrastive = { "--negative-margin 2 --positive-margin 0.1", distance = "minkowski", negative_margin = 2.0 },
        info_nce = { "--temperature 0.2", distance = "cosine", temperature = 0.2 },
        sup_con = { "--distance squared", distance = "squared", temperature = 0.1 },
        multi_similarity = { "--alpha 3 --beta 20 --base 0.4", distance = "cosine", beta = 20.0, base = 0.4 },
      } do
        local said, complaint, code = triplet(("%s--loss %s %s --steps 200 --model m.safetensors"):format(TRAIN, loss,
          options[1]))
        assert.same({ "", 0 }, { complaint, code })
        assert.match("\n  MAP@R +%d%.%d+ %([%d.]+ to [%d.]+%) ", said)
        local model = assert(library.load(folder .. "/m.safetensors"))
        assert.equal(loss, model:get("loss"))
        for name, value in pairs(options) do
          if name ~= 1 then
            assert.equal(value, model:get(name))
          end
        end
      end
    end)

    it("gives every option of learning to the library by a flag of its name", function()
      local help = triplet("train --help")
      -- Classes are numbered, files have finite numbers, and their recipe standardises them.
      local without = { ignore_label = true, nonfinite = true, standardize = true }
      local flags = { ["optimizer.name"] = "--optimizer", ["optimizer.eps"] = "--optimizer-eps" }
      for _, schema in ipairs { "trainer", "optimizer" } do
        for _, field in ipairs(library.schema(schema)) do
          if field.kind ~= "value" and not without[field.name] then
            local flag = flags[schema .. "." .. field.name] or "--" .. field.name:gsub("_", "-")
            assert.truthy(help:find("\n   " .. flag .. " ", 1, true), flag)
          end
        end
      end
    end)

    it("gives every option of tables to the library by a flag of its name", function()
      local help = triplet("train --help")
      for _, field in ipairs(library.schema("table")) do
        if field.name ~= "recipe" and field.name ~= "progress" then
          local flag = field.name == "standardize" and "--no-standardize" or "--" .. field.name:gsub("_", "-")
          assert.truthy(help:find("\n   " .. flag .. " ", 1, true), flag)
        end
      end
    end)

    it("takes columns as they are when told not to standardise", function()
      local wide = flowers():gsub("\n(flower %d+),([%d.]+),", function(name, a)
        return ("\n%s,%g,"):format(name, 64 * a) -- a power of two: standardised columns are the same to the bit
      end)
      local function embedding(text, flag)
        write("data.csv", text)
        assert.same({ "", 0 }, { select(2, triplet(TRAIN .. "--steps 5 --out e.csv " .. flag)) })
        return read("e.csv")
      end
      assert.equal(embedding(flowers(), ""), embedding(wide, ""))
      assert.not_equal(embedding(flowers(), "--no-standardize"), embedding(wide, "--no-standardize"))
      assert.not_equal(embedding(flowers(), ""), embedding(flowers(), "--no-standardize"))
    end)

    it("chooses the layers by the table, what is not given of them, and says so", function()
      local function run(options)
        local output, complaint, code = triplet("train data.csv --label kind --ignore name --steps 1 --model m "
          .. options)
        assert.same({ "", 0 }, { complaint, code })
        return assert(library.load(folder .. "/m")):get("layers"), output:match("held out[^\n]*\n(layers: [^\n]*)\n")
      end
      local suggested = library.suggest_layers(3, 3)
      local hidden, dim = suggested[1], suggested[2]
      local both = ("layers: %d, then %d dimensions (--layers, --dim)"):format(hidden, dim)
      assert.same({ suggested, both }, { run("") })
      local bytes = read("m")
      assert.same({ suggested, both }, { run("--layers auto --dim auto") })
      assert.equal(bytes, read("m"))
      assert.same({ { hidden, 1 }, ("layers: %d, then 1 dimension (--layers)"):format(hidden) }, { run("--dim 1") })
      assert.same({ { 8, 4, dim }, ("layers: 8, 4, then %d dimensions (--dim)"):format(dim) }, { run("--layers 8,4") })
      assert.same({ { dim }, ("layers: none, then %d dimensions (--dim)"):format(dim) }, { run("--layers none") })
      assert.same({ { 8, 2 } }, { run("--layers 8 --dim 2") })

      -- Classes that are not trained on do not count.
      local lines = { "name,a,b,kind" }
      for i = 0, 79 do
        lines[#lines + 1] = ("n,%d,%d,c%d"):format(i % 9, i * 7 % 11, i % 20)
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      assert.same(library.suggest_layers(2, 20), (run("")))
      assert.same(library.suggest_layers(2, 17), (run("--unseen c1,c5,c9")))
    end)

    it("trains a linear encoder", function()
      local _, complaint, code = triplet(TRAIN .. "--layers none --out e.csv")
      assert.equal("", complaint)
      assert.equal(0, code)
    end)

    it("takes more columns than Lua's stack holds", function()
      local names = {}
      for i = 1, 1200000 do
        names[i] = "c" .. i
      end
      local lines = { "kind," .. table.concat(names, ",") }
      for i = 1, 4 do
        lines[i + 1] = (i < 3 and "x" or "y") .. ("," .. i):rep(#names)
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      local output, complaint, code = triplet("train data.csv --label kind --layers none --dim 2 --steps 1 "
        .. "--test-share 0")
      assert.equal("data.csv: 4 rows, 1200001 columns, 1200000 inputs, 2 classes; 4 rows to train on, 0 held out\n",
        output)
      assert.same({ "", 0 }, { complaint, code })
    end)

    it("takes a negative number for the value of the option before it", function()
      triplet(TRAIN .. "--margin=-0.5 --out one.csv")
      assert.same({ "", 0 }, { select(2, triplet(TRAIN .. "--margin -0.5 --out two.csv")) })
      assert.equal(read("one.csv"), read("two.csv"))
    end)

    it("says when training has collapsed, and what cures it", function()
      -- Labels that the features do not tell: the hardest triplets pull everything into one point.
      local lines = { "a,b,c,kind" }
      for i = 1, 60 do
        lines[i + 1] = ("%d,%d,%d,%s"):format(i * 37 % 61, i * i % 61, i * i * i % 61, ({ "x", "y", "z" })[i % 3 + 1])
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      local function complaint(options)
        local _, text, code = triplet("train data.csv --label kind --layers 128 --dim 2 --steps 2000 " .. options)
        assert.equal(0, code)
        return text
      end
      for _, case in ipairs {
        { "--mining hard --learning-rate 0.05", "--mining semihard or all",
          "--mining semihard --learning-rate 0.05", "--mining all --learning-rate 0.05" },
        { "--negatives hard --learning-rate 0.1", "--negatives semihard or all",
          "--negatives semihard --learning-rate 0.1", "--negatives all --learning-rate 0.1" },
        { "--loss contrastive --learning-rate 3", "a smaller --learning-rate",
          "--loss contrastive --learning-rate 0.05" },
      } do
        assert.equal("triplet: training has collapsed: all distances of its last batches are near 0. Train again with "
          .. case[2] .. ".\n", complaint(case[1]))
        for i = 3, #case do
          assert.equal("", complaint(case[i]))
        end
      end
    end)

    it("says when training has diverged", function()
      local _, complaint, code = triplet(TRAIN .. "--learning-rate 1e30")
      assert.match("^triplet: training diverged at step %d+: try a smaller %-%-learning%-rate\n$", complaint)
      assert.equal(1, code)
    end)

    it("says which classes have a single row", function()
      local text = "triplet: 1 of 4 classes has a single training row, which can only be a negative\n"
      write("data.csv", flowers() .. "one,1,2,lonely,3\n")
      assert.same({ text, 0 }, { select(2, triplet(TRAIN)) })
      -- One class to learn, and classes of one row to tell it from.
      text = "triplet: 2 of 3 classes have a single training row, which can only be a negative\n"
      write("data.csv", "a,kind,name\n1,x,\n2,x,\n3,x,\n4,x,\n9,y,\n-9,z,\n")
      assert.same({ text, 0 }, { select(2, triplet(TRAIN)) })
    end)

    for name, case in pairs {
      ["a missing file"] = { "train nowhere.csv --label kind", "nowhere.csv: No such file or directory" },
      ["a directory"] = { "train . --label kind", ".: Is a directory" },
      ["an empty file"] = { "train empty.csv --label kind", "empty.csv: it is empty", files = { ["empty.csv"] = "" } },
      ["a missing label column"] = { "train data.csv --label species",
        'data.csv: --label: there is no column "species" among name, a, b, kind, noise' },
      ["a label in other letters"] = { "train data.csv --label Kind",
        'data.csv: --label: there is no column "Kind" among name, a, b, kind, noise: did you mean kind?' },
      ["ragged rows"] = { "train r.csv --label k", "r.csv: row 2: 1 cell, where the first line has 2",
        files = { ["r.csv"] = "a,k\n1,x\n2\n" } },
      ["what is not UTF-8"] = { "train r.csv --label k", "r.csv: row 2, column k: not UTF-8; --encoding latin1 reads "
        .. "Latin-1", files = { ["r.csv"] = "a,k\n1,x\n2,\233\n" } },
      ["a table with all that is wrong in one line"] = { "train r.csv --label k --ignore b --keep c,a",
        'r.csv: --keep: there is no column "c" among a, k; --ignore: there is no column "b" among a, k; '
          .. "row 2: 3 cells, where the first line has 2", files = { ["r.csv"] = "a,k\n1,x\n2,x,y\n" } },
      ["missing cells where they are an error"] = { "train r.csv --label k --missing error",
        "r.csv: column a: 1 of 3 cells are empty; --missing mean fills them",
        files = { ["r.csv"] = "a,k\n1,x\n,y\n2,x\n" } },
      ["a table of which nothing can be learned"] = { "train r.csv --label k",
        "r.csv: no column is left to learn from; left out: a (the same in every row; --keep a)",
        files = { ["r.csv"] = "a,k\n1,x\n1,y\n" } },
      ["comments that are not known to be some"] = { "train r.csv --label k",
        'r.csv: --label: there is no column "k" among #, my, cats; most rows have 1 cell, where the first line has 3: '
          .. "is it a title, or are cells not separated by blanks?; --comment '#' passes over lines that begin so",
        files = { ["r.csv"] = "# my cats\na,k\n1,x\n2,x\n3,y\n" } },
      ["a column that is to be kept and left out"] = { "train r.csv --label k --keep a --ignore a",
        "r.csv: --ignore: column a is to be kept", files = { ["r.csv"] = "a,k\n1,x\n2,y\n" } },
      ["an empty text for comments"] = { TRAIN .. "--comment ''",
        '--comment: expected a text that comments begin with, got ""', code = 2 },
      ["one class"] = { "train r.csv --label k",
        "r.csv: expected at least two classes to train on, got 1",
        files = { ["r.csv"] = "a,k\n1,x\n2,x\n3,x\n4,x\n" } },
      ["classes of one row"] = { "train r.csv --label k",
        "r.csv: expected a class with two or more rows to train on, got 3 classes of one row",
        files = { ["r.csv"] = "a,k\n1,x\n2,y\n3,z\n" } },
      ["an unknown unseen class"] = { TRAIN .. "--unseen w", 'data.csv has no class "w" to leave unseen' },
      ["a directory as output"] = { TRAIN .. "--out ..", "cannot write ..: Is a directory" },
      ["an output in no folder"] = { TRAIN .. "--model none/m",
        "cannot write none/m: No such file or directory" },
      ["a device as output"] = { TRAIN .. "--plot /dev/null",
        "cannot write /dev/null: Not a regular file (- is standard "
        .. "output, which may go anywhere)" },
      ["a link into no folder as output"] = { TRAIN .. "--out lost", "cannot write lost: No such file or directory" },
      ["the input by a link as output"] = { TRAIN .. "--plot link", "link would be written over", code = 2 },
      ["the input by another link as output"] = { TRAIN .. "--model hard", "hard would be written over", code = 2 },
      ["the input as output"] = { TRAIN .. "--out data.csv", "data.csv would be written over", code = 2 },
      ["the input by another name as output"] = { TRAIN .. "--out ./data.csv", "./data.csv would be written over",
        code = 2 },
      ["two outputs in one file"] = { TRAIN .. "--out x --plot x", "x: --out and --plot name the same file", code = 2 },
      ["two outputs in one file of two names"] = { TRAIN .. "--out x --plot \"$PWD/x\"",
        "FOLDER/x: --out and --plot name the same file", code = 2 },
      ["one output by a link to nothing as another"] = { TRAIN .. "--out dangling --plot elsewhere",
        "elsewhere: --out and --plot name the same file", code = 2 },
      ["two outputs to standard output"] = { TRAIN .. "--out - --plot -",
        "standard output: --out and --plot name the same file",
        code = 2 },
      ["what standard output goes to as output"] = { TRAIN .. "--out said >said", "said would be written over",
        code = 2, files = { said = "" } },
      ["standard input as output"] = { TRAIN:gsub("data.csv", "-") .. "--out data.csv <data.csv",
        "data.csv would be written over", code = 2 },
      ["hexadecimal for a number"] = { TRAIN .. "--steps 0x10000000000000001",
        '--steps: expected an integer, got "0x10000000000000001" (see triplet --help)', code = 2 },
      ["hexadecimal for a width"] = { TRAIN .. "--layers 0x10",
        '--layers: expected widths like 32,16, none or auto, got "0x10" (see triplet --help)', code = 2 },
      ["a batch of one class"] = { TRAIN .. "--classes-per-batch 1",
        "--classes-per-batch: expected an integer in 2 .. 1000000000, got 1", code = 2 },
      ["a model as table"] = { "train model --label kind", "model: --tensor: expected the name of one, for "
        .. "none has two dimensions: there is none at all",
        files = { model = "\64" .. ("\0"):rep(7) .. '{"__metadata__":{}}' .. (" "):rep(45) } },
      ["no command"] = { "", "a command is required (see triplet --help)", code = 2 },
      ["no label"] = { "train data.csv", "missing option '--label' (see triplet --help)", code = 2 },
      ["an unknown option"] = { TRAIN .. "--marginn 1",
        "unknown option '--marginn' Did you mean '--margin'? (see triplet --help)", code = 2 },
      ["text for a number"] = { TRAIN .. "--margin wide",
        '--margin: expected a number, got "wide" (see triplet --help)', code = 2 },
      ["text for a number that may be auto"] = { TRAIN .. "--dim wide",
        '--dim: expected an integer or auto, got "wide" (see triplet --help)', code = 2 },
      ["a fraction for an integer"] = { TRAIN .. "--steps 1.5",
        '--steps: expected an integer, got "1.5" (see triplet --help)', code = 2 },
      ["a choice that is none"] = { TRAIN .. "--distance far", "argument for option '--distance' must be one of "
        .. "'minkowski', 'squared', 'cosine', 'dot' (see triplet --help)", code = 2 },
      ["a number out of range"] = { TRAIN .. "--p 0.5", "--p: expected a number in [1, inf], got 0.5", code = 2 },
      ["a learning rate out of range"] = { TRAIN .. "--learning-rate=-1",
        "--learning-rate: expected a finite number >= 0, got -1", code = 2 },
      ["a negative number out of range"] = { TRAIN .. "--dim -1",
        "--dim: expected an integer in 1 .. 2147483647, got -1", code = 2 },
      ["more than memory holds"] = { TRAIN .. "--dim 1000000000", "not enough memory" },
      ["a test share out of range"] = { TRAIN .. "--test-share 2",
        "--test-share: expected a number in [0, 1], got 2", code = 2 },
      ["a momentum of an optimizer without"] = { TRAIN .. "--momentum 0.5",
        "--momentum: belongs to --optimizer sgd, got --optimizer adam", code = 2 },
      ["a decay that sgd has not"] = { TRAIN .. "--b1 0.5 --optimizer sgd",
        "--b1: belongs to --optimizer adam or adamw, got --optimizer sgd", code = 2 },
      ["an eps of the optimizer that sgd has not"] = { TRAIN .. "--optimizer sgd --optimizer-eps 0.1",
        "--optimizer-eps: belongs to --optimizer adam or adamw, got --optimizer sgd", code = 2 },
      ["an eps without a convention that has one"] = { TRAIN .. "--eps 0.1",
        "--eps: belongs to --convention torch or optax, got --convention exact", code = 2 },
      ["a power without a distance that has one"] = { TRAIN .. "--distance cosine --p 1",
        "--p: belongs to --distance minkowski, got --distance cosine", code = 2 },
      ["a fallback of a mining without"] = { TRAIN .. "--fallback farthest --mining hard",
        "--fallback: belongs to --mining semihard or easy_positive, got --mining hard", code = 2 },
      ["a margin of a loss without"] = { TRAIN .. "--loss info_nce --margin 0.5",
        "--margin: belongs to --loss triplet, got --loss info_nce", code = 2 },
      ["a temperature of a loss without"] = { TRAIN .. "--temperature 0.5",
        "--temperature: belongs to --loss info_nce or sup_con, got --loss triplet", code = 2 },
      ["a temperature out of range"] = { TRAIN .. "--loss info_nce --temperature 0",
        "--temperature: expected a finite number > 0, got 0", code = 2 },
      ["a cutoff of a mining without"] = { TRAIN .. "--cutoff 0.6",
        "--cutoff: belongs to --mining distance_weighted, got --mining all", code = 2 },
      ["a patience without validation"] = { TRAIN .. "--patience 2",
        "--patience: belongs to --validation > 0, got 0", code = 2 },
      ["an activation without hidden layers"] = { TRAIN .. "--layers none --activation tanh",
        "--activation: belongs to hidden layers, got --layers none", code = 2 },
      ["hidden layers that are none"] = { TRAIN .. "--layers 8,x",
        '--layers: expected widths like 32,16, none or auto, got "8,x" (see triplet --help)', code = 2 },
    } do
      it("refuses " .. name .. " and writes nothing", function()
        for file, text in pairs(case.files or {}) do
          write(file, text)
        end
        shell(("cd '%s' && ln -sf data.csv link && ln -f data.csv hard && ln -sf elsewhere dangling && "
          .. "ln -sf none/x lost"):format(folder))
        local before = shell("ls -A '" .. folder .. "'")
        local output, complaint, code = triplet(case[1])
        assert.equal("triplet: " .. case[2] .. "\n", (complaint:gsub(folder, "FOLDER", 1, true)))
        assert.equal("", output)
        assert.equal(case.code or 1, code)
        assert.equal(before, shell("ls -A '" .. folder .. "'"))
        assert.equal(flowers(), read("data.csv"))
      end)
    end

    it("counts in plain words", function()
      write("thin.csv", "x,k\n1,a\n2,a\n5,b\n6,b\n")
      local output = triplet("train thin.csv --label k --dim 1 --layers none --steps 1 --model thin")
      assert.matches("^thin.csv: 4 rows, 2 columns, 1 input, 2 classes; 4 rows to train on, 0 held out\n", output)
      write("one.csv", "x,y\n3,1\n")
      assert.equal("wrote e1.csv: 1 row in 1 dimension\n", (triplet("embed one.csv --model thin --out e1.csv")))
    end)

    it("says that a held-out row is out of all bounds", function()
      triplet(TRAIN .. "--out e.csv")
      local row, lines = tonumber(read("e.csv"):match("\n(%d+),%a,test")), {}
      for line in flowers():gmatch("[^\n]+") do
        lines[#lines + 1] = #lines == row and line:gsub(",.-,.-,", ",3e38,-3e38,", 1) or line
      end
      write("data.csv", table.concat(lines, "\n"))
      local _, complaint, code = triplet(TRAIN)
      assert.same({ ("triplet: row %d, column a: the number is too far from the others for float32\n")
        :format(row), 1 }, { complaint, code })
    end)
  end)

  describe("a table", function()
    --- Passengers, as people write them down: an index without a name, an id, texts that are categories, others that
    --- are not, a column that never varies and one that repeats the label, and cells that are empty.
    local function passengers()
      local lines = { ",ticket_id,name,sex,age,fare,ship,alive,survived" }
      for i = 0, 79 do
        local alive = i % 3 == 0
        lines[#lines + 1] = ("%d,T%d,Passenger %d,%s,%s,%.2f,Titanic,%s,%d"):format(i, i * 7, i,
          (i % 5 == 0) == alive and "male" or "female", i % 9 == 0 and "" or 20 + i * i % 41, 7 + i % 11 * 1.5,
          alive and "yes" or "no", alive and 1 or 0)
      end
      return table.concat(lines, "\n") .. "\n"
    end

    --- Output, and what is told in it of the table: the lines after the first, up to an empty one.
    local function train(arguments)
      local output, complaint, code = triplet("train data.csv --layers 128 --dim 2 --steps 20 " .. arguments)
      assert.equal(0, code, complaint)
      local notes = {}
      for line in output:match("^[^\n]*\n(.-)\n\n"):gmatch("[^\n]+") do
        notes[#notes + 1] = line
      end
      return notes, complaint, output
    end

    it("is read as it is, and each decision is told once", function()
      write("data.csv", passengers())
      local notes, complaint, output = train("--label survived")
      assert.match("^data.csv: 80 rows, 9 columns, 6 inputs, 2 classes; 64 rows to train on, 16 held out\n", output)
      assert.equal("triplet: alive gives survived away: each of its values goes with one class (--ignore alive)\n",
        complaint)
      assert.match("\nIn short, the nearest row is of the same class for [^\n]*\n"
        .. "But alive gives survived away: each of its values goes with one class %(%-%-ignore alive%).\n", output)
      local all = "\n" .. table.concat(notes, "\n") .. "\n"
      for _, note in ipairs {
        "left out: column_1 (whole numbers in order; --keep column_1)",
        "left out: ship (the same in every row; --keep ship)",
        "age: 9 of 80 empty, filled with the mean (--missing drop)", "sex: 2 values, 2 columns (--ignore sex)",
      } do
        local _, count = all:gsub("\n" .. note:gsub("%p", "%%%0"), "")
        assert.equal(1, count, note)
      end
      for _, column in ipairs { "ticket_id", "name" } do
        assert.match(("\nleft out: [^\n]*%s[^\n]* %%(.*; %%-%%-keep [^\n]*%s[^\n]*%%)\n"):format(column, column), all)
      end
    end)

    it("is read otherwise by the options that are told", function()
      write("data.csv", passengers())
      local notes, complaint = train("--label survived")
      local tried = 0
      for _, note in ipairs { complaint:match("[^\n]+"), table.unpack(notes) } do
        local option = note:match("(%-%-%a.*)%)$")
        local again, warning = train("--label survived " .. option)
        for _, other in ipairs { warning, table.unpack(again) } do
          assert.not_equal(note, other)
        end
        tried = tried + 1
      end
      assert.is_true(tried >= 6)
    end)

    it("is described by a dry run, which writes nothing", function()
      write("data.csv", passengers())
      local before = shell("ls -A '" .. folder .. "'")
      local output, complaint, code = triplet("train data.csv --label last --dry-run --out no.csv --model no.m")
      assert.equal("triplet: alive gives survived away: each of its values goes with one class (--ignore alive)\n",
        complaint)
      assert.equal(0, code)
      assert.equal(before, shell("ls -A '" .. folder .. "'"))
      assert.match("^data.csv: 80 rows, 9 columns, 6 inputs\n", output)
      for _, line in ipairs {
        "  column_1   number    left out", "  sex        category  input     2 values: female, male",
        "  age        number    input     9 empty", "  survived   category  label",
        "2 classes of survived: 0 (53 rows), 1 (27 rows)", "age: 9 of 80 empty, filled with the mean (--missing drop)",
      } do
        assert.truthy(output:find("\n" .. line .. "\n", 1, true), line)
      end
      assert.equal(0, #shell(("cd '%s' && ls -A | grep no[.]"):format(folder)))
    end)

    it("is described even where it cannot be learned from, with long values and many classes in part", function()
      local lines = { "x,text,k" }
      for i = 1, 12 do
        lines[i + 1] = ("%d,%s,c%d"):format(i * i, i % 2 == 0 and ("é"):rep(50) or "b", i)
      end
      write("data.csv", table.concat(lines, "\n"))
      local output, complaint, code = triplet("train data.csv --label k --dry-run")
      assert.same({ "", 0 }, { complaint, code })
      assert.truthy(output:find("2 values: b, " .. ("é"):rep(30) .. "...\n", 1, true))
      assert.truthy(output:find("\n12 classes of k: c1 (1 row), c10 (1 row), c11 (1 row), c12 (1 row), c2 (1 row), "
        .. "c3 (1 row), c4 (1 row), c5 (1 row) and 4 more\n", 1, true))
    end)

    it("is described in part where it is wide", function()
      local names, cells = {}, {}
      for i = 1, 300 do
        names[i], cells[i] = "c" .. i, i
      end
      names, cells = table.concat(names, ","), table.concat(cells, ",")
      write("data.csv", ("%s,k\n%s,a\n9%s,b\n"):format(names, cells, cells:gsub(",", ",9")))
      local output = triplet("train data.csv --label k --dry-run")
      assert.truthy(output:find("\n  c200    number    input\n  and 101 more\n2 classes of k: a (1 row), ", 1, true))
    end)

    it("may have no header, a decimal comma, Latin-1, comments and cells of its own that are missing", function()
      local lines = { "! made by hand" }
      for i = 1, 30 do
        lines[i + 1] = ("%d,%d;%s;%s"):format(i % 7, i % 10, i % 10 == 0 and "-9" or i * i % 13,
          i % 2 == 0 and "gr\252n" or "rot")
      end
      write("data.csv", table.concat(lines, "\r\n") .. "\r\n")
      local notes = train("--label last --encoding latin1 --comment '!' --missing-texts -9,x --out e.csv --model m")
      assert.same({ "cells are separated by semicolons; commas are decimal (--separator)",
        "no header: the columns are called 1 to 3 (--header true)",
        "2: 3 of 30 empty, filled with the mean (--missing drop)" }, notes)
      assert.match("\n2,grün,", read("e.csv"))

      -- The model's recipe says that there is no header.
      write("new.csv", "1,5;3;blau\n2,5;-9;rot\n")
      local output, complaint, code = triplet("embed new.csv --model m --missing-texts -9 --label 3")
      assert.equal(0, code)
      assert.match("^cells [^\n]*\n2: 1 of 2 empty, filled with the mean\n$", complaint)
      assert.match("^row,3,e1,e2\n1,blau,[^\n]+\n2,rot,[^\n]+\n$", output)
    end)

    it("loses rows without a class, or an empty cell where that is asked for; others keep their numbers", function()
      local lines = { "x,y,k" }
      for i = 1, 24 do
        lines[i + 1] = ("%d,%s,%s"):format(i * i % 7, i % 5 == 0 and "" or i % 4, i % 6 == 0 and "" or i % 2)
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      local function numbers(arguments)
        local notes = train("--label k --out e.csv " .. arguments)
        local list = {}
        for number in read("e.csv"):gmatch("\n(%d+),") do
          list[#list + 1] = number
        end
        return table.concat(list, " "), notes
      end
      local kept, notes = numbers("")
      assert.equal("1 2 3 4 5 7 8 9 10 11 13 14 15 16 17 19 20 21 22 23", kept)
      assert.match("^4 of 24 rows are left out", notes[1])
      kept = numbers("--missing drop")
      assert.equal("1 2 3 4 7 8 9 11 13 14 16 17 19 21 22 23", kept)
    end)

    it("has names with commas, blanks and quotes in its options", function()
      local lines = { '"Price, USD",the weight,it\'s,k' }
      for i = 1, 30 do
        lines[i + 1] = ("%d,3,x,%d"):format(i, i % 2)
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      local output = triplet("train data.csv --label k --dry-run --keep 'the weight'")
      assert.match("\nleft out: Price, USD %(whole numbers in order; %-%-keep%)\n", output)
      output = triplet([[train data.csv --label k --dry-run --keep 'the weight' --keep '"Price, USD"']])
      assert.match("\n  Price, USD  number    input\n", output)
      assert.match("\nleft out: it's %(the same in every row; %-%-keep 'it'\\''s'%)\n", output)
    end)

    it("has what begins with a dash in its options, and no line ends", function()
      local lines = { '-x,"two\nlines",y,k' }
      for i = 1, 60 do
        lines[i + 1] = ("%s,%s,%s,%d"):format(i % 3 == 0 and "p" or "q", i % 3, i % 2 == 0 and "--" or i / 7, i % 2)
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      local output = triplet("train data.csv --label k --dry-run --categories 'two\nlines'")
      assert.match("\n%-x: 2 values, 2 columns %(%-%-ignore=%-x%)\n", output)
      assert.match("\ntwo lines: 3 values, 3 columns %(%-%-ignore%)\n", output)
      assert.match('\ny: 31 values, 31 columns %(numbers, but also "%-%-"; %-%-missing%-texts=%-%-%)\n$', output)
      output = triplet("train data.csv --label k --dry-run --ignore=-x --missing-texts=--")
      assert.match("\n  %-x +category  left out\n.*\n  y +number +input +30 empty\n", output)
    end)
  end)

  describe("train's figures", function()
    --- Rows of some classes, each in a place of its own.
    local function clusters(classes, rows)
      local lines = { "a,b,kind" }
      for class = 1, classes do
        for row = 1, rows do
          lines[#lines + 1] = ("%d.%d,%d.%d,c%d"):format(class % 71 * 3, row % 10,
            math.floor(class / 71) * 3, row * 7 % 10, class)
        end
      end
      return table.concat(lines, "\n") .. "\n"
    end

    local function train(options, text)
      write("data.csv", text)
      local output, complaint, code = triplet("train data.csv --label kind --layers 128 --dim 2 --steps 20 " .. options)
      assert.same({ "", 0 }, { complaint, code })
      assert.is_nil(output:find("nan", 1, true))
      return output, tables(output)
    end

    it("evaluate each held-out row among the training rows, also where no other of its class is held out", function()
      local output, found = train("", clusters(3, 7))
      assert.equal(1, found["3 held-out rows searched among 18 training rows"]["raw features"][1])
      assert.match("\n3 held%-out rows cannot be evaluated among themselves: none has another of its class there\n\n"
        .. "In short, the nearest row is of the same class for 100%.0 %% of held%-out rows "
        .. "%(raw features: 100%.0 %%%)%.\n$",
        output)
      assert.is_nil(output:find("0.000", 1, true))
    end)

    it("are of thousands of small classes", function()
      local output, found = train("--layers none", clusters(5000, 4))
      assert.equal(1, found["5000 held-out rows searched among 15000 training rows"]["raw features"][1])
      assert.match("\n5000 held%-out rows cannot be evaluated among themselves: ", output)
    end)

    it("are of whole classes where no class has more than two rows, and where asked for", function()
      local output, found = train("--plot p.svg", clusters(60, 2))
      assert.match(", 24 held out\nno class has more than two rows: whole classes are held out\n", output)
      assert.equal(5, #found["24 rows of held-out classes searched among themselves"]["trained encoder"])
      assert.is_nil(output:find("training rows", 1, true))
      assert.match("nearest row of the same class: %d+%.%d %% of rows of held%-out classes %(raw features: ",
        read("p.svg"))

      output, found = train("--hold-out classes", clusters(10, 5))
      assert.match("40 rows to train on, 10 held out\n\n", output)
      assert.truthy(found["10 rows of held-out classes searched among themselves"])
    end)

    it("leave rows out that have no other of their class, and say how many", function()
      -- Of a class of 12 two rows are held out, of one of 7 one.
      local _, found = train("", clusters(2, 12) .. "90,90,x\n91,90,x\n90,91,x\n91,91,x\n90,92,x\n92,90,x\n92,91,x\n")
      assert.truthy(found["5 held-out rows searched among 26 training rows"])
      assert.truthy(found["5 held-out rows searched among themselves, but for 1 without another of their class there"])
    end)

    it("are of a sample where there are more rows than can be asked", function()
      local _, found = train("--layers none --test-share 1 --steps 1", clusters(2600, 6))
      assert.truthy(found["10000 held-out rows, drawn from 10400, searched among 5200 training rows"])
      assert.truthy(found["10000 held-out rows, drawn from 10400, searched among themselves"])
    end)

    it("are absent where one class is searched among itself", function()
      local output, found = train("--unseen c3 --plot p.svg --test-share 0", clusters(3, 7))
      assert.match("\n7 rows of unseen classes cannot be evaluated among themselves: all are of one class\n", output)
      assert.is_nil(next(found))
      assert.is_nil(read("p.svg"):find("precision", 1, true))
    end)

    it("are absent where nothing is held out, and say why", function()
      local nothing = "data.csv: %d rows, 3 columns, 2 inputs, %d classes; %d rows to train on, 0 held out\n%s\n"
      local no_row = "nothing is held out: --test-share %g comes to no row beyond the two of each class that stay"
      assert.equal(nothing:format(120, 60, 120, no_row:format(0.2)), (train("--hold-out rows", clusters(60, 2))))
      assert.equal(nothing:format(6, 3, 6, no_row:format(0.2)), (train("", clusters(3, 2))))
      assert.equal(nothing:format(12, 3, 12, no_row:format(0.1)), (train("--test-share 0.1", clusters(3, 4))))
      local few = "nothing is held out: there are fewer than four classes of two rows or more"
      assert.equal(nothing:format(21, 3, 21, few), (train("--hold-out classes", clusters(3, 7))))
    end)

    it("are of no trained encoder where nothing was trained", function()
      local output, found = train("--steps 0", clusters(3, 7))
      local stages = found["3 held-out rows searched among 18 training rows"]
      assert.truthy(stages["untrained encoder"])
      assert.is_nil(stages["trained encoder"])
      assert.is_nil(output:find("The trained", 1, true))
    end)

    it("leave two rows of each class to train on, however much is held out", function()
      local _, found = train("--test-share 1", clusters(3, 7))
      assert.truthy(found["15 held-out rows searched among 6 training rows"])
      assert.truthy(found["15 held-out rows searched among themselves"])
    end)

    it("say when training made it worse, and only then", function()
      local worse = "\nThe trained encoder finds neighbours of %s less well than the raw features do. Try %s.\n"
      local settings = "other settings of --dim, --margin or --mining, or search by the raw features"
      -- Ten classes on a sphere of ten dimensions do not fit on a line.
      local lines = { "a,b,c,d,e,f,g,h,i,j,kind" }
      for row = 1, 200 do
        local cells = {}
        for column = 1, 10 do
          cells[column] = (column == row % 10 + 1 and 9 or 0) + row * column * 7 % 13 / 10
        end
        lines[#lines + 1] = table.concat(cells, ",") .. ",c" .. row % 10
      end
      local text = table.concat(lines, "\n") .. "\n"
      local output, found = train("--dim 1 --steps 1", text)
      assert.truthy(output:find(worse:format("held-out rows", settings), 1, true))
      assert.match("\nIn short, the nearest row is of the same class for %d%d%.%d %% of held%-out rows "
        .. "%(raw features: 100%.0 %%%)%.\n", output)
      local figures = found["40 held-out rows searched among 160 training rows"]
      assert.is_true(figures["trained encoder"][1] < figures["raw features"][1])
      local aside = "--dim 1 --steps 1 --hold-out classes --test-share 0.5"
      assert.truthy(train(aside, text):find(worse:format("rows of held-out classes",
        "a larger --dim, with --layers none"), 1, true))
      assert.truthy(train(aside .. " --layers none", text):find(worse:format("rows of held-out classes", settings), 1,
        true))
      output, found = train("--dim 8 --steps 300", text)
      assert.equal(1, found["40 held-out rows searched among 160 training rows"]["trained encoder"][1])
      assert.is_nil(output:find(worse, 1, true))
    end)
  end)

  describe("an interruption", function()
    local ALL = "--out e.csv --model m.safetensors --plot p.svg "
    local FILES = { "e.csv", "m.safetensors", "p.svg" }
    local ANNOUNCED = "triplet: interrupted: writing what was learned; a second Ctrl-C ends at once\n"
    local ON = "; go on by: triplet resume m.safetensors data.csv --out e.csv --plot p.svg\n"

    --- Interrupts a call of the program, the so-manieth, with so many signals: see interrupting.lua.
    local function interrupted(arguments, call, signals)
      return triplet(arguments, ("LUA_INIT='@%s/tests/lua/interrupting.lua' INTERRUPT='%s %d'"):format(root, call,
        signals or 1))
    end

    local function contents()
      local found = {}
      for i, name in ipairs(FILES) do
        found[i] = read(name) or false
      end
      return found
    end

    before_each(function()
      for _, name in ipairs(FILES) do
        write(name, "earlier " .. name)
      end
    end)

    for stage, call in pairs { reading = "read 1", ["the first step"] = "step 1" } do
      it("of " .. stage .. " leaves earlier files as they were", function()
        local earlier = contents()
        local _, complaint, code = interrupted(TRAIN .. ALL, call)
        assert.same({ "triplet: interrupted: nothing was learned yet\n", 130 }, { complaint, code })
        assert.same(earlier, contents())
        assert.equal("", shell("ls -A '" .. folder .. "' | grep '^.triplet'"))
      end)
    end

    it("of training writes what was learned, which is that of the steps that were made", function()
      local output, complaint, code = interrupted(TRAIN .. ALL, "step 8")
      assert.same({ ANNOUNCED .. "triplet: interrupted at step 7 of 30: wrote e.csv, m.safetensors, p.svg" .. ON, 130 },
        { complaint, code })
      assert.same({}, tables(output))
      assert.is_nil(output:find("wrote", 1, true) or output:find("In short", 1, true))
      local embedding, picture = read("e.csv"), read("p.svg")
      assert.match("^<svg .*</svg>\n$", picture)
      assert.is_nil(picture:find("nearest", 1, true))
      local model = assert(library.load(folder .. "/m.safetensors"))
      assert.equal(7, model.steps)

      triplet("embed data.csv --model m.safetensors --out again.csv")
      triplet(TRAIN .. ALL .. "--steps 7")
      assert.equal(read("e.csv"), embedding)
      assert.equal(library.load(folder .. "/m.safetensors").parameters:tobytes(), model.parameters:tobytes())
      assert.equal(embedding:gsub(",(%a),%a+,", ",%1,"):gsub("kind,part,", "kind,"), read("again.csv"))
    end)

    it("of training with a validation shows the best weights, and the model has them beside the last", function()
      local options = TRAIN .. "--model m.safetensors --out e.csv --validation 0.3 --evaluate-every 2 "
        .. "--learning-rate 0.5 --steps "
      interrupted(options .. "30", "step 10")
      local model, embedding = assert(library.load(folder .. "/m.safetensors")), read("e.csv")
      assert.equal(9, model.steps)
      local last = model.parameters:tobytes()
      model:restore_best()
      assert.not_equal(last, model.parameters:tobytes())
      triplet(options .. "8") -- which ends with the fourth validation
      assert.equal(library.load(folder .. "/m.safetensors").parameters:tobytes(), model.parameters:tobytes())
      assert.equal(read("e.csv"), embedding)
    end)

    local ENDED = "triplet: interrupted after all 30 steps: wrote e.csv, m.safetensors, p.svg" .. ON
    local STAGES = { "trained encoder", "raw features", "untrained encoder" } -- as they are evaluated

    for stage, name in ipairs(STAGES) do
      it("of the evaluation of the " .. name .. " writes all but the figures that are missing", function()
        local output, complaint, code = interrupted(TRAIN .. ALL, "evaluate " .. stage)
        assert.same({ ANNOUNCED .. ENDED, 130 }, { complaint, code })
        local found = tables(output)["6 held-out rows searched among themselves"] or {}
        for i, other in ipairs(STAGES) do
          assert.equal(i < stage, found[other] ~= nil)
        end
        assert.equal(stage > 1, read("p.svg"):find("nearest row", 1, true) ~= nil)
        assert.equal(stage > 2, read("p.svg"):find("raw features", 1, true) ~= nil)
        local embedding = read("e.csv")
        triplet(TRAIN .. ALL)
        assert.equal(read("e.csv"), embedding)
      end)
    end

    for stage, call in pairs { ["writing"] = "write 9", ["the last embedding"] = "embed 3" } do
      it("of " .. stage .. " lets it end", function()
        triplet(TRAIN .. ALL)
        local expected = contents()
        local output, complaint, code = interrupted(TRAIN .. ALL, call)
        assert.same({ ANNOUNCED .. ENDED, 130 }, { complaint, code })
        assert.same(expected, contents())
        assert.truthy(tables(output)["6 held-out rows searched among themselves"]["trained encoder"])
      end)
    end

    it("says where nothing was to be saved", function()
      local message = "triplet: interrupted at step 7 of 30: nothing was saved: --model keeps what was learned\n"
      local output, complaint, code = interrupted(TRAIN, "step 8")
      assert.same({ message, 130 }, { complaint, code })
      assert.match("^data.csv: 30 rows", output)
      output, complaint, code = interrupted(TRAIN .. "--quiet", "step 8")
      assert.same({ "", message, 130 }, { output, complaint, code })
      output, complaint, code = interrupted(TRAIN .. "--quiet --out -", "step 8")
      assert.same({ ANNOUNCED .. "triplet: interrupted at step 7 of 30: wrote standard output\n", 130 },
        { complaint, code })
      assert.match("^row,kind,part,e1,e2\n1,", output)
    end)

    it("that comes a second time ends at once, and changes no file", function()
      local earlier = contents()
      local _, complaint, code = interrupted(TRAIN .. ALL, "write 9", 2)
      assert.same({ "", 130 }, { complaint, code }) -- of the signal, as shells tell it
      assert.same(earlier, contents())
      triplet(TRAIN .. ALL)
      assert.equal("", shell("ls -A '" .. folder .. "' | grep '^.triplet'"))
    end)

    it("of embed writes nothing", function()
      triplet(TRAIN .. ALL)
      local earlier = contents()
      for _, call in ipairs { "embed 1", "write 9" } do
        local output, complaint, code = interrupted("embed data.csv --model m.safetensors --out e.csv", call)
        assert.same({ "", "triplet: interrupted\n", 130 }, { output, complaint, code })
        assert.same(earlier, contents())
        assert.equal("", shell("ls -A '" .. folder .. "' | grep '^.triplet'"))
      end
    end)
  end)

  it("works with as many threads as there are cores for it", function()
    write("threads.lua", 'local t = require "triplet" local set = t.threads\n'
      .. 'function t.threads(n) if n then io.stderr:write(n, "\\n") end return set(n) end')
    for _, bound in ipairs { "", "taskset -c 0" } do
      local expected = shell(("env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT %s nproc"):format(bound))
      local told = select(2, triplet(TRAIN, "LUA_INIT=@threads.lua " .. bound))
      assert.equal(math.min(64, tonumber(expected)), tonumber(told))
      assert.equal("2\n", select(2, triplet(TRAIN .. "--threads 2", "LUA_INIT=@threads.lua " .. bound)))
    end
  end)

  it("tells of every long job on a terminal, never in more columns than that has", function()
    for columns, jobs in pairs {
      [80] = { "reading", "raw features: held-out rows", "untrained encoder", "untrained encoder: held-out rows",
        "training", "trained encoder", "trained encoder: held-out rows", "embedding", "writing" },
      [24] = { "reading", "untrained encoder", "training", "trained encoder", "embedding", "writing" },
    } do
      local shown = shell(([[cd '%s' && script -qec "stty cols %d rows 5; '%s/%s/triplet' %s" /dev/null </dev/null]])
        :format(folder, columns, root, build, TRAIN .. "--steps 3000 --out e.csv"))
      local drawn = {}
      for line in shown:gsub("\r\n", "\n"):gmatch("[^\n]+") do
        for text in line:gmatch("([^\r]*)\r") do -- what something else is written over
          drawn[text] = true
          assert.is_true(#text < columns, text)
        end
      end
      for _, job in ipairs(jobs) do
        assert.truthy(drawn[job], job)
      end
    end
  end)

  describe("a standard stream", function()
    before_each(function()
      triplet(TRAIN .. "--quiet --out e.csv --model m.safetensors --plot p.svg")
    end)

    for name, arguments in pairs {
      ["train's report"] = TRAIN, ["train's embedding"] = TRAIN .. "--out -", ["train's model"] = TRAIN .. "--model -",
      ["train's picture"] = TRAIN .. "--plot -", ["embed's rows"] = "embed data.csv --model m.safetensors",
      ["embed's report"] = "embed data.csv --model m.safetensors --out r.csv", ["the version"] = "--version",
      ["the help"] = "--help", ["a command's help"] = "embed --help",
    } do
      it("that is full or closed or nobody reads is told and ends with 1: " .. name, function()
        for to, reason in pairs { [">/dev/full"] = "No space left on device", [">&-"] = "Bad file descriptor" } do
          local _, complaint, code = triplet(arguments .. " " .. to)
          assert.match("triplet: cannot write standard output: " .. reason .. "\n$", complaint)
          assert.equal(1, code)
        end
        -- A pipe whose reader is gone, where that is no signal.
        local code = shell(("cd '%s' && trap '' PIPE && rm -f pipe && mkfifo pipe && exec 3<>pipe 4>pipe 3>&- && "
          .. "'%s/%s/triplet' %s >&4 2>stderr; echo $?"):format(folder, root, build, arguments))
        assert.equal("1\n", code)
        assert.match("triplet: cannot write standard output: Broken pipe\n$", read("stderr"))
      end)
    end

    it("that is closed gets into no file", function()
      local function outputs()
        return { read("e.csv"), read("m.safetensors"), read("p.svg") }
      end
      local expected = outputs()
      os.remove(folder .. "/e.csv")
      assert.equal(0, select(3, triplet(TRAIN .. "--quiet --out e.csv --model m.safetensors --plot p.svg <&- >&-")))
      assert.same(expected, outputs())
      assert.equal(1, select(3, triplet(TRAIN .. "--out - --model m.safetensors --plot p.svg >&-")))
      assert.equal(1, select(3, triplet(TRAIN .. "--out e.csv --model m.safetensors --plot p.svg <&- >&-")))
      assert.same(expected, outputs())
    end)

    it("is an output and an input called -", function()
      for option, file in pairs { out = "e.csv", model = "m.safetensors", plot = "p.svg" } do
        local report = triplet(TRAIN)
        local output, complaint, code = triplet(TRAIN .. ("--%s -"):format(option))
        assert.same({ read(file), report, 0 }, { output, complaint, code })
      end
      assert.is_false(exists("-"))
      local input = TRAIN:gsub("data.csv", "-")
      assert.same({ read("e.csv"), "", 0 }, { triplet(input .. "--quiet --out - <data.csv") })
      triplet(input .. "--quiet --out /dev/stdout <data.csv >said")
      assert.equal(read("e.csv"), read("said"))
      local rows = triplet("embed data.csv --model m.safetensors --quiet")
      assert.same({ rows, "", 0 }, { triplet("embed - --model m.safetensors --quiet --out - <data.csv") })
      assert.same({ rows, "", 0 }, { triplet("embed data.csv --quiet --model - <m.safetensors") })
    end)
  end)

  it("writes through links and keeps the mode of what is there", function()
    write("target", "")
    shell(("cd '%s' && chmod 640 target && ln -s target to-target && ln -s new to-new"):format(folder))
    assert.equal(0, select(3, triplet(TRAIN .. "--out to-target --plot to-new")))
    assert.equal("640\nsymbolic link\nsymbolic link\n",
      (shell(("cd '%s' && stat -c %%a target && stat -c %%F to-target to-new"):format(folder))))
    assert.match("^row,", read("target"))
    assert.match("^<svg", read("new"))
  end)

  it("shows every class in the picture of a large file", function()
    local lines = { "a,b,c,kind" }
    for i = 1, 20000 do
      lines[i + 1] = ("%d,%d,%d,%d"):format(i % 10, i % 7, i % 3, i % 10)
    end
    write("data.csv", table.concat(lines, "\n") .. "\n")
    triplet("train data.csv --label kind --steps 1 --test-share 0 --plot p.svg")
    local marks, classes = {}, 0
    for class in read("p.svg"):gmatch('class="c(%d+) [fh]"') do
      classes = classes + (marks[class] and 0 or 1)
      marks[class] = (marks[class] or 0) + 1
    end
    assert.equal(10, classes)
    for _, count in pairs(marks) do
      assert.is_true(count > 850 and count < 1150)
    end
    assert.match(", 10000 of 20000 rows, some of every class<", read("p.svg"))
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
      assert.equal("cells are separated by tabs (--separator)\n"
        .. "wrote new-e.csv: 30 rows in 2 dimensions\n", output)
      assert.equal("", complaint)
      assert.equal(0, code)
      assert.match("^row,kind,e1,e2\n1,x,", read("new-e.csv"))
      assert.same(coordinates(read("e.csv")), coordinates(read("new-e.csv")))
    end)

    it("refuses rows whose embedding is not finite, and writes none", function()
      write("new.csv", "noise,b,a\n1,2,3\n9e38,-5.4e38,2.6e38\n")
      local output, complaint, code = triplet("embed --model m.safetensors new.csv --out far-e.csv")
      assert.same({ "", 1 }, { output, code })
      assert.equal("triplet: row 2 has no finite embedding: its numbers are too far from those that were trained on\n",
        complaint)
      assert.is_false(exists("far-e.csv"))
    end)

    it("quotes values that would look like two", function()
      write("data.csv", 'place,x,k\n"river, left",1,a\nhill,2,b\n"river, left",3,a\nhill,4,b\n')
      local output = triplet("train data.csv --label k --dry-run")
      assert.match('2 values: hill, "river, left"\n', output)
    end)

    it("tells of values that the model does not know, and of cells that are empty", function()
      local lines = { "a,size,k" }
      for i = 1, 20 do
        lines[i + 1] = ("%d,%s,%s"):format(i * i % 7, ({ "s", "m", "l" })[i % 3 + 1], i % 2 == 0 and "x" or "y")
      end
      write("data.csv", table.concat(lines, "\n") .. "\n")
      triplet("train data.csv --label k --dim 2 --steps 5 --quiet --model m.safetensors")
      write("new.csv", "size,a,other\nxl,1,?\ns,,?\n")
      local output, complaint, code = triplet("embed --model m.safetensors new.csv --out new-e.csv")
      assert.equal('triplet: size: 1 of 2 rows have values that the model does not know, taken as empty: "xl"\n',
        complaint)
      assert.equal("a: 1 of 2 empty, filled with the mean\nwrote new-e.csv: 2 rows in 2 dimensions\n",
        (output:gsub(" %(.-%)", "")))
      assert.equal(0, code)
      -- On standard output there are rows and nothing else.
      output, complaint = triplet("embed --model m.safetensors new.csv")
      assert.equal(read("new-e.csv"), output)
      assert.match("\na: 1 of 2 empty", "\n" .. complaint)
    end)

    it("reads files for models of earlier versions", function()
      local model = root .. "/tests/data/version-1.safetensors"
      assert.same({ "a", "b|c", 'd,"' }, assert(library.load(model)).columns)
      write("new.csv", 'b|c,"d,""",a\n1,2,3\n')
      local output, complaint, code = triplet("embed new.csv --model " .. model)
      assert.same({ "", 0 }, { complaint, code })
      local expected = library.load(model):embed{ { 3, 1, 2 } }
      assert.equal(("row,e1,e2\n1,%.9g,%.9g\n"):format(expected:get(1, 1), expected:get(1, 2)), output)
    end)

    it("takes the model before the file, too", function()
      write("new.csv", "noise,b,a\n1,2,3\n")
      local expected = triplet("embed new.csv --model m.safetensors")
      assert.match("^row,e1,e2\n1,", expected)
      for _, arguments in ipairs { "m.safetensors new.csv", "m.safetensors new.csv --out -", "m.safetensors - <new.csv",
        "- new.csv <m.safetensors", "--model m.safetensors - <new.csv" } do
        assert.equal(expected, (triplet("embed " .. arguments)))
      end
      for arguments, message in pairs {
        ["new.csv"] = "expected a model and a file, got only new.csv (see triplet embed --help)",
        ["m.safetensors new.csv --model m.safetensors"] = "expected one file beside --model, got m.safetensors and "
          .. "new.csv",
        ["- -"] = "standard input can be read only once (see triplet --help)",
        ["- --model - <new.csv"] = "standard input can be read only once (see triplet --help)",
        [""] = "missing argument 'model' (see triplet --help)",
      } do
        assert.same({ "", "triplet: " .. message .. "\n", 2 }, { triplet("embed " .. arguments) })
      end
    end)

    it("needs no label", function()
      write("new.csv", "noise,b,a\n1,2,3\n")
      triplet("embed --model m.safetensors new.csv --out new-e.csv")
      assert.match("^row,e1,e2\n1,[^,]+,[^,\n]+\n$", read("new-e.csv"))
    end)

    it("carries labels along that are texts, numbers or missing", function()
      write("new.csv", "noise,b,a,kind\n1,2,3,7.50\n1,2,3,\n1,2,3,x\n")
      local output = triplet("embed --model m.safetensors new.csv --label kind")
      assert.match("^row,kind,e1,e2\n1,7.50,[^\n]*\n2,,[^\n]*\n3,x,[^\n]*\n$", output)
    end)

    for name, case in pairs {
      ["all that is wrong with a table"] = { "odd.csv --label species", "odd.csv: columns that the model was trained "
        .. 'on are missing: noise; --label: there is no column "species" among a, b; row 2, column a: expected a '
        .. 'number, got "many"' },
      ["a missing column"] = { "new.csv", "new.csv: columns that the model was trained on are missing: noise" },
      ["a model that is none"] = { "new.csv --model data.csv", "data.csv: not a safetensors file" },
      ["a model as table"] = { "m.safetensors", "m.safetensors: it is a model of triplet, not a file of rows" },
      ["a missing model"] = { "new.csv --model none", "none: No such file or directory" },
      ["a directory as output"] = { "new.csv --out .", "cannot write .: Is a directory" },
      ["the input as output"] = { "new.csv --out ./new.csv", "./new.csv would be written over", code = 2 },
      ["the model as output"] = { "new.csv --out m.safetensors", "m.safetensors would be written over", code = 2 },
    } do
      it("refuses " .. name, function()
        write("new.csv", "a,b\n1,2\n")
        write("odd.csv", "a,b\n1,2\nmany,2\n")
        local arguments = case[1]
        if not arguments:find("--model", 1, true) then
          arguments = arguments .. " --model m.safetensors"
        end
        if not arguments:find("--out", 1, true) then
          arguments = arguments .. " --out refused.csv"
        end
        local output, complaint, code = triplet("embed " .. arguments)
        assert.equal("triplet: " .. case[2] .. "\n", complaint)
        assert.equal("", output)
        assert.equal(case.code or 1, code)
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
    help = help:gsub("%s+", " ")
    assert.truthy(help:find("--fallback {skip,farthest} What to do where no negative is farther than the positive. "
      .. "skip: no triplet; farthest: take the farthest negative (default: skip). Belongs to --loss triplet and "
      .. "--mining semihard or easy_positive, or --negatives semihard.", 1, true))
    local headings = {}
    for heading in triplet("train --help"):gmatch("\n(%u[%l ]+):\n") do
      headings[#headings + 1] = heading
    end
    assert.same({ "Arguments", "Rows", "Pairs and adapters", "Table", "Files", "Loss", "Triplets of a batch",
      "Reduction and distance", "Encoder", "Batches", "Training", "Optimiser", "Other options", "Examples" }, headings)
    assert.truthy(help:find("How near a positive has to be to have no loss; finite (default: 0). Belongs to --loss "
      .. "contrastive.", 1, true))
    assert.truthy(help:find("unless it is given; > 0 (default: 0.07). Belongs to --loss info_nce or sup_con.", 1, true))
    assert.truthy(help:find("needs --momentum. Belongs to --optimizer sgd.", 1, true))
    assert.truthy(help:find("; in [0, 1) (default: 0.9)", 1, true))
    assert.falsy(help:find("`", 1, true))
  end)
end)
