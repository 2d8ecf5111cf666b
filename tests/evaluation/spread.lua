--- Of a list of numbers: "mean ± deviation", that of the sample.
return function(values)
  local sum, squares = 0, 0
  for _, value in ipairs(values) do
    sum = sum + value
  end
  for _, value in ipairs(values) do
    squares = squares + (value - sum / #values) ^ 2
  end
  return ("%.3f ± %.3f"):format(sum / #values, (squares / (#values - 1)) ^ 0.5)
end
