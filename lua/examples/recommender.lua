-- A recommender: users and films as points of one table, so that a user lies near the films he or she likes. A triplet
-- is (user, a film that was liked, a film that was not); the indexed loss takes rows of the table by their numbers.
-- Run it from the checkout, after eval "$(make env)": lua5.4 lua/examples/recommender.lua

local triplet = require "triplet"

-- Invented tastes: every film belongs to one of four genres, every user likes most films of one genre and few others.
local USERS, FILMS, GENRES = 60, 40, 4

local function genre_of_film(film)
  return film % GENRES
end

-- A small generator of its own: math.random draws other numbers in each run.
local state = 1
local function chance(percent)
  state = state * 16807 % 2147483647
  return math.floor(state / 65536) % 100 < percent
end

local likes, named, held_out = {}, {}, {}
for user = 1, USERS do
  likes[user], named[user] = {}, {}
  for film = 1, FILMS do
    likes[user][film] = chance(genre_of_film(film) == user % GENRES and 70 or 4)
    -- One film in five that was liked is kept secret, to ask for later.
    if likes[user][film] and chance(20) then
      likes[user][film] = nil
      held_out[#held_out + 1] = { user, film }
    elseif likes[user][film] then
      table.insert(named[user], film)
    end
  end
end

-- Row u of the table is user u, row USERS + f is film f.
local function triplets()
  local anchors, positives, negatives = {}, {}, {}
  for user = 1, USERS do
    for liked = 1, FILMS do
      for other = 1, FILMS do
        if likes[user][liked] and likes[user][other] == false then
          table.insert(anchors, user)
          table.insert(positives, USERS + liked)
          table.insert(negatives, USERS + other)
        end
      end
    end
  end
  return { anchors = anchors, positives = positives, negatives = negatives }
end

local users_and_films = triplet.matrix(USERS + FILMS, 8)
for row = 1, USERS + FILMS do
  for column = 1, 8 do
    users_and_films:set(row, column, chance(50) and 0.1 or -0.1)
  end
end

-- Labels for the picture: the favourite genre of a user, the genre of a film.
local genres = {}
for user = 1, USERS do
  genres[user] = user % GENRES
end
for film = 1, FILMS do
  genres[USERS + film] = genre_of_film(film)
end

-- How often a secret film is among the five nearest of those that the user has not named as liked.
local function hit_rate()
  local users, films = users_and_films:view(1, USERS), users_and_films:view(USERS + 1, USERS + FILMS)
  local nearest = triplet.nearest(users, films, { k = 5, exclude = named }).indices
  local hits = 0
  for _, pair in ipairs(held_out) do
    local user, secret = pair[1], pair[2]
    for _, film in ipairs(nearest[user]) do
      hits = hits + (film == secret and 1 or 0)
    end
  end
  return hits / #held_out
end

local optimizer = triplet.optimizer { name = "adam", learning_rate = 0.02 }
local indices = triplets()
print(("%d triplets, %d secret films"):format(#indices.anchors, #held_out))
print(("step  0              a secret film is among five recommended in %4.1f %% of cases"):format(100 * hit_rate()))
local result
for step = 1, 50 do
  result = triplet.indexed_loss(users_and_films, indices, { margin = 0.5, out = result })
  optimizer:update(users_and_films, result.gradient)
  if step % 2 == 0 then
    triplet.show(users_and_films, genres, { step = step, loss = result.loss, active = result.active })
  end
  if step % 10 == 0 then
    print(("step %2d  loss %.3f  a secret film is among five recommended in %4.1f %% of cases"):format(step,
      result.loss, 100 * hit_rate()))
  end
end
