--- Queries and their references as sets: a query that has several references, such as a user with what was bought, has
--- found one of them when it has found any; and a reference counts once.

local evaluation = require "triplet.command.evaluation"
local triplet = require "triplet"

local partners = {}

local RANKS = { 1, 5 }

--- For each row of a matrix the number of the first row that is equal to it, bit by bit, of those that are different;
--- and the places of these.
function partners.numbered(matrix)
  local numbers, firsts, number_of = {}, {}, {}
  for row = 1, matrix.rows do
    local bytes = matrix:view(row, row):tobytes()
    if not number_of[bytes] then
      firsts[#firsts + 1] = row
      number_of[bytes] = #firsts
    end
    numbers[row] = number_of[bytes]
  end
  return numbers, firsts
end

--- The queries that are asked, where all would take too long, drawn by seed: their numbers.
local function asked(queries, references, seed)
  local most, all = evaluation.most_queries(references), {}
  for number = 1, queries do
    all[number] = 0
  end
  if queries <= most then
    for number = 1, queries do
      all[number] = number
    end
    return all
  end
  local _, drawn = triplet.split(all, most / queries, seed)
  return drawn
end

--- What is to be judged of pairs, row i of the queries and row i of the references: { pairs, queries and references =
--- how many different ones, asked = the places of the queries to ask, known = for each of these the numbers of its
--- references, searched = the places of the references }.
function partners.of(queries, references, seed)
  local query_numbers, query_places = partners.numbered(queries)
  local reference_numbers, reference_places = partners.numbered(references)
  local known = {}
  for row, number in ipairs(query_numbers) do
    known[number] = known[number] or {}
    table.insert(known[number], reference_numbers[row])
  end

  local found = { pairs = queries.rows, queries = #query_places, references = #reference_places, asked = {},
    known = {}, searched = reference_places }
  for i, number in ipairs(asked(#query_places, #reference_places, seed)) do
    found.asked[i], found.known[i] = query_places[number], known[number]
  end
  return found
end

--- How well the queries that are asked find their references: { queries, references, recall_at_1 = { value, low,
--- high }, recall_at_5, mrr }. found: as partners.of has it; queries, references: the rows of its places. options: as
--- triplet.evaluate takes them.
function partners.judge(found, queries, references, options)
  local numbers = {}
  for number = 1, #found.searched do
    numbers[number] = number
  end
  options.references, options.reference_labels, options.k = references, numbers, RANKS
  local metrics = triplet.evaluate(queries, found.known, options)
  local bounds = metrics.intervals
  local function figure(value, interval)
    return value and { value = value, low = interval and interval[1], high = interval and interval[2] }
  end
  return { queries = #found.asked, references = #found.searched,
    recall_at_1 = figure(metrics.recall_at[1], bounds.recall_at[1]),
    recall_at_5 = figure(metrics.recall_at[5], bounds.recall_at[5]), mrr = figure(metrics.mrr, bounds.mrr) }
end

return partners
