--- How well rows that were not trained on find those of their class: the figures, tables of them, and a summary.

local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local embedding = require "triplet.command.embedding"
local figures = require "triplet.command.figures"
local learning = require "triplet.command.learning"
local shard = require "triplet.command.shard"
local triplet = require "triplet"

local evaluation = {}

evaluation.RAW = "raw features"

-- Distances that a search takes at most: of more rows fewer are asked, as a minute of waiting is enough.
local MOST_PAIRS = 5e8

-- The parts of a set that are evaluated, and what they are called by programs.
local PARTS = { "test", "unseen" }
local NAMES = { test = "held_out", unseen = "unseen" }

local function name_of(part, set)
  return part == "unseen" and "rows of unseen classes" or set.holds_out_classes and "rows of held-out classes"
    or "held-out rows"
end

--- The held-out rows come after the training rows, for the library is told of one set of rows and which are held out.
--- embeddings: of all rows; nil: the rows as they are.
local function evaluate(set, part, embeddings, options)
  local rows, held_out = {}, {}
  for i, row in ipairs(set.parts.train) do
    rows[i] = row
  end
  for i, row in ipairs(set.parts[part]) do
    rows[#rows + 1] = row
    held_out[i] = #rows
  end

  return triplet.evaluate_held_out(shard.select(set, rows, embeddings), dataset.pick(set.labels, rows), held_out,
    options)
end

--- How many rows are asked at most, of so many that are searched.
function evaluation.most_queries(references)
  local most = learning.default("most_queries", "evaluate_held_out")
  return math.min(most, math.max(1000, math.floor(MOST_PAIRS / math.max(references, 1))))
end

--- What evaluate_held_out finds of each part that has rows. stage: "raw features", the table's inputs, or what else the
--- trainer's encoder is now. lines: makes lines of progress.
function evaluation.of(trainer, set, stage, lines)
  shard.collect(set)
  local embeddings = stage ~= evaluation.RAW and embedding.of(trainer, shard.all(set), lines, stage) or nil
  local found = {}
  for _, part in ipairs(PARTS) do
    if #set.parts[part] > 0 then
      local line = lines(stage .. ": " .. name_of(part, set))
      found[part] = evaluate(set, part, embeddings, { k = figures.RANKS, seed = trainer:get("seed"),
        distance = trainer:get("distance"), p = trainer:get("p"), progress = line:callback(),
        most_queries = evaluation.most_queries(#set.parts.train) })
      line:finish()
      shard.collect(set)
    end
  end
  return found
end

--- The metrics that sum up what was found of a part: among the training rows if these have its classes, otherwise among
--- the part's own rows; nil where neither were measured.
local function metrics_of(found)
  for _, side in ipairs(figures.SIDES) do
    if found and figures.are_measured(found[side]) then
      return found[side]
    end
  end
end

local function percent(share)
  return ("%.1f %%"):format(100 * share)
end

--- For how many rows the nearest one is of the same class, in words: "97.1 % of held-out rows (raw features: 95.7 %)",
--- for each part that has that figure. stages: as evaluation.lines takes them.
function evaluation.shares(set, stages)
  local shares = {}
  local raw, last = stages[1].found or {}, stages[3].found or stages[2].found or {}
  for _, part in ipairs(PARTS) do
    local metrics, before = metrics_of(last[part]), metrics_of(raw[part])
    if metrics then
      shares[#shares + 1] = ("%s of %s%s"):format(percent(metrics.precision_at_1), name_of(part, set),
        before and (" (raw features: %s)"):format(percent(before.precision_at_1)) or "")
    end
  end
  return shares
end

--- What a table is of: "30 held-out rows searched among 120 training rows". found: of evaluate_held_out; name: of its
--- rows; place: what else than themselves they are searched among.
function evaluation.heading(found, side, name, place)
  local metrics = found[side]
  local rows = counted(found.queries, (name:gsub("rows", "row", 1)), name)
  if found.queries < found.held_out then
    rows = ("%s, drawn from %d,"):format(rows, found.held_out)
  end

  place = side == "among_themselves" and "themselves" or place
  if not figures.are_measured(metrics) then
    return ("%s cannot be evaluated among %s: %s"):format(rows, place,
      metrics.queries == 0 and "none has another of its class there" or "all are of one class")
  end
  return ("%s searched among %s%s"):format(rows, place, metrics.skipped > 0
    and (", but for %d without another of their class there"):format(metrics.skipped) or "")
end

--- Adds the table of a part and a side, with the stages as its columns.
local function add_table(lines, stages, set, part, side)
  lines[#lines + 1] = "\n" .. evaluation.heading(stages[1].found[part], side, name_of(part, set),
    ("%d training rows"):format(#set.parts.train))
  local columns = {}
  for _, stage in ipairs(stages) do
    local found = figures.of(stage.found[part][side])
    columns[#columns + 1] = found and { stage.name, found }
  end
  for _, line in ipairs(columns[1] and figures.lines(columns) or {}) do
    lines[#lines + 1] = line
  end
end

--- Whether a share of queries is below another by more than the deviation that chance gives their difference.
local function is_below(share, other, queries)
  return other - share > math.sqrt((share * (1 - share) + other * (1 - other)) / queries)
end

--- Adds a warning for each part whose rows the trained encoder finds less well than the raw features do.
local function add_warnings(lines, stages, set, is_deep)
  local raw, trained = stages[1].found or {}, stages[3].found or {}
  for _, part in ipairs(PARTS) do
    local before, after = metrics_of(raw[part]), metrics_of(trained[part])
    if before and after and is_below(after.precision_at_1, before.precision_at_1, before.queries) then
      -- Hidden layers fit the classes that they were trained on, which may cost others their structure.
      local is_new = raw[part].against_training.queries == 0
      local advice = is_deep and is_new and "a larger --dim, with --layers none"
        or "other settings of --dim, --margin or --mining, or search by the raw features"
      lines[#lines + 1] = ("The trained encoder finds neighbours of %s less well than the raw features do. Try %s.")
        :format(name_of(part, set), advice)
    end
  end
end

--- The report. stages: { name, found } of the raw features, of the encoder before training, and of the encoder after
--- it; found is nil where a stage was not evaluated. is_deep: whether the encoder has hidden layers.
function evaluation.lines(set, stages, is_deep)
  local lines, measured = {}, {}
  for _, stage in ipairs(stages) do
    measured[#measured + 1] = stage.found and stage
  end
  if not measured[1] then
    return lines
  end

  for _, part in ipairs(PARTS) do
    for _, side in ipairs(figures.SIDES) do
      -- Rows of classes that were not trained on have no other of their class among the training rows.
      local found = measured[1].found[part]
      if found and (side == "among_themselves" or found[side].queries > 0) then
        add_table(lines, measured, set, part, side)
      end
    end
  end
  local shares = evaluation.shares(set, stages)
  if shares[1] then
    lines[#lines + 1] = "\nIn short, the nearest row is of the same class for " .. table.concat(shares, " and ") .. "."
  end
  add_warnings(lines, stages, set, is_deep)
  return lines
end

--- The figures of all stages as a tree: { trained_encoder = { held_out = { against_training = { map = ... } } } }.
function evaluation.tree(stages)
  local tree = {}
  for _, stage in ipairs(stages) do
    for part, found in pairs(stage.found or {}) do
      local stage_name, sides = stage.name:gsub(" ", "_"), {}
      for _, side in ipairs(figures.SIDES) do
        sides[side] = figures.of(found[side])
      end
      tree[stage_name] = tree[stage_name] or {}
      tree[stage_name][NAMES[part]] = next(sides) and sides or nil
    end
  end
  return tree
end

return evaluation
