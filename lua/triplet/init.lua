--- triplet: the C module, and what needs files or pictures. lua/library/triplet.lua describes it all.

local triplet = require "triplet.core"
local trainer = triplet.methods.trainer

local function check_path(path, method)
  if type(path) ~= "string" then
    error(("bad argument #1 to '%s' (path: expected a string, got %s)"):format(method, type(path)), 3)
  end
end

--- Beside the target, so that renaming stays in one file system; partly by chance, so that no two writers share it.
local function temporary_name(path)
  return ("%s.%x%s.tmp"):format(path, os.time(), tostring({}):match("%w+$"))
end

--- The system's words without the file's name, which may be the temporary one.
local function failure(path, message)
  return nil, ("%s: %s"):format(path, (message:gsub("^.*: ", "")))
end

--- Writes the model; an earlier file stays as it was until the new one is whole. true, or nil and a message.
function trainer:save(path)
  check_path(path, "save")
  local bytes = self:tobytes()
  local temporary = temporary_name(path)
  local file, message = io.open(temporary, "wb")
  if not file then
    return failure(path, message)
  end
  local done, problem = file:write(bytes)
  local closed, closing_problem = file:close()
  if done then
    done, problem = closed, closing_problem
  end
  if done then
    done, problem = os.rename(temporary, path)
  end
  if done then
    return true
  end
  os.remove(temporary)
  return failure(path, problem)
end

--- The trainer in a file that trainer:save wrote, or nil and a message.
function triplet.load(path)
  check_path(path, "load")
  local file, message = io.open(path, "rb")
  if not file then
    return nil, message
  end
  local bytes, problem = file:read("a")
  file:close()
  if not bytes then
    return failure(path, problem)
  end
  local loaded, fault = triplet.from_bytes(bytes)
  if not loaded then
    return nil, ("%s: %s"):format(path, fault)
  end
  return loaded
end

triplet.show = require "triplet.show"

return triplet
