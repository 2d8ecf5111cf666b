--- A number of things in words: "1 row", "2 rows"; many: the plural where it takes more than an s.
return function(count, one, many)
  return ("%d %s"):format(count, count == 1 and one or many or one .. "s")
end
