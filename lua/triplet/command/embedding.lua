--- The CSV file of an embedding: the row's number in the input, what is carried along, and the coordinates e1, e2 ...

local fail = require "triplet.command.fail"
local line = require "triplet.command.line"

--- Writes to an output. rows: tables of coordinates, of which nine digits bring every float32 back. numbers: those of
--- the rows in the input. carried: a list of { name, texts }; a row may have no text.
return function(output, rows, numbers, carried)
  local fields = { "row" }
  for i, column in ipairs(carried) do
    fields[i + 1] = column[1]
  end
  for i = 1, #rows[1] do
    fields[#carried + 1 + i] = "e" .. i
  end
  output:write(line(fields))

  for row, coordinates in ipairs(rows) do
    fields[1] = tostring(numbers[row])
    for i, column in ipairs(carried) do
      fields[i + 1] = column[2][row] or ""
    end
    for i, coordinate in ipairs(coordinates) do
      if coordinate - coordinate ~= 0 then
        fail("row %d has no finite embedding: its numbers are too far from those that were trained on", numbers[row])
      end
      fields[#carried + 1 + i] = ("%.9g"):format(coordinate)
    end
    output:write(line(fields))
  end
end
