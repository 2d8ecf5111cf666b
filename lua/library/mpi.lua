---@meta triplet.mpi

--- The ranks of MPI, for `triplet.collective`. A module of its own, which `make mpi` builds for the MPI of `mpicc`;
--- nothing else links MPI.
---
---     local triplet = require "triplet"
---     local world = require("triplet.mpi").world()
---     triplet.collective(world)
---     triplet.threads(world.cores)
---
--- Started by `mpirun -n 4 lua script.lua`, all ranks run the script. What they do alike but for triplet's calls, such
--- as writing a file, is for one of them: `if world.rank == 0 then ... end`.
---@class triplet.mpi
local mpi = {}

--- All ranks that mpirun has started; one where nothing did. Begins MPI unless the program has: then it also ends MPI
--- when the process does, and a process that ends with another status than 0 ends all (where the C library tells the
--- status, as glibc does). Every rank calls it; of further calls in a state the result is the same.
---@return triplet.collective? world nil if memory is short on some rank
---@return string? message
function mpi.world() end

--- Ranks that are ready for `triplet.collective`. `#world` is `world.size`. It lasts as long as the process.
---@class triplet.collective
---@field rank integer this process, 0 .. size - 1, as MPI and mpirun count
---@field size integer how many there are
---@field cores integer this rank's share of the cores that the ranks on its machine may run on, at least 1
---@field received integer bytes that triplet's calls have had from other ranks so far
---@operator len: integer
local world = {}

--- What each rank says, to all of them. Every rank calls it; it has nothing to do with the calls of triplet, which may
--- be under way on others. Raises if memory is short on some rank, or one is gone.
---@param bytes string
---@param seconds? number how long to wait for others; default: as long as it takes. When some did not come nothing is
--- left to do but `abort`.
---@return string[]? bytes those of rank 0, rank 1 ...; nil where others did not come
---@return string? message
function world:gather(bytes, seconds) end

--- Ends MPI, where `world` began it. Every rank calls it, and nothing of the ranks can be used any more.
function world:finish() end

--- How this rank is to end by SIGTERM, which mpirun sends on Ctrl-C and when another rank is gone: as on Ctrl-C, by the
--- error "interrupted!" of the standalone Lua; and at once when its time is over, as it may wait for one that is gone.
---@param text string what it then writes on standard error; its first 255 bytes
---@param seconds? number how long it has, >= 0; default 0: it ends at once. Open MPI gives it 1 second, or those of
--- `--mca odls_base_sigkill_timeout`.
function world:announce(text, seconds) end

--- Ends all ranks at once, with that status.
---@param status? integer default 1
function world:abort(status) end

return mpi
