--- The numbers that an option of the library may be, in words, or nil where it is no number: "in [0, 1)", "2 .. 1e9".
--- infinity: how it is written.
return function(field, infinity)
  local low, high = field.minimum, field.maximum
  if not low then
    return nil
  elseif field.kind == "integer" then
    local last = high == 2 ^ 53 - 1 and "2^53 - 1" or high == 1e9 and "1e9" or ("%.0f"):format(high)
    return low < 0 and "an int32" or ("%.0f .. %s"):format(low, last)
  elseif high == math.huge then
    return ("in [%g, %s]"):format(low, infinity)
  elseif high > 1 then
    return low < 0 and "finite" or low == 2 ^ -126 and "> 0" or (">= %g"):format(low)
  end
  return high < 1 and ("in [%g, 1)"):format(low) or ("in [%g, %g]"):format(low, high)
end
