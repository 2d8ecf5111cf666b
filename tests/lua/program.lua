--- The command as its users run it, for the specs of its verbs: in a folder of its own, on files made there.

local build = os.getenv("TRIPLET_BUILD") or "build"

local program = {}
program.__index = program

--- What a shell prints, and its exit code.
local function shell(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  local _, _, code = pipe:close()
  return output, code
end

program.shell = shell
program.root = shell("pwd"):gsub("\n$", "")

--- A new folder, which `remove` removes.
function program.new()
  return setmetatable({ folder = (shell("mktemp -d"):gsub("\n$", "")) }, program)
end

function program:remove()
  os.execute("rm -rf '" .. self.folder .. "'")
end

function program:write(name, text)
  local file = assert(io.open(self.folder .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

--- The content of a file, or nil where there is none.
function program:read(name)
  local file = io.open(self.folder .. "/" .. name, "rb")
  local text = file and file:read("*a")
  if file then
    file:close()
  end
  return text
end

--- The files of the folder, with those that are hidden.
function program:list()
  return (shell("ls -A '" .. self.folder .. "'"))
end

--- Runs it. Returns standard output, standard error and the exit code. environment: variables to set.
function program:run(arguments, environment)
  local output, code = shell(("cd '%s' && %s '%s/%s/triplet' %s 2>.stderr"):format(self.folder, environment or "",
    program.root, build, arguments))
  local complaint = self:read(".stderr")
  os.remove(self.folder .. "/.stderr")
  return output, complaint, code
end

--- The same, interrupted in the middle of a call, the so-manieth, by so many signals: see interrupting.lua.
function program:interrupted(arguments, call, signals)
  return self:run(arguments, ("LUA_INIT='@%s/tests/lua/interrupting.lua' INTERRUPT='%s %d'"):format(program.root, call,
    signals or 1))
end

--- Refused: a message alone, with an exit code, and no file is written or changed.
function program:refuses(arguments, message, code)
  local function contents()
    return (shell(("cd '%s' && find . -type f ! -name .stderr -exec cksum {} + | sort"):format(self.folder)))
  end
  local before = contents()
  local output, complaint, actual = self:run(arguments)
  assert(output == "" and complaint == "triplet: " .. message .. "\n" and actual == code,
    ("%s\n%s%s(%d)\nexpected: %s (%d)"):format(arguments, output, complaint, actual, message, code))
  assert(before == contents(), "files were changed by " .. arguments)
end

--- Three classes along a line bent in the plane, so many rows each, and two columns that say nothing.
function program.flowers(rows)
  local lines = { "name,a,b,kind,noise" }
  for i = 0, 3 * (rows or 10) - 1 do
    local class = i % 3
    lines[#lines + 1] = ("flower %d,%.2f,%.2f,%s,%d"):format(i, class + i % 7 / 20, class * class - i % 5 / 20,
      ({ "x", "y", "z" })[class + 1], i * 7 % 10)
  end
  return table.concat(lines, "\n") .. "\n"
end

return program
