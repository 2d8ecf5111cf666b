--- Runs busted specs where busted cannot live (it needs C modules): describe, it, hooks and insulation of globals, over
--- luassert. Speaks TAP. arg: the specs.

require "say"
assert = require "luassert" -- luacheck: ignore

local environment = setmetatable({}, { __index = _G })
local block -- the describe that is being read: name, parent, children, before_each ...

local function open(name, body)
  block = { name = name, parent = block, entries = {}, setup = {}, teardown = {}, before_each = {}, after_each = {} }
  local own = block
  body()
  block = own.parent
  return own
end

function environment.describe(name, body)
  local parent = block
  table.insert(parent.entries, open(name, body))
end

function environment.it(name, body)
  table.insert(block.entries, { name = name, test = body })
end

for _, hook in ipairs { "setup", "teardown", "before_each", "after_each" } do
  environment[hook] = function(body)
    table.insert(block[hook], body)
  end
end

local function call_all(list)
  for _, body in ipairs(list) do
    body()
  end
end

local function around(own, hook, outermost_first)
  local chain = {}
  while own do
    table.insert(chain, outermost_first and 1 or #chain + 1, own)
    own = own.parent
  end
  for _, each in ipairs(chain) do
    call_all(each[hook])
  end
end

local function message_of(problem)
  return type(problem) == "table" and tostring(problem.message or problem) or tostring(problem)
end

local function report(name, body)
  local done, problem = xpcall(body, function(problem)
    return debug.traceback(message_of(problem))
  end)
  print((done and "ok - " or "not ok - ") .. name:gsub("[\n#]", " "))
  if not done then
    print("# " .. problem:gsub("\n", "\n# "))
  end
end

local function run(own, prefix)
  call_all(own.setup)
  for _, entry in ipairs(own.entries) do
    local name = prefix .. entry.name
    if entry.test then
      report(name, function()
        around(own, "before_each", true)
        entry.test()
        around(own, "after_each", false)
      end)
    else
      run(entry, name .. " ")
    end
  end
  call_all(own.teardown)
end

for _, path in ipairs(arg) do
  report(path .. " is read", function()
    local spec = assert(loadfile(path, "t", environment))
    local whole = open("", spec)
    run(whole, path:match("(%w+)_spec") .. ": ")
  end)
  block = nil
end
