--- The picture of an embedding: trained rows filled, others hollow; in more than two dimensions a projection, and it
--- says so.

local projection = require "triplet.projection"
local svg = require "triplet.svg"

-- Marks in a picture: more would only hide each other, and take megabytes.
local LIMIT <const> = 10000

--- picture.path, .title; .rows: coordinates of each row; .labels: its class from 0; .classes: their names; .parts:
--- train, test or unseen; .precision: precision@1 of the held-out rows, or nil. Returns an output to write.
return function(picture)
  local rows, classes, hollow = {}, {}, {}
  local count, stride = 0, math.ceil(#picture.rows / LIMIT)
  for row = 1, #picture.rows, stride do
    count = count + 1
    rows[count], classes[count] = picture.rows[row], picture.labels[row] + 1
    hollow[count] = picture.parts[row] ~= "train"
  end
  local dimensions = #rows[1]
  local facts = { ("%d %s"):format(dimensions, dimensions == 1 and "dimension" or "dimensions") }
  if picture.precision then
    facts[#facts + 1] = ("precision@1 of held-out rows %.3f"):format(picture.precision)
  end
  if stride > 1 then
    facts[#facts + 1] = ("%d of %d rows shown"):format(count, #picture.rows)
  end
  return {
    path = picture.path,
    write = function(put)
      put(svg.scatter {
        title = picture.title,
        subtitle = table.concat(facts, ", "),
        points = projection.plane(rows),
        classes = classes,
        names = picture.classes,
        hollow = hollow,
        axes = dimensions > 2 and "principal components 1 (across) and 2 (up), one scale"
          or dimensions == 2 and "e1 (across) and e2 (up), one scale" or "e1",
        filled_name = "trained on",
        hollow_name = "held out",
      })
    end,
  }
end
