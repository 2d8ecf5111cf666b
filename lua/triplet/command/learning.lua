--- The library's options of learning as flags of the command line: their names, kinds, ranges and help are the core's.

local invocation = require "triplet.command.invocation"
local number = require "triplet.command.number"
local range_of = require "triplet.command.range"
local triplet = require "triplet"
local unpack = require "triplet.command.unpack"

local learning = {}

-- Whose options they are.
local SCHEMAS = { "trainer", "optimizer" }

-- What the program has no use for: it numbers the classes itself, refuses numbers that are not finite, and has them
-- standardised when the table is read.
local WITHOUT = { ignore_label = true, nonfinite = true, standardize = true }

-- Groups of the help, by the path of the option that each begins with.
local HEADINGS = {
  loss = "Loss",
  mining = "Triplets of a batch",
  reduction = "Reduction and distance",
  activation = "Encoder",
  seed = "Batches",
  steps = "Training",
  ["optimizer.name"] = "Optimiser",
}

-- Flags that are not called as the option is, by its path in the library.
local FLAGS = {
  ["optimizer.name"] = "optimizer",
  ["optimizer.eps"] = "optimizer-eps",
  fraction = "test-share",
}

-- What options mean here, where that is not what they mean in the library, and the word that may stand for a value.
local MEANINGS = {
  dim = { help = ("Dimensions of the embedding, or auto: as many as the table has inputs, or twice as many as it has "
    .. "classes if that is more, but from %d to %d"):format(triplet.suggest_layers(1, 1)[2],
      triplet.suggest_layers(1000, 1)[2]), word = "auto" },
  seed = { help = "Seed of everything random: split, initial weights, batches, triplets" },
  standardize = { help = "Take the columns as they are, which are otherwise brought to mean 0 and deviation 1" },
}

-- Options whose defaults depend on others.
local DEPENDENT = { temperature = true, distance = true, ["optimizer.weight_decay"] = true }

--- "optimizer.learning_rate" -> "--learning-rate".
function learning.flag(path)
  return "--" .. (FLAGS[path] or path:gsub("^optimizer%.", ""):gsub("_", "-"))
end

local function path_of(schema, name)
  return schema == "optimizer" and "optimizer." .. name or name
end

--- Calls back with schema, field and path of each option.
local function each(call)
  for _, schema in ipairs(SCHEMAS) do
    for _, field in ipairs(triplet.schema(schema)) do
      if field.kind ~= "value" and not WITHOUT[field.name] then
        call(schema, field, path_of(schema, field.name))
      end
    end
  end
end

--- The library's own default; schema: "trainer" unless given.
function learning.default(name, schema)
  for _, field in ipairs(triplet.schema(schema or "trainer")) do
    if field.name == name then
      return field.default
    end
  end
end

--- 'mining = "hard"' and "validation > 0" in what the library says, in the words of the command line. prefix: of the
--- names: "optimizer." or nothing.
local function conditions(text, prefix)
  return (text:gsub("layers > 1, got 1$", "hidden layers, got --layers none")
    :gsub('([%a_]+) = "([^"]*)"', function(name, choice)
      return learning.flag(prefix .. name) .. " " .. choice
    end)
    :gsub('"', "")
    :gsub("([%a_]+) > ", function(name)
      return learning.flag(prefix .. name) .. " > "
    end))
end

--- What the library says of an option, in the words of the command line.
function learning.complaint(path, text)
  if text:find("^belongs to ") then
    text = conditions(text, path:match("^optimizer%.") or "")
  end
  return learning.flag(path) .. ": " .. text
end

--- A condition as help says it, or nil. The encoder has a layer, so that conditions of none say nothing.
local function condition_of(text, prefix)
  local name, sign, wanted = text:match("^([%a_]+)([=>])(.*)$")
  if not name then
    return learning.flag(prefix .. text)
  elseif name ~= "layers" then
    return learning.flag(prefix .. name) .. (sign == ">" and " > " or " ") .. wanted:gsub("|", " or ")
  end
  return sign .. wanted == ">1" and "hidden layers" or nil
end

--- What an option belongs to, as help says it.
local function belongs_of(field, prefix)
  local all = {}
  for alternatives in (field.belongs or ""):gmatch("[^,]+") do
    local any = {}
    for condition in alternatives:gmatch("[^/]+") do
      any[#any + 1] = condition_of(condition, prefix)
    end
    all[#all + 1] = any[1] and table.concat(any, ", or ")
  end
  return all[1] and " Belongs to " .. table.concat(all, " and ") .. "." or ""
end

--- A converter for argparse: text to a number or integer, or the word that may stand for one, else nil and what was
--- expected of the option.
function learning.reader(kind, flag, word)
  return function(text)
    if word and text == word then
      return word
    end
    local value = kind == "number" and text == "inf" and math.huge or number(text)
    if kind == "integer" then
      value = value and value % 1 == 0 and value >= -2 ^ 63 and value < 2 ^ 63 and math.floor(value) or nil
    end
    return value, ('%s: expected %s%s, got "%s"'):format(flag, kind == "integer" and "an integer" or "a number",
      word and " or " .. word or "", text)
  end
end

--- The flag of a boolean, which makes it what it is not by default.
local function switch(field, path)
  local flag = learning.flag(path)
  return field.default and flag:gsub("^%-%-", "--no-") or flag
end

--- A converter for how many of something there are to be: at least one.
function learning.counter(flag)
  local read = learning.reader("integer", flag)
  return function(text)
    local value = read(text)
    return value and value >= 1 and value or nil, ('%s: expected an integer >= 1, got "%s"'):format(flag, text)
  end
end

--- A flag for an option.
function learning.define_flag(parser, schema, field, path)
  local meaning = MEANINGS[path]
  local prefix = schema == "optimizer" and "optimizer." or ""
  local flag = learning.flag(path)
  local help = (meaning and meaning.help or field.help):gsub("`([%a_]+)`", function(name)
    return learning.flag(prefix .. name)
  end)
  help = table.concat({ help, range_of(field, "inf") }, "; ")
  local belongs = meaning and "" or belongs_of(field, prefix)
  if field.kind == "boolean" then
    return parser:flag(switch(field, path), help .. "." .. belongs):target(path)
      :action(field.default and "store_false" or "store_true")
  end
  local word = meaning and meaning.word
  local default = word or field.kind == "number" and ("%.14g"):format(field.default) or field.default
  local option = parser:option(flag, ("%s (default: %s).%s"):format(help, default, belongs)):target(path)
  if field.choices then
    option:choices(field.choices):argname("{" .. table.concat(field.choices, ",") .. "}")
  else
    option:convert(learning.reader(field.kind, flag, word)):argname("<" .. field.kind .. ">")
  end
  return option
end

--- Gives the parser a flag for each option. layers: the program's own for the layers, which the encoder's begin with.
function learning.define(parser, layers)
  local groups = {}
  each(function(schema, field, path)
    if HEADINGS[path] then
      groups[#groups + 1] = { HEADINGS[path], path == "activation" and layers or nil }
    end
    table.insert(groups[#groups], learning.define_flag(parser, schema, field, path))
  end)
  for _, group in ipairs(groups) do
    parser:group(unpack(group))
  end
end

--- What was given of them, as triplet.trainer takes it.
function learning.given(parsed)
  local options = { optimizer = {} }
  each(function(schema, field, path)
    local target = schema == "optimizer" and options.optimizer or options
    target[field.name] = parsed[path]
  end)
  return options
end

--- All options that a trainer has, by their names.
function learning.options_of(trainer)
  local options, optimizer = { optimizer = {} }, trainer:get("optimizer")
  for _, field in ipairs(triplet.schema("trainer")) do
    if field.kind ~= "value" then
      options[field.name] = trainer:get(field.name)
    end
  end
  for _, field in ipairs(triplet.schema("optimizer")) do
    options.optimizer[field.name] = optimizer[field.name]
  end
  options.layers = trainer:get("layers")
  options.dim = #options.layers == 0 and options.dim or nil -- elsewhere it is the last layer's width
  return options
end

--- Adds the words of an option unless it has the value that it has without them. path: as define_flag takes it.
function learning.add_words(words, field, path, value)
  local default = MEANINGS[path] and MEANINGS[path].word or field.default
  if value == nil or value == default and not DEPENDENT[path] then
    return
  elseif field.kind == "boolean" then
    words[#words + 1] = switch(field, path)
  else
    invocation.add(words, learning.flag(path), invocation.text(value))
  end
end

--- What was given of all of them, as words of a command line. except: a set of paths to leave out.
function learning.words(parsed, except)
  local words = {}
  each(function(_, field, path)
    if not (except and except[path]) then
      learning.add_words(words, field, path, parsed[path])
    end
  end)
  return words
end

return learning
