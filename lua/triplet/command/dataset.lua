--- A labelled file as the command works on it: classes numbered, rows split in parts, fit to learn from.

local counted = require "triplet.command.counted"
local fail = require "triplet.command.fail"
local labelling = require "triplet.command.labels"
local reading = require "triplet.command.reading"
local shard = require "triplet.command.shard"
local triplet = require "triplet"

local dataset = {}

--- The entries of a list at some places.
function dataset.pick(list, indices)
  local picked = {}
  for i, index in ipairs(indices) do
    picked[i] = list[index]
  end
  return picked
end

--- Row indices by their part: train, test, unseen.
local function parts_of(labels, unseen, options)
  local seen_rows, unseen_rows = {}, {}
  for row, label in ipairs(labels) do
    table.insert(unseen[label] and unseen_rows or seen_rows, row)
  end
  local seen_labels = dataset.pick(labels, seen_rows)
  local training, held_out = triplet.split(seen_labels, options.test_share, options.seed, options.hold_out)
  return {
    train = dataset.pick(seen_rows, training),
    test = dataset.pick(seen_rows, held_out),
    unseen = unseen_rows,
  }
end

--- Fails where nothing can be learned. Returns a warning or nil.
local function check_classes(set)
  local rows, classes, single = {}, 0, 0
  for _, row in ipairs(set.parts.train) do
    rows[set.labels[row]] = (rows[set.labels[row]] or 0) + 1
  end
  for _, count in pairs(rows) do
    classes = classes + 1
    single = single + (count == 1 and 1 or 0)
  end

  if classes < 2 then
    fail("%s: expected at least two classes to train on, got %d", set.path, classes)
  elseif single == classes then
    fail("%s: expected a class with two or more rows to train on, got %d classes of one row", set.path, classes)
  end
  return single > 0 and ("%d of %d classes %s a single training row, which can only be a negative")
    :format(single, classes, single == 1 and "has" or "have") or nil
end

--- Whether what is held out are whole classes.
local function holds_out_classes(set)
  local example = set.parts.test[1] and set.labels[set.parts.test[1]]
  for _, row in ipairs(set.parts.train) do
    if set.labels[row] == example then
      return false
    end
  end
  return example ~= nil
end

--- The rows of vectors that have a label, of the labels' file.
local function set_of_vectors(path, found, options)
  local source = options.table.vectors
  if not source.labels then
    fail.usage("--labels: expected a file with the label of each row of %s, which has vectors", path)
  end
  local given, name = labelling.read(source.labels, options.table.label, found.matrix.rows, path, "--labels")
  local set = { path = path, label = name, columns = found.matrix.cols, notes = {} }
  local places, texts
  set.matrix, texts, places = labelling.labelled(found.matrix, given, source.labels)
  set.numbers = found.words and dataset.pick(found.words, places) or places
  if #places < found.matrix.rows then
    set.notes[1] = { text = ("left out: %s without a label"):format(counted(found.matrix.rows - #places, "row")) }
  end
  set.labels, set.classes = labelling.number(texts, #places)
  set.own = options.table.shard and shard.own(#places)
  if set.own then
    set.matrix = set.matrix:select(shard.numbers(set))
  end
  return set
end

--- A labelled table; columns and recipe are for `finish`.
local function set_of_table(path, bytes, options)
  if not options.table.label then
    fail.usage("missing option '--label' (see triplet --help)")
  end
  local columns, recipe = reading.read(path, options.table, bytes)
  return { path = path, label = columns.label, classes = columns.classes, labels = columns.labels,
    numbers = columns.row_numbers, columns = #columns.columns, recipe = recipe,
    own = options.table.shard and shard.held(columns) or nil, notes = reading.notes(columns) }, columns
end

--- options.table: how to read the file, as reading.given has it, with .label and .shard; .unseen: classes not to train
--- on; .test_share: the share to hold out of each other class, or of the classes themselves, as .hold_out says, drawn
--- by .seed.
---
--- Returns { path, label = the name of the labels' column, classes, labels of the rows, and their numbers or names in
--- the file, columns = how many it has, recipe = nil of vectors, inputs = its names of them, matrix, own = which rows
--- that has (see shard.lua), parts = row indices { train, test, unseen }, holds_out_classes, notes, warning }.
function dataset.read(path, options)
  local found, bytes = reading.vectors(path, options.table)
  local set, columns
  if found then
    set = set_of_vectors(path, found, options)
  else
    set, columns = set_of_table(path, bytes, options)
  end
  reading.close(path, bytes)

  local label_of, unseen = {}, {}
  for i, class in ipairs(set.classes) do
    label_of[class] = i - 1
  end
  for _, class in ipairs(options.unseen or {}) do
    unseen[label_of[class] or fail('%s has no class "%s" to leave unseen', path, class)] = true
  end
  set.parts = parts_of(set.labels, unseen, options)
  set.holds_out_classes = holds_out_classes(set)
  set.warning = check_classes(set)

  set.inputs = set.recipe and set.recipe.inputs or {}
  if columns then
    set.recipe:fit(set.parts.train)
    set.matrix = set.recipe:matrix(columns)
    columns:close()
  end
  found = nil -- luacheck: ignore 311
  shard.collect(set)
  return set
end

--- Its rows to train on, their labels, and of pairs their partners: pairs have labels where partners come again.
function dataset.training_rows(set)
  local rows = set.parts.train
  local given = (not set.partners or set.are_repeated) and dataset.pick(set.labels, rows) or nil
  return shard.select(set, rows), given, set.partners and set.partners:select(rows)
end

--- The class of each row, by its name.
function dataset.texts(set)
  local texts = {}
  for row, label in ipairs(set.labels) do
    texts[row] = set.classes[label + 1]
  end
  return texts
end

return dataset
