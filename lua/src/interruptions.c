/* interruptions.c - Ctrl-C while a script writes what must not be lost: the first is noted, the second ends the
 * program. For the command alone; a handler of signals has nothing but a global variable to write to. */
#include <signal.h>

#include "binding.h"

static volatile sig_atomic_t noted;
static void (*earlier)(int); /* what answers outside; NULL or SIG_DFL: the system */

static void note(int number) {
  signal(number, SIG_DFL);
  noted = 1;
}

/* interruptions.hold(): until release, Ctrl-C is no longer Lua's. */
static int hold(lua_State *L) {
  (void)L;
  noted = 0;
  earlier = signal(SIGINT, note);
  return 0;
}

/* interruptions.noted() -> whether there was one. */
static int tell_noted(lua_State *L) {
  lua_pushboolean(L, noted);
  return 1;
}

/* interruptions.release(): what answered before answers again. */
static int release(lua_State *L) {
  (void)L;
  signal(SIGINT, earlier == SIG_ERR ? SIG_DFL : earlier);
  return 0;
}

void open_interruptions(lua_State *L) {
  static const luaL_Reg functions[] = {{"hold", hold}, {"noted", tell_noted}, {"release", release}, {NULL, NULL}};
  lua_newtable(L);
  set_functions(L, functions);
  lua_setfield(L, OPEN_MODULE, "interruptions");
}
