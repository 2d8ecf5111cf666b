--- A seeded sample of rows that loses no class: what a picture shows of rows that are too many for it.

--- The numbers 1 .. count in an order drawn by seed. The generator is that of Numerical Recipes, exact in doubles;
--- that of Lua belongs to whoever runs the script.
local function shuffled(count, seed)
  local order, state = {}, seed % 4294967296
  for i = 1, count do
    state = (state * 1664525 + 1013904223) % 4294967296
    local place = 1 + math.floor(state / 4294967296 * i)
    order[i] = order[place]
    order[place] = i
  end
  return order
end

--- At most `limit` of the rows 1 .. #labels, in their order: one of every class as far as there is room, the others
--- drawn alike, so that large classes have their share.
return function(labels, limit, seed)
  local rows, others, seen = {}, {}, {}
  for _, row in ipairs(shuffled(#labels, seed)) do
    local list = (seen[labels[row]] or #rows == limit) and others or rows
    list[#list + 1] = row
    seen[labels[row]] = true
  end
  for i = 1, limit - #rows do
    rows[#rows + 1] = others[i]
  end
  table.sort(rows)
  return rows
end
