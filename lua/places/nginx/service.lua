-- A service under nginx: is a new flower near enough to known ones to be of their species, and which are they? A list
-- of numbers is posted, [5.1, 3.5, 1.4, 0.2], and JSON is the answer. The model, which train.lua makes, brings the
-- threshold and the rows to search. Nothing here is nginx's own; nginx.conf says how to run it.

local json = require "triplet.json"
local triplet = require "triplet"

local service = {}

local model, known, index

--- Done once in each worker.
function service.load(path)
  model = assert(triplet.load(path))
  known = model.kept_rows
  index = triplet.index(known.embeddings, { distance = model:get "distance" })
end

--- What is no number stays as it is: the library says so, and where.
local function vector_of(body)
  local vector = {}
  for number in body:gmatch("[^%s,%[%]]+") do
    vector[#vector + 1] = tonumber(number) or number
  end
  return vector
end

--- The status of HTTP and the text for what was posted.
function service.answer(body)
  local done, embedded = pcall(model.embed, model, { vector_of(body) })
  if not done then
    return 400, json.encode { error = embedded:match("%((.*)%)$") or embedded }
  end

  local found = index:nearest(embedded, { k = 5 })
  local neighbours = {}
  for i, row in ipairs(found.indices[1]) do
    neighbours[i] = { row = row, label = known.labels[row], distance = found.distances:get(1, i) }
  end
  local matches = neighbours[1].distance <= model.threshold
  return 200, json.encode { label = matches and neighbours[1].label, neighbours = neighbours }
end

return service
