--- The program `triplet`: reads its command line, does what it says, and returns the exit code: 0 done, 1 a file or its
--- content is at fault, 2 the command line is, 130 interrupted.
---
--- Each verb is a file of its name in this folder, with define(parser), which describes its part of the command line,
--- and run(options, parser), which does it: it tells people by what talk.of returns, and returns what --json prints.

local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local progress = require "triplet.progress"
local ranks = require "triplet.command.ranks"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"

-- In the order of the help.
local VERBS = {
  "train",
  "resume",
  "tune",
  "info",
  "embed",
  "evaluate",
  "nearest",
  "classify",
  "verify",
  "export",
  "manual",
  "completion",
}

-- Those that compute nothing, or hardly anything.
local OF_ONE_RANK = { info = true, export = true, manual = true, completion = true }

local SUMMARY = "Metric learning: trains an encoder that puts rows of one class close together, others apart."

local EPILOG = [[
Examples:
  triplet train iris.csv --label species --out embedding.csv --model model.safetensors --plot embedding.svg
  triplet embed model.safetensors new.csv --out new-embedding.csv

Exit codes: 0 done, 1 a file cannot be read, used or written, 2 the command line is wrong, 130 interrupted.]]

--- What a library function says of a bad argument, in the words of the command line: "--margin: expected ...". Returns
--- the exit code, too.
local function in_words_of_options(message)
  local text = message:match("bad argument #%d+ to '[^']*' %((.*)%)$")
  if not text then
    return message, 1
  end
  local name, rest = text:match("^([%w_.]+)[%d%[%]]*: (.*)$")
  if not name then
    return text, 2
  elseif name == "embeddings" or name == "columns" then -- the file's numbers, or what they led to: too large
    return rest, 1
  end
  return require("triplet.command.learning").complaint(name, rest), 2
end

--- argparse takes the value of "--margin -1" for an option: it becomes "--margin=-1".
local function with_negative_numbers(arguments)
  local list = {}
  for _, argument in ipairs(arguments) do
    if argument:find("^%-%.?%d") and list[1] and list[#list]:find("^%-%-[^=]+$") then
      list[#list] = list[#list] .. "=" .. argument
    else
      list[#list + 1] = argument
    end
  end
  return list
end

--- Prints what was asked for and stops.
local function answer(text)
  standard.say(text)
  error({ code = 0 })
end

local function define_help(parser)
  parser:add_help {
    action = function()
      answer(parser:get_help())
    end,
  }
end

--- Adds what all verbs share.
local function define(parser, name)
  local command = parser:command(name):help_description_margin(30):help_max_width(100)
  local verb = require("triplet.command." .. name)
  define_help(command)
  verb.define(command)
  command:flag("--json", "Print what was found as one JSON object on standard output, and all else on standard "
    .. "error.")
  if not OF_ONE_RANK[name] then
    command:flag("--mpi", "Work on all ranks that mpirun has started as on one: mpirun -n 4 triplet " .. name
      .. " ... --mpi. The results are the same, and rank 0 reads and writes.")
  end
  return verb
end

local function run(arguments)
  ranks.join(arguments)
  local found, argparse = interrupt.pcall(require, "argparse")
  if not found then
    fail("argparse is missing: install Debian's package lua-argparse, or the rock argparse")
  end
  local triplet = require "triplet"
  local parser = argparse("triplet", SUMMARY):epilog(EPILOG):command_target("command"):usage_margin(2)
  define_help(parser)
  local verbs = {}
  for _, name in ipairs(VERBS) do
    verbs[name] = define(parser, name)
  end
  parser:flag("--version", "Print the version and stop."):action(function()
    answer("triplet " .. triplet.version)
  end)
  function parser.error(_, message)
    fail.usage("%s (see triplet --help)", (message:gsub("\n", " ")))
  end
  local options = parser:parse(with_negative_numbers(arguments))
  local forgotten = not OF_ONE_RANK[options.command] and ranks.forgotten()
  if forgotten then
    talk.warn(("mpirun has started %d processes, and each does all of the work: --mpi has them share it"):format(
      forgotten))
  end
  options.quiet = options.quiet or not ranks.is_first()
  talk.answer(options, verbs[options.command].run(options, parser))
end

return function(arguments)
  local done, failure = pcall(run, arguments)
  local code, message = 0, nil
  if not done and type(failure) == "table" then
    code, message = failure.code, failure.message
  elseif not done and interrupt.is(failure) then
    code, message = 130, "interrupted"
  elseif not done and failure:find("not enough memory$") then
    code, message = 1, "not enough memory"
  elseif not done then
    message, code = in_words_of_options(failure)
  end
  return ranks.leave(code, message, function(text)
    if text then
      progress.clear()
      io.stderr:write("triplet: " .. standard.in_words(text) .. "\n") -- at once: mpirun writes there, too
    end
  end)
end
