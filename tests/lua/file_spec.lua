local triplet = require "triplet"
local support = require "tests.lua.support"

local x, labels = triplet.synthetic("rings", 60, 1, 7)

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

describe("model files", function()
  local directory, trainer

  before_each(function()
    directory = os.tmpname()
    os.remove(directory)
    assert(os.execute("mkdir " .. directory))
    trainer = triplet.trainer{ data = x, labels = labels, layers = { 4, 2 } }
    trainer:step()
  end)

  after_each(function()
    os.execute("chmod -R u+w " .. directory .. " && rm -r " .. directory)
  end)

  local function files()
    local list = {}
    for name in io.popen("ls -A " .. directory):lines() do
      list[#list + 1] = name
    end
    return list
  end

  it("come back as they went", function()
    local path = directory .. "/model.safetensors"
    assert.is_true(trainer:save(path))
    assert.equal(trainer:tobytes(), read(path))
    assert.equal(trainer:embed(x):tobytes(), assert(triplet.load(path)):embed(x):tobytes())
    trainer:step()
    assert.is_true(trainer:save(path))
    assert.equal(trainer:tobytes(), read(path))
    assert.same({ "model.safetensors" }, files())
  end)

  it("that cannot be written are told, and leave nothing behind", function()
    local path = directory .. "/none/model"
    assert.same({ nil, path .. ": No such file or directory" }, { trainer:save(path) })
    os.execute("mkdir " .. directory .. "/taken")
    path = directory .. "/taken"
    assert.same({ nil, path .. ": Is a directory" }, { trainer:save(path) })
    assert.same({ "taken" }, files())
  end)

  it("stay whole when the disk is full", function()
    local path = directory .. "/model"
    assert.is_true(trainer:save(path))
    local before = read(path)
    trainer:step()
    local open = io.open
    io.open = function(name, mode) -- luacheck: ignore
      local file = assert(open(name, mode))
      return {
        write = function() return nil, "No space left on device", 28 end,
        close = function() return file:close() end,
      }
    end
    local saved, message = trainer:save(path)
    io.open = open -- luacheck: ignore
    assert.is_nil(saved)
    assert.equal(path .. ": No space left on device", message)
    assert.equal(before, read(path))
    assert.same({ "model" }, files())
  end)

  it("that cannot be read are told", function()
    local path = directory .. "/model"
    assert.same({ nil, path .. ": No such file or directory" }, { triplet.load(path) })
    assert.same({ nil, directory .. ": Is a directory" }, { triplet.load(directory) })
    trainer:save(path)
    local bytes = read(path)
    local file = assert(io.open(path, "wb"))
    file:write(bytes:sub(1, -2))
    file:close()
    local loaded, message = triplet.load(path)
    assert.is_nil(loaded)
    assert.equal(path .. ": ", message:sub(1, #path + 2))
  end)

  it("have names that are strings", function()
    assert.equal("bad argument #1 to 'load' (path: expected a string, got nil)", support.failure(triplet.load))
    local message = support.failure(trainer.save, trainer, 1)
    assert.equal("bad argument #1 to 'save' (path: expected a string, got number)", message)
  end)
end)
