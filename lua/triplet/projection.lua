--- Two principal components: how embeddings of more than two dimensions are laid flat for a picture.

local sample = require "triplet.sample"

local projection = {}

-- The axes are found from at most this many rows: enough for a picture, and no wait for large files.
local SAMPLE <const> = 2000
local SEED <const> = 1
local ITERATIONS <const> = 60

local function dot(x, y)
  local sum = 0.0
  for i = 1, #x do
    sum = sum + x[i] * y[i]
  end
  return sum
end

local function scaled(x, factor)
  local result = {}
  for i = 1, #x do
    result[i] = x[i] * factor
  end
  return result
end

local function mean_of(rows)
  local mean = scaled(rows[1], 0)
  for _, row in ipairs(rows) do
    for i = 1, #row do
      mean[i] = mean[i] + row[i] / #rows
    end
  end
  return mean
end

local function covariance_of(rows, mean)
  local covariance = {}
  for i = 1, #mean do
    covariance[i] = scaled(mean, 0)
  end
  for _, row in ipairs(rows) do
    for i = 1, #mean do
      local line, deviation = covariance[i], row[i] - mean[i]
      for j = 1, #mean do
        line[j] = line[j] + deviation * (row[j] - mean[j])
      end
    end
  end
  return covariance
end

--- The direction of most variance at right angles to `other`, by power iteration. Its largest entry is positive, so
--- that the picture does not depend on where the iteration began.
local function principal_axis(covariance, other)
  local axis = {}
  for i = 1, #covariance do
    axis[i] = 1 / i
  end

  for _ = 1, ITERATIONS do
    local image = {}
    for i = 1, #covariance do
      image[i] = dot(covariance[i], axis)
    end

    -- What rounding brings in of the other axis would grow with each iteration.
    local along = other and dot(image, other) or 0
    for i = 1, #image do
      image[i] = image[i] - along * (other and other[i] or 0)
    end
    local length = math.sqrt(dot(image, image))
    if length == 0 then
      return scaled(axis, 0)
    end
    axis = scaled(image, 1 / length)
  end

  local largest = 1
  for i = 2, #axis do
    largest = math.abs(axis[i]) > math.abs(axis[largest]) and i or largest
  end
  return scaled(axis, axis[largest] < 0 and -1 or 1)
end

--- rows: tables of numbers of one length D >= 1; labels: the class of each. Returns a point { x, y } for each: the row
--- itself where D is 2, { x, 0 } where it is 1, else its first two principal components.
function projection.plane(rows, labels)
  local points = {}
  if #rows == 0 or #rows[1] <= 2 then
    for i, row in ipairs(rows) do
      points[i] = { row[1], row[2] or 0 }
    end
    return points
  end

  local drawn = {}
  for i, row in ipairs(sample(labels, SAMPLE, SEED)) do
    drawn[i] = rows[row]
  end
  local mean = mean_of(drawn)
  local covariance = covariance_of(drawn, mean)
  local first = principal_axis(covariance)
  local second = principal_axis(covariance, first)

  for i, row in ipairs(rows) do
    points[i] = { dot(row, first) - dot(mean, first), dot(row, second) - dot(mean, second) }
  end
  return points
end

return projection
