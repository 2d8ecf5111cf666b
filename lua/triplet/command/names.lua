--- The names that an option was given: it may come more than once, and have several with commas between them. One that
--- has a comma itself stands in double quotes, which double those that it has.

--- The name in quotes that a list begins with, and the rest of the list; nil where there is none.
local function quoted(list)
  local place = 2
  while list:sub(1, 1) == '"' do
    local close = list:find('"', place, true)
    local after = close and list:sub(close + 1, close + 1)
    if after == "," then
      return (list:sub(2, close - 1):gsub('""', '"')), list:sub(close + 2)
    elseif after ~= '"' then
      return nil
    end
    place = close + 2
  end
end

return function(texts)
  local list = {}
  for _, text in ipairs(texts or {}) do
    local rest = text .. ","
    while rest ~= "" do
      local name, others = quoted(rest)
      if not name then
        name, others = rest:match("^([^,]*),(.*)$")
      end
      list[#list + 1] = name
      rest = others
    end
  end
  return list
end
