-- Runs every snippet of README.md: Lua snippets must print exactly the text block that follows them, C snippets must
-- compile without a warning and do the same, JavaScript snippets run on the npm package. Of the shell's lines those of
-- the command are run, on the Iris measurements; the others are what runs this.

local build = "build"

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local output = pipe:read("*a")
  return pipe:close() and output, output
end

-- Where all lines of the shell run: later ones read what earlier ones wrote.
local shell_folder = build .. "/readme-sh"
os.execute(("rm -rf %s && mkdir %s && cd %s && ln -s ../../build && cp ../../tests/data/iris.csv data.csv && "
  .. "cp data.csv new.csv"):format(shell_folder, shell_folder, shell_folder))

local run = {
  lua = function(code)
    return output_of("lua5.4 " .. write(build .. "/readme.lua", code))
  end,
  c = function(code)
    local program = build .. "/readme"
    return output_of(("cc -std=c11 -Wall -Wextra -Werror -Icore -o %s %s %s/libtriplet.a -pthread -lm && ./%s"):format(
      program, write(program .. ".c", code), build, program))
  end,
  js = function(code)
    local folder = build .. "/readme-js"
    os.execute(("mkdir -p %s/node_modules && ln -sfn ../../npm %s/node_modules/triplet"):format(folder, folder))
    return output_of("node " .. write(folder .. "/readme.mjs", code))
  end,
  sh = function(code)
    local commands = {}
    for command in code:gmatch("%./build/triplet [^\n]+") do
      commands[#commands + 1] = command .. " >/dev/null"
    end
    if #commands == 0 then
      return nil
    end
    return output_of(("cd %s && %s"):format(shell_folder, table.concat(commands, " && ")))
  end,
}

-- The blocks in order: { language, text, line }.
local blocks = {}
do
  local block
  local number = 0
  for line in io.lines("README.md") do
    number = number + 1
    local language = line:match("^```(%w*)$")
    if language and not block then
      block = { language = language, text = "", line = number }
    elseif language then
      blocks[#blocks + 1], block = block, nil
    elseif block then
      block.text = block.text .. line .. "\n"
    end
  end
end

local failed = false
for i, block in ipairs(blocks) do
  if run[block.language] then
    local expected = blocks[i + 1] and blocks[i + 1].language == "text" and blocks[i + 1].text or ""
    local output, complaint = run[block.language](block.text)
    local passed = output == expected
    if complaint then
      failed = failed or not passed
      print(("%s - README.md:%d prints what it says"):format(passed and "ok" or "not ok", block.line))
    end
    if complaint and not passed then
      print("expected:\n" .. expected .. "got:\n" .. complaint)
    end
  end
end
os.exit(not failed)
