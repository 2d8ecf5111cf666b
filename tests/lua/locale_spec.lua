--- A host that speaks another language: what the module reads and writes is as it is in the C locale, and what the
--- command writes too. The locales are made for the test, with commas for points and an i whose capital is another.

local support = require "tests.lua.support"

local LOCALES = { ["de_DE.UTF-8"] = "-i de_DE -f UTF-8", ["de_DE.ISO-8859-1"] = "-i de_DE -f ISO-8859-1",
  ["tr_TR.ISO-8859-9"] = "-i tr_TR -f ISO-8859-9" }

local function shell(command, ...)
  local pipe = io.popen("exec 2>&1; " .. command:format(...))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

describe("in another locale", function()
  local folder, names

  setup(function()
    folder, names = shell("mktemp -d"):gsub("\n$", ""), {}
    for name, source in pairs(LOCALES) do
      assert.equal("", shell("localedef %s %s/%s", source, folder, name))
      names[#names + 1] = name
    end
  end)

  teardown(function()
    shell("rm -r %s", folder)
  end)

  it("files, pictures, models and messages are those of C", function()
    local said = shell("LOCPATH=%s TRIPLET_FRAMES=%s %s tests/lua/locale.lua %s C %s", folder, folder,
      support.interpreter, folder, table.concat(names, " "))
    local answers = {}
    for answer in said:gmatch("(.-\nend)\n") do
      answers[#answers + 1] = answer
    end
    assert.equal(1 + #names, #answers, said)
    assert.matches("^table .*\nwords .*\npicture .*got 0.25", answers[1])
    for i, name in ipairs(names) do
      assert.equal(answers[1], answers[1 + i], name)
    end
  end)

  it("what the command writes is that of C", function()
    local command = (os.getenv("TRIPLET_BUILD") or "build") .. "/triplet"
    local function train(locale)
      return shell("root=$PWD; mkdir %s/files; cd %s/files; LOCPATH=.. LC_ALL=%s $root/%s train --label species "
        .. "$root/tests/data/iris.csv --steps 20 --out out.csv --model model --plot plot.svg --json; cksum *; "
        .. "rm -r $PWD",
        folder, folder, locale, command)
    end
    local expected = train("C")
    assert.matches("out.csv.*plot.svg", expected)
    for _, name in ipairs(names) do
      assert.equal(expected, train(name), name)
    end
  end)
end)
