--- Values of Lua as JSON text (RFC 8259), for programs that read what the command found. The members of an object are
--- sorted, so that the same values give the same bytes.

local decimal = require "triplet.decimal"

local json = {}

local list = {}

--- Says that a table is a list, which an empty one does not show.
function json.list(items)
  return setmetatable(items or {}, list)
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t" }

-- What stands for bytes that are no UTF-8: file names may have some.
local REPLACEMENT = "\239\191\189"

-- First bytes of characters of more than one byte: their ranges, that of the second byte, and how many follow that.
local LONGER = {
  { 0xC2, 0xDF, 0x80, 0xBF, 0 }, { 0xE0, 0xE0, 0xA0, 0xBF, 1 }, { 0xE1, 0xEC, 0x80, 0xBF, 1 },
  { 0xED, 0xED, 0x80, 0x9F, 1 }, { 0xEE, 0xEF, 0x80, 0xBF, 1 }, { 0xF0, 0xF0, 0x90, 0xBF, 2 },
  { 0xF1, 0xF3, 0x80, 0xBF, 2 }, { 0xF4, 0xF4, 0x80, 0x8F, 2 },
}

--- The bytes of the character at a place, or nil where none is whole.
local function length_at(text, place)
  local first, second = text:byte(place, place + 1)
  if first < 0x80 then
    return 1
  end
  for _, range in ipairs(LONGER) do
    if first >= range[1] and first <= range[2] then
      local follow = second and second >= range[3] and second <= range[4]
        and text:match("^[\128-\191]*", place + 2) or nil
      return follow and #follow >= range[5] and 2 + range[5] or nil
    end
  end
end

local function in_utf8(text)
  if not text:find("[\128-\255]") then
    return text
  end
  local pieces, place = {}, 1
  while place <= #text do
    local length = length_at(text, place)
    pieces[#pieces + 1] = length and text:sub(place, place + length - 1) or REPLACEMENT
    place = place + (length or 1)
  end
  return table.concat(pieces)
end

--- Whether it is UTF-8.
function json.is_utf8(text)
  return in_utf8(text) == text
end

local function quoted(text)
  return '"' .. in_utf8(text):gsub('[%c"\\]', function(character)
    return ESCAPES[character] or ("\\u%04x"):format(character:byte())
  end) .. '"'
end

--- A number with as few digits as bring it back; nil where JSON has none for it.
function json.number(value)
  if value - value ~= 0 then
    return nil
  end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then
      return decimal("%s", text)
    end
  end
end

local encode

local function encode_list(items)
  local texts = {}
  for i = 1, #items do
    texts[i] = encode(items[i]) or "null"
  end
  return "[" .. table.concat(texts, ",") .. "]"
end

local function encode_object(members)
  local names, texts = {}, {}
  for name in pairs(members) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local text = encode(members[name])
    texts[#texts + 1] = text and quoted(name) .. ":" .. text
  end
  return "{" .. table.concat(texts, ",") .. "}"
end

function encode(value)
  local kind = type(value)
  if kind == "table" then
    local is_list = getmetatable(value) == list or value[1] ~= nil
    return is_list and encode_list(value) or encode_object(value)
  elseif kind == "string" then
    return quoted(value)
  elseif kind == "number" then
    return json.number(value)
  end
  return kind == "boolean" and tostring(value) or nil
end

--- The text of a value: a table with a first entry, or marked by json.list, is a list, another one an object with names
--- for keys. A number that is none, or infinite, is absent from an object, and null in a list.
function json.encode(value)
  return encode(value) or "null"
end

return json
