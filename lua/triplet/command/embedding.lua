--- An embedding and its files: CSV with the row's number in the input, what is carried along, and the coordinates e1,
--- e2 ...; or nothing but the coordinates, as other programs read them.

local fail = require "triplet.command.fail"
local csv_line = require "triplet.command.line"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"
local vectors = require "triplet.command.vectors"

local embedding = {}

-- Rows that are tables at once.
local AT_ONCE = 1000

--- The matrix of the embedded rows of another, or of a shard. lines: makes the line of progress, of this name.
function embedding.of(trainer, matrix, lines, name)
  local line = lines(name or "embedding")
  local rows = trainer:embed(matrix, line:callback())
  line:finish()
  return rows
end

--- Its rows scaled to length 1.
function embedding.normalized(matrix)
  return (triplet.encoder { inputs = matrix.cols, layers = {}, normalize = true, seed = 0 }:forward(matrix))
end

--- The embedding of rows that are searched, which a model of pairs may leave as they are.
function embedding.of_references(trainer, matrix, lines, name)
  if trainer:get("adapt") ~= "queries" then
    return embedding.of(trainer, matrix, lines, name)
  end
  return trainer:get("normalize") and embedding.normalized(matrix) or matrix
end

-- Formats of matrices, by how a file's name ends.
local FORMATS = { npy = "npy", fvecs = "fvecs", safetensors = "safetensors" }

--- The format of a file for the coordinates alone; nil of a CSV file, or where no file is asked for.
function embedding.format_of(path)
  return path and FORMATS[path:lower():match("%.(%w+)$")]
end

local function fail_at(row, path)
  fail("%srow %s has no finite embedding: its numbers are too far from those that were trained on",
    path and path .. ": " or "", row)
end

--- Fails where an embedded row is not finite. numbers: of the rows in their file; path: of that, where there are more.
function embedding.check(rows, numbers, path)
  local row = vectors.not_finite(rows)
  if row then
    fail_at(numbers[row], path)
  end
end

--- Writes a file by what its name ends with. embedded, lines: as `write` takes them.
function embedding.save(output, path, embedded, lines)
  local format = embedding.format_of(path)
  if not format then
    return embedding.write(output, embedded, lines)
  end
  embedding.check(embedded.rows, embedded.numbers)
  output:write(embedded.rows:encode(format))
end

--- Writes CSV to an output. embedded.rows: the matrix of coordinates, of which nine digits bring every float32 back;
--- .numbers: those of the rows in the input; .carried: a list of { name, texts }; a row may have no text;
--- .continues: whether the lines go on after others, without a header.
function embedding.write(output, embedded, lines)
  local rows, numbers, carried = embedded.rows, embedded.numbers, embedded.carried
  embedding.check(rows, numbers)
  local line = lines("writing")
  local fields = { "row" }
  for i, column in ipairs(carried) do
    fields[i + 1] = column[1]
  end
  if not embedded.continues then
    local header = { unpack(fields) }
    for i = 1, rows.cols do
      header[#fields + i] = "e" .. i
    end
    output:write(csv_line(header))
  end

  local coordinates_of = (",%.9g"):rep(rows.cols) .. "\n" -- a call for each number would take twice as long
  for first = 1, rows.rows, AT_ONCE do
    local last = math.min(first + AT_ONCE - 1, rows.rows)
    for i, coordinates in ipairs(rows:view(first, last):totable()) do
      local row = first + i - 1
      fields[1] = tostring(numbers[row])
      for j, column in ipairs(carried) do
        fields[j + 1] = column[2][row] or ""
      end
      output:write(csv_line(fields):sub(1, -2) .. coordinates_of:format(unpack(coordinates)))
    end
    line:share(last / rows.rows)
  end
  line:finish()
end

return embedding
