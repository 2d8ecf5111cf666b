--- triplet: the C module, and what needs files or pictures. lua/library/triplet.lua describes it all.

local triplet = require "triplet.core"

require "triplet.storage"
triplet.show = require "triplet.show"

return triplet
