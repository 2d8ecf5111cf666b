-- The writer of JSON, held against dkjson's reader.

local dkjson = require "dkjson"
local json = require "triplet.json"
local support = require "tests.lua.support"

describe("triplet.json", function()
  it("writes what a reader reads", function()
    local value = { a = { 1, 2.5, -1e300, "x" }, b = { c = true, d = false }, e = 'quote " \\ \n\t\0\127',
      ["ü"] = "é𝄞" }
    assert.same(value, (dkjson.decode(json.encode(value))))
  end)

  it("sorts the members of objects", function()
    assert.equal('{"a":{"c":2,"z":1},"b":1}', json.encode { b = 1, a = { z = 1, c = 2 } })
  end)

  it("knows an empty list from an empty object", function()
    assert.equal('{"list":[],"object":{}}', json.encode { list = json.list(), object = {} })
    assert.equal("[false,1]", json.encode(json.list { false, 1 }))
  end)

  it("leaves out what is no figure", function()
    assert.equal('{"a":1,"list":[1,null]}', json.encode { a = 1, b = 0 / 0, c = math.huge, d = -math.huge, e = nil,
      list = { 1, 0 / 0 } })
  end)

  it("writes numbers so that they come back, with few digits", function()
    assert.equal("[0.1,1,9007199254740992,0.3333333333333333]", json.encode { 0.1, 1.0, 2 ^ 53, 1 / 3 })
    local seed = 12345
    for _ = 1, 2000 do
      seed = support.next(seed)
      local number = (seed - 2 ^ 30) * 2 ^ (seed % 200 - 100) / 3
      assert.equal(number, tonumber(json.encode(number)))
    end
  end)

  it("replaces bytes that are no UTF-8", function()
    local mark = "\239\191\189"
    for text, expected in pairs { ["a\255b"] = "a" .. mark .. "b", ["\195"] = mark, ["\192\128"] = mark .. mark,
      ["\237\160\128"] = mark:rep(3), ["\226\130"] = mark:rep(2), ["\244\144\128\128"] = mark:rep(4),
      ["é\128€"] = "é" .. mark .. "€", ["\240\157\132\158"] = "\240\157\132\158" } do
      assert.equal('"' .. expected .. '"', json.encode(text))
    end
  end)
end)
