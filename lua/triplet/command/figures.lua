--- The figures of an evaluation, with their intervals: as data, as tables for people, and as facts that a model keeps.

local counted = require "triplet.command.counted"
local triplet = require "triplet"

local figures = {}

local NEIGHBORS = 5

figures.RANKS = { NEIGHBORS }

-- What they are called, in the order of a table: by people, by programs, and where the library has them.
local FIGURES = {
  { "precision@1", "precision_at_1" },
  { "recall@1", "recall_at_1" }, -- of pairs, which have no precision
  { "recall@5", "recall_at_5", list = "recall_at" },
  { "MAP@R", "map_at_r" },
  { "MAP", "map" },
  { "MRR", "mrr" },
  { "5-nearest vote", "knn_accuracy" },
}

-- Whose figures there may be, the parts of a table, and what their rows are searched among; by name for programs.
figures.STAGES = { raw_features = "raw features", untrained_encoder = "untrained encoder",
  trained_encoder = "trained encoder" }
figures.STAGE_ORDER = { "raw_features", "untrained_encoder", "trained_encoder" }
figures.SIDES = { "against_training", "among_themselves" }

--- Whether there were triplets. Without a positive a query can find none, and without a negative it finds nothing else:
--- such figures say nothing.
function figures.are_measured(metrics)
  return metrics.triplet_accuracy ~= nil
end

--- Of what the library found of rows with labels, { queries, precision_at_1 = { value, low, high } ... }; nil where
--- nothing was measured.
function figures.of(metrics)
  if not metrics or not figures.are_measured(metrics) then
    return nil
  end
  local found = { queries = metrics.queries }
  for _, figure in ipairs(FIGURES) do
    local name, list = figure[2], figure.list
    local value = metrics[list or name]
    local bounds = metrics.intervals[list or name]
    if list then
      value, bounds = value[NEIGHBORS], bounds and bounds[NEIGHBORS]
    end
    found[name] = value and { value = value, low = bounds and bounds[1], high = bounds and bounds[2] }
  end
  return found
end

--- A share of so many rows, or pairs, that are drawn alike.
function figures.share(share, count)
  local low, high = triplet.share_interval(share, count)
  return { value = share, low = low, high = high }
end

--- "0.953 (0.91 to 0.98)": with the interval that holds the true figure of 95 samples in 100.
function figures.text(figure)
  if not figure.low then
    return ("%.3f"):format(figure.value)
  end
  local digits = figure.high - figure.low < 0.02 and 3 or 2
  return ("%.3f (%." .. digits .. "f to %." .. digits .. "f)"):format(figure.value, figure.low, figure.high)
end

--- The lines of a table: a line for each figure, a column for each { name, figures }, with the names above them unless
--- there is one without.
function figures.lines(columns)
  local lines = {}

  local function add(name, cell_of)
    local line = ("  %-14s"):format(name)
    for _, column in ipairs(columns) do
      line = line .. ("  %-22s"):format(cell_of(column))
    end
    lines[#lines + 1] = line:gsub(" +$", "")
  end

  if columns[1][1] then
    add("", function(column) return column[1] end)
  end
  for _, figure in ipairs(FIGURES) do
    -- A figure that is missing is missing in every column.
    if columns[1][2][figure[2]] then
      add(figure[1], function(column) return figures.text(column[2][figure[2]]) end)
    end
  end
  return lines
end

--- "30 held-out queries searched among 30 held-out references", of figures of pairs. which: what comes before both.
function figures.heading_of_pairs(found, which)
  return ("%s searched among %s"):format(counted(found.queries, which .. "query", which .. "queries"),
    counted(found.references, which .. "reference"))
end

-- ---- facts ----------------------------------------------------------------------------------------------------------

local PREFIX = "figures."

--- Adds to facts what a tree of figures has: "figures.trained_encoder.held_out.against_training.map" = "0.9 0.8 1".
function figures.keep(facts, tree, path)
  path = path or PREFIX
  for name, value in pairs(tree) do
    if type(value) == "table" and value.value then
      facts[path .. name] = value.low and ("%.6f %.6f %.6f"):format(value.value, value.low, value.high)
        or ("%.6f"):format(value.value)
    elseif type(value) == "table" then
      figures.keep(facts, value, path .. name .. ".")
    else
      facts[path .. name] = ("%d"):format(value)
    end
  end
end

--- Whether it is the name of such a fact.
function figures.is_fact(name)
  return name:sub(1, #PREFIX) == PREFIX
end

local function parsed(text)
  local numbers = {}
  for number in text:gmatch("%S+") do
    numbers[#numbers + 1] = tonumber(number)
  end
  return numbers[1] and text:find(".", 1, true) and { value = numbers[1], low = numbers[2], high = numbers[3] }
    or numbers[1]
end

--- The figures that were kept of a stage, a part and a side, as figures.of has them; nil where there are none.
function figures.kept(facts, stage, part, side)
  local found, prefix = {}, PREFIX .. table.concat({ stage, part, side }, ".") .. "."
  found.queries, found.references = tonumber(facts[prefix .. "queries"]), tonumber(facts[prefix .. "references"])
  for _, figure in ipairs(FIGURES) do
    found[figure[2]] = parsed(facts[prefix .. figure[2]] or "")
  end
  return next(found) and found
end

return figures
