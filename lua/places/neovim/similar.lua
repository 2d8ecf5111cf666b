-- Similar lines of a buffer, in Neovim: `:Similar` lists those nearest to the line of the cursor, and `:Similar TEXT`
-- those nearest to a text, the nearest first, in the location list. How lines are alike is learned from the buffer in
-- less than a second: each is to find its own variations, with slips of the pen, among all the others.
-- From the checkout, after make LUA=luajit lua: eval "$(make env LUA=luajit)" && nvim -S lua/places/neovim/similar.lua

-- luacheck: read globals vim
local ffi = require "ffi"
local triplet = require "triplet"

local COLUMNS, VARIATIONS, FOUND = 256, 4, 10

-- A line as numbers: how often each group of three characters occurs in it, a column for several groups.
local function vectors_of(lines)
  local matrix = triplet.matrix(#lines, COLUMNS)
  local values = ffi.cast("float *", matrix:pointer())
  for i, line in ipairs(lines) do
    local text = "  " .. line:lower():gsub("%s+", " ") .. "  "
    for at = 1, #text - 2 do
      local a, b, c = text:byte(at, at + 2)
      local place = (i - 1) * COLUMNS + (a * 8191 + b * 131 + c) % COLUMNS
      values[place] = values[place] + 1
    end
  end
  return matrix
end

-- Words lose a letter, swap two or are left out, and land anywhere. `random(n)` gives 1 .. n.
local function variation_of(line, random)
  local words = {}
  for word in line:gmatch("%S+") do
    local slip, at = random(4), random(#word)
    if slip == 1 then
      word = word:sub(1, at - 1) .. word:sub(at + 1)
    elseif slip == 2 then
      word = word:sub(1, at - 1) .. word:sub(at, at + 1):reverse() .. word:sub(at + 2)
    end
    if slip ~= 3 then
      table.insert(words, random(#words + 1), word)
    end
  end
  return table.concat(words, " ")
end

-- The same numbers for the same buffer, without touching those of the editor.
local function generator()
  local state = 1
  return function(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

-- An adapter that is the identity before it is trained, so it begins with what the groups of characters say by
-- themselves. Row i of the variations belongs to row i of the lines; equal labels are never negatives of each other.
local function train(lines)
  local random, variations, origins = generator(), {}, {}
  for _ = 1, VARIATIONS do
    for i, line in ipairs(lines) do
      variations[#variations + 1] = variation_of(line, random)
      origins[#origins + 1] = i
    end
  end
  local x = vectors_of(lines)
  local trainer = triplet.trainer { data = vectors_of(variations), references = x:select(origins), labels = origins,
    layers = { COLUMNS }, residual = true, standardize = false, loss = "info_nce", steps = 200, seed = 1 }
  trainer:run()
  return trainer, trainer:embed(x)
end

-- What was learned of a buffer holds until it changes; that of one buffer is kept.
local learned = {}

local function learn(buffer)
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  if learned.buffer == buffer and learned.tick == tick then
    return learned
  end
  local lines, numbers = {}, {}
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if line:find("%S") then
      lines[#lines + 1], numbers[#numbers + 1] = line, number
    end
  end
  if #lines < 2 then
    return nil
  end
  local trainer, embedded = train(lines)
  learned = { buffer = buffer, tick = tick, lines = lines, numbers = numbers, trainer = trainer,
    index = triplet.index(embedded, { distance = "cosine" }) }
  return learned
end

local function similar(command)
  local buffer = vim.api.nvim_get_current_buf()
  local known = learn(buffer)
  if not known then
    return vim.notify("Similar: the buffer has fewer than two lines to learn from", vim.log.levels.WARN)
  end
  local cursor = vim.api.nvim_win_get_cursor(0)[1]
  local text = command.args ~= "" and command.args or vim.api.nvim_get_current_line()
  local own = {}
  for i, number in ipairs(known.numbers) do
    if command.args == "" and number == cursor then
      own = { i }
    end
  end

  local query = known.trainer:embed(vectors_of { text })
  local found = known.index:nearest(query, { k = math.min(FOUND, #known.lines), exclude = { own } })
  local items = {}
  for i, row in ipairs(found.indices[1]) do
    items[i] = { bufnr = buffer, lnum = known.numbers[row], text = known.lines[row] }
  end
  vim.fn.setloclist(0, {}, " ", { title = "Similar to: " .. vim.trim(text), items = items })
  vim.cmd "lopen"
end

vim.api.nvim_create_user_command("Similar", similar, { nargs = "*", desc = "Lists similar lines of the buffer" })
