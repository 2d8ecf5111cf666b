--- The CSV file of an embedding: the row's number in the input, what is carried along, and the coordinates e1, e2 ...

local csv = require "triplet.csv"
local fail = require "triplet.command.fail"

--- Writes to an output. carried: a list of { name, texts }, one text per row. rows: tables of coordinates; nine digits
--- bring every float32 back.
return function(output, carried, rows)
  local fields = { "row" }
  for i, column in ipairs(carried) do
    fields[i + 1] = column[1]
  end
  for i = 1, #rows[1] do
    fields[#carried + 1 + i] = "e" .. i
  end
  output:write(csv.line(fields))

  for row, coordinates in ipairs(rows) do
    fields[1] = tostring(row)
    for i, column in ipairs(carried) do
      fields[i + 1] = column[2][row]
    end
    for i, coordinate in ipairs(coordinates) do
      if coordinate - coordinate ~= 0 then
        fail("row %d has no finite embedding: its numbers are too far from those that were trained on", row)
      end
      fields[#carried + 1 + i] = ("%.9g"):format(coordinate)
    end
    output:write(csv.line(fields))
  end
end
