--- The files that a command leaves behind: seen to be writable before the work, and put in place whole after it.

local fail = require "triplet.command.fail"

local outputs = {}

local ENOENT <const> = 2

local function temporary(path)
  return path .. ".partial"
end

--- The shell knows what Lua does not.
local function test(expression, ...)
  local quoted = {}
  for i, path in ipairs { ... } do
    quoted[i] = "'" .. path:gsub("'", "'\\''") .. "'"
  end
  return os.execute("test " .. expression:format(table.unpack(quoted)))
end

local function check(path)
  local file, problem, code = io.open(path, "r+b")
  if file then
    file:close()
    if not test("-f %s", path) or test("-L %s", path) then
      fail("cannot write %s: it is not a plain file", path)
    end
  elseif code ~= ENOENT then
    fail("cannot write %s", problem)
  end
end

--- Fails unless every path can be written. input: the file that is read, which no output may replace. Files are told
--- apart by what they are, not by their names: "./a" is "a".
function outputs.check(paths, input)
  local taken = { input }
  local done, reason = pcall(function()
    for _, path in ipairs(paths) do
      check(path)
      local place = temporary(path)
      for _, other in ipairs(taken) do
        if test("%s -ef %s", path, other) or test("%s -ef %s", place, other) then
          fail.usage("%s would be written over", path)
        end
      end
      local file, problem = io.open(place, "wb")
      if not file then
        fail("cannot write %s", problem)
      end
      file:close()
      table.insert(taken, place)
    end
  end)
  for i = 2, #taken do
    os.remove(taken[i])
  end
  if not done then
    error(reason, 0)
  end
end

local function write(output)
  local path = temporary(output.path)
  local file, problem = io.open(path, "wb")
  if not file then
    fail("cannot write %s", problem)
  end
  local function put(text)
    local written, reason = file:write(text)
    if not written then
      fail("cannot write %s: %s", path, reason)
    end
  end
  local done, reason = pcall(output.write, put)
  local closed, full = file:close()
  if not done then
    error(reason, 0)
  elseif not closed then
    fail("cannot write %s: %s", path, full)
  end
end

--- list: { path, write = function(put) } each; put(text) adds text. First all are written beside their places, then all
--- are moved there, so that whatever happens no file is half of one.
function outputs.write(list)
  local done, reason = pcall(function()
    for _, output in ipairs(list) do
      write(output)
    end
    for _, output in ipairs(list) do
      local moved, problem = os.rename(temporary(output.path), output.path)
      if not moved then
        fail("cannot write %s: %s", output.path, problem)
      end
    end
  end)
  if not done then
    for _, output in ipairs(list) do
      os.remove(temporary(output.path))
    end
    error(reason, 0)
  end
end

return outputs
