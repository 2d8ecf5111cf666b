--- A helper of busted: what the specs take for granted that an older Lua lacks, put in its place. The library and the
--- command have none of this; the command runs in a process of its own.
-- luacheck: ignore 111 112 113 121 122 131 142 143

if not table.unpack then
  table.unpack = unpack
end

if not table.pack then
  function table.pack(...)
    return { n = select("#", ...), ... }
  end
end

if not table.move then
  function table.move(from, first, last, place, to)
    to = to or from
    for i = first, last do
      to[place + i - first] = from[i]
    end
    return to
  end
end

if not rawlen then
  function rawlen(value)
    return #value
  end
end

-- A collector that runs all the time, whatever it is called.
if _VERSION < "Lua 5.4" then
  local collect = collectgarbage

  function collectgarbage(option, ...)
    if option ~= "generational" and option ~= "incremental" then
      return collect(option, ...)
    end
    collect("setstepmul", 400)
    return collect("setpause", 100)
  end
end

math.maxinteger = math.maxinteger or 2 ^ 53

-- Before 5.2 nothing tells how a program ended.
if not os.execute("exit 0") or os.execute("exit 0") == 0 then
  local execute, popen = os.execute, io.popen

  function os.execute(command)
    local status = execute(command)
    return status == 0 or nil, "exit", status / 256
  end

  --- As io.popen, of a program whose output is read at once.
  function io.popen(command, mode)
    if mode == "w" then
      return popen(command, mode)
    end
    local pipe = popen("(" .. command .. "\n); echo \" $?\"")
    local text, status = pipe:read("*a"):match("^(.*) (%d+)\n$")
    pipe:close()
    local file = io.tmpfile()
    file:write(text)
    file:seek("set")
    return {
      read = function(_, ...)
        return file:read(...)
      end,
      lines = function()
        return file:lines()
      end,
      close = function()
        file:close()
        return status == "0" or nil, "exit", tonumber(status)
      end,
    }
  end
end
