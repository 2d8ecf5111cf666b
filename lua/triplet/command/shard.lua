--- Rows of a set that ranks share out (--shard): of the numbers each rank has those of its own rows, in set.matrix,
--- which are some one after another, set.own = { first, last }; of the labels all. Without it set.own is nil.

local ranks = require "triplet.command.ranks"
local triplet = require "triplet"

local shard = {}

--- Which of so many rows this rank is to have: { first, last }; nil: all of them.
function shard.own(count)
  local rank, size = ranks.place()
  if size == 1 then
    return nil
  end
  return { first = math.floor(rank * count / size) + 1, last = math.floor((rank + 1) * count / size) }
end

--- The same of the rows of a table.
function shard.held(columns)
  local _, size = ranks.place()
  local list = columns.held
  return size > 1 and { first = list[1] or 1, last = list[#list] or 0 } or nil
end

--- The rows of a set at some places, which may be in another order; where rows are shared out the shard of them.
--- embeddings: of all rows, of which the result then is; nil: the set's own numbers.
function shard.select(set, rows, embeddings)
  local own, matrix = set.own, embeddings or set.matrix
  if not own then
    return matrix:select(rows)
  end
  local places, numbers, before = {}, {}, embeddings and 0 or own.first - 1
  for i, row in ipairs(rows) do
    if row >= own.first and row <= own.last then
      places[#places + 1] = row - before
      numbers[#numbers + 1] = i
    end
  end
  return triplet.shard(matrix:select(places), numbers, #rows)
end

--- The numbers of the rows that this rank has.
function shard.numbers(set)
  local numbers = {}
  for row = set.own.first, set.own.last do
    numbers[#numbers + 1] = row
  end
  return numbers
end

--- All rows of a set, as they are embedded.
function shard.all(set)
  return set.own and triplet.shard(set.matrix, shard.numbers(set), #set.labels) or set.matrix
end

--- Where rows are shared out memory is short: what is not needed any more goes at once.
function shard.collect(set)
  if set.own then
    collectgarbage()
    triplet.trim()
  end
end

return shard
