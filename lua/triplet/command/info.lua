--- triplet info: tells what a saved model is, what it was trained with, and how good it was.

local counted = require "triplet.command.counted"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local json = require "triplet.json"
local learning = require "triplet.command.learning"
local model = require "triplet.command.model"
local plain = require "triplet.command.plain"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"

local info = {}

-- Of more columns than that some of the first are shown.
local COLUMNS, FIRST = 12, 8

-- The stages to show of those that were judged, and the parts of the table that were held out.
local STAGES = { "raw_features", "trained_encoder" }
local PARTS = { { "held_out", "held-out rows" }, { "unseen", "rows of unseen classes" } }

-- The facts that train keeps.
local KNOWN = { command = true, version = true, table = true, label = true, rows = true, training_rows = true,
  held_out_rows = true, unseen_rows = true, pairs = true }

function info.define(parser)
  parser:summary("Tell what a saved model is and how good it was.")
  parser:usage("Usage: triplet info <model>")
  parser:description("Tells the columns that a model takes, its classes, layers and distance, what it was trained "
    .. "with, how far, and what it keeps beside its weights: the figures of its held-out rows, a threshold, rows to "
    .. "classify by.")
  parser:argument("model", "The model (safetensors), or - for standard input."):convert(standard.input)
  parser:epilog("Example:\n"
    .. "  triplet train iris.csv --label species --model model.safetensors\n"
    .. "  triplet info model.safetensors")
end

local function bytes_of(path)
  local bytes, problem = standard.read(path)
  return bytes or fail("%s", problem)
end

local function size_of(bytes)
  return #bytes < 10000 and ("%d bytes"):format(#bytes) or #bytes < 1e6 and ("%.1f kB"):format(#bytes / 1e3)
    or ("%.1f MB"):format(#bytes / 1e6)
end

--- The facts that are not told otherwise.
local function other_facts(facts)
  local others = {}
  for name, text in pairs(facts) do
    if not (KNOWN[name] or figures.is_fact(name)) then
      others[name] = text
    end
  end
  return next(others) and others
end

--- The figures that it keeps, as a tree.
local function kept_figures(facts)
  local tree
  for _, stage in ipairs(figures.STAGE_ORDER) do
    for _, part in ipairs(PARTS) do
      for _, side in ipairs(figures.SIDES) do
        local found = figures.kept(facts, stage, part[1], side)
        if found then
          tree = tree or {}
          tree[stage] = tree[stage] or {}
          tree[stage][part[1]] = tree[stage][part[1]] or {}
          tree[stage][part[1]][side] = found
        end
      end
    end
  end
  return tree
end

local function data_of(path, bytes, trainer)
  local facts, recipe, kept = trainer.facts, trainer.recipe, trainer.kept_rows
  local columns
  if recipe then
    columns = json.list()
    for i, column in ipairs(recipe.columns) do
      columns[i] = { name = column.name, kind = column.kind, values = column.values and json.list(column.values),
        mean = column.mean, deviation = column.deviation, fill = column.fill }
    end
  end
  return {
    path = path, kind = "trainer", bytes = #bytes, version = facts.version, command = facts.command,
    pairs = tonumber(facts.pairs),
    table = facts.table and { name = facts.table, rows = tonumber(facts.rows),
      training_rows = tonumber(facts.training_rows), held_out_rows = tonumber(facts.held_out_rows),
      unseen_rows = tonumber(facts.unseen_rows) },
    columns = columns, inputs = trainer.inputs, input_names = trainer.columns and json.list(trainer.columns),
    label = recipe and recipe.label or facts.label, classes = json.list(trainer.classes or {}),
    layers = json.list(trainer:get("layers")), dimensions = trainer.dim, options = learning.options_of(trainer),
    distance = trainer:get("distance"), loss = trainer:get("loss"), steps = trainer:get("steps"),
    steps_done = trainer.steps, stopped = trainer.stopped, seed = trainer:get("seed"), threshold = trainer.threshold,
    kept_rows = kept and kept.embeddings.rows, figures = kept_figures(facts), facts = other_facts(facts) or nil,
  }
end

-- ---- for people -----------------------------------------------------------------------------------------------------

local function describe_columns(columns, say)
  local count, width = #columns > COLUMNS and FIRST or #columns, 6
  for i = 1, count do
    width = math.max(width, plain.length(plain.short(columns[i].name)))
  end
  for i = 1, count do
    local column = columns[i]
    local details = column.values and ("%s: %s"):format(counted(#column.values, "value"), plain.some(column.values))
      or column.mean == 0 and column.deviation == 1 and "as it is"
      or ("mean %.6g, deviation %.6g"):format(column.mean, column.deviation)
    say(("  %s  %-8s  %s"):format(plain.padded(plain.short(column.name), width), column.kind, details))
  end
  if #columns > count then
    say(("  and %d more (--json has all)"):format(#columns - count))
  end
end

--- "256, then 16 dimensions; relu, scaled to length 1".
local function layers_in_words(data)
  local layers, details = data.layers, {}
  if #layers == 0 then
    return ("none: %s of its own for each row"):format(counted(data.dimensions, "number"))
  elseif #layers > 1 then
    details[1] = data.options.activation
  end
  details[#details + 1] = data.options.residual and "added to the row itself" or nil
  details[#details + 1] = data.options.normalize and "scaled to length 1" or nil
  local hidden = #layers > 1 and table.concat(layers, ", ", 1, #layers - 1) .. ", then " or ""
  return hidden .. counted(data.dimensions, "dimension") .. (details[1] and "; " .. table.concat(details, ", ") or "")
end

local function distance_in_words(data)
  return data.distance == "minkowski" and ("minkowski, p %g"):format(data.options.p) or data.distance
end

local function steps_in_words(data)
  return ("%d of %d, seed %d%s"):format(data.steps_done, data.steps, data.seed, data.stopped
    and data.steps_done < data.steps and "; ended early, by --patience" or not data.stopped
    and (data.command and "; triplet resume goes on" or "; it may go on") or "")
end

local function describe_figures(data, say)
  for _, part in ipairs(PARTS) do
    for _, side in ipairs(figures.SIDES) do
      local columns = {}
      for _, stage in ipairs(STAGES) do
        local of_stage = data.figures and data.figures[stage]
        local found = of_stage and of_stage[part[1]] and of_stage[part[1]][side]
        columns[#columns + 1] = found and { figures.STAGES[stage], found }
      end
      if columns[1] then
        local first = columns[1][2]
        say(data.pairs and ("\n%s (95 %% intervals)"):format(figures.heading_of_pairs(first, "held-out "))
          or ("\n%d %s searched among %s (95 %% intervals)"):format(first.queries or 0, part[2],
            side == "among_themselves" and "themselves" or "the training rows"))
        for _, line in ipairs(figures.lines(columns)) do
          say(line)
        end
      end
    end
  end
end

local function describe(data, bytes, say)
  say(("%s: a model of %s%s"):format(data.path, size_of(bytes), data.version
    and ", written by triplet " .. plain.line(data.version) or ""))
  say("trained by:  " .. (data.command and plain.line(data.command) or "not known"))
  if data.table and data.table.rows then
    local rows = counted(data.table.rows, data.pairs and "pair" or "row")
    say(("table:       %s, %s; %d to train on, %d held out%s"):format(plain.line(data.table.name), rows,
      data.table.training_rows or 0, data.table.held_out_rows or 0,
      (data.table.unseen_rows or 0) > 0 and (", %d of unseen classes"):format(data.table.unseen_rows) or ""))
  end
  if not data.pairs and (data.label or data.classes[1]) then
    say("label:       " .. (data.label and plain.short(data.label) .. ", " or "")
      .. counted(#data.classes, "class", "classes") .. (data.classes[1] and ": " .. plain.some(data.classes) or ""))
  end
  say(("inputs:      %d%s"):format(data.inputs or 0, data.columns
    and ", of " .. counted(#data.columns, "column") or ""))
  describe_columns(data.columns or {}, say)
  say("layers:      " .. layers_in_words(data))
  say(("loss:        %s%s"):format(data.loss, data.loss == "triplet" and (", margin %g, mining %s"):format(
    data.options.margin, data.options.mining) or ""))
  say("distance:    " .. distance_in_words(data))
  say("steps:       " .. steps_in_words(data))
  local chosen = data.facts and data.facts[model.THRESHOLD_CHOSEN_BY]
  say("threshold:   " .. (data.threshold and ("%.9g%s"):format(data.threshold, chosen and ", chosen by "
    .. plain.line(chosen) or "") or "none (triplet verify --save-threshold finds one)"))
  say("kept rows:   " .. (data.pairs and "none, as pairs have no labels" or data.kept_rows
    and ("%d, whose embeddings and labels can be read"):format(data.kept_rows)
    or "none (triplet train --keep-rows keeps them)"))
  describe_figures(data, say)
end

--- What there is to tell of an encoder or an optimizer, which are parts of a model.
local function part_of(path, bytes, part, kind, say)
  say(("%s: an %s of %s, saved by itself: no model of triplet train"):format(path, kind, size_of(bytes)))
  return { path = path, kind = kind, bytes = #bytes, parameters = kind == "encoder" and part.parameters.cols or nil }
end

function info.run(options)
  local say = options.json and function() end or talk.of(options)
  local bytes = bytes_of(options.model)
  local loaded, problem = triplet.from_bytes(bytes)
  if not loaded then
    fail("%s: %s", options.model, problem)
  end
  local kind = triplet.kind(loaded)
  if kind ~= "trainer" then
    return part_of(options.model, bytes, loaded, kind, say)
  end
  local data = data_of(options.model, bytes, loaded)
  describe(data, bytes, say)
  return data
end

return info
