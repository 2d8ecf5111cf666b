--- Models that `triplet train` saved, and the rows of files as these take them.

local fail = require "triplet.command.fail"
local progress = require "triplet.progress"
local reading = require "triplet.command.reading"
local triplet = require "triplet"

local model = {}

--- The trainer in a file.
function model.load(path)
  local loaded, problem = triplet.load(path)
  if not loaded then
    fail("%s", problem)
  elseif not loaded.recipe then
    fail("%s does not name its columns: it was not saved by triplet train", path)
  end
  return loaded
end

--- Reads a file for a model, and tells what there is to tell of it. options: the command line, with .label, the column
--- to carry along, or nil. lines: makes the line of progress. say: prints a line.
---
--- Returns { matrix, numbers = those of its rows in the file, label = the name of the column, texts = its cells,
--- labels, classes }, the last four as triplet.columns has them, and nil where no column is carried along.
function model.read(loaded, path, options, lines, say)
  local line = lines("reading")
  local given = reading.given(options, true)
  given.recipe, given.label, given.progress = loaded.recipe, options.label, line:callback()
  local columns = reading.read(path, given)
  line:finish()
  progress.clear()
  reading.tell(reading.notes(columns), say)

  local rows = { matrix = loaded.recipe:matrix(columns), numbers = columns.row_numbers }
  if columns.label then
    rows.label, rows.texts = columns.label, columns:texts(columns.label)
    rows.labels, rows.classes = columns.labels, columns.classes
  end
  columns:close()
  return rows
end

return model
