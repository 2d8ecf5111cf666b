--- A script that fails on one rank while the others wait for it.
local world = require("triplet.mpi").world()
assert(world.rank ~= 1, "rank 1 fails")
world:gather("")
