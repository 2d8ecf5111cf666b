-- The triplet margin loss by hand: for each anchor, a positive shall be nearer than a negative by a margin.
--
--   loss = max(d(anchor, positive) - d(anchor, negative) + margin, 0)
--
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/first_loss.lua

local triplet = require "triplet"

-- Two triplets in the plane. In the first the negative is as near as the positive; in the second it is far away.
local anchors = triplet.matrix { { 0, 0 }, { 1, 0 } }
local positives = triplet.matrix { { 0, 1 }, { 1, 1 } }
local negatives = triplet.matrix { { 1, 0 }, { 5, 5 } }

local each = triplet.margin_loss(anchors, positives, negatives, { margin = 1, reduction = "none" })
for i = 1, #anchors do
  print(("triplet %d: loss %.3f"):format(i, each.loss:get(i, 1)))
end

-- The gradient says where to move each point to lower the loss. Follow it down, and the negative is pushed away while
-- the positive is pulled in, until the margin is kept and there is nothing left to do.
local function moved(points, gradient, rate)
  local rows = points:totable()
  for i, row in ipairs(rows) do
    for j = 1, #row do
      row[j] = row[j] - rate * gradient:get(i, j)
    end
  end
  return triplet.matrix(rows)
end

for step = 0, 4 do
  local result = triplet.margin_loss(anchors, positives, negatives, { margin = 1, reduction = "sum" })
  print(("step %d: loss %.3f, %d active"):format(step, result.loss, result.active))
  anchors = moved(anchors, result.gradients.anchors, 0.1)
  positives = moved(positives, result.gradients.positives, 0.1)
  negatives = moved(negatives, result.gradients.negatives, 0.1)
end
