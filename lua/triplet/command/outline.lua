--- The command line as plain tables, for the manual and the completion of shells: what argparse 0.7, whose parser is
--- the one description of it, keeps in fields of its own. Nothing else looks at these.

local standard = require "triplet.command.standard"

-- The words that take or give files have these converters.
local FILES = { [standard.input] = true, [standard.target] = true }

--- An argument or option: { names, argument = the word for its value, choices, help, takes_file, comes_often,
--- is_option }. names of an argument: one, for people.
local function element_of(element, is_option)
  local argument = element._argname
  if not argument and element._choices then
    argument = "{" .. table.concat(element._choices, ",") .. "}"
  end
  return {
    names = is_option and element._public_aliases or { element._name },
    argument = element._maxargs > 0 and (argument or "<" .. element._name:gsub("^%-+", "") .. ">") or nil,
    choices = element._choices,
    help = element._description or "",
    takes_file = FILES[element._convert] or false,
    comes_often = is_option and element._maxcount > 1 or element._maxargs > 1,
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
return function(parser)
  local outline = { name = parser._name, summary = parser._description, epilog = parser._epilog,
    groups = groups_of(parser), verbs = {} }
  for i, command in ipairs(parser._commands) do
    outline.verbs[i] = verb_of(command)
  end
  return outline
end
