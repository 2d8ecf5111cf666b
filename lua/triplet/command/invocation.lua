--- Command lines as texts: what a model remembers of the one it was trained by, and what is given to people to paste.

local json = require "triplet.json"
local names = require "triplet.command.names"
local quote = require "triplet.command.quote"

local invocation = {}

--- An option with its value as words, which have to be read as they were meant even where a value begins with a dash.
function invocation.add(words, flag, value)
  if value:sub(1, 1) == "-" then
    words[#words + 1] = flag .. "=" .. value
  else
    words[#words + 1] = flag
    words[#words + 1] = value
  end
end

--- A value of the command line as text again: of a number as few digits as bring it back.
function invocation.text(value)
  if type(value) ~= "number" then
    return tostring(value)
  end
  return value == math.huge and "inf" or json.number(value)
end

--- Names as one value, those that have a comma or quotes in double quotes. texts: as they were given, in any number of
--- values.
function invocation.names(texts)
  local list = names(texts)
  for i, name in ipairs(list) do
    list[i] = name:find('[,"]') and '"' .. name:gsub('"', '""') .. '"' or name
  end
  return table.concat(list, ",")
end

--- Words as a line for a shell.
function invocation.line(words)
  local list = {}
  for i, word in ipairs(words) do
    list[i] = quote(word)
  end
  return table.concat(list, " ")
end

--- The words of such a line; nil where it is none.
function invocation.words(line)
  local words, place = {}, 1
  while place <= #line do
    local word = ""
    while place <= #line and line:sub(place, place) ~= " " do
      local piece = line:match("^[^ '\\]+", place)
      local quoted = line:match("^'[^']*'", place)
      local escaped = line:match("^\\'", place)
      if not (piece or quoted or escaped) then
        return nil
      end
      word = word .. (piece or quoted and quoted:sub(2, -2) or "'")
      place = place + #(piece or quoted or escaped)
    end
    words[#words + 1] = word
    place = place + 1
  end
  return words
end

return invocation
