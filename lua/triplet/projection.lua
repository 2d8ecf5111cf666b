--- Embeddings laid flat for a picture.

local triplet = require "triplet.core"

local projection = {}

--- A point { x, y } for each row of a matrix with columns: the row itself of two, { x, 0 } of one, else where it lies
--- along the two principal axes.
function projection.plane(matrix)
  if matrix.rows > 0 and matrix.cols > 2 then
    return triplet.project(matrix, triplet.principal_axes(matrix)):totable()
  end
  local points = matrix:totable()
  for _, point in ipairs(points) do
    point[2] = point[2] or 0
  end
  return points
end

return projection
