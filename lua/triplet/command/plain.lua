--- Texts of strangers, names of columns and classes above all, as they are shown to people: on one line, in part where
--- they are long or many.

local plain = {}

-- Of more texts the first are shown, and of longer ones the first characters.
local SHOWN = 8
local LONGEST = 30

local CHARACTER = "[^\128-\191][\128-\191]*"

--- A text on one line, without what would steer a terminal.
function plain.line(text)
  return (text:gsub("%c", " "))
end

--- The same, of a length that tables have room for.
function plain.short(text)
  text = plain.line(text)
  local first = text:match("^" .. CHARACTER:rep(LONGEST))
  return first and #first < #text and first .. "..." or text
end

--- How many characters of UTF-8 it has.
function plain.length(text)
  local _, length = text:gsub("[^\128-\191]", "")
  return length
end

--- Padded to so many characters.
function plain.padded(text, width)
  return text .. (" "):rep(width - plain.length(text))
end

--- The first of a list of texts, and how many more there are. In quotes is what would look like two of them.
function plain.some(texts)
  local shown = {}
  for i = 1, math.min(#texts, SHOWN) do
    local text = plain.short(texts[i])
    shown[i] = text:find(", ", 1, true) and '"' .. text .. '"' or text
  end
  return table.concat(shown, ", ") .. (#texts > SHOWN and (" and %d more"):format(#texts - SHOWN) or "")
end

return plain
