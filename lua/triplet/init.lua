--- triplet: the C module, and what needs files or pictures. lua/library/triplet.lua describes it all.

local triplet = require "triplet.core"
local trainer = triplet.methods.trainer

local function check_path(path, method)
  if type(path) ~= "string" then
    error(("bad argument #1 to '%s' (path: expected a string, got %s)"):format(method, type(path)), 3)
  elseif path:find("\0", 1, true) then
    error(("bad argument #1 to '%s' (path: expected a string without zero bytes, got some)"):format(method), 3)
  end
end

--- Writes the model; an earlier file stays as it was until the new one is whole. true, or nil and a message.
function trainer:save(path)
  check_path(path, "save")
  local bytes = self:tobytes()
  local output, message = triplet.output(path)
  if not output then
    return nil, message
  end
  output:write(bytes)
  return output:commit()
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
    return nil, ("%s: %s"):format(path, problem)
  end
  local loaded, fault = triplet.from_bytes(bytes)
  if not loaded then
    return nil, ("%s: %s"):format(path, fault)
  end
  return loaded
end

triplet.show = require "triplet.show"

return triplet
