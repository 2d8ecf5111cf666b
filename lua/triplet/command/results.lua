--- What a training leaves behind: its files, what the model remembers of it, and what is told of both.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local embedding = require "triplet.command.embedding"
local evaluation = require "triplet.command.evaluation"
local figures = require "triplet.command.figures"
local invocation = require "triplet.command.invocation"
local json = require "triplet.json"
local paired = require "triplet.command.paired"
local picture = require "triplet.command.picture"
local projector = require "triplet.command.projector"
local shard = require "triplet.command.shard"
local standard = require "triplet.command.standard"
local train_options = require "triplet.command.train_options"
local triplet = require "triplet"

local results = {}

-- The files that can be written, but those of the projector.
results.FILES = { "out", "model", "plot" }

--- The files that were asked for, "-" being standard output.
function results.written(options)
  local list = {}
  for _, kind in ipairs(results.FILES) do
    list[#list + 1] = options[kind]
  end
  for _, path in ipairs(projector.paths(options.projector)) do
    list[#list + 1] = path
  end
  return list
end

--- The weights to show: those of the best validation also where training was interrupted, which the model keeps beside
--- the last ones.
local function shown(trainer)
  if trainer.stopped then
    return trainer
  end
  local best = triplet.from_bytes(trainer:tobytes())
  best:restore_best()
  return best
end

--- What the model remembers of how it came about: enough to go on by, and nothing that differs from run to run. Of a
--- threshold that it has from before it is what triplet verify told.
function results.facts_of(options, set, trainer)
  local facts = {}
  for name, text in pairs(trainer.threshold and trainer.facts or {}) do
    facts[name] = name:find("^threshold_") and text or nil
  end
  return copy(facts, {
    command = invocation.line(train_options.words(options)),
    version = triplet.version,
    table = standard.base_name(options.file),
    label = set.label,
    rows = tostring(#set.labels),
    training_rows = tostring(#set.parts.train),
    held_out_rows = tostring(#set.parts.test),
    unseen_rows = tostring(#set.parts.unseen),
    pairs = set.partners and tostring(#set.labels) or nil,
  })
end

--- Puts the embedded training rows into the model. Returns how many bytes longer that makes it.
local function keep_rows(trainer, set, lines)
  local rows, labels = dataset.training_rows(set)
  trainer:keep_rows() -- those that a model had before it went on
  local before = #trainer:tobytes()
  trainer:keep_rows(embedding.of(trainer, rows, lines), labels)
  return #trainer:tobytes() - before
end

--- "iris.csv: species"; a column that has a number only is called one.
local function title_of(set)
  local file = standard.in_words(set.path):match("[^/]*$")
  return set.label:find("^%d+$") and ("%s, classes: column %s"):format(file, set.label)
    or ("%s: %s"):format(file, set.label)
end

--- run.to: an output or nil for each kind of file.
function results.write(run, options, lines)
  local to, set, trainer = run.to, run.set, run.trainer
  local are_shown = not set.partners and (to.out or to.plot or to.projector)
  local rows = are_shown and embedding.of(shown(trainer), shard.all(set), lines)
  local parts = {}
  for part, list in pairs(set.parts) do
    for _, row in ipairs(list) do
      parts[row] = part
    end
  end

  local embedded = { rows = rows, numbers = set.numbers,
    carried = { { set.label, not set.partners and dataset.texts(set) or nil }, { "part", parts } } }
  if to.out and set.partners then
    paired.write(to.out, shown(trainer), set, parts, lines)
  elseif to.out then
    embedding.save(to.out, options.out, embedded, lines)
  end
  if to.projector then
    projector.write(to.projector, embedded)
  end
  if to.model then
    run.kept_bytes = options.keep_rows and keep_rows(trainer, set, lines)
    local facts = results.facts_of(options, set, trainer)
    figures.keep(facts, (set.partners and paired or evaluation).tree(run.stages))
    trainer.facts = facts
    to.model:write(trainer:tobytes())
  end
  if to.plot then
    local share = evaluation.shares(set, run.stages)[1]
    run.pictured = picture(to.plot, {
      title = title_of(set),
      rows = rows,
      labels = set.labels,
      classes = set.classes,
      parts = parts,
      summary = share and "nearest row of the same class: " .. share,
      seed = trainer:get("seed"),
    })
  end
end

--- Repeats, where the figures are read, what makes them look better than they are.
function results.say_what_flatters(say, set)
  for _, note in ipairs(set.notes) do
    if note.flatters then
      say("But " .. note.text .. ".")
    end
  end
end

function results.say_what_was_kept(say, run)
  if run.kept_bytes then
    say(("\nkept: the embeddings and labels of %s (%d bytes of the model), which can be read by whoever has the file")
      :format(counted(#run.set.parts.train, "training row"), run.kept_bytes))
  end
end

function results.say_what_was_written(say, options, run)
  if run.pictured and run.pictured < #run.set.labels then
    say(("\nthe picture shows %d of %d rows"):format(run.pictured, #run.set.labels))
  end
  local gap = "\n"
  for _, path in ipairs(results.written(options)) do
    if path ~= "-" then
      say(gap .. "wrote " .. path)
      gap = ""
    end
  end
end

--- What --json prints.
function results.for_programs(run, options, is_interrupted)
  local set, trainer = run.set, run.trainer
  local files = {}
  for _, kind in ipairs(results.FILES) do
    files[kind] = options[kind]
  end
  files.projector = options.projector and projector.paths(options.projector)
  local notes = json.list()
  for i, note in ipairs(set.notes) do
    notes[i] = note
  end
  return {
    table = { path = set.path, rows = #set.labels, columns = set.columns, inputs = json.list(set.inputs),
      label = set.label, classes = json.list(set.classes), training_rows = #set.parts.train,
      held_out_rows = #set.parts.test, unseen_rows = #set.parts.unseen, notes = notes },
    layers = run.layers, steps = trainer:get("steps"), steps_done = trainer.steps, seed = trainer:get("seed"),
    command = invocation.line(train_options.words(options)), collapsed = run.collapsed or false,
    figures = (set.partners and paired or evaluation).tree(run.stages), written = files,
    kept_rows = run.kept_bytes and #set.parts.train,
    kept_bytes = run.kept_bytes or nil, interrupted = is_interrupted,
  }
end

return results
