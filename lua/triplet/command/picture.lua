--- The picture of an embedding: trained rows filled, others hollow; in more than two dimensions a projection, and it
--- says so.

local counted = require "triplet.command.counted"
local projection = require "triplet.projection"
local sample = require "triplet.sample"
local svg = require "triplet.svg"

-- Marks in a picture: more would only hide each other, and take megabytes.
local LIMIT = 10000

--- Writes to an output. picture.title; .rows: the matrix of coordinates; .labels: its class from 0; .classes: their
--- names; .parts: train, test or unseen; .summary: a fact to tell, or nil; .seed: of the draw where rows are too many.
--- Returns how many rows it shows.
return function(output, picture)
  local shown = sample(picture.labels, LIMIT, picture.seed)
  local classes, hollow, any_hollow = {}, {}, false
  for i, row in ipairs(shown) do
    classes[i] = picture.labels[row] + 1
    hollow[i] = picture.parts[row] ~= "train"
    any_hollow = any_hollow or hollow[i]
  end

  local dimensions = picture.rows.cols
  local facts = { counted(dimensions, "dimension") }
  facts[#facts + 1] = picture.summary
  if #shown < picture.rows.rows then
    facts[#facts + 1] = ("%d of %d rows%s"):format(#shown, picture.rows.rows,
      #picture.classes <= LIMIT and ", some of every class" or "")
  end

  output:write(svg.scatter {
    title = picture.title,
    subtitle = table.concat(facts, ", "),
    points = projection.plane(picture.rows:select(shown)),
    classes = classes,
    names = picture.classes,
    hollow = any_hollow and hollow or nil,
    axes = dimensions > 2 and "principal components 1 (across) and 2 (up), one scale"
      or dimensions == 2 and "e1 (across) and e2 (up), one scale" or "e1",
    filled_name = "trained on",
    hollow_name = "held out",
  })
  return #shown
end
