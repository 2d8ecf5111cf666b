--- What is saved in files, and read from them: models, encoders, optimizers and matrices. The C module makes the bytes.

local triplet = require "triplet.core"

local matrix = triplet.methods.matrix

local function check_path(path, method)
  if type(path) ~= "string" then
    error(("bad argument #1 to '%s' (path: expected a string, got %s)"):format(method, type(path)), 3)
  elseif path:find("\0", 1, true) then
    error(("bad argument #1 to '%s' (path: expected a string without zero bytes, got some)"):format(method), 3)
  end
end

--- An earlier file stays as it was until the new one is whole. true, or nil and a message.
local function write(path, bytes)
  local output, message = triplet.output(path)
  if not output then
    return nil, message
  end
  output:write(bytes)
  return output:commit()
end

--- The whole file, or nil and a message.
local function read(path)
  local file, message = io.open(path, "rb")
  if not file then
    return nil, message
  end
  local bytes, problem = file:read("*a")
  file:close()
  return bytes, not bytes and ("%s: %s"):format(path, problem) or nil
end

--- What decode(bytes) makes of the file, or nil and a message that names the file.
local function read_as(decode, path)
  local bytes, message = read(path)
  if not bytes then
    return nil, message
  end
  local result, more = decode(bytes)
  if result == nil then
    return nil, ("%s: %s"):format(path, more)
  end
  return result, more
end

local function save(self, path)
  check_path(path, "save")
  return write(path, self:tobytes())
end

triplet.methods.trainer.save = save
triplet.methods.encoder.save = save
triplet.methods.optimizer.save = save

--- The trainer, encoder or optimizer in a file, or nil and a message.
function triplet.load(path)
  check_path(path, "load")
  return read_as(triplet.from_bytes, path)
end

--- f(...), whose errors are told as those of the function that was called with a path instead.
local function call_for(method, position, f, ...)
  local done, result, more = pcall(f, ...)
  if not done and type(result) == "string" then
    result = result:gsub("^bad argument #%d to '[%w_]+'", ("bad argument #%d to '%s'"):format(position, method))
      :gsub("^calling '[%w_]+'", ("calling '%s'"):format(method))
  end
  if not done then
    error(result, type(result) == "string" and 3 or nil)
  end
  return result, more
end

--- As an ONNX model, which other runtimes run.
local function export(self, path)
  check_path(path, "export")
  return write(path, (call_for("export", 1, self.toonnx, self)))
end

triplet.methods.trainer.export = export
triplet.methods.encoder.export = export

-- By how the name of a file ends.
local FORMATS = { [".npy"] = "npy", [".fvecs"] = "fvecs", [".safetensors"] = "safetensors" }

local function format_of(path)
  return FORMATS[path:lower():match("%.%w+$")]
end

function matrix:save(path)
  check_path(path, "save")
  local format = format_of(path)
  if not format then
    error(("bad argument #1 to 'save' (path: expected a name that ends in .npy, .fvecs or .safetensors, got \"%s\")")
      :format(path), 2)
  end
  return write(path, (call_for("save", 1, self.encode, self, format)))
end

function triplet.save_matrices(path, matrices)
  check_path(path, "save_matrices")
  if (format_of(path) or "safetensors") ~= "safetensors" then -- whoever reads it would take it for something else
    error(("bad argument #1 to 'save_matrices' (path: expected a name that ends in .safetensors, got \"%s\")")
      :format(path), 2)
  end
  return write(path, (call_for("save_matrices", 2, triplet.encode_matrices, matrices)))
end

--- The matrix in a file and its words, or nil and a message.
function triplet.load_matrix(path, options)
  check_path(path, "load_matrix")
  return read_as(function(bytes)
    return call_for("load_matrix", 2, triplet.decode_matrix, bytes, options)
  end, path)
end
