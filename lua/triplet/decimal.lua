--- decimal(format, number): the number as text, with a point whatever the locale has in its place, as programs read it.
return function(format, number)
  return (format:format(number):gsub("^(-?%d+)[^%de]+(%d)", "%1.%2"))
end
