--- triplet nearest: for each row of a file the nearest rows of another, or of itself.

local copy = require "triplet.command.copy"
local counted = require "triplet.command.counted"
local csv_line = require "triplet.command.line"
local exclusions = require "triplet.command.exclusions"
local fail = require "triplet.command.fail"
local json = require "triplet.json"
local model = require "triplet.command.model"
local outputs = require "triplet.command.outputs"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local reading = require "triplet.command.reading"
local sides = require "triplet.command.sides"
local space = require "triplet.command.space"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local nearest = {}

local K = 5

function nearest.define(parser)
  parser:summary("Find the nearest rows of each row.")
  parser:usage("Usage: triplet nearest <model> <file> [--references <file>] [-k <number>] [--out <file>] [options]")
  parser:description("Finds, for each row of a file, the rows of another file that are nearest to it in the embedding "
    .. "of a model, by exact search, nearest first. Without --references these are the other rows of the same file. "
    .. "Writes a line for each neighbour: row, rank, neighbor, its label where the references have one, distance. Rows "
    .. "are numbered from 1 below the header; those of text files have their words.")
  local distance, p, standardize = space.define(parser)
  parser:argument("file", "Table or vectors, the rows to find neighbours of. One file may be -, standard input.")
    :convert(standard.input)
  parser:group("Search",
    parser:option("--references", "Table or vectors to search (default: the other rows of the file).")
      :argname("<file>"):convert(standard.input),
    space.neighbors(parser, "Neighbours of each row", K),
    parser:option("--exclude", "Table of two columns: a row, and a reference that is not to be its neighbour, such as "
      .. "what a user has bought."):argname("<file>"):convert(standard.input),
    distance, p, standardize)
  parser:group("Labels",
    parser:option("--label", "Column of the references to carry along: its name, else its number from 1, first or "
      .. "last (default: the column that the model learned, where they have it; '' carries none). With "
      .. "--reference-labels, of the table that this names."):argname("<column>"),
    space.reference_labels(parser, "For references that are vectors: as --labels, which is for the file where that is "
      .. "searched itself."))
  parser:group("Files", space.out(parser, "neighbours"))
  parser:group("Reading", unpack(reading.flags(parser, "none")))
  parser:flag("--quiet", "Print nothing but the neighbours and what went wrong.")
  parser:epilog("Examples:\n"
    .. "  triplet nearest model.safetensors new.csv --references iris.csv --label species -k 3\n"
    .. "  triplet nearest none users.npy --references items.npy --distance dot --exclude bought.csv --out top.csv")
end

--- What is read of the file and of the references, which may be the same.
local function read(options, within, lines, say)
  if not options.references then
    if options.reference_labels then
      fail.usage("--reference-labels: belongs to --references; --labels names those of %s", options.file)
    end
    local rows = within:read(options.file, model.carrying(within, options), lines, say)
    return rows, rows
  elseif options.labels then
    fail.usage("--labels: belongs to a search without --references; --reference-labels names those of %s",
      options.references)
  end

  -- The references come first: the file is read as they were, but for their labels.
  local of_file, of_references = copy(options), model.carrying(within, options)
  of_file.label, of_references.labels, of_references.side = nil, options.reference_labels, sides.REFERENCES
  local references = within:read(options.references, of_references, lines, say, "--reference-labels")
  return within:read(options.file, of_file, lines, say), references
end

--- The neighbours of each row, with no more of them than there are references.
local function search(within, rows, references, options, lines)
  local is_itself = rows == references
  local most = references.matrix.rows - (is_itself and 1 or 0)
  if most < 1 then
    fail("%s: expected another row to be a neighbour, got %s", references.path, counted(references.matrix.rows, "row"))
  end

  local exclude = options.exclude and exclusions(options.exclude, rows, references)
  local self
  if is_itself then
    self = {}
    for row = 1, rows.matrix.rows do
      self[row] = row
    end
  end
  local queries = within:embed(rows, lines)
  local searched = is_itself and queries or within:embed(references, lines, true)
  local line = lines("searching")
  local found = space.call({ queries = rows, references = references }, triplet.nearest, queries, searched,
    within:options { k = math.min(options.k, most), reference_self = self, exclude = exclude,
      progress = line:callback() })
  line:finish()
  return found
end

--- Calls f(row, rank, neighbour, distance) for each neighbour.
local function each(found, f)
  for row, neighbors in ipairs(found.indices) do
    for rank, neighbor in ipairs(neighbors) do
      f(row, rank, neighbor, found.distances:get(row, rank))
    end
  end
end

local function write(output, found, rows, references)
  local texts = references.texts
  output:write(csv_line { "row", "rank", "neighbor", texts and references.label or "distance",
    texts and "distance" })
  each(found, function(row, rank, neighbor, distance)
    local number = ("%.9g"):format(distance)
    output:write(csv_line { tostring(rows.numbers[row]), tostring(rank), tostring(references.numbers[neighbor]),
      texts and (texts[neighbor] or "") or number, texts and number })
  end)
end

--- The same for programs.
local function as_list(found, rows, references)
  local list = json.list()
  each(found, function(row, rank, neighbor, distance)
    list[#list + 1] = { row = rows.numbers[row], rank = rank, neighbor = references.numbers[neighbor],
      label = references.texts and references.texts[neighbor], distance = distance }
  end)
  return list
end

function nearest.run(options)
  local out = options.out or not options.json and "-" or nil
  local say, lines = talk.of(options, { out }), progress.lines(not options.quiet)
  triplet.threads(ranks.cores())
  local within = space.open(options)
  local files = outputs.new(reading.paths(options), options.json)
  local output = files:open(out, "--out")

  local rows, references = read(options, within, lines, say)
  local found = search(within, rows, references, options, lines)
  if output then
    write(output, found, rows, references)
    files:commit()
  end
  local most = references.matrix.rows - (rows == references and 1 or 0)
  if options.k > most then
    say(("-k %d: there %s"):format(options.k, most == 1 and "is only 1 reference"
      or ("are only %d references"):format(most)))
  end
  model.tell_carried(within, references, options, say)
  if output and out ~= "-" then
    say(("wrote %s: neighbours of %s among %s, by %s"):format(out, counted(rows.matrix.rows, "row"),
      counted(references.matrix.rows, "reference"), within:name()))
  end
  return { rows = rows.matrix.rows, references = references.matrix.rows, k = found.distances.cols,
    distance = within:name(), written = json.list { out }, neighbors = not output and as_list(found, rows, references)
      or nil }
end

return nearest
