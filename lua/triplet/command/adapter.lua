--- Adapters: small encoders of somebody else's vectors, which are the identity at first. What --adapter chooses of the
--- options that were not given.

local learning = require "triplet.command.learning"
local triplet = require "triplet"

local adapter = {}

adapter.KINDS = { "linear", "network" }

--- Whether an option was given that belongs to a loss, which is then left as it is.
function adapter.says_of_loss(options)
  for _, field in ipairs(triplet.schema("trainer")) do
    if options[field.name] ~= nil and (field.belongs or ""):find("loss=", 1, true) then
      return true
    end
  end
  return false
end

--- Sets options of the command line where they were not given, and returns those it set, as words: "--residual".
--- Vectors of other networks are compared by their directions; the losses are those that found most, also of new
--- classes, in the runs that tests/lua/command_adapter_spec.lua repeats.
function adapter.choose(options)
  local chosen = {}
  local function choose(name, value)
    if options[name] == nil then
      options[name] = value
      chosen[#chosen + 1] = value == true and learning.flag(name) or value == false and "--no-" .. name
        or learning.flag(name) .. " " .. value
    end
  end

  choose("residual", true)
  choose("standardize", false)
  choose("normalize", true)
  if not adapter.says_of_loss(options) then
    choose("loss", (options.references or options.pairs) and "info_nce" or "sup_con")
  end
  choose("distance", "cosine")
  return chosen
end

--- The widths of its layers, for rows of so many columns. hidden: of the command line, or nil where these are left to
--- us.
function adapter.layers(kind, cols, hidden)
  local layers = hidden or kind == "network" and { triplet.suggest_layers(cols, 1)[1] } or {}
  local widths = {}
  for i, width in ipairs(layers) do
    widths[i] = width
  end
  widths[#widths + 1] = cols
  return widths
end

return adapter
