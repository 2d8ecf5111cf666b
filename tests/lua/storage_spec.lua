--- Objects and matrices in files: triplet.load, triplet.load_matrix and what saves. That files take their place whole
--- is for file_spec.lua.
local triplet = require "triplet"
local support = require "tests.lua.support"
local failure = support.failure

local matrix = triplet.matrix{ { 1, -2.5, 0.25 }, { 1e10, 0, -7 } }
local floats = matrix:tobytes()

describe("files", function()
  local directory

  before_each(function()
    local pipe = io.popen("mktemp -d")
    directory = pipe:read("*l")
    pipe:close()
  end)

  after_each(function()
    os.execute("rm -r " .. directory)
  end)

  local function read(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read("*a")
    file:close()
    return bytes
  end

  local function objects()
    local data = triplet.matrix(6, 3):random(1)
    local trainer = triplet.trainer{ data = data, labels = { 1, 1, 2, 2, 3, 3 }, layers = { 2 } }
    trainer:step()
    return {
      trainer = trainer,
      encoder = triplet.encoder{ inputs = 3, layers = { 5, 3 }, seed = 3, residual = true },
      optimizer = triplet.optimizer{ name = "sgd" },
    }
  end

  it("of objects come back as what they were", function()
    local path = directory .. "/object.safetensors"
    for kind, object in pairs(objects()) do
      assert.is_true(object:save(path))
      local loaded = assert(triplet.load(path))
      assert.equal(kind, triplet.kind(loaded))
      assert.equal(object:tobytes(), loaded:tobytes())
    end
  end)

  it("of objects are told where they cannot be written or read", function()
    for _, object in pairs(objects()) do
      local done, message = object:save(directory .. "/none/object")
      assert.is_nil(done)
      assert.equal(directory .. "/none/object: No such file or directory", message)
      assert.equal("bad argument #1 to 'save' (path: expected a string, got nil)", failure(object.save, object))
      assert.equal("bad argument #1 to 'save' (path: expected a string without zero bytes, got some)",
        failure(object.save, object, "a\0b"))
    end
    local loaded, message = triplet.load(directory .. "/none")
    assert.is_nil(loaded)
    assert.equal(directory .. "/none: No such file or directory", message)
  end)

  it("that are nothing of the kind are told by their paths", function()
    local path = directory .. "/text"
    local file = assert(io.open(path, "wb"))
    file:write("no model")
    file:close()
    for _, load in ipairs{ triplet.load, triplet.load_matrix } do
      local loaded, message = load(path)
      assert.is_nil(loaded)
      assert.equal(path .. ": ", message:sub(1, #path + 2))
    end
  end)

  it("of matrices are of the format that their names end in", function()
    for _, ending in ipairs{ "npy", "fvecs", "safetensors", "NPY" } do
      local path = directory .. "/rows." .. ending
      assert.is_true(matrix:save(path))
      assert.equal(matrix:encode(ending:lower()), read(path))
      local loaded, words = triplet.load_matrix(path)
      assert.equal(floats, loaded:tobytes())
      assert.is_nil(words)
    end
    for _, name in ipairs{ "rows", "rows.csv", "npy", ".npy/rows", "" } do
      assert.equal(("bad argument #1 to 'save' (path: expected a name that ends in .npy, .fvecs or .safetensors, got "
        .. '"%s")'):format(name), failure(matrix.save, matrix, name))
    end
  end)

  it("of matrices hold several matrices", function()
    local path = directory .. "/both.safetensors"
    assert.is_true(triplet.save_matrices(path, { a = matrix, b = { { 5 } } }))
    assert.equal(triplet.encode_matrices{ a = matrix, b = { { 5 } } }, read(path))
    assert.equal(5, triplet.load_matrix(path, { tensor = "b" }):get(1, 1))
    local none, message = triplet.load_matrix(path)
    assert.is_nil(none)
    assert.equal(path .. ": ", message:sub(1, #path + 2))
  end)

  it("of several matrices are no files of one", function()
    for _, ending in ipairs{ ".npy", ".fvecs", ".NPY" } do
      local path = directory .. "/both" .. ending
      assert.equal(("bad argument #1 to 'save_matrices' (path: expected a name that ends in .safetensors, got "
        .. '"%s")'):format(path), failure(triplet.save_matrices, path, { a = matrix }))
      assert.is_nil(io.open(path))
    end
  end)

  it("of matrices are refused in the name of what was called", function()
    assert.matches("^bad argument #1 to 'save' %(tensors: expected rows of 1 %.%. %d+ numbers for fvecs, got 0 x 3%)$",
      failure(matrix.save, triplet.matrix(0, 3), directory .. "/none.fvecs"))
  end)

  it("of matrices are told where they cannot be written or read", function()
    local missing = directory .. "/none/rows.safetensors"
    for _, call in ipairs{
      { matrix.save, matrix, missing }, { triplet.save_matrices, missing, { a = matrix } },
      { triplet.load_matrix, missing },
    } do
      local done, message = call[1](call[2], call[3])
      assert.is_nil(done)
      assert.equal(missing .. ": No such file or directory", message)
    end
    local done, message = triplet.load_matrix(directory)
    assert.is_nil(done)
    assert.equal(directory .. ": Is a directory", message)
  end)

  it("stay as they were where nothing can be made of what is given", function()
    local path = directory .. "/rows.safetensors"
    matrix:save(path)
    assert.equal("bad argument #2 to 'save_matrices' (matrices.a[2]: expected 1 numbers like row 1, got 0)",
      failure(triplet.save_matrices, path, { a = { { 1 }, {} } }))
    assert.equal(matrix:encode("safetensors"), read(path))
  end)

  for expected, call in pairs{
    ["#2 to 'load_matrix' (options: unknown option \"name\"; known are format, tensor)"] = {
      triplet.load_matrix, "README.md", { name = "x" } },
    ["#1 to 'load_matrix' (path: expected a string, got nil)"] = { triplet.load_matrix },
    ["#1 to 'save_matrices' (path: expected a string, got table)"] = { triplet.save_matrices, {} },
    ["#2 to 'save_matrices' (matrices: expected a table with names as keys, got nil)"] = {
      triplet.save_matrices, "/nowhere/file" },
    ["#1 to 'load' (path: expected a string, got nil)"] = { triplet.load },
    ["#1 to 'save' (path: expected a string without zero bytes, got some)"] = { matrix.save, matrix, "a\0.npy" },
  } do
    it("are refused: " .. expected, function()
      assert.equal("bad argument " .. expected, failure(call[1], call[2], call[3]))
    end)
  end
end)
