--- Texts as one line of a CSV file (RFC 4180) with its end, quoted where that is needed.
return function(fields)
  local quoted = {}
  for i, field in ipairs(fields) do
    quoted[i] = field:find('[",\r\n]') and '"' .. field:gsub('"', '""') .. '"' or field
  end
  return table.concat(quoted, ",") .. "\n"
end
