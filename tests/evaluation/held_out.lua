-- How good the program's defaults are on rows they never saw: the mean and deviation, over seeds 1 to 20, of what
-- `triplet train` prints. The figures of the README come from here: make evaluate.

local build = os.getenv("TRIPLET_BUILD") or "build"
local SEEDS <const> = 20

local RUNS <const> = {
  { "Iris, 2 dimensions", "iris.csv --label species --dim 2", "held-out rows" },
  { "digits, 16 dimensions", "digits.csv --label digit --dim 16", "held-out rows" },
  { "digits trained on 0-4, rows of 5-9", "digits.csv --label digit --dim 16 --unseen 5,6,7,8,9",
    "rows of unseen classes" },
}

--- The lines of one table of the program's output: { stage = { precision@1, recall@5, MAP@R } }.
local function read_table(output, heading)
  local figures = {}
  local lines = assert(output:match("\n%d+ " .. heading:gsub("-", "%%-") .. "[^\n]*\n(.-)\n\n"), output)
  for stage, precision, recall, map in (lines .. "\n"):gmatch("  (%a+ %a+) +([%d.]+) +([%d.]+) +([%d.]+)\n") do
    figures[stage] = { tonumber(precision), tonumber(recall), tonumber(map) }
  end
  return figures
end

local function train(arguments, seed)
  local pipe = assert(io.popen(("%s/triplet train tests/data/%s --seed %d"):format(build, arguments, seed)))
  local output = pipe:read("a")
  assert(pipe:close())
  return output .. "\n"
end

local function mean_and_deviation(values)
  local sum, squares = 0, 0
  for _, value in ipairs(values) do
    sum = sum + value
  end
  for _, value in ipairs(values) do
    squares = squares + (value - sum / #values) ^ 2
  end
  return sum / #values, (squares / (#values - 1)) ^ 0.5
end

for _, run in ipairs(RUNS) do
  print(("| %s, seeds 1 to %d | precision@1 | recall@5 | MAP@R |\n| --- | --- | --- | --- |"):format(run[1], SEEDS))
  local values = {}
  for seed = 1, SEEDS do
    for stage, figures in pairs(read_table(train(run[2], seed), run[3])) do
      values[stage] = values[stage] or { {}, {}, {} }
      for i, figure in ipairs(figures) do
        table.insert(values[stage][i], figure)
      end
    end
  end
  for _, stage in ipairs { "raw features", "untrained encoder", "trained encoder" } do
    local cells = {}
    for i = 1, 3 do
      cells[i] = ("%.3f ± %.3f"):format(mean_and_deviation(values[stage][i]))
    end
    print(("| %s | %s |"):format(stage, table.concat(cells, " | ")))
  end
  print()
end
