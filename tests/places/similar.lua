-- luacheck: read globals vim
-- Run by Neovim: nvim --headless -u NONE -S lua/places/neovim/similar.lua -S tests/places/similar.lua

local NOTES = [[
Call the plumber about the kitchen sink
Buy flour, butter and six eggs for the cake

The meeting about the new warehouse is on Thursday
Renew the passport before the end of June
Water the tomatoes every evening while it is hot
Send the signed contract to the landlord
Book a table for two at the harbour restaurant
Return the library books by the twelfth
The car needs new brakes and a full inspection
Ask Martha whether she can look after the cat]]

local function check(passed, name, detail)
  io.write(("%s - neovim: %s%s\n"):format(passed and "ok" or "not ok", name, passed and "" or ": " .. tostring(detail)))
end

local window = vim.api.nvim_get_current_win()

-- The numbers of the lines that are listed.
local function lines_of(command)
  vim.api.nvim_set_current_win(window)
  vim.cmd(command)
  local numbers = {}
  for i, item in ipairs(vim.fn.getloclist(window)) do
    numbers[i] = item.lnum
  end
  return numbers
end

local function first_is(line, command, name)
  local numbers = lines_of(command)
  check(numbers[1] == line, name, table.concat(numbers, " "))
  return numbers
end

local function main()
  vim.cmd "Similar"
  check(#vim.fn.getloclist(window) == 0, "an empty buffer has no similar lines", #vim.fn.getloclist(window))

  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(NOTES, "\n"))
  first_is(1, "Similar sink in the kithcen: plumer", "a text with slips finds its line")
  first_is(8, "Similar harbor restaurant, table", "another text does, too")
  first_is(10, "Similar THE BRAKES OF THE CAR", "in capital letters")

  vim.api.nvim_set_current_win(window)
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { "Signed: teh contract for our landlrod" })
  vim.api.nvim_win_set_cursor(0, { 12, 0 })
  local numbers = first_is(7, "Similar", "the line of the cursor finds the one that it varies, once it is there")
  check(not vim.tbl_contains(numbers, 12), "it does not find itself", table.concat(numbers, " "))
  check(not vim.tbl_contains(numbers, 3), "nor a line without words", table.concat(numbers, " "))
  check(vim.fn.getloclist(window, { title = 1 }).title == "Similar to: Signed: teh contract for our landlrod",
    "the list says what it is of", vim.fn.getloclist(window, { title = 1 }).title)

  -- A long text: each line without every fifth character, and without its first word.
  vim.api.nvim_set_current_win(window)
  vim.cmd "edit! CONTRIBUTING.md"
  local right, all = 0, 0
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local asked = line:gsub("^%s*%S+%s*", ""):gsub("(....).", "%1")
    if #asked >= 20 then
      all = all + 1
      right = right + (lines_of("Similar " .. asked)[1] == number and 1 or 0)
    end
  end
  check(right >= 0.95 * all, "lines of a long text are found", ("%d of %d"):format(right, all))
  io.write(("# %d of %d lines\n"):format(right, all))
end

local done, message = pcall(main)
check(done, "the script ends", message)
vim.cmd "qall!"
