--- ONNX models: what onnxruntime makes of them (tests/golden/onnx.txt).
local models = require "tests.lua.onnx_models"
local support = require "tests.lua.support"

--- Of each case its keys, by its name.
local function cases_of(path)
  local cases, name = {}, nil
  for line in io.lines(path) do
    local key, rest = line:match("^(%l+) (.*)$")
    if key == "case" then
      name, cases[rest] = rest, {}
    elseif key then
      cases[name][key] = rest
    end
  end
  return cases
end

local function numbers_of(text)
  local list = {}
  for word in text:gmatch("%S+") do
    list[#list + 1] = tonumber(word)
  end
  return list
end

describe("of the model", function()
  local cases = cases_of("tests/golden/onnx.txt")
  for _, model in ipairs(models()) do
    it(model.name .. " onnxruntime makes what embed makes", function()
      local case = cases[model.name]
      assert.same({ tonumber(case.bytes), case.hash }, { #model.bytes, support.hash(model.bytes) })
      assert.same({ tonumber(case.rows), tonumber(case.dim) }, { model.embeddings.rows, model.embeddings.cols })
      assert.is_true(support.error_of(support.flat(model.embeddings), numbers_of(case.embeddings)) <= 1e-6)
    end)
  end
end)
