-- How good the program's defaults are on rows they never saw: the mean and deviation, over seeds 1 to 20, of what
-- `triplet train` prints. The figures of the README come from here: make evaluate.

local spread = require "tests.evaluation.spread"

local build = os.getenv("TRIPLET_BUILD") or "build"
local SEEDS = 20

local RUNS = {
  { "Iris", "iris.csv --label species", "held-out rows" },
  { "digits", "digits.csv --label digit", "held-out rows" },
  { "digits trained on 0-4, rows of 5-9", "digits.csv --label digit --unseen 5,6,7,8,9",
    "rows of unseen classes" },
}

-- Where the rows are searched, as patterns of the program's output.
local PLACES = { "%d+ training rows", "themselves" }

--- The columns of one table of the program's output: { stage = figures }, or nil where it has no such table.
local function read_table(output, rows, place)
  local header, lines = output:match("\n%d+ " .. rows:gsub("-", "%%-") .. " searched among " .. place
    .. "\n([^\n]*)\n(.-)\n\n")
  local stages, names = {}, {}
  for name in (header or ""):gmatch("%a+ %a+") do
    names[#names + 1], stages[name] = name, {}
  end
  for line in ((lines or "") .. "\n"):gmatch("  ([^\n]*)\n") do
    local column = 0
    for figure in line:gmatch("  (%d%.%d%d%d)%f[^%d]") do
      column = column + 1
      table.insert(stages[names[column]], tonumber(figure))
    end
  end
  return header and stages
end

local function train(arguments, seed)
  local pipe = assert(io.popen(("%s/triplet train tests/data/%s --seed %d"):format(build, arguments, seed)))
  local output = pipe:read("*a")
  assert(pipe:close())
  return output .. "\n"
end

--- figures: { stage = a list, over the seeds, of lists of figures }.
local function print_table(title, place, figures)
  print(("| %s, searched among %s, seeds 1 to %d | precision@1 | recall@5 | MAP@R | MAP | MRR |%s"):format(title,
    (place:gsub("^%%d%+ ", "")), SEEDS, #figures["raw features"][1] == 6 and " 5-nearest vote |" or ""))
  print("|" .. (" --- |"):rep(1 + #figures["raw features"][1]))
  for _, stage in ipairs { "raw features", "untrained encoder", "trained encoder" } do
    local cells = {}
    for i = 1, #figures[stage][1] do
      local values = {}
      for seed = 1, SEEDS do
        values[seed] = figures[stage][seed][i]
      end
      cells[i] = spread(values)
    end
    print(("| %s | %s |"):format(stage, table.concat(cells, " | ")))
  end
  print()
end

for _, run in ipairs(RUNS) do
  local outputs = {}
  for seed = 1, SEEDS do
    outputs[seed] = train(run[2], seed)
  end
  for _, place in ipairs(PLACES) do
    local figures = {}
    for seed = 1, SEEDS do
      for stage, list in pairs(read_table(outputs[seed], run[3], place) or {}) do
        figures[stage] = figures[stage] or {}
        figures[stage][seed] = list
      end
    end
    if next(figures) then
      print_table(run[1], place, figures)
    end
  end
end
