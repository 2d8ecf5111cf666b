--- Matrices as the bytes of files: what other programs read, and what they write.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

--- An integer as so many little-endian bytes.
local function little(value, size)
  local bytes = {}
  for i = 1, size do
    bytes[i] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(bytes)
end

--- The bytes of a .npy file, by NumPy's description of its version 1.
local function npy(descr, shape, data, fortran)
  local header = ("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }"):format(descr, fortran and "True" or "False",
    shape)
  header = header .. (" "):rep(63 - (10 + #header) % 64) .. "\n"
  return "\147NUMPY\1\0" .. little(#header, 2) .. header .. data
end

--- The bytes of a safetensors file: tensors as a list of { name, dtype, shape, data }.
local function safetensors(tensors)
  local entries, data = {}, ""
  for i, tensor in ipairs(tensors) do
    entries[i] = ('"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}'):format(tensor[1], tensor[2], tensor[3],
      #data, #data + #tensor[4])
    data = data .. tensor[4]
  end
  local header = "{" .. table.concat(entries, ",") .. "}"
  return little(#header, 8) .. header .. data
end

local rows = { { 1, -2.5, 0.25 }, { 1e10, 0, -7 } }
local matrix = triplet.matrix(rows)
local floats = matrix:tobytes()

describe("a matrix's bytes", function()
  it("come back as the same matrix, and are told apart", function()
    for _, format in ipairs{ "npy", "fvecs", "safetensors" } do
      for _, shape in ipairs{ { 1, 1 }, { 2, 3 }, { 50, 7 }, { 3, 200 } } do
        local x = triplet.matrix(shape[1], shape[2]):random(shape[1])
        local bytes = x:encode(format)
        assert.equal(format, triplet.file_format(bytes))
        for _, options in ipairs{ {}, { format = "auto" }, { format = format } } do
          local read, words = triplet.decode_matrix(bytes, options)
          assert.equal("matrix", triplet.kind(read))
          assert.is_nil(words)
          assert.same(shape, { read.rows, read.cols })
          assert.equal(x:tobytes(), read:tobytes())
        end
      end
    end
    local view = triplet.matrix(9, 2):random(1):view(3, 5)
    assert.equal(view:copy():encode("npy"), view:encode("npy"))
  end)

  it("are what other programs expect", function()
    local bytes = matrix:encode("npy")
    assert.equal("\147NUMPY", bytes:sub(1, 6))
    local length = bytes:byte(9) + 256 * bytes:byte(10)
    local header = bytes:sub(11, 10 + length)
    assert.is_truthy(header:find("'descr': '<f4'", 1, true))
    assert.is_truthy(header:find("'fortran_order': False", 1, true))
    assert.is_truthy(header:find("(2, 3)", 1, true))
    assert.same({ "\n", 0 }, { header:sub(-1), (10 + length) % 64 })
    assert.equal(floats, bytes:sub(11 + length))

    assert.equal(little(3, 4) .. floats:sub(1, 12) .. little(3, 4) .. floats:sub(13), matrix:encode("fvecs"))

    bytes = matrix:encode("safetensors")
    assert.is_truthy(bytes:find('"matrix"', 1, true))
    assert.is_truthy(bytes:find("[2,3]", 1, true))
    assert.equal(floats, bytes:sub(-24))
  end)

  it("with several names are one safetensors file, whatever their order", function()
    local bytes = triplet.encode_matrices{ queries = matrix, answers = { { 1 }, { 2 } } }
    assert.equal(bytes, triplet.encode_matrices{ answers = { { 1 }, { 2 } }, queries = matrix })
    assert.equal(floats, triplet.decode_matrix(bytes, { tensor = "queries" }):tobytes())
    assert.same({ { 1 }, { 2 } }, triplet.decode_matrix(bytes, { tensor = "answers" }):totable())
    local none, message = triplet.decode_matrix(bytes, { tensor = "labels" })
    assert.is_nil(none)
    assert.is_truthy(message:find("labels", 1, true))
    none, message = triplet.decode_matrix(bytes)
    assert.is_nil(none)
    assert.is_truthy(message:find("queries", 1, true) and message:find("answers", 1, true))
    local proxy = setmetatable({}, {
      __index = { queries = matrix, answers = { { 1 }, { 2 } } },
      __pairs = function()
        return next, { queries = true, answers = true }, nil
      end,
    })
    assert.equal(bytes, triplet.encode_matrices(proxy))
  end)
end)

describe("bytes of other programs", function()
  it("are read as the numbers that they are", function()
    for expected, bytes in pairs{
      [{ { 1, -2.5, 0.25 }, { 1e10, 0, -7 } }] = npy("<f4", "2, 3", floats),
      [{ { 1, 1e10 }, { -2.5, 0 }, { 0.25, -7 } }] = npy("<f4", "3, 2", floats, true),
      [{ { 1 }, { 2 }, { 255 } }] = npy("|u1", "3,", "\1\2\255"),
      [{ { 1, -1 } }] = npy("|i1", "1, 2", "\1\255"),
      [{ { 258, -2 } }] = npy("<i2", "1, 2", "\2\1\254\255"),
      [{ { 513, -257 } }] = npy(">i2", "1, 2", "\2\1\254\255"),
      [{ { 1, 0 } }] = npy("|b1", "1, 2", "\1\0"),
      [{ { 1.5, -2 } }] = npy("<f2", "1, 2", "\0\62\0\192"),
      [{ { 1, -0.5 } }] = npy("<f8", "1, 2", "\0\0\0\0\0\0\240\63\0\0\0\0\0\0\224\191"),
      [{ { 7 }, { -1 } }] = safetensors{ { "a", "I64", "2,1", little(7, 8) .. ("\255"):rep(8) },
        { "b", "F32", "1,1,1", "\0\0\0\0" }, { "c", "F32", "1", "\0\0\0\0" } },
      [{ { 1.5 } }] = safetensors{ { "a", "BF16", "1,1", "\192\63" } },
    } do
      local read, message = triplet.decode_matrix(bytes)
      assert.same(expected, read and read:totable() or message)
    end
  end)

  it("of text have words", function()
    local read, words = triplet.decode_matrix("2 3\nking 0.5 1 2\nqueen 0.25 1 -3e1\n")
    assert.same({ { 0.5, 1, 2 }, { 0.25, 1, -30 } }, read:totable())
    assert.same({ "king", "queen" }, words)
    local again, same = triplet.decode_matrix("the 1 2\nof 3 4\n", { format = "text" })
    assert.same({ { { 1, 2 }, { 3, 4 } }, { "the", "of" } }, { again:totable(), same })
    assert.equal("text", triplet.file_format("2 3\nking 0.5 1 2\nqueen 0.25 1 3\n"))
  end)

  it("that are none are told", function()
    for _, bytes in ipairs{ "", "x", "hello, world\n", ("\255"):rep(100), ("\0"):rep(100) } do
      assert.is_nil(triplet.file_format(bytes))
      local none, message = triplet.decode_matrix(bytes)
      assert.is_nil(none)
      assert.is_true(#message > 0)
    end
    local all = {
      matrix:encode("npy"), matrix:encode("fvecs"), matrix:encode("safetensors"), npy("<f8", "1, 1", ("\0"):rep(8)),
    }
    for _, bytes in ipairs(all) do
      for length = 0, #bytes - 1 do
        local none = triplet.decode_matrix(bytes:sub(1, length))
        assert.is_true(none == nil or length % 16 == 0) -- whole rows of fvecs
      end
    end
    local none, message = triplet.decode_matrix("king 1 2\nqueen 1\n", { format = "text" })
    assert.is_nil(none)
    assert.is_truthy(message:find("2", 1, true))
    none = triplet.decode_matrix(npy("<f8", "1, 1", "\0\0\0\0\0\0\240\127"))
    assert.equal(math.huge, none:get(1, 1)) -- read as it is
    none, message = triplet.decode_matrix(npy("<f8", "1, 1", "\255\255\255\255\255\255\239\127"))
    assert.is_nil(none) -- a finite number that float32 does not hold
    assert.is_string(message)
  end)
end)

describe("matrices and bytes", function()
  local bytes = matrix:encode("npy")
  for expected, call in pairs{
    ["#1 to 'encode' (format: expected a string, got nil)"] = { matrix.encode, matrix },
    ["#1 to 'encode' (format: expected one of auto|npy|safetensors|fvecs|text, got string \"csv\")"] = {
      matrix.encode, matrix, "csv" },
    ["#1 to 'decode_matrix' (bytes: expected a string, got nil)"] = { triplet.decode_matrix },
    ["#2 to 'decode_matrix' (options: expected a table, got string \"npy\")"] = {
      triplet.decode_matrix, bytes, "npy" },
    ["#2 to 'decode_matrix' (options: unknown option \"name\"; known are format, tensor)"] = {
      triplet.decode_matrix, bytes, { name = "x" } },
    ["#2 to 'decode_matrix' (format: expected one of auto|npy|safetensors|fvecs|text, got string \"csv\")"] = {
      triplet.decode_matrix, bytes, { format = "csv" } },
    ["#2 to 'decode_matrix' (tensor: expected a string, got number 1)"] = {
      triplet.decode_matrix, bytes, { tensor = 1 } },
    ["#1 to 'file_format' (bytes: expected a string, got nil)"] = { triplet.file_format },
    ["#1 to 'encode_matrices' (matrices: expected a table with names as keys, got nil)"] = {
      triplet.encode_matrices },
    ["#1 to 'encode_matrices' (matrices: expected names as keys, got number 1)"] = {
      triplet.encode_matrices, { matrix } },
    ["#1 to 'encode_matrices' (matrices: expected a string without zero bytes, got some)"] = {
      triplet.encode_matrices, { ["a\0b"] = matrix } },
    ["#1 to 'encode_matrices' (matrices.a: expected a matrix or a table of rows, got number 1)"] = {
      triplet.encode_matrices, { a = 1 } },
  } do
    it("refuse: " .. expected, function()
      assert.equal("bad argument " .. expected, failure(call[1], call[2], call[3]))
    end)
  end

  it("refuse formats that are not written", function()
    for _, format in ipairs{ "auto", "text" } do
      assert.matches("^bad argument #1 to 'encode' %(format: expected ", failure(matrix.encode, matrix, format))
    end
    assert.equal("calling 'encode' on bad self (expected a triplet.matrix, got table)",
      failure(matrix.encode, {}, "npy"))
  end)
end)
