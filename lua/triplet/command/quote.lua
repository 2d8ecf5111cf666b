--- A text as one word of a shell, in quotes where it needs them.
return function(text)
  return text:find("^[%w_.,:=+/@%%-]+$") and text or "'" .. text:gsub("'", "'\\''") .. "'"
end
