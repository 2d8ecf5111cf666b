-- Writes the models of onnx.txt into a folder, for make_golden_onnx.py: NAME.onnx; x, as NAME.npy, or the table that it
-- is in and the numbers of the rows; and the names, in their order.
local folder = ...
local names = {}

local function write(name, text)
  local output <close> = assert(io.open(folder .. "/" .. name, "wb"))
  output:write(text)
end

for i, model in ipairs(require "tests.lua.onnx_models"()) do
  names[i] = model.name
  write(model.name .. ".onnx", model.bytes)
  write(model.name .. ".embeddings.npy", model.embeddings:encode("npy"))
  if model.x then
    write(model.name .. ".npy", model.x:encode("npy"))
  else
    write(model.name .. ".csv", model.text)
    write(model.name .. ".rows", table.concat(model.rows, " "))
  end
end
write("names", table.concat(names, " "))
