--- What a command leaves behind: each output is opened before the work, which shows that it can be written, and all
--- take their places after it. Of several ranks the first has them.

local fail = require "triplet.command.fail"
local ranks = require "triplet.command.ranks"
local standard = require "triplet.command.standard"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local outputs = {}
outputs.__index = outputs

-- Windows, where no shell compares files, and no path leads to a standard stream.
local has_shell = package.config:sub(1, 1) == "/"

--- Whether two paths lead to one file, by whatever names; the shell knows what Lua does not. Ctrl-C is not heard while
--- it runs, but ends it. No pipe: the shell's standard output has to be ours.
local function same_file(path, other)
  local function quoted(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
  end
  local same, ended = os.execute(("test %s -ef %s"):format(quoted(path), quoted(other)))
  if type(same) == "number" then -- the status of Lua 5.1, whose low bits are a signal's
    same, ended = same == 0, same % 128 ~= 0 and "signal"
  end
  return ended == "signal" and error("interrupted!", 0) or same == true
end

local function check(done, problem)
  if not done then
    fail("cannot write %s", problem)
  end
  return done
end

--- inputs: the files that are read, which no output may replace, nor those that standard streams go to. json: whether
--- standard output is for what --json prints. What was not committed at the end is given up.
function outputs.new(inputs, json)
  return setmetatable({ json = json, in_use = { standard.OUTPUT, standard.ERROR, unpack(inputs) } }, outputs)
end

--- Whether an output for the path would replace a file that is in use.
function outputs:is_in_use(path, output)
  for _, other in ipairs(self.in_use) do
    if output ~= standard.output and (has_shell and same_file(path, other)
      or not has_shell and output:replaces(other)) then
      return true
    end
  end
  return false
end

--- The earlier output whose file one would replace, as { output, path, flag }; nil where there is none.
function outputs:replaced_by(output)
  for _, other in ipairs(self) do
    if output:replaces(other.path) then
      return other
    end
  end
end

--- What was wrong with the place of an output, and what takes its bytes.
local function in_words(problem)
  return problem:find("Not a regular file$") and problem .. " (- is standard output, which may go anywhere)" or problem
end

-- What takes the bytes of the other ranks.
local nowhere = {}

function nowhere.write() end

--- Opens an output as outputs:open does, and returns it.
local function open(self, path, flag)
  local output, problem = standard.output, nil
  if path ~= "-" then
    output, problem = triplet.output(path)
  end
  check(output, problem and in_words(problem))
  path = path == "-" and standard.OUTPUT or path

  local other = self:replaced_by(output)
  if other or self:is_in_use(path, output) then
    output:close()
    fail.usage(other and other.flag and flag and other.flag ~= flag and "%s: " .. other.flag .. " and " .. flag
      .. " name the same file" or "%s would be written over", path)
  end
  self[#self + 1] = { output = output, path = path, flag = flag }
  return output
end

--- An output for the path, "-" being standard output; nil for no path. flag: the option that names it, if one does.
--- What fails to be written is told by commit.
function outputs:open(path, flag)
  if not path then
    return nil
  elseif path == "-" and self.json then
    fail.usage("standard output is for what --json prints: name a file to write")
  end
  local output = nowhere
  ranks.by_first(function()
    output = open(self, path, flag)
  end)
  return output
end

--- Puts all in place, or none of them where what was written of one did not find room.
function outputs:commit()
  ranks.by_first(function()
    for _, file in ipairs(self) do
      check(file.output:write("")) -- tells what failed before
    end
    for _, file in ipairs(self) do
      check(file.output:commit())
    end
  end)
end

return outputs
