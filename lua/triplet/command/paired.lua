--- Training on pairs: row i of one side, the queries, belongs to row i of the other, the references. The labels are
--- their numbers, but that references which are equal have one; what counts is that held-out queries find their own
--- references among the held-out ones.

local adapter = require "triplet.command.adapter"
local counted = require "triplet.command.counted"
local dataset = require "triplet.command.dataset"
local describe = require "triplet.command.description"
local embedding = require "triplet.command.embedding"
local fail = require "triplet.command.fail"
local figures = require "triplet.command.figures"
local labels = require "triplet.command.labels"
local learning = require "triplet.command.learning"
local pairing = require "triplet.command.pairing"
local partners = require "triplet.command.partners"
local plain = require "triplet.command.plain"
local quote = require "triplet.command.quote"
local reading = require "triplet.command.reading"
local triplet = require "triplet"

local paired = {}

--- Whether the command line has pairs.
function paired.are_wanted(options)
  return options.references ~= nil or options.pairs ~= nil
end

--- Refuses options that rows with labels have.
function paired.check(options)
  if not paired.are_wanted(options) then
    for _, name in ipairs { "adapt", "same" } do
      if options[name] then
        fail.usage("--%s: belongs to --references or --pairs", name)
      end
    end
    return
  elseif options.references and options.pairs then
    fail.usage("--references: expected it without --pairs, whose rows have both sides")
  end
  for _, name in ipairs { "label", "labels", "keep_rows", "plot", "projector", "shard" } do
    if options[name] then
      fail.usage("%s: belongs to rows with labels, and pairs have none", learning.flag(name))
    end
  end
  if embedding.format_of(options.out) then
    fail.usage("--out: expected a CSV file, which has both sides of pairs; triplet embed writes one of them as it is")
  end
  if options.unseen and options.unseen[1] or options.hold_out == "classes" then
    fail.usage("%s: belongs to rows with labels, and pairs have none", options.hold_out == "classes" and "--hold-out"
      or "--unseen")
  end
end

--- Sets options of the command line where they were not given, and returns those it set, as words: the loss that found
--- most in the table of README.md, unless an option of another was given.
function paired.choose(options)
  local chosen = {}
  if paired.are_wanted(options) and not options.adapter and not options.loss and not adapter.says_of_loss(options) then
    options.loss, chosen[1] = "info_nce", "--loss info_nce"
    if not options.distance then
      options.distance, chosen[2] = "cosine", "--distance cosine"
    end
  end
  return chosen
end

-- ---- what is read ---------------------------------------------------------------------------------------------------

--- The vectors of a file, or nil where it is a table; and its bytes.
local function vectors_of(path, given)
  return reading.vectors(path, given)
end

local function numbers_of(found)
  local numbers = {}
  for row = 1, found.matrix.rows do
    numbers[row] = found.words and found.words[row] or row
  end
  return numbers
end

--- Two files of vectors.
local function sides_of_vectors(options, first, second)
  if first.matrix.cols ~= second.matrix.cols then
    fail("%s: expected %d columns like %s, got %d", options.references, first.matrix.cols, options.file,
      second.matrix.cols)
  end
  pairing.check_files({ matrix = first.matrix, path = options.file }, { matrix = second.matrix,
    path = options.references })
  return { first = first.matrix, second = second.matrix, numbers = numbers_of(first) }
end

--- What there is of columns that are no rows' own: a line for all, and a warning where one says same or different.
local function notes_of_others(found, same)
  local notes, listed = {}, {}
  for i, column in ipairs(found.others) do
    listed[i] = plain.short(column.name)
    local different = not same and column.cells and pairing.different_in(column.cells, #found.numbers)
    if different then
      notes[#notes + 1] = { warning = true, text = ("%s says same or different (%d of %s different), and every row is "
        .. "learned as a pair that belongs together: --same %s leaves out those that are different"):format(
        plain.short(column.name), different, counted(#found.numbers, "pair"), quote(column.name)) }
    end
  end
  if listed[1] then
    table.insert(notes, 1, { text = "in neither group, not used: " .. plain.some(listed), warning = false })
  end
  return notes
end

--- Both sides of the pairs of tables: their columns become one recipe's, of both sides.
local function sides_of_tables(options, found)
  local columns, recipe = reading.read(options.file, found.given, found.bytes)
  if columns.rows ~= 2 * #found.numbers then
    fail("%s: rows with missing cells cannot be left out of pairs", options.file)
  end
  local notes = pairing.notes(found, columns)
  for _, note in ipairs(found.others and notes_of_others(found, options.same) or {}) do
    notes[#notes + 1] = note
  end
  recipe:fit()
  local first, second = pairing.halves(recipe:matrix(columns))
  return { first = first, second = second, numbers = found.numbers, texts = found.texts, recipe = recipe,
    columns = columns, notes = notes }
end

--- { first, second = matrices of all pairs, numbers, and of tables texts of the column that says which are the same,
--- recipe, columns, which the recipe was made of, notes }.
local function both_sides(options, lines)
  local line = lines("reading")
  local given = reading.given(options)
  given.standardize, given.progress = options.standardize, line:callback()
  local vectors, bytes = vectors_of(options.file, given)
  local sides
  if options.pairs then
    if vectors then
      fail.usage("--pairs: belongs to tables, and %s has vectors: --references names the file of the partners",
        options.file)
    end
    given.label = options.same
    sides = sides_of_tables(options, pairing.of_groups(options.file, bytes, given, options.pairs,
      { "--pairs", "--pairs" }))
  else
    local others, other_bytes = vectors_of(options.references, given)
    if (vectors ~= nil) ~= (others ~= nil) then
      fail("%s: expected %s like %s", options.references, vectors and "vectors" or "a table", options.file)
    end
    sides = vectors and sides_of_vectors(options, vectors, others) or sides_of_tables(options,
      pairing.of_tables({ options.file, options.references }, { bytes, other_bytes }, given))
  end
  line:finish()
  return sides
end

--- The places of the pairs that belong together, all without --same; and what is told of the others.
local function same_of(options, sides)
  local count, places = #sides.numbers, {}
  local same = options.same and pairing.same_of(sides.texts or labels.read(options.same, nil, count, options.file,
    "--same"), count, options.references and options.same or options.file, sides.numbers)
  for row = 1, count do
    places[#places + 1] = (not same or same[row]) and row or nil
  end
  local left_out = count - #places
  return places, left_out > 0 and ("left out: %d of %s that are different (--same %s)"):format(left_out,
    counted(count, "pair"), quote(options.same)) or nil
end

--- Holds out a share of the queries, each with all of its pairs.
local function parts_of(numbers, queries, options)
  local all = {}
  for number = 1, queries do
    all[number] = 0 -- one class: any query may be held out
  end
  local _, held_out = triplet.split(all, options.test_share, options.seed or learning.default("seed"))
  local is_held_out, parts = {}, { train = {}, test = {}, unseen = {} }
  for _, number in ipairs(held_out) do
    is_held_out[number] = true
  end
  for row, number in ipairs(numbers) do
    table.insert(is_held_out[number] and parts.test or parts.train, row)
  end
  return parts
end

--- What is told of rows that come more than once.
local function notes_of_repeated(count, queries, references)
  local notes = {}
  if queries < count then
    notes[1] = { text = ("%d different queries in %d pairs: all pairs of a query are held out, or none"):format(queries,
      count) }
  end
  if references < count then
    notes[#notes + 1] = { text = ("%d different references in %d pairs: pairs of one reference count as one class")
      :format(references, count) }
  end
  return notes
end

--- A set as dataset.read gives it, with .partners, the matrix of the references, and without classes. Its labels number
--- the references: equal ones have the same.
function paired.read(options, lines)
  local sides = both_sides(options, lines)
  local places, left_out = same_of(options, sides)
  if #places < 2 then
    fail("%s: expected at least two pairs that belong together, got %d", options.file, #places)
  end
  local first, second = sides.first:select(places), sides.second:select(places)
  local query_numbers, query_places = partners.numbered(first)
  local reference_numbers, reference_places = partners.numbered(second)
  local parts = parts_of(query_numbers, #query_places, options)
  if #parts.train < 2 then
    fail("%s: expected at least two pairs to train on, got %d", options.file, #parts.train)
  elseif #reference_places < 2 then
    fail("%s: expected at least two different references, got %d", options.file, #reference_places)
  end

  if sides.recipe then -- by the queries that are trained on
    sides.recipe:fit(dataset.pick(places, parts.train))
    first, second = pairing.halves(sides.recipe:matrix(sides.columns))
    first, second = first:select(places), second:select(places)
    sides.columns:close()
  end
  local notes = sides.notes or {}
  notes[#notes + 1] = left_out and { text = left_out }
  for _, note in ipairs(notes_of_repeated(#places, #query_places, #reference_places)) do
    notes[#notes + 1] = note
  end
  return { path = options.file, labels = reference_numbers, classes = {}, numbers = dataset.pick(sides.numbers, places),
    columns = sides.recipe and #sides.recipe.columns or first.cols, recipe = sides.recipe,
    inputs = sides.recipe and sides.recipe.inputs or {}, matrix = first, partners = second, parts = parts,
    are_repeated = #reference_places < #places, notes = notes }
end

function paired.describe(say, options, set)
  say(("%s%s: %s of %s; %s to train on, %d held out"):format(set.path, options.references and " with "
    .. options.references or "", counted(#set.labels, "pair"), counted(set.matrix.cols, "input"),
    counted(#set.parts.train, "pair"), #set.parts.test))
  reading.tell(set.notes, say)
end

--- Prints how tables of pairs are read, and returns the same for programs.
function paired.dry_run(options, say)
  local given = reading.given(options)
  given.standardize = options.standardize
  local vectors, bytes = vectors_of(options.file, given)
  if vectors then
    fail.usage("--dry-run: belongs to tables, and %s has vectors", options.file)
  end
  local found
  if options.pairs then
    given.label = options.same
    found = pairing.of_groups(options.file, bytes, given, options.pairs, { "--pairs", "--pairs" })
  else
    found = pairing.of_tables({ options.file, options.references }, { bytes, reading.bytes(options.references) }, given)
  end
  local sides = sides_of_tables(options, found)
  local data = describe(say, options.file, sides.columns, sides.recipe, { count = #sides.numbers, notes = sides.notes })
  sides.columns:close()
  return data
end

-- ---- figures --------------------------------------------------------------------------------------------------------

--- The rows of a side as the model gives them.
local function embedded(trainer, matrix, is_reference, lines, name)
  return (is_reference and embedding.of_references or embedding.of)(trainer, matrix, lines, name)
end

--- How well held-out queries find their references among the held-out ones, as partners.judge tells it, or nil where
--- none are held out. is_raw: as the vectors are, without the model.
function paired.evaluate(trainer, set, is_raw, name, lines)
  local rows = set.parts.test
  if #rows == 0 then
    return nil
  end
  local queries, references = set.matrix:select(rows), set.partners:select(rows)
  local found = partners.of(queries, references, trainer:get("seed"))
  queries, references = queries:select(found.asked), references:select(found.searched)
  if not is_raw then
    queries = embedded(trainer, queries, false, lines, name)
    references = embedded(trainer, references, true, lines, name)
  end
  local line = lines(name .. ": held-out pairs")
  local judged = partners.judge(found, queries, references, { distance = trainer:get("distance"), p = trainer:get("p"),
    progress = line:callback() })
  line:finish()
  return judged
end

--- The report. stages: as evaluation.lines takes them, whose .found is what `evaluate` gives.
function paired.lines(stages)
  local measured = {}
  for _, stage in ipairs(stages) do
    measured[#measured + 1] = stage.found and { stage.name, stage.found } or nil
  end
  if not measured[1] then
    return {}
  end
  local lines = figures.lines(measured)
  table.insert(lines, 1, "\n" .. figures.heading_of_pairs(measured[1][2], "held-out "))
  return lines
end

--- The figures of all stages, for programs.
function paired.tree(stages)
  local tree = {}
  for _, stage in ipairs(stages) do
    local name = stage.name:gsub(" ", "_")
    tree[name] = stage.found and { held_out = { among_themselves = stage.found } }
  end
  return tree
end

--- Writes the embeddings of both sides, the queries first.
function paired.write(output, trainer, set, parts, lines)
  for i, side in ipairs { "query", "reference" } do
    local sides = {}
    for row = 1, #set.labels do
      sides[row] = side
    end
    local matrix = i == 1 and set.matrix or set.partners
    embedding.write(output, { rows = embedded(trainer, matrix, i == 2, lines), numbers = set.numbers,
      carried = { { "side", sides }, { "part", parts } }, continues = i == 2 }, lines)
  end
end

return paired
