--- triplet manual: prints the manual page, triplet(1), made of what --help prints. `make install` installs it.

local outline_of = require("triplet.command.outline").of
local standard = require "triplet.command.standard"
local triplet = require "triplet"

local manual = {}

function manual.define(parser)
  parser:summary("Print the manual page."):hidden(true)
  parser:description("Prints the manual page triplet(1), for groff or mandoc.")
  parser:epilog("Example:\n  triplet manual > triplet.1 && man ./triplet.1")
end

local ESCAPES = { ["\\"] = "\\e", ["-"] = "\\-", ["'"] = "\\(aq", ["`"] = "\\(ga", ["^"] = "\\(ha", ["~"] = "\\(ti",
  ['"'] = "\\(dq" }

--- Text that groff prints as it is: no request, and no sign that it would change.
local function plain(text)
  text = text:gsub("[\\%-'`^~\"]", ESCAPES)
  return (text:gsub("^%.", "\\&."):gsub("\n%.", "\n\\&."))
end

local function bold(text)
  return "\\fB" .. plain(text) .. "\\fR"
end

--- The placeholders of an argument in italics, the rest as it is: "<width>,..." and "{a,b}" are both.
local function placeholder(text)
  if text:find("^{") then
    return plain(text)
  end
  return (plain(text):gsub("<([^>]*)>", "\\fI%1\\fR"))
end

local function label_of(element)
  local names = {}
  for i, name in ipairs(element.names) do
    names[i] = element.is_option and bold(name) or "\\fI" .. plain(name) .. "\\fR"
  end
  local label = table.concat(names, ", ")
  if element.is_option and element.arguments[1] then
    label = label .. " " .. placeholder(table.concat(element.arguments, " "))
  end
  return label
end

local function add_groups(lines, groups)
  for _, group in ipairs(groups) do
    lines[#lines + 1] = ".PP\n" .. bold(group.heading)
    for _, element in ipairs(group.elements) do
      lines[#lines + 1] = ".TP\n" .. label_of(element) .. "\n" .. plain(element.help)
    end
  end
end

--- A text whose indented lines are examples, which stay as they are.
local function add_text(lines, text)
  local is_example = false
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local indented = line:find("^  ") ~= nil
    if indented and not is_example then
      lines[#lines + 1] = (lines[#lines]:find("^%.SH") and "" or ".PP\n") .. ".nf\n.RS 4"
    elseif is_example and not indented then
      lines[#lines + 1] = ".RE\n.fi\n.PP"
    end
    is_example = indented
    if line ~= "" then
      lines[#lines + 1] = plain((line:gsub("^  ", "")))
    elseif not is_example then
      lines[#lines + 1] = ".PP"
    end
  end
  lines[#lines + 1] = is_example and ".RE\n.fi" or nil
end

--- The forms of a verb's command line, a line each.
local function add_usage(lines, verb)
  local forms = (verb.usage .. "\n"):gsub("\n +triplet", "\ntriplet"):gsub("\n +", " ")
  for form in forms:gmatch("([^\n]+)\n") do
    lines[#lines + 1] = ".HP 4\n" .. placeholder(form):gsub("^(triplet [%a]+)", "\\fB%1\\fR")
  end
end

local function add_verb(lines, verb)
  lines[#lines + 1] = ".SH " .. verb.name:upper()
  add_usage(lines, verb)
  lines[#lines + 1] = ".PP\n" .. plain(verb.description)
  add_groups(lines, verb.groups)
  if verb.epilog then
    lines[#lines + 1] = ".PP"
    add_text(lines, verb.epilog)
  end
end

function manual.run(_, parser)
  local outline = outline_of(parser)
  local lines = { (".TH TRIPLET 1 \"\" \"triplet %s\" \"User Commands\"\n.nh\n.ad l"):format(triplet.version),
    ".SH NAME\ntriplet \\- " .. plain(outline.summary:gsub("^%u", string.lower):gsub("%.$", "")), ".SH SYNOPSIS" }
  for _, verb in ipairs(outline.verbs) do
    if not verb.is_hidden then
      add_usage(lines, verb)
    end
  end

  lines[#lines + 1] = ".SH COMMANDS"
  for _, verb in ipairs(outline.verbs) do
    if not verb.is_hidden then
      lines[#lines + 1] = ".TP\n" .. bold(verb.name) .. "\n" .. plain(verb.summary)
    end
  end
  add_groups(lines, outline.groups)
  for _, verb in ipairs(outline.verbs) do
    if not verb.is_hidden then
      add_verb(lines, verb)
    end
  end
  for paragraph in (outline.epilog .. "\n\n"):gmatch("(.-)\n\n") do
    local heading, text = paragraph:match("^([%a ]+):%s?(.*)$")
    lines[#lines + 1] = ".SH " .. heading:upper()
    add_text(lines, text)
  end
  standard.say(table.concat(lines, "\n"))
end

return manual
