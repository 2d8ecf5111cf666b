--- What triplet tune draws its tries from: the options that matter most, a few values of each that differ enough to be
--- told apart, and only what belongs together. Options that are given on the command line are fixed.

local copy = require "triplet.command.copy"
local triplet = require "triplet"

local search_space = {}

local AUTO = "auto"

-- In the order they are drawn; a value that stands twice is drawn twice as often. losses: whose option it is.
local DIMENSIONS = {
  { name = "loss", values = { "triplet", "triplet", "triplet", "contrastive", "info_nce", "sup_con",
    "multi_similarity" } },
  { name = "margin", values = { 0.1, 0.2, 0.5, 1, 2 }, losses = { triplet = true } },
  { name = "mining", values = { "all", "semihard", "hard", "easy_positive", "distance_weighted" },
    losses = { triplet = true } },
  { name = "negative_margin", values = { 0.5, 1, 2, 4 }, losses = { contrastive = true } },
  { name = "temperature", values = { 0.05, 0.1, 0.2, 0.5 }, losses = { info_nce = true, sup_con = true } },
  { name = "optimizer.learning_rate", values = { 0.0003, 0.001, 0.003, 0.01 } },
  { name = "layers", values = { AUTO, { 64 }, { 128 }, { 512 }, { 256, 64 }, {} } },
  { name = "dim", values = { AUTO, 4, 8, 16, 32, 64 } },
}

-- Numbers that are drawn for one point: as many as values to choose one by for each dimension, and as many as
-- dimensions to choose what to change.
local PLACES = 8
local WIDTH = (#DIMENSIONS + 1) * PLACES

--- Draws the same points for the same seed on every machine: the library's random numbers are only compared.
--- fixed: a set of the names of options that were given.
function search_space.new(seed, fixed, most)
  return { numbers = triplet.matrix(most, WIDTH):random(seed), fixed = fixed, row = 0, most = most }
end

--- One of so many, each as likely as the others: the place of the largest of so many numbers.
local function choose(space, dimension, count)
  local best, largest = 1, -math.huge
  for i = 1, count do
    local number = space.numbers:get(space.row, (dimension - 1) * PLACES + i)
    if number > largest then
      best, largest = i, number
    end
  end
  return best
end

--- Only what belongs to the loss that the point has; loss: where it is fixed, or by default.
local function settle(point, loss)
  for _, dimension in ipairs(DIMENSIONS) do
    if dimension.losses and not dimension.losses[point.loss or loss] then
      point[dimension.name] = nil
    end
  end
  return point
end

--- A new point, { name of an option = value }: anywhere, or near another one, of which then one or two dimensions are
--- others. loss: what it is where it is not drawn. nil where no numbers are left.
function search_space.draw(space, loss, near)
  if space.row == space.most then
    return nil
  end
  space.row = space.row + 1
  local first = choose(space, #DIMENSIONS + 1, #DIMENSIONS)
  local point = {}
  for i, dimension in ipairs(DIMENSIONS) do
    local is_new = not near or i == first or i == first % #DIMENSIONS + 1
    local value = is_new and dimension.values[choose(space, i, #dimension.values)] or near and near[dimension.name]
    point[dimension.name] = not space.fixed[dimension.name] and value or nil
  end
  return settle(point, loss)
end

--- The options of a point beside those that were given.
function search_space.options(point, given)
  local options = copy(given, point)
  options.layers = options.layers or AUTO
  return options
end

--- The names of the dimensions.
function search_space.names()
  local names = {}
  for i, dimension in ipairs(DIMENSIONS) do
    names[i] = dimension.name
  end
  return names
end

return search_space
