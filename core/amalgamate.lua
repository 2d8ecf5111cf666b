-- amalgamate.lua - the core as one triplet.c, which needs triplet.h beside it and nothing else.
--
--   lua core/amalgamate.lua > triplet.c
--
-- A header goes in once, where it is included first. What a file keeps for itself - its static functions, types,
-- constants and macros - gets the file's name in front, as another file may have something of the same name.
local folder = arg[0]:match("^(.*/)[^/]*$") or "./"

local function read(name)
  local file = assert(io.open(folder .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- parallel.c goes first: it says what it needs of POSIX, which has to be said before any header of the system. And
-- triplet.c is what is being made, if it is made here.
local function sources()
  local names = { "parallel.c" }
  for name in io.popen("LC_ALL=C ls '" .. folder .. "'"):lines() do
    if name:match("%.c$") and name ~= names[1] and name ~= "triplet.c" then
      names[#names + 1] = name
    end
  end
  assert(#names > 1, "the files of " .. folder .. " cannot be listed")
  return names
end

-- ---- one file -------------------------------------------------------------------------------------------------------

-- These depend on the instruction set of who includes them, and are a part of it.
local function is_part(name)
  return name:match("%.inc$") or name == "vec.h"
end

local function with_parts(name)
  return (read(name):gsub('#include "([%w_.]+)"\n', function(included)
    return is_part(included) and with_parts(included) or nil
  end))
end

local function is_own(name)
  return name and name ~= "" and not name:match("^triplet_") and not name:match("^_")
end

-- The names that a file declares for itself: clang-format has them begin at the first column.
local function own_names(text)
  local own = {}
  local function add(name)
    own[is_own(name) and name or ""] = true
  end
  for line in text:gmatch("[^\n]+") do
    add(line:match("^static [^=(%[;]-([%w_]+) ?[=(%[;]"))
    add(line:match("^[%u_]+ [^(]-([%w_]+)%("))
    add(line:match("^#%s*define ([%w_]+)"))
    add(line:match("^typedef [^({]- ?%*?([%w_]+);") or line:match("^typedef [^({]- ([%w_]+) __attribute__"))
    add(line:match("^typedef [^{]-%(%*([%w_]+)%)"))
    add(line:match("^%a*%s?struct ([%w_]+) {") or line:match("^%a*%s?enum ([%w_]+) {"))
    add(line:match("^} ([%w_]+);"))
  end
  for constants in ("\n" .. text):gmatch("\n%a*%s?enum[%s%w_]*(%b{})") do
    for name in constants:gsub("/%*.-%*/", ""):gmatch("[{,]%s*([%a_][%w_]*)") do
      add(name)
    end
  end
  own[""] = nil
  return own
end

-- What has no names in it: comments, numbers, and directives, of which some go on with words of their own.
local SKIPPED = {
  "^/%*.-%*/",
  "^%.?%d[%w_.]*",
  "^#%s*include[^\n]*",
  "^#%s*pragma[^\n]*",
  "^#%s*error[^\n]*",
  "^#%s*%a+",
}

local function skipped(text, at)
  local quote = text:match("^[\"']", at)
  if quote then
    local last = at + 1
    while text:sub(last, last) ~= quote do
      last = last + (text:sub(last, last) == "\\" and 2 or 1)
    end
    return last
  end
  for _, pattern in ipairs(SKIPPED) do
    local _, last = text:find(pattern, at)
    if last then
      return last
    end
  end
end

-- Members have a place of their own for names, be they used or declared.
local function is_member(text, first, last, inside_struct)
  local before = text:sub(first - 2, first - 1)
  return before:match("%.$") or before == "->" or (inside_struct and text:find("^%s*[;,%[:)]", last + 1))
end

local function renamed(text, own, stem)
  local parts, at, struct_ends = {}, 1, 0
  while at <= #text do
    local last = skipped(text, at) or select(2, text:find("^[%a_][%w_]*", at)) or at
    local part = text:sub(at, last)
    if part == "struct" then
      struct_ends = select(2, text:find("^[%s%w_]*%b{}", last + 1)) or struct_ends
    elseif own[part] and not is_member(text, at, last, at < struct_ends) then
      part = (part:match("%l") and stem or stem:upper()) .. "_" .. part
    end
    parts[#parts + 1] = part
    at = last + 1
  end
  return table.concat(parts)
end

-- ---- all of them ----------------------------------------------------------------------------------------------------

local written = {}

local function write(name)
  local text = with_parts(name)
  if name:match("%.c$") then
    text = renamed(text, own_names(text), name:match("^(.-)%.c$"))
  end
  io.write("\n/* ", ("-"):rep(20), " ", name, " ", ("-"):rep(20), " */\n\n")
  for line in text:gmatch("([^\n]*)\n") do
    local included = line:match('^#include "([%w_.]+)"')
    if not included then
      io.write(line, "\n")
    elseif not written[included] then
      written[included] = true
      if included == "triplet.h" then
        io.write(line, "\n")
      else
        write(included)
      end
    end
  end
end

io.write("/* triplet.c - triplet ", read("triplet.h"):match('#define TRIPLET_VERSION "(.-)"'), [[ in one file.
 *
 *   cc -std=c11 -O2 -Wno-psabi -c triplet.c      and link with -lm -pthread
 *
 * Made of the files of core, which are to be read and changed instead. MIT license, see LICENSE. */

/* What headers have for all who include them is not used by all. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
]])
for _, name in ipairs(sources()) do
  write(name)
end
