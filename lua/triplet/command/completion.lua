--- triplet completion: prints what makes a shell complete the command's words. `make install` installs it.

local outline_of = require("triplet.command.outline").of
local standard = require "triplet.command.standard"

local completion = {}

function completion.define(parser)
  parser:summary("Print what makes a shell complete the words of a command line."):hidden(true)
  parser:usage("Usage: triplet completion <shell>")
  parser:description("Prints a script that makes a shell complete the verbs, options, choices and files of triplet.")
  parser:argument("shell", "bash, zsh or fish."):choices { "bash", "zsh", "fish" }
  parser:epilog("Example, for the shell that is running:\n  source <(triplet completion bash)")
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The first sentence of a help text, in one line.
local function short(text)
  return ((text .. " "):match("^(.-)%. ") or text:gsub("%.$", "")):gsub("%s+", " ")
end

--- Calls back with each element of a verb, or of the program.
local function each_element(groups, call)
  for _, group in ipairs(groups) do
    for _, element in ipairs(group.elements) do
      call(element)
    end
  end
end

local function option_names(groups)
  local names = {}
  each_element(groups, function(element)
    for _, name in ipairs(element.is_option and element.names or {}) do
      names[#names + 1] = name
    end
  end)
  return names
end

local function verb_names(verbs)
  local names = {}
  for _, verb in ipairs(verbs) do
    names[#names + 1] = not verb.is_hidden and verb.name or nil
  end
  return names
end

-- ---- bash -----------------------------------------------------------------------------------------------------------

local BASH = [=[
# Completion of triplet for bash, made by `triplet completion bash`.

# Those of the words that begin as what is typed does.
_triplet_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Files, and those of some words.
_triplet_files() {
    compopt -o filenames 2> /dev/null
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"; compgen -f -- "$cur")
}

_triplet() {
    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()

    # --option=value is three words here.
    if [[ $cur = "=" ]]; then
        cur=
    elif [[ $option = "=" ]]; then
        option=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD == 1)); then
        _triplet_words "%s"
        return
    fi

    case ${COMP_WORDS[1]} in
%s    esac
}

complete -F _triplet triplet]=]

--- What completes the value of an element.
local function bash_value(element)
  local words = table.concat(element.choices or element.words or {}, " ")
  return element.takes_file and ('_triplet_files "%s"'):format(words)
    or words ~= "" and ('_triplet_words "%s"'):format(words) or ":"
end

local function bash_verb(verb)
  local values, patterns, otherwise = {}, {}, ":"
  each_element(verb.groups, function(element)
    local value = bash_value(element)
    if not element.is_option then
      otherwise = otherwise == ":" and value or otherwise
    elseif element.arguments[1] then
      values[#values + 1] = not patterns[value] and value or nil
      patterns[value] = (patterns[value] and patterns[value] .. "|" or "") .. table.concat(element.names, "|")
    end
  end)

  local lines = { ("        %s)\n            case $option in"):format(verb.name) }
  for _, value in ipairs(values) do
    lines[#lines + 1] = ("                %s) %s; return ;;"):format(patterns[value], value)
  end
  lines[#lines + 1] = ([=[
            esac
            if [[ $cur = -?* ]]; then
                _triplet_words "%s"
            else
                %s
            fi
            ;;
]=]):format(table.concat(option_names(verb.groups), " "), otherwise):gsub("\n$", "")
  return table.concat(lines, "\n") .. "\n"
end

local function bash(outline)
  local verbs, first = {}, verb_names(outline.verbs)
  for i, verb in ipairs(outline.verbs) do
    verbs[i] = bash_verb(verb)
  end
  for _, name in ipairs(option_names(outline.groups)) do
    first[#first + 1] = name
  end
  return BASH:format(table.concat(first, " "), table.concat(verbs))
end

-- ---- zsh ------------------------------------------------------------------------------------------------------------

local ZSH = [[
#compdef triplet
# Completion of triplet for zsh, made by `triplet completion zsh`.

_triplet() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \
%s    '1:command:->verb' \
    '*::argument:->rest'

  case $state in
    verb)
      local -a verbs=(
%s      )
      _describe command verbs
      ;;
    rest)
      case $words[1] in
%s      esac
      ;;
  esac
}

_triplet "$@"]]

--- What completes the values of an element, as _arguments takes it.
local function zsh_values(element)
  local words = (element.choices or element.words) and table.concat(element.choices or element.words, " ")
  local action = element.takes_file and (words and "{compadd -- " .. words .. "; _files}" or "_files")
    or words and "(" .. words .. ")" or " "
  local values = ""
  for _, argument in ipairs(element.arguments) do
    local message = element.choices and "choice" or argument:gsub("[<>{}]", ""):gsub(":", "\\:")
    values = values .. ":" .. (element.is_option and message or element.names[1]) .. ":" .. action
  end
  return values
end

local function zsh_option(element)
  local help = "[" .. short(element.help):gsub("[%[%]\\:]", "\\%0") .. "]"
  local specs = {}
  for i, name in ipairs(element.names) do
    local times = element.comes_often and "*" or #element.names > 1 and "(" .. table.concat(element.names, " ") .. ")"
      or ""
    local joined = #element.arguments == 1 and (name:find("^%-%-") and "=" or "+") or ""
    specs[i] = quoted(times .. name .. joined .. help .. zsh_values(element))
  end
  return table.concat(specs, " ")
end

local function zsh_arguments(groups, indentation)
  local lines = {}
  each_element(groups, function(element)
    lines[#lines + 1] = indentation .. (element.is_option and zsh_option(element)
      or quoted((element.comes_often and "*" or "") .. zsh_values(element))) .. " \\\n"
  end)
  return table.concat(lines)
end

local function zsh(outline)
  local described, cases = {}, {}
  for _, verb in ipairs(outline.verbs) do
    described[#described + 1] = not verb.is_hidden and ("        %s\n"):format(quoted(verb.name .. ":"
      .. short(verb.summary))) or nil
    cases[#cases + 1] = ("        %s)\n          _arguments -s \\\n%s            && return\n          ;;\n"):format(
      verb.name, zsh_arguments(verb.groups, "            "))
  end
  return ZSH:format(zsh_arguments(outline.groups, "    "), table.concat(described), table.concat(cases))
end

-- ---- fish -----------------------------------------------------------------------------------------------------------

local FISH = [[
# Completion of triplet for fish, made by `triplet completion fish`.

function __triplet_verb -d 'Whether the verb is this one, or there is none yet'
    set -l words (commandline -opc)
    if test (count $words) -lt 2
        test (count $argv) -eq 0
    else
        contains -- $words[2] $argv
    end
end

complete -c triplet -f]]

local function fish_quoted(text)
  return "'" .. text:gsub("[\\']", "\\%0") .. "'"
end

local function fish_option(element, condition)
  local words = { "complete -c triplet -n " .. condition }
  for _, name in ipairs(element.names) do
    words[#words + 1] = name:find("^%-%-") and "-l " .. name:sub(3) or "-s " .. name:sub(2)
  end
  if element.choices or element.words then
    words[#words + 1] = (element.takes_file and "-r -F" or "-x") .. " -a "
      .. fish_quoted(table.concat(element.choices or element.words, " "))
  elseif element.arguments[1] then
    words[#words + 1] = element.takes_file and "-r -F" or "-x"
  end
  words[#words + 1] = "-d " .. fish_quoted(short(element.help))
  return table.concat(words, " ")
end

local function fish(outline)
  local lines = { FISH }

  local function add(groups, condition)
    each_element(groups, function(element)
      if element.is_option then
        lines[#lines + 1] = fish_option(element, condition)
      elseif element.choices then
        lines[#lines + 1] = ("complete -c triplet -n %s -a %s"):format(condition,
          fish_quoted(table.concat(element.choices, " ")))
      elseif element.takes_file then
        lines[#lines + 1] = ("complete -c triplet -n %s -F%s"):format(condition, element.words
          and " -a " .. fish_quoted(table.concat(element.words, " ")) or "")
      end
    end)
  end

  add(outline.groups, "__triplet_verb")
  for _, verb in ipairs(outline.verbs) do
    if not verb.is_hidden then
      lines[#lines + 1] = ("complete -c triplet -n __triplet_verb -a %s -d %s"):format(verb.name,
        fish_quoted(short(verb.summary)))
    end
  end
  for _, verb in ipairs(outline.verbs) do
    add(verb.groups, fish_quoted("__triplet_verb " .. verb.name))
  end
  return table.concat(lines, "\n")
end

local SHELLS = { bash = bash, zsh = zsh, fish = fish }

function completion.run(options, parser)
  standard.say(SHELLS[options.shell](outline_of(parser)))
end

return completion
