--- What export writes, as a method and as a verb, and what it refuses.
local dkjson = require "dkjson"
local program = require "tests.lua.program"
local support = require "tests.lua.support"
local triplet = require "triplet"
local failure = support.failure

describe("export", function()
  local here
  local x, labels = triplet.synthetic("rings", 60, 1, 1)
  local function trainer_of(options)
    options.data, options.labels, options.steps = x, labels, 5
    local trainer = triplet.trainer(options)
    trainer:run()
    return trainer
  end

  setup(function()
    here = program.new()
  end)

  teardown(function()
    here:remove()
  end)

  it("writes what toonnx returns", function()
    local trainer, encoder = trainer_of { layers = { 4, 2 } }, triplet.encoder { inputs = 2, layers = { 3 }, seed = 1 }
    for name, of in pairs { trainer = trainer, encoder = encoder } do
      assert.is_true(of:export(here.folder .. "/" .. name))
      assert.equal(of:toonnx(), here:read(name))
    end
    assert.equal(trainer:toonnx(), triplet.from_bytes(trainer:tobytes()):toonnx())
    assert.equal(encoder:toonnx(), triplet.from_bytes(encoder:tobytes()):toonnx())
  end)

  it("leaves an earlier file alone where it fails", function()
    here:write("kept.onnx", "earlier")
    local path = here.folder .. "/kept.onnx"
    local table_of_its_own = trainer_of { layers = {}, dim = 2 }
    local message = "bad self (layers: expected at least 1 to export, got 0: a free table has no encoder)"
    assert.equal("calling 'export' on " .. message, failure(table_of_its_own.export, table_of_its_own, path))
    assert.equal("calling 'toonnx' on " .. message, failure(table_of_its_own.toonnx, table_of_its_own))
    assert.equal("earlier", here:read("kept.onnx"))

    local encoder = triplet.encoder { inputs = 2, layers = { 3 }, seed = 1 }
    local done, problem = encoder:export(here.folder .. "/no folder/a.onnx")
    assert.is_nil(done)
    assert.match("no folder", problem)
    assert.equal("bad argument #1 to 'export' (path: expected a string, got nil)", failure(encoder.export, encoder))
    assert.equal("bad argument #1 to 'export' (path: expected a string without zero bytes, got some)",
      failure(encoder.export, encoder, "a\0b"))
    local closed = trainer_of { layers = { 2 } }
    closed:close()
    assert.equal("calling 'export' on a closed trainer", failure(closed.export, closed, path))
  end)

  it("can be called as a verb, which says what the model takes", function()
    here:write("data.csv", program.flowers())
    here:run("train data.csv --label kind --ignore name --steps 5 --layers 4 --dim 3 --model m --quiet")
    assert.same({ "wrote m.onnx: x (N, 3) to embeddings (N, 3)\nx: 3 inputs, a, b, noise\n", "", 0 },
      { here:run("export m m.onnx") })
    local bytes = here:read("m.onnx")
    assert.equal(triplet.load(here.folder .. "/m"):toonnx(), bytes)
    assert.truthy(bytes:find('["a","b","noise"]', 1, true))
    assert.same({ bytes, "x: 3 inputs, a, b, noise\n", 0 }, { here:run("export m -") })
    assert.same({ bytes, "x: 3 inputs, a, b, noise\n", 0 }, { here:run("export - - <m") })
    assert.same({ path = "m.onnx", bytes = #bytes, inputs = 3, dimensions = 3, input_names = { "a", "b", "noise" } },
      dkjson.decode((here:run("export --json m m.onnx"))))

    here:run("embed m data.csv --out v.npy")
    here:run("train v.npy --labels data.csv --label kind --adapter linear --steps 2 --model adapter --quiet")
    assert.same({ "wrote a.onnx: x (N, 3) to embeddings (N, 3)\nx: 3 inputs\n", "", 0 },
      { here:run("export adapter a.onnx") })

    here:refuses("export m", "missing argument 'file' (see triplet --help)", 2)
    here:refuses("export m m", "m would be written over", 2)
    here:refuses("export none n.onnx", "none: No such file or directory", 1)
    here:refuses("export data.csv n.onnx", "data.csv: not a safetensors file", 1)
    here:refuses("export --json m -", "standard output is for what --json prints: name a file to write", 2)
    assert(triplet.encoder({ inputs = 2, layers = { 3 }, seed = 1 }):save(here.folder .. "/e"))
    here:refuses("export e n.onnx", "e: it is an encoder alone, not a model of triplet train", 1)
  end)
end)
