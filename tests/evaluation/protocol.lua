-- The field's own protocol: the rows of a set are divided into 10 folds, and each row's class is voted on by its 5
-- nearest neighbours among the rows of the other folds, from which everything was learned. Of each set the accuracy,
-- its deviation over the folds, and the seconds of computing that all folds took, on one thread, for
--
--   raw columns     as the command prepares them: numbers standardised by those rows, a column for each category
--   triplet train   with the command's defaults
--   NCA, LMNN       of scikit-learn and metric-learn, with their defaults; where Python has them (peers.py)
--
-- All methods get the same rows and folds, and are judged by the same vote. The figures of the README come from here:
-- make evaluate PYTHON= names a Python that has tests/evaluation/requirements.txt, TABLES= a folder with more tables,
-- and LIMIT= the seconds of computing after which a peer is given up.

local spread = require "tests.evaluation.spread"
local pick = require("triplet.command.dataset").pick
local triplet = require "triplet"

local python = os.getenv("PYTHON") or "python3"
local limit = tonumber(os.getenv("LIMIT") or 600)
local folder = (os.getenv("TRIPLET_BUILD") or "build") .. "/evaluation"

local FOLDS, SEED = 10, 1
local PEERS = { "nca", "lmnn" }
local METHODS = { "raw", "train", "nca", "lmnn" }

local SETS = {
  { name = "iris", path = "tests/data/iris.csv", label = "species" },
  { name = "wine", path = folder .. "/wine.csv", label = "class" },
  { name = "breast cancer", path = folder .. "/breast_cancer.csv", label = "class" },
  { name = "digits", path = "tests/data/digits.csv", label = "digit" },
}

-- Of the folder TABLES: files of jbrownlee/Datasets (jb_) and mwaskom/seaborn-data (sb_), as GitHub has them, and UCI's
-- mushrooms. Titanic's `alive` is its label in words.
local TABLES = {
  { name = "sonar", file = "jb_sonar.csv", label = "last" },
  { name = "ionosphere", file = "jb_ionosphere.csv", label = "last" },
  { name = "glass", file = "jb_glass.csv", label = "last" },
  { name = "wheat seeds", file = "jb_wheat-seeds.csv", label = "last" },
  { name = "red wine", file = "jb_winequality-red.csv", label = "last" },
  { name = "abalone, sex", file = "jb_abalone.csv", label = "first" },
  { name = "abalone, rings", file = "jb_abalone.csv", label = "last" },
  { name = "mushrooms", file = "mushrooms.csv", label = "class" },
  { name = "penguins", file = "sb_penguins.csv", label = "species" },
  { name = "titanic", file = "sb_titanic.csv", label = "survived", ignore = "alive" },
  { name = "mpg", file = "sb_mpg.csv", label = "origin" },
  { name = "exercise", file = "sb_exercise.csv", label = "kind" },
  { name = "tips", file = "sb_tips.csv", label = "day" },
}

-- ---- sets and folds -------------------------------------------------------------------------------------------------

local function read_bytes(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local function exists(path)
  local file = io.open(path)
  return file and file:close()
end

--- Those that there are, of the project and of a folder.
local function sets_in(more)
  local sets = {}
  for _, set in ipairs(SETS) do
    sets[#sets + 1] = exists(set.path) and set or nil
  end
  for _, set in ipairs(more and TABLES or {}) do
    set.path = more .. "/" .. set.file
    sets[#sets + 1] = exists(set.path) and set or nil
  end
  return sets
end

--- Adds the labels to a set, and prepare: all rows, by the recipe that some of them give.
local function read(set)
  local columns, recipe = triplet.table.read(read_bytes(set.path), { label = set.label, ignore = set.ignore })
  assert(columns, recipe)
  set.labels, set.classes = columns.labels, #columns.classes
  function set.prepare(training)
    recipe:fit(training)
    return recipe:matrix(columns)
  end
end

--- The fold of each row. The rows of each class, shuffled, are dealt out in turn, and so is the next class from there.
local function folds_of(labels)
  local members, classes = {}, {}
  for row, label in ipairs(labels) do
    if not members[label] then
      members[label] = {}
      classes[#classes + 1] = label
    end
    table.insert(members[label], row)
  end
  table.sort(classes)

  math.randomseed(SEED)
  local folds, turn = {}, 0
  for _, class in ipairs(classes) do
    local rows = members[class]
    for i = #rows, 1, -1 do
      local j = math.random(i)
      rows[i], rows[j] = rows[j], rows[i]
      folds[rows[i]] = turn % FOLDS + 1
      turn = turn + 1
    end
  end
  return folds
end

--- For each fold the rows held out, those to learn from, and all of them prepared.
local function divide(set)
  local fold_of, folds = folds_of(set.labels), {}
  for number = 1, FOLDS do
    local fold = { held_out = {}, training = {} }
    for row, of in ipairs(fold_of) do
      table.insert(of == number and fold.held_out or fold.training, row)
    end
    fold.rows = set.prepare(fold.training)
    folds[number] = fold
  end
  return folds, fold_of
end

-- ---- methods --------------------------------------------------------------------------------------------------------

local function accuracy(set, fold, embeddings)
  return triplet.evaluate_held_out(embeddings, set.labels, fold.held_out).against_training.knn_accuracy
end

--- The embeddings by the command's defaults.
local function train(set, fold)
  local trainer = triplet.trainer {
    data = fold.rows:select(fold.training),
    labels = pick(set.labels, fold.training),
    layers = triplet.suggest_layers(fold.rows.cols, set.classes),
    standardize = false, -- the rows are prepared
  }
  trainer:run()
  local embeddings = trainer:embed(fold.rows)
  trainer:close()
  return embeddings
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

--- What a set is called in the folder.
local function file_of(set)
  return (set.name:gsub("%W+", "_"))
end

--- Hands the folds over to peers.py.
local function hand_over(set, folds, fold_of)
  local lines = {}
  for row, label in ipairs(set.labels) do
    lines[row] = ("%d %d\n"):format(label, fold_of[row])
  end
  write(("%s/%s.rows"):format(folder, file_of(set)), table.concat(lines))
  for number, fold in ipairs(folds) do
    write(("%s/%s.%d"):format(folder, file_of(set), number), fold.rows:tobytes())
  end
end

--- What a command prints, or nil if it fails.
local function output_of(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  return pipe:close() and output or nil
end

--- The figures of a peer, or nil if it takes too long or fails.
local function measure_peer(method, set, folds)
  local printed = output_of(("ulimit -t %d; OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 exec '%s' -W ignore "
    .. "tests/evaluation/peers.py %s '%s' '%s' 2>/dev/null"):format(limit, python, method, folder, file_of(set)))
  if not printed then
    return nil
  end
  local accuracies = {}
  for number, fold in ipairs(folds) do
    local bytes = read_bytes(("%s/%s.%d.%s"):format(folder, file_of(set), number, method))
    local embeddings = triplet.matrix.from_bytes(bytes, #set.labels, #bytes / 4 / #set.labels)
    accuracies[number] = accuracy(set, fold, embeddings)
  end
  return { accuracies = accuracies, seconds = tonumber(printed) }
end

local function measure(set, folds)
  local found = { raw = { accuracies = {} }, train = { accuracies = {}, seconds = 0 } }
  for number, fold in ipairs(folds) do
    found.raw.accuracies[number] = accuracy(set, fold, fold.rows)
    local begin = os.clock()
    local embeddings = train(set, fold)
    found.train.seconds = found.train.seconds + os.clock() - begin
    found.train.accuracies[number] = accuracy(set, fold, embeddings)
  end
  return found
end

-- ---- the table ------------------------------------------------------------------------------------------------------

local HEADINGS = { raw = "raw columns", train = "triplet train", nca = "NCA", lmnn = "LMNN" }

local function mean(values)
  local sum = 0
  for _, value in ipairs(values) do
    sum = sum + value
  end
  return sum / #values
end

local function cell_of(figures)
  if not figures then
    return "not run"
  end
  return spread(figures.accuracies) .. (figures.seconds and (", %.1f s"):format(figures.seconds) or "")
end

--- Prints the line of a set. Returns the mean accuracy by each method.
local function print_line(set, has_peers)
  read(set)
  local folds, fold_of = divide(set)
  local found = measure(set, folds)
  if has_peers then
    hand_over(set, folds, fold_of)
    for _, method in ipairs(PEERS) do
      found[method] = measure_peer(method, set, folds)
    end
  end

  local cells, means = { set.name }, {}
  for _, method in ipairs(METHODS) do
    cells[#cells + 1] = cell_of(found[method])
    means[method] = found[method] and mean(found[method].accuracies)
  end
  print(("| %s |"):format(table.concat(cells, " | ")))
  return means
end

--- Of each method, over the sets that NCA has a figure of, if there are any.
local function print_means(lines)
  local cells, compared = {}, {}
  for _, line in ipairs(lines) do
    compared[#compared + 1] = line.nca and line or nil
  end
  if #compared == 0 then
    return
  end
  for i, method in ipairs(METHODS) do
    local values = {}
    for _, line in ipairs(compared) do
      values[#values + 1] = line[method]
    end
    cells[i] = #values == #compared and ("%.3f"):format(mean(values)) or ""
  end
  print(("| mean of the %d that NCA was run on | %s |"):format(#compared, table.concat(cells, " | ")))
end

--- An environment variable, or nil where it is empty.
local function given(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

io.stdout:setvbuf("line")
os.execute(("mkdir -p '%s'"):format(folder))
local has_peers = output_of(("'%s' tests/evaluation/peers.py export '%s' 2>/dev/null"):format(python, folder)) ~= nil
local headings, lines = {}, {}
for i, method in ipairs(METHODS) do
  headings[i] = HEADINGS[method]
end
print(("| %d folds, 5-nearest vote | %s |"):format(FOLDS, table.concat(headings, " | ")))
print("|" .. (" --- |"):rep(#METHODS + 1))
for _, set in ipairs(sets_in(given("TABLES"))) do
  lines[#lines + 1] = print_line(set, has_peers)
end
print_means(lines)
print()
