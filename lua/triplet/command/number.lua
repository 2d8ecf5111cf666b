--- The number that a text of the command line is, or nil. Hexadecimal, which Lua would read, and wrap where it is long,
--- is text.
return function(text)
  return not text:find("[xX]") and tonumber(text) or nil
end
