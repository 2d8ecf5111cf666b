--- Files that take their place whole: triplet.output, trainer:save and triplet.load. What other processes have to do
--- with it is done by other processes; strace sees in which order the disk is asked, and makes it fail.
local triplet = require "triplet"
local support = require "tests.lua.support"

local x, labels = triplet.synthetic("rings", 60, 1, 7)

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- What a shell command writes, without the last line's end; it must not write to standard error.
local function shell(command, ...)
  local pipe = io.popen("exec 2>&1; " .. command:format(...))
  local text = pipe:read("*a")
  pipe:close()
  return (text:gsub("\n$", ""))
end

describe("files", function()
  local directory, trainer

  before_each(function()
    directory = shell("mktemp -d")
    trainer = triplet.trainer{ data = x, labels = labels, layers = { 4, 2 } }
    trainer:step()
  end)

  after_each(function()
    shell("rm -r " .. directory)
  end)

  local function at(name)
    return directory .. "/" .. name
  end

  local function files()
    local list = {}
    for name in shell("ls -A " .. directory):gmatch("[^\n]+") do
      list[#list + 1] = name
    end
    return list
  end

  --- The command that runs Lua code, in which `path` is the file of that name, `put(bytes)` writes it and `die()` is
  --- the end of the process that nothing can be done about.
  local function lua(name, code)
    return support.interpreter .. " -e " .. quoted(([[
      local triplet = require "triplet"
      local path = %q
      local function die() os.execute("kill -9 $PPID") end
      local function put(bytes)
        local output, message = triplet.output(path)
        if not output then return nil, message end
        output:write(bytes)
        return output:commit()
      end
    ]]):format(at(name)) .. code)
  end

  local function put(name, bytes)
    local output, message = triplet.output(at(name))
    if not output then
      return nil, message
    end
    assert.is_true(output:write(bytes))
    return output:commit()
  end

  it("of models come back as they went", function()
    local path = at("model.safetensors")
    assert.is_true(trainer:save(path))
    assert.equal(trainer:tobytes(), read(path))
    assert.equal(trainer:embed(x):tobytes(), assert(triplet.load(path)):embed(x):tobytes())
    trainer:step()
    assert.is_true(trainer:save(path))
    assert.equal(trainer:tobytes(), read(path))
    assert.same({ "model.safetensors" }, files())
  end)

  it("are written in pieces, and seen when they are whole", function()
    assert.is_true(put("file", "earlier"))
    local output = assert(triplet.output(at("file")))
    for i = 1, 1000 do
      assert.is_true(output:write(i .. "\n"))
    end
    assert.equal("earlier", read(at("file")))
    assert.is_true(output:commit())
    assert.equal("1000", read(at("file")):match("(%d+)\n$"))
    for _, method in ipairs{ "write", "commit", "replaces" } do
      assert.equal("calling '" .. method .. "' on a closed output", support.failure(output[method], output, "x"))
    end
    output:close()
    assert.same({ "file" }, files())
  end)

  it("that are given up leave nothing behind", function()
    put("file", "earlier")
    triplet.output(at("file")):close()
    local given_up = triplet.output(at("file"))
    given_up:write("never")
    support.close(given_up)
    triplet.output(at("other")):write("never")
    collectgarbage()
    assert.equal("earlier", read(at("file")))
    assert.same({ "file" }, files())
  end)

  it("keep the mode of the file that they replace; others have the usual one", function()
    for _, mode in ipairs{ "600", "640", "666", "444", "4755" } do
      put("file", "earlier")
      shell("chmod %s %s", mode, at("file"))
      if shell("test -w %s && echo yes", at("file")) == "yes" then
        assert.is_true(put("file", mode))
        assert.equal(mode .. "\n" .. mode, shell("stat -c %%a %s; cat %s", at("file"), at("file")))
      end
      os.remove(at("file"))
    end
    for mask, mode in pairs{ ["022"] = "644", ["077"] = "600", ["0"] = "666", ["0222"] = "444" } do
      assert.equal(mode, shell("umask %s; %s; stat -c %%a %s", mask, lua("file", "put('new')"), at("file")))
      os.remove(at("file"))
    end
  end)

  it("are their owner's alone until they are whole", function()
    put("file", "earlier")
    shell("chmod 666 %s", at("file"))
    local output = triplet.output(at("file"))
    output:write("secret")
    assert.equal("600", shell("stat -c %%a %s/.triplet-*", directory))
    output:close()
  end)

  it("are of the earlier one's group where they cannot be of its owner", function()
    put("file", "earlier")
    local group = shell("chmod 6750 %s; stat -c %%g %s", at("file"), at("file"))
    local trace = shell("strace -qq -e trace=fchown -e inject=fchown:error=EPERM:when=1 %s", lua("file", "put('new')"))
    assert.matches(("fchown%%(%%d+, %%-1, %s%%) += 0$"):format(group), trace)
    assert.equal("2750\nnew", shell("stat -c %%a %s; cat %s", at("file"), at("file")))
  end)

  it("are written through links, also to files that are not there yet", function()
    shell("cd %s; mkdir sub; ln -s %s/sub far; ln -s far/file one; ln -s ./one two; ln -s sub/new new", directory,
      directory)
    put("sub/file", "earlier")
    assert.is_true(put("two", "later"))
    assert.is_true(put("new", "new"))
    assert.equal("later", read(at("sub/file")))
    assert.equal("new", read(at("sub/new")))
    assert.equal("far/file ./one sub/new", shell("cd %s; echo $(readlink one two new)", directory))
    assert.is_true(trainer:save(at("two")))
    assert.equal(trainer:tobytes(), read(at("sub/file")))
    assert.same({ "far", "new", "one", "sub", "two" }, files())
    assert.equal("file\nnew", shell("ls -A %s/sub", directory))
  end)

  it("have names as long as there are", function()
    local name = ("n"):rep(255)
    assert.is_true(put(name, "long"))
    assert.equal("long", read(at(name)))
    assert.same({ name }, files())
    assert.same({ nil, at(name .. "n") .. ": File name too long" }, { put(name .. "n", "longer") })
    shell("cd %s; ln -s %s link", directory, name)
    assert.is_true(put("link", "longest"))
    assert.equal("longest", read(at(name)))
  end)

  it("are not written where that cannot be", function()
    shell("cd %s; mkdir folder; mkfifo pipe; ln -s loop loop; ln -s none/file link; ln -s /dev/null null", directory)
    put("file", "earlier")
    local before = files()
    for name, problem in pairs{
      ["none/file"] = "No such file or directory",
      link = "No such file or directory",
      folder = "Is a directory",
      ["folder/"] = "Is a directory",
      ["new/"] = "No such file or directory",
      ["."] = "Is a directory",
      ["file/"] = "Not a directory",
      ["file/file"] = "Not a directory",
      loop = "Too many levels of symbolic links",
      pipe = "Not a regular file",
      null = "Not a regular file",
    } do
      assert.same({ nil, at(name) .. ": " .. problem }, { put(name, "") })
      assert.same({ nil, at(name) .. ": " .. problem }, { trainer:save(at(name)) })
    end
    assert.same({ nil, "/dev/null: Not a regular file" }, { triplet.output("/dev/null") })
    assert.same({ nil, ": No such file or directory" }, { triplet.output("") })
    assert.is_nil((triplet.output("/sys/none")))
    assert.same(before, files())
  end)

  it("are not written over what was deleted under them", function()
    local file = assert(io.open(at("file"), "w"))
    os.remove(at("file"))
    local links = shell("cd /proc/$PPID/fd; for each in *; do echo $each $(readlink $each); done")
    local number = links:match("(%d+) " .. at("file"):gsub("%p", "%%%0"))
    local path = ("/proc/self/fd/%s"):format(number)
    assert.same({ nil, path .. ": Not a file with a name" }, { triplet.output(path) })
    file:close()
    assert.same({}, files())
  end)

  it("know what they replace", function()
    shell("cd %s; mkdir sub; ln -s sub/file link; ln -s file sub/other", directory)
    local output = assert(triplet.output(at("link")))
    for name, expected in pairs{
      link = true, ["sub/file"] = true, ["./sub/../sub/other"] = true, ["sub"] = false, file = false,
      ["sub/files"] = false, ["none/file"] = false,
    } do
      assert.equal(expected, output:replaces(at(name)), name)
    end
    output:close()
  end)

  it("are on the disk before they are in their place, and then the folder is", function()
    local trace = at("trace")
    shell("strace -f -y -qq -o %s -e trace=fsync,fdatasync,rename,renameat,renameat2 %s", trace,
      lua("file", "assert(put('whole'))"))
    local calls = read(trace):gsub("%d+ +(.-) += 0\n", "%1\n"):gsub(directory, "folder"):gsub("%d+<", "<")
      :gsub("triplet%-%x+", "temporary")
    assert.equal('fsync(<folder/.temporary>)\nrenameat(<folder>, ".temporary", <folder>, "file")\nfsync(<folder>)\n',
      calls)
    os.remove(trace)
  end)

  for how, problem in pairs{
    ["trap '' XFSZ; ulimit -f 1;"] = "File too large",
    ["strace -f -qq -o /dev/null -e inject=fsync:error=EIO:when=1"] = "Input/output error",
    ["strace -f -qq -o /dev/null -e inject=renameat:error=ENOSPC"] = "No space left on device",
  } do
    it("stay whole, and leave nothing behind, on failure: " .. problem, function()
      put("file", "earlier")
      for name, earlier in pairs{ file = "earlier", new = false } do
        local said = shell("%s %s", how, lua(name, "print(put(('x'):rep(1e6)))"))
        assert.equal(("nil\t%s: %s"):format(at(name), problem), said)
        assert.equal(earlier, earlier and read(at(name)))
      end
      assert.same({ "file" }, files())
    end)
  end

  it("fail for good when one write failed", function()
    local code = [[
      local output = triplet.output(path)
      print(output:write(("x"):rep(1e6)))
      print(output:write("y"))
      print(output:commit())
    ]]
    local failed = ("nil\t%s: File too large"):format(at("file"))
    assert.equal(("%s\n%s\n%s"):format(failed, failed, failed),
      shell("trap '' XFSZ; ulimit -f 1; %s", lua("file", code)))
    assert.same({}, files())
  end)

  it("that a killed process left are removed, not those of a living one", function()
    local living = assert(triplet.output(at("file")))
    living:write("living")
    for _ = 1, 3 do
      shell(lua("other", "local output = triplet.output(path); output:write('never'); die()"))
    end
    shell(lua("file", "put('first'); local output = triplet.output(path); die()"))
    assert.equal(3, #files()) -- the first, and temporary ones of the living and of the last, which removed those before
    assert.is_true(trainer:save(at("model")))
    assert.equal(3, #files())
    assert.equal("first", read(at("file")))
    assert.is_true(living:commit())
    assert.equal("living", read(at("file")))
    assert.same({ "file", "model" }, files())
  end)

  it("of others are never removed", function()
    shell("cd %s; touch .triplet-model .triplet-0123456789abcdef0 .triplet-0123456789abcdeg .triplet-", directory)
    shell("cd %s; mkdir .triplet-0123456789abcde0; ln -s .triplet- .triplet-0123456789abcde1", directory)
    local before = files()
    put("file", "new")
    os.remove(at("file"))
    assert.same(before, files())
  end)

  it("that are killed at any time are the earlier or the new one", function()
    put("file", "earlier")
    for _, call in ipairs{ "openat", "flock", "fchmod", "write", "fchown", "fsync", "renameat" } do
      for nth = 1, call == "openat" and 40 or 2 do -- the interpreter opens files, too
        shell("strace -f -qq -o /dev/null -e inject=%s:signal=KILL:when=%d %s", call, nth, lua("file", "put('new')"))
        local whole = read(at("file"))
        assert.is_true(whole == "earlier" or whole == "new")
      end
    end
    put("file", "last")
    assert.equal("last", read(at("file")))
    assert.same({ "file" }, files())
  end)

  it("are right when several processes save at once", function()
    local code = [[
      local name = arg[1]
      for i = 1, 60 do
        path = path:gsub("%w$", i % 3 == 0 and name or "0")
        assert(put(name:rep(50000)))
      end
      print("done")
    ]]
    local command = {}
    for name = 1, 4 do
      command[name] = ("%s %d &"):format(lua("0", code):gsub("(%S+) %-e (.*)$", "printf %%s %2 | %1 -"), name)
    end
    put("0", "earlier")
    assert.equal(("done\n"):rep(4), shell("%s wait", table.concat(command, " ")) .. "\n")
    for _, name in ipairs{ "0", "1", "2", "3", "4" } do
      local whole = read(at(name))
      assert.equal(whole:sub(1, 1):rep(50000), whole)
    end
    assert.same({ "0", "1", "2", "3", "4" }, files())
  end)

  it("are memory where they are mapped", function()
    local bytes = "x,k\n1,a\n2,b\n3,a\n4,b\n"
    put("table.csv", bytes)
    local file = assert(triplet.map_file(at("table.csv")))
    assert.equal(#bytes, #file)
    assert.same({ "x,k", "b\n", "", "", bytes }, { file:sub(1, 3), file:sub(#file - 1, #file + 9), file:sub(3, 2),
      file:sub(100, 200), file:sub(1, 2 ^ 40) })
    local columns, recipe = triplet.table.read(file, { label = "k", shard = true })
    local others, other_recipe = triplet.table.read(bytes, { label = "k" })
    assert.same(others:numbers("x"), columns:numbers("x"))
    assert.same({ 1, 2, 3, 4 }, columns.held) -- there are no other ranks
    recipe:fit()
    other_recipe:fit()
    assert.equal(other_recipe:matrix(others):tobytes(), recipe:matrix(columns):tobytes())

    put("npy", x:encode("npy"))
    put("model", trainer:tobytes())
    file = assert(triplet.map_file(at("npy")))
    assert.equal("npy", triplet.file_format(file))
    assert.equal(x:tobytes(), triplet.decode_matrix(file):tobytes())
    assert.equal(trainer:tobytes(), triplet.from_bytes(triplet.map_file(at("model"))):tobytes())
  end)

  it("that are mapped can be closed at any time", function()
    shell("seq 1 300000 > " .. at("numbers"))
    local file = assert(triplet.map_file(at("numbers")))
    local columns = assert(triplet.table.read(file, { keep = "1", header = false, progress = function()
      file:close()
    end }))
    assert.equal(300000, columns.rows)
    assert.equal(300000, columns:numbers("1")[300000])
    assert.has_error(function()
      triplet.file_format(file)
    end, "bad argument #1 to 'file_format' (bytes: expected an open file, got a closed one)")
    assert.has_error(function()
      file:sub(1, 2)
    end, "calling 'sub' on a closed file")
    file:close()
  end)

  it("that are mapped tell whether they have changed", function()
    shell("printf 1 > " .. at("file"))
    local file = assert(triplet.map_file(at("file")))
    assert.is_true(file:is_unchanged())
    shell("printf 2 >> " .. at("file"))
    assert.is_false(file:is_unchanged())
    file = assert(triplet.map_file(at("file")))
    shell("touch -d 2001-01-01 " .. at("file"))
    assert.is_false(file:is_unchanged())
  end)

  it("that are no files are not mapped", function()
    shell(": > " .. at("empty") .. "; mkfifo " .. at("pipe"))
    assert.equal(0, #assert(triplet.map_file(at("empty"))))
    assert.equal("", triplet.map_file(at("empty")):sub(1, 9))
    assert.same({ nil, "it is empty" }, { triplet.table.read(triplet.map_file(at("empty"))) })
    for name, problem in pairs { nothing = "No such file or directory", pipe = "Not a regular file",
      [""] = "Is a directory" } do
      assert.same({ nil, at(name) .. ": " .. problem }, { triplet.map_file(at(name)) })
    end
  end)

  it("that cannot be read are told", function()
    local path = at("model")
    assert.same({ nil, path .. ": No such file or directory" }, { triplet.load(path) })
    assert.same({ nil, directory .. ": Is a directory" }, { triplet.load(directory) })
    for _, text in ipairs{ "x,y,kind\n0.5,1,a\n", "", "{}", ("x"):rep(100) } do
      put("data.csv", text)
      assert.same({ nil, at("data.csv") .. ": not a safetensors file" }, { triplet.load(at("data.csv")) })
    end
    trainer:save(path)
    local bytes = read(path)
    put("model", bytes:sub(1, -2))
    local loaded, message = triplet.load(path)
    assert.is_nil(loaded)
    assert.equal(path .. ": ", message:sub(1, #path + 2))
  end)

  it("have names that are strings without zero bytes", function()
    for name, f in pairs{ load = triplet.load, output = triplet.output, save = function(path)
      return trainer:save(path)
    end, replaces = function(path)
      return triplet.output(at("file")):replaces(path)
    end } do
      local message = "bad argument #1 to '" .. name .. "' (path: expected a string%s)"
      assert.equal(message:format(", got nil"), support.failure(f))
      assert.equal(message:format(" without zero bytes, got some"), support.failure(f, at("file\0x")))
    end
    collectgarbage()
    assert.same({}, files())
  end)
end)
