-- A shop: what may a new user like? Users and items are vectors of somebody else's network, and an adapter brings them
-- together by what was bought: each purchase is a pair of a user and an item. Since it learns from vectors and not from
-- names, it serves users who were not there; recommender.lua knows each by name. The vectors are made up: tastes and
-- items have twelve directions in common; six more of all users, and six of all items, get in the way; the rest is
-- noise.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/shop.lua

local triplet = require "triplet"

local USERS, OLD, ITEMS, SIZE = 400, 300, 200, 48

-- Each number of a user or an item moves its vector along a direction.
local function directions(numbers, seed)
  return triplet.encoder { inputs = numbers, layers = { SIZE }, seed = seed }
end

local function vectors(numbers, seed)
  local rows = numbers.rows
  return directions(12, 1):forward(numbers)
    :add(directions(6, seed):forward(triplet.matrix(rows, 6):random(seed)), 1.2)
    :add(triplet.matrix(rows, SIZE):random(seed + 1), 0.2)
end

local tastes, kinds = triplet.matrix(USERS, 12):random(1), triplet.matrix(ITEMS, 12):random(2)
local users, items = vectors(tastes, 3), vectors(kinds, 5)

-- Twenty items suit each user best, of which ten are bought now and ten later. The adapter learns from what old users
-- bought now: row i of the buyers belongs to row i of the purchases.
local suiting = triplet.nearest(tastes, kinds, { k = 20, distance = "cosine" }).indices
local buyers, purchases = {}, {}
for user = 1, OLD do
  for rank = 1, 20, 2 do
    table.insert(buyers, user)
    table.insert(purchases, suiting[user][rank])
  end
end

local bought, later = {}, {} -- by new users
for i = 1, USERS - OLD do
  bought[i], later[i] = {}, {}
  for rank = 1, 20, 2 do
    table.insert(bought[i], suiting[OLD + i][rank])
    later[i][suiting[OLD + i][rank + 1]] = true
  end
end

-- Ten items for each new user, without those that he or she has.
local function recommend(name, asking, offered)
  local found = triplet.nearest(asking, offered, { k = 10, distance = "cosine", exclude = bought }).indices
  local hits = 0
  for i, list in ipairs(found) do
    for _, item in ipairs(list) do
      hits = hits + (later[i][item] and 1 or 0)
    end
  end
  print(("%-8s  of ten items recommended to a new user, %.2f are bought later"):format(name, hits / #found))
end

-- The item is the label of a pair: then two who bought the same are never negatives of each other.
local trainer = triplet.trainer { data = users:select(buyers), references = items:select(purchases), labels = purchases,
  layers = { SIZE }, residual = true, standardize = false, loss = "info_nce", steps = 300, seed = 1 }
local new_users = users:view(OLD + 1, USERS)

recommend("as given", new_users, items)
trainer:run()
recommend("adapted", trainer:embed(new_users), trainer:embed(items))
