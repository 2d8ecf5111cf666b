-- The field's own protocol: the rows of a set are divided into 10 folds, and each row's class is voted on by its 5
-- nearest neighbours among the rows of the other folds, from which everything was learned. Of each set the accuracy,
-- its deviation over the folds, and the seconds of computing that all folds took, on one thread, for
--
--   raw columns      as triplet train prepares them: standardised by the rows of the other folds
--   triplet train    with the command's defaults
--   NCA, LMNN        of scikit-learn and metric-learn, with their defaults; where Python has them (peers.py)
--
-- All methods get the same rows and folds, and are judged by the same vote. The figures of the README come from here:
-- make evaluate PYTHON= names a Python that has tests/evaluation/requirements.txt, TABLES= a folder with more tables,
-- and LIMIT= the seconds after which a peer is given up.

local csv = require "triplet.csv"
local spread = require "tests.evaluation.spread"
local triplet = require "triplet"

local python, tables = os.getenv("PYTHON") or "python3", os.getenv("TABLES") or ""
local limit = tonumber(os.getenv("LIMIT") or 600)
local folder = (os.getenv("TRIPLET_BUILD") or "build") .. "/evaluation"

local FOLDS, SEED = 10, 1
local PEERS = { "nca", "lmnn" }
local METHODS = { "raw", "train", "nca", "lmnn" }

local SETS = {
  { name = "iris", path = "tests/data/iris.csv", label = "species" },
  { name = "wine", path = folder .. "/wine.csv", label = "class" },
  { name = "breast_cancer", path = folder .. "/breast_cancer.csv", label = "class" },
  { name = "digits", path = "tests/data/digits.csv", label = "digit" },
}

-- ---- sets and folds -------------------------------------------------------------------------------------------------

--- The set with its labels as integers, and prepare: all rows as the training rows standardise them. nil if there is
--- no such file.
local function read(set)
  local file = io.open(set.path)
  if not file then
    return nil
  end
  file:close()
  local data = assert(csv.read(set.path, { label = set.label }))
  local matrix = triplet.matrix.from_bytes(data.bytes, data.rows, #data.columns)
  function set.prepare(training)
    return triplet.standardize(matrix, triplet.standardization(matrix:select(training)))
  end
  set.labels, set.classes = {}, 0
  local numbers = {}
  for row, text in ipairs(data.labels) do
    if not numbers[text] then
      numbers[text] = set.classes
      set.classes = set.classes + 1
    end
    set.labels[row] = numbers[text]
  end
  return set
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

local function pick(list, indices)
  local picked = {}
  for i, index in ipairs(indices) do
    picked[i] = list[index]
  end
  return picked
end

local function accuracy(set, fold, embeddings)
  return triplet.evaluate_held_out(embeddings, set.labels, fold.held_out).against_training.knn_accuracy
end

--- The embeddings by the command's defaults.
local function train(set, fold)
  local trainer <close> = triplet.trainer {
    data = fold.rows:select(fold.training),
    labels = pick(set.labels, fold.training),
    layers = triplet.suggest_layers(fold.rows.cols, set.classes),
    standardize = false, -- the rows are prepared
  }
  trainer:run()
  return trainer:embed(fold.rows)
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function read_bytes(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

--- Hands the folds over to peers.py.
local function hand_over(set, folds, fold_of)
  local lines = {}
  for row, label in ipairs(set.labels) do
    lines[row] = ("%d %d\n"):format(label, fold_of[row])
  end
  write(("%s/%s.rows"):format(folder, set.name), table.concat(lines))
  for number, fold in ipairs(folds) do
    write(("%s/%s.%d"):format(folder, set.name, number), fold.rows:tobytes())
  end
end

--- What a command prints, or nil if it fails.
local function output_of(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("a")
  return pipe:close() and output or nil
end

--- The figures of a peer, or nil if it takes too long or fails.
local function measure_peer(method, set, folds)
  local printed = output_of(("OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 timeout %d '%s' -W ignore "
    .. "tests/evaluation/peers.py %s '%s' '%s' 2>/dev/null"):format(limit, python, method, folder, set.name))
  if not printed then
    return nil
  end
  local accuracies = {}
  for number, fold in ipairs(folds) do
    local bytes = read_bytes(("%s/%s.%d.%s"):format(folder, set.name, number, method))
    local embeddings = triplet.matrix.from_bytes(bytes, #set.labels, #bytes // 4 // #set.labels)
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
  local folds, fold_of = divide(set)
  local found = measure(set, folds)
  if has_peers then
    hand_over(set, folds, fold_of)
    for _, method in ipairs(PEERS) do
      found[method] = measure_peer(method, set, folds)
    end
  end

  local cells, means = { (set.name:gsub("_", " ")) }, {}
  for _, method in ipairs(METHODS) do
    cells[#cells + 1] = cell_of(found[method])
    means[method] = found[method] and mean(found[method].accuracies)
  end
  print(("| %s |"):format(table.concat(cells, " | ")))
  return means
end

--- Of each method, over the sets that NCA has a figure of.
local function print_means(lines)
  local cells, compared = {}, {}
  for _, line in ipairs(lines) do
    compared[#compared + 1] = line.nca and line or nil
  end
  for i, method in ipairs(METHODS) do
    local values = {}
    for _, line in ipairs(compared) do
      values[#values + 1] = line[method]
    end
    cells[i] = #compared > 0 and #values == #compared and ("%.3f"):format(mean(values)) or ""
  end
  print(("| mean of the %d that NCA was run on | %s |"):format(#compared, table.concat(cells, " | ")))
end

os.execute(("mkdir -p '%s'"):format(folder))
local has_peers = output_of(("'%s' tests/evaluation/peers.py export '%s' 2>/dev/null"):format(python, folder)) ~= nil
local headings = {}
for i, method in ipairs(METHODS) do
  headings[i] = HEADINGS[method]
end
print(("| %d folds, 5-nearest vote | %s |"):format(FOLDS, table.concat(headings, " | ")))
print("|" .. (" --- |"):rep(#METHODS + 1))
local lines = {}
for _, candidate in ipairs(SETS) do
  local set = read(candidate)
  lines[#lines + 1] = set and print_line(set, has_peers)
end
print_means(lines)
print()
