--- What a command leaves behind: each output is opened before the work, which shows that it can be written, and all
--- take their places after it.

local fail = require "triplet.command.fail"
local standard = require "triplet.command.standard"
local triplet = require "triplet"

local outputs = {}
outputs.__index = outputs

--- Whether two paths lead to one file, by whatever names; the shell knows what Lua does not. Ctrl-C is not heard while
--- it runs, but ends it.
local function same_file(path, other)
  local function quoted(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
  end
  local same, ended = os.execute(("test %s -ef %s"):format(quoted(path), quoted(other)))
  return ended == "signal" and error("interrupted!", 0) or same == true
end

local function check(done, problem)
  if not done then
    fail("cannot write %s", problem)
  end
  return done
end

--- inputs: the files that are read, which no output may replace, nor those that standard streams go to. json: whether
--- standard output is for what --json prints. To be closed: that gives up what was not committed, as does the end.
function outputs.new(inputs, json)
  return setmetatable({ json = json, in_use = { standard.OUTPUT, standard.ERROR, table.unpack(inputs) } }, outputs)
end

--- Whether an output for the path would replace a file that is in use or another output.
function outputs:is_taken(path, output)
  for _, other in ipairs(self.in_use) do
    if output ~= standard.output and same_file(path, other) then
      return true
    end
  end
  for _, other in ipairs(self) do
    if output:replaces(other.path) then
      return true
    end
  end
  return false
end

--- An output for the path, "-" being standard output; nil for no path. What fails to be written is told by commit.
function outputs:open(path)
  if not path then
    return nil
  elseif path == "-" and self.json then
    fail.usage("standard output is for what --json prints: name a file to write")
  end
  local output = path == "-" and standard.output or check(triplet.output(path))
  path = path == "-" and standard.OUTPUT or path
  if self:is_taken(path, output) then
    output:close()
    fail.usage("%s would be written over", path)
  end
  self[#self + 1] = { output = output, path = path }
  return output
end

--- Puts all in place, or none of them where what was written of one did not find room.
function outputs:commit()
  for _, file in ipairs(self) do
    check(file.output:write("")) -- tells what failed before
  end
  for _, file in ipairs(self) do
    check(file.output:commit())
  end
end

function outputs:__close()
  for _, file in ipairs(self) do
    file.output:close()
  end
end

return outputs
