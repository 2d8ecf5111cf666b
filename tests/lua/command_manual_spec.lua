-- The manual page and the completion of shells, which are made of the description of the command line.

local program = require "tests.lua.program"

local shell = program.shell

describe("made of the command line", function()
  local made

  setup(function()
    made = program.new()
    for name, arguments in pairs { ["triplet.1"] = "manual", ["triplet.bash"] = "completion bash",
      _triplet = "completion zsh", ["triplet.fish"] = "completion fish" } do
      local output, complaint, code = made:run(arguments)
      assert.same({ "", 0 }, { complaint, code })
      made:write(name, output)
    end
  end)

  teardown(function()
    made:remove()
  end)

  --- Verbs, with their options, as the help lists them.
  local function verbs()
    local list = {}
    for name in made:run("--help"):match("\nCommands:\n(.-)\n\n"):gmatch("\n?   (%l+) ") do
      list[name] = {}
      for option in made:run(name .. " --help"):gmatch("\n   (%-[^\n]+)") do
        table.insert(list[name], option:match("^%-%-[%w-]+") or option:match("^%-%a, (%-%-[%w-]+)"))
      end
    end
    assert(list.train and #list.train > 50 and list.embed)
    return list
  end

  describe("the manual", function()
    it("has every verb and every option", function()
      local page = made:read("triplet.1"):gsub("\\(.)", function(escaped)
        return escaped == "-" and "-" or nil
      end)
      for name, options in pairs(verbs()) do
        local section = page:match("\n.SH " .. name:upper() .. "\n(.-)\n.SH ")
        for _, option in ipairs(options) do
          assert.truthy(section:find("\\fB" .. option .. "\\fR", 1, true), name .. " " .. option)
        end
      end
      assert.match("\n%.SH EXIT CODES\n", page)
    end)

    it("is read by groff, where that is there, without a warning", function()
      if os.execute("command -v groff > /dev/null") then
        assert.equal("", (shell(("LD_PRELOAD= groff -man -Tutf8 -ww -z '%s/triplet.1' 2>&1"):format(made.folder))))
        local text = shell(("LD_PRELOAD= groff -man -Tascii -P-c -P-b -P-o -P-u '%s/triplet.1'"):format(made.folder))
        assert.match("\n +%-%-learning%-rate number\n", text)
        assert.match("\n +triplet train iris%.csv %-%-label species", text)
      end
    end)
  end)

  describe("the completion of bash", function()
    --- What it offers for the last of some words.
    local function offered(words)
      local list = {}
      for word in words:gmatch("%S+") do
        list[#list + 1] = "'" .. word .. "'"
      end
      list[#list + 1] = words:find(" $") and "''" or nil
      local output = shell(([[cd '%s/here' && bash -c '. ../triplet.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _triplet; printf "%%s\n" "${COMPREPLY[@]}"' bash %s 2>&1]]):format(made.folder, table.concat(list, " ")))
      local found = {}
      for line in output:gmatch("[^\n]+") do
        found[#found + 1] = line
      end
      table.sort(found)
      return found
    end

    setup(function()
      shell(("mkdir '%s/here' && cd '%s/here' && touch 'a table.csv' b.csv '*'"):format(made.folder, made.folder))
    end)

    it("is a script without faults", function()
      assert.equal("", (shell(("bash -n '%s/triplet.bash' 2>&1"):format(made.folder))))
    end)

    it("offers verbs, and after one all of its options", function()
      for name, options in pairs(verbs()) do
        assert.same({ name }, offered("triplet " .. name))
        table.sort(options)
        local found = offered("triplet " .. name .. " --")
        assert.same(options, found)
      end
      assert.same({ "--help", "--version" }, offered("triplet --"))
    end)

    it("offers the choices of an option, also behind an equals sign", function()
      assert.same({ "sup_con" }, offered("triplet train data.csv --loss s"))
      assert.same({ "latin1", "utf8" }, offered("triplet embed --encoding "))
      assert.same({ "latin1", "utf8" }, offered("triplet embed --encoding ="))
      assert.same({ "latin1" }, offered("triplet embed --encoding = l"))
      assert.same({ "bash", "fish", "zsh" }, offered("triplet completion "))
      assert.same({ "accuracy", "eer" }, offered("triplet verify m data.csv --save-threshold "))
      assert.same({ "eer" }, offered("triplet verify m data.csv --save-threshold = e"))
    end)

    it("offers files where one is meant, with blanks in their names, and nothing for other values", function()
      assert.same({ "*", "a table.csv", "b.csv" }, offered("triplet train "))
      assert.same({ "b.csv" }, offered("triplet train --label x b"))
      assert.same({ "a table.csv" }, offered("triplet embed b.csv --out a"))
      assert.same({ "a table.csv" }, offered("triplet embed b.csv --out = a"))
      assert.same({}, offered("triplet train --margin "))
      assert.same({}, offered("triplet train b.csv --label b"))
      assert.same({ "b.csv" }, offered("triplet train --quiet b"))
      for _, verb in ipairs { "nearest", "classify", "verify", "evaluate" } do
        assert.same({ "*", "a table.csv", "b.csv", "none" }, offered("triplet " .. verb .. " "))
        assert.same({ "none" }, offered("triplet " .. verb .. " no"))
      end
    end)
  end)

  describe("the completion of other shells", function()
    it("has every option of every verb", function()
      local zsh, fish = made:read("_triplet"), made:read("triplet.fish")
      assert.match("^#compdef triplet\n", zsh)
      for name, options in pairs(verbs()) do
        local case = zsh:match("\n        " .. name .. "%)\n(.-);;")
        for _, option in ipairs(options) do
          assert.truthy(case:find(option .. "[", 1, true) or case:find(option .. "=[", 1, true), name .. " " .. option)
          assert.truthy(fish:find(("-n '__triplet_verb %s' -l %s "):format(name, option:sub(3)), 1, true)
            or fish:find(("-n '__triplet_verb %s' -s h -l %s "):format(name, option:sub(3)), 1, true), option)
        end
      end
      assert.truthy(zsh:find("'--loss=[What is minimised]:choice:(triplet contrastive info_nce sup_con "
        .. "multi_similarity)'", 1, true))
      assert.truthy(zsh:find("'--model=[Model file to write (safetensors)]:file:_files'", 1, true))
      assert.truthy(zsh:find(":accuracy,eer,rate:(accuracy eer)'", 1, true))
      assert.truthy(zsh:find("':model:{compadd -- none; _files}'", 1, true))
      assert.truthy(fish:find("-l save-threshold -x -a 'accuracy eer' -d", 1, true))
      assert.truthy(fish:find("-n '__triplet_verb verify' -F -a 'none'\n", 1, true))
      assert.truthy(fish:find("-l model -r -F -d 'Model file to write (safetensors)'", 1, true))
    end)

    it("is read by them, where they are there", function()
      if os.execute("command -v zsh > /dev/null") then
        assert.equal("", (shell(("zsh -n '%s/_triplet' 2>&1"):format(made.folder))))
      end
      if os.execute("command -v fish > /dev/null") then
        assert.equal("--loss=sup_con\n", (shell(("fish --no-config -c \"source '%s/triplet.fish'; complete -C "
          .. "'triplet train x --loss=sup'\" 2>&1"):format(made.folder)):gsub("\t[^\n]*", "")))
      end
    end)
  end)
end)
