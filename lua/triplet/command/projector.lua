--- The pair of files that the Embedding Projector (projector.tensorflow.org) loads: NAME-vectors.tsv, and
--- NAME-metadata.tsv, whose first line names its columns only where there are several.

local embedding = require "triplet.command.embedding"

local projector = {}

-- Rows that are tables at once.
local AT_ONCE = 1000

--- Gives a parser the flag that names them.
function projector.define(parser)
  return parser:option("--projector", "Write NAME-vectors.tsv and NAME-metadata.tsv, as projector.tensorflow.org loads "
    .. "them."):argname("<name>"):convert(function(name)
    return name ~= "-" and name ~= "" and name or nil, ('--projector: expected how two files begin, got "%s"'):format(
      name)
  end)
end

--- Outputs for the two files. files: as outputs.new makes them; name: of the command line, or nil.
function projector.open(files, name)
  return name and { vectors = files:open(name .. "-vectors.tsv", "--projector"),
    metadata = files:open(name .. "-metadata.tsv", "--projector") }
end

--- The names of the two files.
function projector.paths(name)
  return name and { name .. "-vectors.tsv", name .. "-metadata.tsv" } or {}
end

--- A text on one line, without what stands between columns.
local function plain(text)
  return (text:gsub("[%c]", " "))
end

local function write_vectors(output, matrix)
  for first = 1, matrix.rows, AT_ONCE do
    for _, coordinates in ipairs(matrix:view(first, math.min(first + AT_ONCE - 1, matrix.rows)):totable()) do
      for i, coordinate in ipairs(coordinates) do
        coordinates[i] = ("%.9g"):format(coordinate)
      end
      output:write(table.concat(coordinates, "\t") .. "\n")
    end
  end
end

--- The columns of the metadata: what is carried along; the rows' names, or their numbers where nothing is.
local function columns_of(embedded)
  local numbers, columns = embedded.numbers, {}
  if #embedded.carried == 0 or type(numbers[1]) ~= "number" then
    columns[1] = { "row", numbers }
  end
  for _, column in ipairs(embedded.carried) do
    columns[#columns + 1] = column
  end
  return columns
end

--- Writes both. to: as `open` gives them; embedded: as embedding.write takes it.
function projector.write(to, embedded)
  embedding.check(embedded.rows, embedded.numbers)
  write_vectors(to.vectors, embedded.rows)

  local columns, fields = columns_of(embedded), {}
  if #columns > 1 then
    for i, column in ipairs(columns) do
      fields[i] = plain(column[1])
    end
    to.metadata:write(table.concat(fields, "\t") .. "\n")
  end
  for place = 1, embedded.rows.rows do
    for i, column in ipairs(columns) do
      fields[i] = plain(tostring(column[2][place] or ""))
    end
    to.metadata:write(table.concat(fields, "\t") .. "\n")
  end
end

return projector
