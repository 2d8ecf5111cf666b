-- What people read of options, made from the core's description of them (core/options.c): the classes of options in
-- Lua's annotations, the interfaces in JavaScript's types, and what the page says of its settings.
--
--   lua5.4 tests/options.lua            checks that the files say what the core says
--   lua5.4 tests/options.lua --write    writes them (make options)

local range_of = require "triplet.command.range"
local triplet = require "triplet"

local WIDTH = 120

-- Values that a binding reads itself: their types in Lua and JavaScript, which the core does not know, by the option's
-- name, behind that of the function where it matters. must: it has to be given; lua, js: what is said in one alone.
local VALUES = {
  weights = { "triplet.numbers", "NumbersLike" },
  margins = { "triplet.numbers", "NumbersLike" },
  grad_output = { "triplet.numbers", "NumbersLike" },
  gradients = { "boolean", "boolean", default = "true" },
  ["margin_loss.out"] = { "table", "Partial<MarginLoss>" },
  ["indexed_loss.out"] = { "table", "Partial<IndexedLoss>" },
  ["batch_loss.out"] = { "table", "Partial<BatchLoss>" },
  ["distances.out"] = { "triplet.matrix", "Matrix | Rows" },
  references = { "triplet.rows | triplet.memory", "MatrixLike | Memory" },
  reference_labels = { "triplet.labels", "LabelsLike" },
  reference_self = { "integer[]", "IntegersLike", lua = "0: none is", js = "-1: none is" },
  exclude = { "integer[][]", "readonly IntegersLike[]" },
  far = { "number[]", "readonly number[] | Float64Array" },
  ["trainer.references"] = { "triplet.rows", "MatrixLike" },
  reference_gradient = { "boolean", "boolean", default = "false" },
  k = { "integer[]", "IntegersLike" },
  ["nearest.k"] = { "integer", "number", must = true },
  ["index_nearest.k"] = { "integer", "number", must = true },
  optimizer = { "triplet.optimizer_options | triplet.optimizer", "OptimizerOptions | Optimizer" },
  layers = { "integer[]", "readonly number[]" },
  ["encoder.layers"] = { "integer[]", "readonly number[]", must = true },
  data = { "triplet.rows", "MatrixLike", must = true },
  labels = { "triplet.labels", "LabelsLike", must = true },
  ["trainer.labels"] = { "triplet.labels", "LabelsLike", lua = "they must be given where `references` are not",
    js = "they must be given where `references` are not" },
  columns = { "string[]", "readonly string[]" },
  classes = { "string[]", "readonly string[]", lua = "that of label l is at l + 1", js = "label i is classes[i]" },
  inputs = { "integer", "number", must = true },
  ["encoder.seed"] = { "integer", "number", must = true },
  progress = { "triplet.progress", "Progress" },
  signal = { "", "AbortSignal" },
  label = { "string | integer", "string | number" },
  keep = { "string | string[]", "string | readonly string[]" },
  ignore = { "string | string[]", "string | readonly string[]" },
  categories = { "string | string[]", "string | readonly string[]" },
  missing_texts = { "string | string[]", "string | readonly string[]" },
  comment = { "string", "string" },
  recipe = { "triplet.recipe", "Recipe" },
  format = { '"auto" | "npy" | "safetensors" | "fvecs" | "text"', '"auto" | "npy" | "safetensors" | "fvecs" | "text"',
    default = '"auto"' },
  tensor = { "string", "string" },
  capacity = { "integer", "number", must = true },
}

local function value_of(schema, field)
  local name = schema .. "." .. field.name
  return VALUES[name] or VALUES[field.name] or error(name .. " is new here")
end

-- ---- words ----------------------------------------------------------------------------------------------------------

local function camel(name)
  return (name:gsub("_(%w)", string.upper))
end

local function same(name)
  return name
end

--- Lines of at most so many characters.
local function wrap(text, width)
  local lines = {}
  for word in text:gmatch("%S+") do
    local line = lines[#lines]
    if line and #line + 1 + #word <= width then
      lines[#lines] = line .. " " .. word
    else
      lines[#lines + 1] = word
    end
  end
  return lines
end

local function quoted(choices)
  local list = {}
  for i, choice in ipairs(choices) do
    list[i] = '"' .. choice .. '"'
  end
  return list
end

--- The type of an option that is one of some texts; "true" and "false" are also the values themselves.
local function union(choices)
  return table.concat(quoted(choices), " | ") .. (choices[#choices] == "false" and " | boolean" or "")
end

--- 'mining = "semihard" or "easy_positive"', "validation > 0".
local function condition_of(text, spell)
  local name, sign, wanted = text:match("^([%w_]+)([=>]?)(.*)$")
  if wanted:find("^%a") then
    local choices = {}
    for choice in wanted:gmatch("[^|]+") do
      choices[#choices + 1] = choice
    end
    wanted = table.concat(quoted(choices), " or ")
  end
  return sign == "" and spell(name) or ("%s %s %s"):format(spell(name), sign, wanted)
end

--- All of them, each of which may be one of several.
local function conditions_of(field, spell)
  local all = {}
  for alternatives in field.belongs:gmatch("[^,]+") do
    local any = {}
    for condition in alternatives:gmatch("[^/]+") do
      any[#any + 1] = condition_of(condition, spell)
    end
    all[#all + 1] = table.concat(any, ", or ")
  end
  return table.concat(all, " and ")
end

--- What is said of an option. language: "lua" or "js"; spell: how it writes names; range: said with it, or nil.
local function description_of(schema, field, language, spell, range)
  local parts = { (field.help:gsub("`([%w_]+)`", function(name)
    return "`" .. spell(name) .. "`"
  end)) }
  if field.kind == "value" then
    parts[#parts + 1] = value_of(schema, field)[language]
  end
  parts[#parts + 1] = range
  local text = table.concat(parts, "; ") .. "."
  return field.belongs and ("%s Belongs to %s."):format(text, conditions_of(field, spell)) or text
end

-- ---- Lua ------------------------------------------------------------------------------------------------------------

local function lua_field(schema, field)
  local value = field.kind == "value" and value_of(schema, field)
  local lines = wrap(description_of(schema, field, "lua", same), WIDTH - 4)
  for i, line in ipairs(lines) do
    lines[i] = "--- " .. line
  end
  local kind = value and value[1] or field.choices and union(field.choices) or field.kind
  local parts = { range_of(field, "math.huge") }
  local default = value and value.default or field.default
  if default == math.huge then
    parts[#parts + 1] = "default math.huge"
  elseif not value or value.default then
    default = field.choices and '"' .. default .. '"' or math.type(default) == "float" and ("%.14g"):format(default)
      or tostring(default == nil and "none" or default)
    parts[#parts + 1] = "default " .. default
  end
  local required = value and value.must
  lines[#lines + 1] = ("---@field %s%s %s %s"):format(field.name, required and "" or "?", kind,
    table.concat(parts, "; ")):gsub(" $", "")
  return table.concat(lines, "\n")
end

local function lua_classes()
  local classes = {}
  for _, schema in ipairs(triplet.schema()) do
    local lines = { ("---@class triplet.%s_options"):format(schema) }
    for _, field in ipairs(triplet.schema(schema)) do
      lines[#lines + 1] = lua_field(schema, field)
    end
    classes[#classes + 1] = table.concat(lines, "\n")
  end
  return table.concat(classes, "\n\n")
end

-- ---- JavaScript -----------------------------------------------------------------------------------------------------

--- What cancels a call from elsewhere, wherever there is `progress`: an option of JavaScript's alone.
local SIGNAL = { name = "signal", kind = "value", help = "Once it is aborted, the call throws its reason. "
  .. "While a call runs, that is so in `progress`, or in a worker" }

local function pascal(name)
  return (camel(name):gsub("^%l", string.upper))
end

--- What the type of a choice is called, where its name is taken.
local TYPES = { sampler = "SamplerName" }

local function type_of(name)
  return TYPES[name] or pascal(name)
end

--- As JavaScript writes numbers.
local function js_default(field)
  local default = field.default
  if default == nil then
    return "none"
  elseif default == math.huge then
    return "Infinity"
  elseif math.type(default) ~= "float" then
    return tostring(default)
  end
  local mantissa, exponent = ("%.14g"):format(default):match("^(.-)e%-0*(%d+)$")
  if not mantissa then
    return ("%.14g"):format(default)
  end
  return tonumber(exponent) <= 6 and ("%.10f"):format(default):gsub("0+$", "") or mantissa .. "e-" .. exponent
end

--- The choices that several functions take, as lists { option, choices }.
local function shared_choices()
  local shared, seen = {}, {}
  for _, schema in ipairs(triplet.schema()) do
    for _, field in ipairs(triplet.schema(schema)) do
      if field.choices then
        seen[field.name] = (seen[field.name] or 0) + 1
        if seen[field.name] == 2 then
          shared[#shared + 1] = field
          shared[field.name] = true
        end
      end
    end
  end
  return shared
end

local function js_field(schema, field, shared)
  local value = field.kind == "value" and value_of(schema, field)
  local text = description_of(schema, field, "js", camel, range_of(field, "Infinity"))
  if value and value.must then
    text = text .. " Must be given."
  end
  local default = "@default " .. (value and (value.default or "none"):gsub('"', "") or js_default(field))
  local kind = value and value[2] or field.choices and (shared[field.name] and type_of(field.name)
    or union(field.choices)) or field.kind == "boolean" and "boolean" or "number"
  local lines = { ("  /** %s %s */"):format(text, default) }
  if #lines[1] > WIDTH then
    lines = wrap(text, WIDTH - 5)
    lines[#lines + 1] = default
    for i, line in ipairs(lines) do
      lines[i] = "   * " .. line
    end
    table.insert(lines, 1, "  /**")
    lines[#lines + 1] = "   */"
  end
  lines[#lines + 1] = ("  %s%s: %s;"):format(camel(field.name), value and value.must and "" or "?", kind)
  return table.concat(lines, "\n")
end

local function js_interfaces()
  local shared, parts = shared_choices(), {}
  for _, field in ipairs(shared) do
    parts[#parts + 1] = ("export type %s = %s;"):format(type_of(field.name), union(field.choices))
  end
  parts = { table.concat(parts, "\n") }
  for _, schema in ipairs(triplet.schema()) do
    local lines, signal = { ("export interface %sOptions {"):format(pascal(schema)) }, nil
    for _, field in ipairs(triplet.schema(schema)) do
      lines[#lines + 1] = field.name ~= "shard" and js_field(schema, field, shared) or nil -- there are no ranks
      if field.name == "progress" then
        signal = js_field(schema, SIGNAL, shared)
      end
    end
    lines[#lines + 1] = signal
    lines[#lines + 1] = "}"
    parts[#parts + 1] = table.concat(lines, "\n")
  end
  return table.concat(parts, "\n\n")
end

-- ---- the page -------------------------------------------------------------------------------------------------------

-- What its trainer is made with.
local SHOWN = { "trainer", "optimizer" }

local function page_text(name, text)
  local line = ('    %s: "%s",'):format(name, text)
  if #line <= WIDTH then
    return line
  end
  local lines = wrap(text, WIDTH - 11)
  for i, part in ipairs(lines) do
    lines[i] = '      "' .. part .. (lines[i + 1] and ' " +' or '",')
  end
  return ("    %s:\n%s"):format(name, table.concat(lines, "\n"))
end

local function page_default(name, field)
  local default = field.default
  if type(default) == "string" then
    default = '"' .. default .. '"'
  elseif default == nil then
    default = "null"
  else
    default = js_default(field)
  end
  return field.kind ~= "value" and ("    %s: %s,"):format(name, default)
end

local function page_belongs(name, field)
  return field.belongs and ('    %s: "%s",'):format(name, field.belongs)
end

local function page_help(name, field)
  return page_text(name, field.help:gsub("`([%w_]+)`", camel) .. ".")
end

--- An object of objects, one for each schema: a line(name, field) for each option, or none if it is false.
local function page_object(constant, line)
  local lines = { ("export const %s = {"):format(constant) }
  for _, schema in ipairs(SHOWN) do
    lines[#lines + 1] = ("  %s: {"):format(camel(schema))
    for _, field in ipairs(triplet.schema(schema)) do
      lines[#lines + 1] = line(camel(field.name), field) or nil
    end
    lines[#lines + 1] = "  },"
  end
  lines[#lines + 1] = "};"
  return table.concat(lines, "\n")
end

--- What each loss brings along, as a trainer that is given nothing but its name has it.
local function page_brought()
  local lines = { "export const BROUGHT = {" }
  for _, field in ipairs(triplet.schema("trainer")) do
    for _, loss in ipairs(field.name == "loss" and field.choices or {}) do
      local trainer = triplet.trainer { data = { { 0 } }, labels = { 0 }, loss = loss }
      lines[#lines + 1] = ('  %s: { distance: "%s", temperature: %.14g },'):format(loss, trainer:get("distance"),
        trainer:get("temperature"))
    end
  end
  lines[#lines + 1] = "};"
  return table.concat(lines, "\n")
end

-- One object for each purpose: what a script does not use of them is left out of its bundle.
local function page_options()
  return table.concat({
    page_object("DEFAULTS", page_default),
    page_brought(),
    page_object("BELONGS", page_belongs),
  }, "\n\n")
end

local function page_explanations()
  return page_object("HELP", page_help)
end

-- ---- files ----------------------------------------------------------------------------------------------------------

-- What is made stands between two lines of a file.
local BEGIN, END = "Made by `make options` from core/options.c.", "Until here."

local function between_lines(text, made, comment)
  local first, last = comment .. " " .. BEGIN .. "\n", "\n" .. comment .. " " .. END .. "\n"
  local _, start = text:find(first, 1, true)
  local stop = start and text:find(last, start, true)
  return stop and text:sub(1, start) .. made .. text:sub(stop)
end

local FILES = {
  { "lua/library/triplet.lua", "--", lua_classes },
  { "wasm/index.d.ts", "//", js_interfaces },
  { "web/src/model/options.js", "//", page_options },
  { "web/src/model/help.js", "//", page_explanations },
}

local function read(path)
  local file = assert(io.open(path, "rb"))
  return file:read("*a"), file:close()
end

local write = arg[1] == "--write"
for _, of in ipairs(FILES) do
  local path, comment, make = table.unpack(of)
  local text = read(path)
  local wanted = between_lines(text, make(), comment)
  if write and wanted and wanted ~= text then
    local file = assert(io.open(path, "wb"))
    assert(file:write(wanted))
    assert(file:close())
    print("wrote " .. path)
  elseif not write then
    print(("%s - %s says what core/options.c says (make options)"):format(wanted == text and "ok" or "not ok", path))
  end
end
