--- What a verb tells meanwhile. On standard output, unless that is for something else: a file that goes there, or what
--- --json prints.

local json = require "triplet.json"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local standard = require "triplet.command.standard"

local talk = {}

local function to_standard_error(line)
  if not ranks.is_first() then
    return
  end
  io.stderr:write(standard.in_words(line) .. "\n") -- at once: other ranks may write there, too
end

local function to_standard_output(line)
  standard.say(standard.in_words(line))
end

--- A function that prints a line. options: of the command line; outputs: a list of paths, "-" for standard output.
function talk.of(options, outputs)
  if options.quiet then
    return function() end
  end
  local elsewhere = options.json
  for _, path in ipairs(outputs or {}) do
    elsewhere = elsewhere or path == "-"
  end
  return elsewhere and to_standard_error or to_standard_output
end

--- Prints what may spoil a result, whatever else is told.
function talk.warn(text)
  progress.clear()
  to_standard_error("triplet: " .. text)
end

--- Prints what a verb returns where --json asks for it.
function talk.answer(options, result)
  if options.json then
    standard.say(json.encode(result))
  end
end

return talk
