--- Standard input and output, which "-" names where a file is asked for.

local fail = require "triplet.command.fail"
local ranks = require "triplet.command.ranks"
local triplet = require "triplet.core"

local standard = { INPUT = "/dev/stdin", OUTPUT = "/dev/stdout", ERROR = "/dev/stderr" }

-- Where a standard stream is closed, the next file that is opened gets its number and with it what is printed: these
-- take the numbers first, and cannot be written to.
standard.placeholders = { io.open("/dev/null"), io.open("/dev/null"), io.open("/dev/null") }

-- Windows has no paths of its standard streams, and two signs between folders.
local on_windows = package.config:sub(1, 1) == "\\"

triplet.streams.make_plain()

local function with_slashes(path)
  return on_windows and path:gsub("\\", "/") or path
end

-- What was read from standard input is gone.
local is_taken = false

--- The path to read from; nil and what is wrong where standard input is asked for twice.
function standard.input(path)
  if path ~= "-" and path ~= standard.INPUT then
    return with_slashes(path)
  elseif is_taken then
    return nil, "standard input can be read only once"
  end
  is_taken = true
  return standard.INPUT
end

--- A path to read from as it is named on a command line.
function standard.name(path)
  return path == standard.INPUT and "-" or path
end

--- What is told, with standard input and output by their names: only programs call them by a path.
function standard.in_words(text)
  return (text:gsub("%f[/%w]/dev/std(%a+)%f[^%w]", function(name)
    return (name == "in" or name == "out") and "standard " .. name .. "put" or nil
  end))
end

--- The path to write to, "-" for standard output.
function standard.target(path)
  return path == standard.OUTPUT and "-" or with_slashes(path)
end

local function read(path)
  local file, problem = io.stdin, nil
  if not on_windows or path ~= standard.INPUT then
    file, problem = io.open(path, "rb")
  end
  if not file then
    return nil, problem
  end
  local bytes, fault = file:read("*a")
  file:close()
  return bytes, not bytes and ("%s: %s"):format(path, fault) or nil
end

--- The whole file, or nil and what is wrong.
function standard.read(path)
  return ranks.by_first(function()
    return read(path)
  end)
end

--- The same as a file that is mapped (triplet.map_file), by each rank for itself, where that can be.
function standard.map(path)
  local file, problem
  local is_mapped = ranks.by_first(function()
    file, problem = triplet.map_file(path)
    return file and "mapped" or nil
  end)
  if not is_mapped then -- a pipe; or what hinders it is told now
    return standard.read(path)
  end
  ranks.each(function()
    if not file then
      file, problem = triplet.map_file(path)
    end
    if not file then
      fail("%s", problem)
    end
  end)
  return file
end

--- The name of a file without its folder, which is nobody's business.
function standard.base_name(path)
  return standard.name(path):match("[^/]*$")
end

-- Of standard output what triplet.output is of a file. What fails once fails ever after.
local output = {}
standard.output = output

local function note(done, problem)
  output.problem = output.problem or not done and "standard output: " .. problem or nil
  return not output.problem, output.problem
end

function output.write(_, bytes)
  return note(io.stdout:write(bytes))
end

function output.commit()
  return note(io.stdout:flush())
end

function output.replaces(_, path)
  return path == standard.OUTPUT
end

function output.close() end

--- Prints a line at once, so that nothing more is done for a reader who is gone or a disk that is full.
function standard.say(line)
  if not ranks.is_first() then
    return
  end
  output:write(line .. "\n")
  local done, problem = output:commit()
  if not done then
    fail("cannot write %s", problem)
  end
end

return standard
