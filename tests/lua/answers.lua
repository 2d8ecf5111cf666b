--- What the specs of the command's answers share: CSV as records, made-up vectors, and distances by hand.

local support = require "tests.lua.support"
local library = require "triplet"

local answers = {}

--- The lines of CSV without quotes, by the names of the header.
function answers.records(text)
  local names, records = nil, {}
  for line in text:gmatch("[^\n]+") do
    local cells = {}
    for cell in (line .. ","):gmatch("([^,]*),") do
      cells[#cells + 1] = cell
    end
    if names then
      local record = {}
      for i, name in ipairs(names) do
        record[name] = cells[i]
      end
      records[#records + 1] = record
    end
    names = names or cells
  end
  return records, names
end

--- The coordinates e1, e2 ... of records, as numbers.
function answers.coordinates(records)
  local rows = {}
  for i, record in ipairs(records) do
    rows[i] = {}
    while record["e" .. #rows[i] + 1] do
      table.insert(rows[i], tonumber(record["e" .. #rows[i] + 1]))
    end
  end
  return rows
end

--- Made-up descriptors of 128 numbers, as a network of faces might give them: a direction for each person, and noise;
--- but a few numbers are loud and say nothing, so that an adapter has something to learn. Returns the matrix and for
--- each row the person.
function answers.descriptors(people, shots, seed)
  local WIDTH, LOUD = 128, 8
  local persons, indices = {}, {}
  for i = 1, people * shots do
    indices[i] = (i - 1) % people + 1
    persons[i] = ("person %02d"):format(indices[i])
  end
  local rows = library.matrix(people, WIDTH):random(seed):select(indices)
  rows:add(library.matrix(#indices, WIDTH):random(seed + 1), 1.3)
  local loud = library.matrix(#indices, LOUD):random(seed + 2)
  for i = 1, #indices do
    for j = 1, LOUD do
      rows:set(i, j * 16, rows:get(i, j * 16) + 8 * loud:get(i, j) + 5)
    end
  end
  return rows, persons
end

--- d(x, y) in double, by name.
function answers.distance(x, y, name, p)
  return (support.distance(x, y, { distance = name, p = p or 2, convention = "exact", eps = 0 }))
end

--- For each query the references in the order of their distance, ties by index, as { index, distance }; `skip(i, j)`:
--- whether reference j is left out for query i.
function answers.order(queries, references, name, skip)
  local orders = {}
  for i, query in ipairs(queries) do
    local list = {}
    for j, reference in ipairs(references) do
      if not (skip and skip(i, j)) then
        list[#list + 1] = { j, answers.distance(query, reference, name) }
      end
    end
    table.sort(list, function(a, b)
      if a[2] ~= b[2] then
        return a[2] < b[2]
      end
      return a[1] < b[1]
    end)
    orders[i] = list
  end
  return orders
end

return answers
