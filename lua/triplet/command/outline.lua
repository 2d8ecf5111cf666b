--- The command line as plain tables, for the manual and the completion of shells: what argparse 0.7, whose parser is
--- the one description of it, keeps in fields of its own. Nothing else looks at these.

local standard = require "triplet.command.standard"

local outline = {}

-- Of elements whose values are words or something else: the words.
outline.words = setmetatable({}, { __mode = "k" })

--- Says that some of the values of an element are these words. Returns the element.
function outline.offer(element, words)
  outline.words[element] = words
  return element
end

-- The words that take or give files have these converters.
local FILES = { [standard.input] = true, [standard.target] = true }

--- The words for the values of an element, none of a flag.
local function arguments_of(element)
  local words, name = {}, element._argname
  if not name and element._choices then
    name = "{" .. table.concat(element._choices, ",") .. "}"
  end
  for i = 1, element._maxargs == math.huge and 1 or element._maxargs do
    words[i] = type(name) == "table" and name[i] or name or "<" .. element._name:gsub("^%-+", "") .. ">"
  end
  return words
end

--- An argument or option: { names, arguments = the words for its values, choices, words = some of its values, beside
--- which there are others, help, takes_file, comes_often, is_option }. names of an argument: one, for people.
local function element_of(element, is_option)
  return {
    names = is_option and element._public_aliases or { element._name },
    arguments = arguments_of(element),
    choices = element._choices,
    words = outline.words[element],
    help = element._description or "",
    takes_file = FILES[element._convert] or false,
    comes_often = (is_option and element._maxcount or element._maxargs) > 1,
    is_option = is_option,
  }
end

--- Groups { heading, elements } as the help has them.
local function groups_of(parser)
  local groups, grouped = {}, {}

  local function add(heading, elements, is_option)
    local group = { heading = heading, elements = {} }
    for _, element in ipairs(elements) do
      if not element._hidden and not grouped[element] then
        grouped[element] = true
        table.insert(group.elements, element_of(element, is_option))
      end
    end
    groups[#groups + 1] = group.elements[1] and group
  end

  add("Arguments", parser._arguments, false)
  for _, group in ipairs(parser._groups) do
    add(group.name, group, true)
  end
  add(groups[1] and parser._groups[1] and "Other options" or "Options", parser._options, true)
  return groups
end

local function verb_of(command)
  return { name = command._name, is_hidden = command._hidden or false, summary = command._summary,
    usage = command:get_usage():gsub("^Usage: ", ""), description = command._description, epilog = command._epilog,
    groups = groups_of(command) }
end

--- parser: of the whole program. Returns { name, summary, epilog, groups, verbs = a list of { name, is_hidden, summary,
--- usage, description, epilog, groups } }.
function outline.of(parser)
  local whole = { name = parser._name, summary = parser._description, epilog = parser._epilog,
    groups = groups_of(parser), verbs = {} }
  for i, command in ipairs(parser._commands) do
    whole.verbs[i] = verb_of(command)
  end
  return whole
end

return outline
