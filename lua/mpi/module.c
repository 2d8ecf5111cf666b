/* module.c - luaopen_triplet_mpi: the ranks of MPI for triplet.collective, which knows them by their metatable, and
 * what keeps programs on them together. */
#define _GNU_SOURCE /* sched_getaffinity, on_exit */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "triplet_mpi.h"

/* lua/src/module.c has it, too: a userdata of it is a triplet_collective. */
#define COLLECTIVE_TYPE "triplet.collective"

#define LONGEST_WAIT 1e6 /* seconds */

/* MPI is one for the process. What programs tell each other has a communicator and an engine of its own: the core's
 * may be in the middle of something. */
static struct {
  bool ours;               /* to end */
  MPI_Comm communicator;   /* of lengths and waiting */
  triplet_collective told; /* of bytes */
} process;

/* ---- the process ------------------------------------------------------------------------------------------------- */

static bool has_ended(void) {
  int ended;
  return MPI_Finalized(&ended) == MPI_SUCCESS && ended;
}

/* A program that fails alone would wait for the others here, and they for it. */
static void leave(int status, void *unused) {
  (void)unused;
  if (has_ended())
    return;
  if (status != 0 && process.told.size > 1)
    MPI_Abort(MPI_COMM_WORLD, status);
  MPI_Finalize();
}

#ifdef __GLIBC__
#define AT_EXIT(function) on_exit(function, NULL)
#else /* which does not tell the status */
static void leave_somehow(void) {
  leave(0, NULL);
}
#define AT_EXIT(function) atexit(leave_somehow)
#endif

/* Whether MPI runs and `process` is whole. */
static bool begin(void) {
  int begun;
  MPI_Initialized(&begun);
  if (!begun) {
    int level;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    process.ours = true;
    AT_EXIT(leave);
  }
  return process.told.size || (MPI_Comm_dup(MPI_COMM_WORLD, &process.communicator) == MPI_SUCCESS &&
                               triplet_mpi_open(MPI_COMM_WORLD, &process.told) == MPI_SUCCESS);
}

/* Those that ranks on this host may run on, shared among them: mpirun may have bound each to some, or all to the same.
 */
static int share_of_cores(void) {
  int share = 1;
#ifdef __linux__
  MPI_Comm host;
  cpu_set_t own, all;
  int ranks;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
  MPI_Comm_size(host, &ranks);
  CPU_ZERO(&own);
  sched_getaffinity(0, sizeof own, &own);
  MPI_Allreduce(&own, &all, sizeof all, MPI_BYTE, MPI_BOR, host);
  MPI_Comm_free(&host);
  share = CPU_COUNT(&all) / ranks;
  share = share < CPU_COUNT(&own) ? share : CPU_COUNT(&own);
#endif
  return share < 1 ? 1 : share > TRIPLET_MAX_THREADS ? TRIPLET_MAX_THREADS : share;
}

/* ---- what programs tell each other ------------------------------------------------------------------------------- */

/* Whether it has come about within so many seconds; without a limit where that is negative. Sleeping, not spinning: a
 * rank may write for long while others wait. */
static bool wait_for(MPI_Request *request, double seconds) {
  const struct timespec nap = {.tv_nsec = 1000000};
  const double end = MPI_Wtime() + seconds;
  int done = 0;
  while (MPI_Test(request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done) {
    if (seconds >= 0 && MPI_Wtime() >= end)
      return false;
    nanosleep(&nap, NULL);
  }
  return done;
}

static triplet_collective *self_of(lua_State *L, const char *method) {
  triplet_collective *self = luaL_testudata(L, 1, COLLECTIVE_TYPE);
  if (!self)
    luaL_error(L, "calling '%s' on bad self (expected a " COLLECTIVE_TYPE ", got %s)", method, luaL_typename(L, 1));
  if (has_ended())
    luaL_error(L, "calling '%s' after MPI has ended", method);
  return self;
}

static int gather(lua_State *L) {
  const triplet_collective *self = self_of(L, "gather");
  lua_settop(L, 3);
  if (lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "bad argument #1 to 'gather' (bytes: expected a string, got %s)", luaL_typename(L, 2));
  if (!lua_isnil(L, 3) && lua_type(L, 3) != LUA_TNUMBER)
    return luaL_error(L, "bad argument #2 to 'gather' (seconds: expected a number, got %s)", luaL_typename(L, 3));
  size_t length, total = 0;
  const char *bytes = lua_tolstring(L, 2, &length);
  const double seconds = lua_isnil(L, 3) ? -1 : (double)lua_tonumber(L, 3);

  /* MPI writes to it after a wait that was too long, so it is nobody's. */
  size_t *counts = malloc((self->size + 1) * sizeof *counts);
  if (!counts)
    return luaL_error(L, "not enough memory");
  counts[self->size] = length;
  MPI_Request request;
  MPI_Iallgather(&counts[self->size], sizeof *counts, MPI_BYTE, counts, sizeof *counts, MPI_BYTE, process.communicator,
                 &request);
  if (!wait_for(&request, seconds)) {
    lua_pushnil(L);
    lua_pushstring(L, "other ranks did not come");
    return 2;
  }

  for (size_t rank = 0; rank < self->size; rank++)
    total += counts[rank];
  char *all = malloc(total + 1), *place = all;
  int well = all != NULL;
  MPI_Allreduce(MPI_IN_PLACE, &well, 1, MPI_INT, MPI_MIN, process.communicator);
  if (!well || !process.told.all_gather(process.told.user, bytes, all, counts)) {
    free(counts);
    free(all);
    return luaL_error(L, well ? "another rank is gone" : "not enough memory");
  }
  lua_createtable(L, (int)self->size, 0);
  for (size_t rank = 0; rank < self->size; place += counts[rank++]) {
    lua_pushlstring(L, place, counts[rank]);
    lua_rawseti(L, -2, (int)rank + 1);
  }
  free(counts);
  free(all);
  return 1;
}

static int finish(lua_State *L) {
  self_of(L, "finish");
  if (process.ours)
    MPI_Finalize();
  return 0;
}

static int abort_all(lua_State *L) {
  self_of(L, "abort");
  const int status = lua_type(L, 2) == LUA_TNUMBER ? (int)lua_tonumber(L, 2) : 1;
  MPI_Abort(MPI_COMM_WORLD, status);
  return 0;
}

/* ---- the end of all ---------------------------------------------------------------------------------------------- */

/* Of SIGTERM. */
static struct {
  char told[256];          /* when the time is over */
  struct itimerval before; /* the time until then */
} end;

static void tell_and_end(int number) {
  (void)number;
  if (write(STDERR_FILENO, end.told, strlen(end.told)) < 0)
    end.told[0] = '\0'; /* nobody is left to tell */
  signal(SIGTERM, SIG_DFL);
  raise(SIGTERM);
}

/* Lua knows what to do on Ctrl-C, if it is not in MPI, waiting for a rank that is gone. */
static void interrupt_and_end(int number) {
  if (!timerisset(&end.before.it_value))
    tell_and_end(number);
  setitimer(ITIMER_REAL, &end.before, NULL);
  raise(SIGINT);
}

static int announce(lua_State *L) {
  self_of(L, "announce");
  if (lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "bad argument #1 to 'announce' (text: expected a string, got %s)", luaL_typename(L, 2));
  if (!lua_isnoneornil(L, 3) && lua_type(L, 3) != LUA_TNUMBER)
    return luaL_error(L, "bad argument #2 to 'announce' (seconds: expected a number, got %s)", luaL_typename(L, 3));
  const double given = lua_type(L, 3) == LUA_TNUMBER ? (double)lua_tonumber(L, 3) : 0;
  const double seconds = given > 0 ? given < LONGEST_WAIT ? given : LONGEST_WAIT : 0;
  strncpy(end.told, lua_tostring(L, 2), sizeof end.told - 1);
  end.before.it_value.tv_sec = (time_t)seconds;
  end.before.it_value.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6);
  signal(SIGALRM, tell_and_end);
  signal(SIGTERM, interrupt_and_end);
  return 0;
}

/* ---- the object -------------------------------------------------------------------------------------------------- */

static int index_world(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"announce", announce}, {"gather", gather}, {"finish", finish}, {"abort", abort_all}, {NULL, NULL}};
  const triplet_collective *self = luaL_testudata(L, 1, COLLECTIVE_TYPE);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  for (const luaL_Reg *method = methods; method->name; method++)
    if (strcmp(key, method->name) == 0) {
      lua_pushcfunction(L, method->func);
      return 1;
    }
  if (self && strcmp(key, "rank") == 0)
    lua_pushinteger(L, (lua_Integer)self->rank);
  else if (self && strcmp(key, "size") == 0)
    lua_pushinteger(L, (lua_Integer)self->size);
  else if (self && strcmp(key, "received") == 0)
    lua_pushinteger(L, (lua_Integer)triplet_mpi_received(self));
  else if (strcmp(key, "cores") == 0)
    lua_pushvalue(L, lua_upvalueindex(1));
  else if (strncmp(key, "__", 2) == 0)
    lua_pushnil(L);
  else
    return luaL_error(
        L, COLLECTIVE_TYPE " has no field '%s': it has abort, announce, cores, finish, gather, rank, received, size",
        luaL_tolstring(L, 2, NULL));
  return 1;
}

static int set_world(lua_State *L) {
  return luaL_error(L, COLLECTIVE_TYPE " does not let you set field '%s'", luaL_tolstring(L, 2, NULL));
}

static int length_of_world(lua_State *L) {
  const triplet_collective *self = luaL_testudata(L, 1, COLLECTIVE_TYPE);
  lua_pushinteger(L, self ? (lua_Integer)self->size : 0);
  return 1;
}

static int world_tostring(lua_State *L) {
  const triplet_collective *self = luaL_testudata(L, 1, COLLECTIVE_TYPE);
  if (self)
    lua_pushfstring(L, COLLECTIVE_TYPE ": rank %d of %d", (int)self->rank, (int)self->size);
  else
    lua_pushstring(L, COLLECTIVE_TYPE);
  return 1;
}

static void push_metatable(lua_State *L) {
  luaL_newmetatable(L, COLLECTIVE_TYPE);
  lua_pushinteger(L, share_of_cores());
  lua_pushcclosure(L, index_world, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, set_world);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, length_of_world);
  lua_setfield(L, -2, "__len");
  lua_pushcfunction(L, world_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
}

/* mpi.world(): one for the state, which stays until the process ends: to give it back all ranks would have to agree. */
static int world(lua_State *L) {
  if (lua_toboolean(L, lua_upvalueindex(1))) {
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
  }
  if (has_ended())
    return luaL_error(L, "calling 'world' after MPI has ended");
  triplet_collective *self = lua_newuserdatauv(L, sizeof *self, 0);
  if (!begin() || triplet_mpi_open(MPI_COMM_WORLD, self) != MPI_SUCCESS) {
    lua_pushnil(L);
    lua_pushstring(L, "not enough memory");
    return 2;
  }
  push_metatable(L);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_replace(L, lua_upvalueindex(1));
  return 1;
}

LUAMOD_API int luaopen_triplet_mpi(lua_State *L);

int luaopen_triplet_mpi(lua_State *L) {
  luaL_checkversion(L);
  lua_newtable(L);
  lua_pushboolean(L, false);
  lua_pushcclosure(L, world, 1);
  lua_setfield(L, -2, "world");
  return 1;
}
