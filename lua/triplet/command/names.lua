--- The names that an option was given: it may come more than once, and have several with commas between them. One that
--- has a comma itself stands in double quotes.
return function(texts)
  local list = {}
  for _, text in ipairs(texts or {}) do
    local rest = text .. ","
    while rest ~= "" do
      local name, others = rest:match('^"([^"]*)",(.*)$')
      if not name then
        name, others = rest:match("^([^,]*),(.*)$")
      end
      list[#list + 1] = name
      rest = others
    end
  end
  return list
end
