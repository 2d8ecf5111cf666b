-- Small changes of a C file, each of which a test should notice: mutants. They are made of lines of functions as
-- clang-format writes them, and named by file, function, operator and the line before and after, so that a name
-- outlives changes elsewhere in the file.

-- What is replaced, as a pattern over a line without comments and texts, and by what: in place of the first capture.
local REPLACEMENTS = {
  { "relation", " (<) ", "<=" }, { "relation", " (<=) ", "<" }, { "relation", " (>) ", ">=" },
  { "relation", " (>=) ", ">" }, { "equality", " (==) ", "!=" }, { "equality", " (!=) ", "==" },
  { "logic", " (&&) ", "||" }, { "logic", " (||) ", "&&" }, { "negation", "[%s(](!)[%w_(]", "" },
  { "arithmetic", "[%w_)%]] (%+) ", "-" }, { "arithmetic", "[%w_)%]] (%-) ", "+" },
  { "arithmetic", "[%w_)%]] (%*) ", "+" }, { "arithmetic", "[%w_)%]] (/) ", "*" },
  { "sign", "[(=?:,] (%-)[%w_(]", "" }, { "sign", "[(](%-)[%w_(]", "" },
  { "assignment", " (%+=) ", "-=" }, { "assignment", " (%-=) ", "+=" }, { "assignment", " (%*=) ", "/=" },
  { "bits", "[%w_)%]] (&) ", "|" }, { "bits", "[%w_)%]] (|) ", "&" }, { "bits", " (<<) ", ">>" },
  { "bits", " (>>) ", "<<" }, { "boolean", "%f[%w_](true)%f[^%w_]", "false" },
  { "boolean", "%f[%w_](false)%f[^%w_]", "true" }, { "constant", "%f[%w_.](0)%f[^%w_.]", "1" },
  { "constant", "%f[%w_.](1)%f[^%w_.]", "0" }, { "constant", "%f[%w_.](1)%f[^%w_.]", "2" },
  { "constant", "%f[%w_.]([2-9])%f[^%w_.]", function(number) return tostring(number + 1) end },
  { "constant", "%f[%w_.](%d%d+)%f[^%w_.]", function(number) return tostring(number + 1) end },
  { "constant", "%f[%w_.](%d+%.%d+)%f[^%w_.]", function(number) return tostring(number * 2 + 0.5) end },
  { "choice", "%? ([%w_>.%-]+ : [%w_>.%-]+)[;,)]",
    function(both) return (both:gsub("^(%S+) : (%S+)$", "%2 : %1")) end },
  { "condition", "^%s*if %((.*)%)[ {]*$", function(condition) return "true || (" .. condition .. ")" end },
  { "condition", "^%s*if %((.*)%)[ {]*$", function(condition) return "false && (" .. condition .. ")" end },
  { "statement", "^%s+([%w_>.%-%[%]]+%b();) $", ";" },
  { "statement", "^%s+([*%w_>.%-%[%]]+ [-+*/|&]?= [^{]*;) $", ";" },
  { "statement", "^%s+([%w_>.%-%[%]]+[+-][+-];) $", ";" }, { "statement", "^%s+(continue;) $", ";" },
  { "result", "^%s*return ([%w_>.%-%[%]]+); $", "0" },
}

-- Comments and texts are blanks, so that lines keep their columns.
local function bare(text)
  local function blanks(found)
    return (found:gsub("[^\n]", " "))
  end
  text = text:gsub("/%*.-%*/", blanks):gsub("//[^\n]*", blanks)
  text = text:gsub("\\[^\n]", "  "):gsub("'[^'\n][^'\n]?'", blanks)
  return (text:gsub('"[^"\n]*"', blanks))
end

-- The function or the table that each line is part of, false outside.
local function owners(lines)
  local depth, name, owner, within_macro = 0, nil, {}, false
  for number, line in ipairs(lines) do
    local macro = within_macro or line:find "^#"
    within_macro = macro and line:find "\\%s*$"
    if not macro then
      if depth == 0 then
        name = line:match "^[%w_].-([%w_]+)%(" or line:match "^[%w_].-([%w_]+)[%[%]%w_]* = {" or name
      end
      owner[number] = depth > 0 and name
      depth = line:find "^}" and 0 or depth + select(2, line:gsub("{", "")) - select(2, line:gsub("}", ""))
    end
  end
  return owner
end

local function split(text)
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local function trim(line)
  return (line:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- All mutants of a line: pairs of an operator and the line as it becomes.
local function of_line(line, code)
  local found = {}
  code = code .. " "
  for _, replacement in ipairs(REPLACEMENTS) do
    local operator, pattern, by = table.unpack(replacement)
    local from = 1
    while true do
      local first, last, old = code:find(pattern, from)
      if not first then
        break
      end
      local at = code:find(old, first, true)
      local now = line:sub(at, at + #old - 1) -- with its texts
      found[#found + 1] = { operator, line:sub(1, at - 1) .. (type(by) == "string" and by or by(now)) ..
                            line:sub(at + #old) }
      from = math.max(last, at + #old)
      if pattern:sub(1, 1) == "^" then
        break
      end
    end
  end
  return found
end

-- Every mutant of a file: file, owner, operator, number of the line, the line as it is (old) and becomes (new), which
-- of the same lines of its owner it is (copy), and the name that all of these but the number make.
local function mutants_of(file, text)
  local lines, codes, found, copies = split(text), split(bare(text)), {}, {}
  local owner = owners(codes)
  for number, line in ipairs(lines) do
    if owner[number] and not codes[number]:find "_Static_assert" then
      local old = trim(line)
      local key = owner[number] .. "\0" .. old
      copies[key] = (copies[key] or 0) + 1
      for _, made in ipairs(of_line(line, codes[number])) do
        local mutant = { file = file, owner = owner[number], operator = made[1], number = number, line = made[2],
                         old = old, new = trim(made[2]), copy = copies[key] }
        if mutant.new ~= old then
          mutant.place = table.concat({ file, mutant.owner, mutant.copy, old }, "\t")
          mutant.name = ("%s:%s:%s"):format(file, mutant.owner, mutant.operator)
          found[#found + 1] = mutant
        end
      end
    end
  end
  return found
end

return { mutants_of = mutants_of, split = split }
