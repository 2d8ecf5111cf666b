--- A copy of a table, with the entries of another in place of its own, if there is one.
return function(entries, others)
  local all = {}
  for _, from in ipairs { entries, others } do
    for name, value in pairs(from) do
      all[name] = value
    end
  end
  return all
end
