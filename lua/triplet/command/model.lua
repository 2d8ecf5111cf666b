--- Models that `triplet train` saved, and the rows of files as these take them.

local copy = require "triplet.command.copy"
local dataset = require "triplet.command.dataset"
local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local labels = require "triplet.command.labels"
local plain = require "triplet.command.plain"
local progress = require "triplet.progress"
local reading = require "triplet.command.reading"
local sides = require "triplet.command.sides"
local standard = require "triplet.command.standard"
local triplet = require "triplet"

local model = {}

-- The facts that tell by what a threshold was chosen, and on which file.
model.THRESHOLD_CHOSEN_BY, model.THRESHOLD_FILE = "threshold_chosen_by", "threshold_file"

--- The trainer in a file.
function model.load(path)
  local bytes, problem = standard.read(path)
  local loaded, fault
  if bytes then
    loaded, fault = triplet.from_bytes(bytes)
  end
  if not loaded then
    fail("%s", problem or ("%s: %s"):format(path, fault))
  elseif triplet.kind(loaded) ~= "trainer" then
    fail("%s: it is an %s alone, not a model of triplet train", path, triplet.kind(loaded))
  elseif not loaded.recipe and #loaded:get("layers") == 0 then
    fail("%s: its rows have no columns: it was not saved by triplet train", path)
  end
  return loaded
end

--- The file that others are to be like where there is no model.
local function first_of(loaded)
  return type(loaded) == "table" and loaded.first or nil
end

--- The columns of rows that are no table's of the model's own.
local function check_width(loaded, path, width)
  if loaded.inputs and loaded.inputs ~= width then
    fail("%s: expected %d columns like %s, got %d", path, loaded.inputs, first_of(loaded) or "the model", width)
  end
end

local function rows_of_vectors(loaded, path, found, given, option)
  if loaded.recipe then
    local first = first_of(loaded)
    fail("%s: expected a table with the columns %s, got vectors", path, first and "of " .. first
      or "that the model was trained on")
  end
  check_width(loaded, path, found.matrix.cols)
  local rows = { matrix = found.matrix, numbers = found.words, count = found.matrix.rows, path = path }
  if not rows.numbers then
    rows.numbers = {}
    for row = 1, rows.count do
      rows.numbers[row] = row
    end
  end
  if given.vectors.labels then
    rows.texts, rows.label = labels.read(given.vectors.labels, given.label, rows.count, path, option or "--labels")
    rows.labels, rows.classes = labels.number(rows.texts, rows.count)
  elseif given.label then
    fail.usage("--label: belongs to tables, and %s has vectors: name a file of their labels by %s", path,
      option or "--labels")
  end
  return rows
end

--- What a recipe makes of columns; a number that it cannot make anything of is told with the file that it is in.
local function matrix_of(recipe, columns, path)
  local done, matrix = interrupt.pcall(recipe.matrix, recipe, columns)
  if done then
    return matrix
  end
  local problem = tostring(matrix):match("%(columns: (.*)%)$")
  return problem and fail("%s: %s", path, problem) or error(matrix, 0)
end

--- The rows of a table, as model.read gives them. given: as reading.given has it. Where there is no recipe for the
--- table, its columns are as they are, unless loaded.standardize, where loaded is no model, says otherwise. What is
--- told of the table names its file where loaded reads several.
function model.rows_of_table(loaded, path, bytes, given, say)
  local is_space = type(loaded) == "table"
  if not loaded.recipe then
    given.standardize = is_space and loaded.standardize == true
  end
  given.recipe = loaded.recipe
  local columns, recipe = reading.read(path, given, bytes)
  if not loaded.recipe then
    recipe:fit() -- a missing number is then the mean of its column
  end
  recipe = loaded.recipe or recipe
  progress.clear()
  reading.tell(reading.notes(columns), say, is_space and loaded.reads_several and path)
  check_width(loaded, path, #recipe.inputs)

  local rows = { path = path, recipe = recipe, matrix = matrix_of(recipe, columns, path),
    numbers = columns.row_numbers }
  rows.count = rows.numbers[#rows.numbers]
  if columns.label then
    rows.label, rows.texts = columns.label, columns:texts(columns.label)
    rows.labels, rows.classes = columns.labels, columns.classes
  end
  columns:close()
  return rows
end

--- The same of one side of a table of pairs, as sides.of_table has it.
local function rows_of_side(loaded, path, side, say)
  local rows = model.rows_of_table(loaded, path, side.bytes, side.given, say)
  local places = rows.numbers
  rows.numbers, rows.side = dataset.pick(side.numbers, places), side.name
  rows.count = rows.numbers[#rows.numbers]
  if side.texts then
    rows.label, rows.texts = side.label, {}
    for row, place in ipairs(places) do
      rows.texts[row] = side.texts[place]
    end
    rows.labels, rows.classes = labels.number(rows.texts, #places)
  end
  say(("%s: of its pairs the %s"):format(path, side.name))
  return rows
end

--- Reads a file for a model, and tells what there is to tell of it. loaded: the model, or nothing but the .recipe of a
--- table or the .inputs that its rows have to have, as those of the file .first do. options: the command line, with
--- .label, the column to carry along, or nil, .carry, one to carry along where a table has it, and .side, which of a
--- table of pairs to take (queries). lines: makes the line of progress. say: prints a line. option: which names the
--- file of labels (--labels).
---
--- Returns { matrix, numbers = those of its rows in the file, or their names, count = rows of the file as far as they
--- are known, label = the name of the column, texts = its cells, labels, classes, recipe }: label and what follows as
--- triplet.columns has them, nil where no column is carried along; recipe: nil of vectors.
function model.read(loaded, path, options, lines, say, option)
  local line = lines("reading")
  local given = reading.given(options, loaded.recipe ~= nil)
  given.label, given.carry, given.progress = options.label or nil, options.carry, line:callback()
  local found, bytes = reading.vectors(path, given)
  local side = not found and sides.of_table(loaded, path, bytes, given, options.side)
  local rows = found and rows_of_vectors(loaded, path, found, given, option)
    or side and rows_of_side(loaded, path, side, say)
    or model.rows_of_table(loaded, path, bytes, given, say)
  line:finish()
  return rows
end

--- Options for model.read by which a table's rows have the label that the model learned, where there is one and no
--- other is named; --label '' names none.
function model.carrying(loaded, options)
  local learned = loaded.recipe and loaded.recipe.label
  if options.label == "" then
    return copy(options, { label = false })
  end
  return copy(options, { carry = not options.label and learned or nil })
end

--- Tells what is carried along that nobody named. options: of the command line.
function model.tell_carried(loaded, rows, options, say)
  if rows.texts and loaded.recipe and not options.label then
    say(("carried along: %s, the label that the model learned (--label '' leaves it out)"):format(
      plain.short(rows.label)))
  end
end

return model
