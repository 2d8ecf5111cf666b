/* Memory that is short under Lua: each allocation fails once, and then for good, those of Lua and those of the module.
 *
 *    allocations SCRIPT [STRIDE]      every allocation, or every so many of them
 *
 * SCRIPT is run in states that have the module loaded, and returns all that it was told, as a text. A run ends with
 * "not enough memory", or where Lua or the core helps itself with the same text as an undisturbed one; the state is
 * usable, gives the same text once memory is there again, and leaves nothing behind. So it is with the loading of the
 * module. The module is linked in, and its malloc is ours (--wrap).
 *
 * Last, memory is there when it is asked for twice: between the two Lua, from 5.2 on, collects all garbage. A run that
 * is so collected at each of its allocations gives the same text, too. A test of TAP. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_triplet_core(lua_State *L);
void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void __wrap_free(void *block);

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static struct memory {
  long calls, failing; /* so far; the one that fails, 0: none */
  bool lasting;        /* so do all after it */
  bool reluctant;      /* Lua has to ask twice */
  bool asked;          /* once */
  long blocks;         /* that the module holds */
  lua_Alloc lua;       /* what Lua would have without us */
  void *user;
} memory;

static bool fails(void) {
  memory.calls++;
  return memory.failing && (memory.calls == memory.failing || (memory.lasting && memory.calls > memory.failing));
}

void *__wrap_malloc(size_t size) {
  void *block = fails() ? NULL : __real_malloc(size);
  memory.blocks += block != NULL;
  return block;
}

void __wrap_free(void *block) {
  memory.blocks -= block != NULL;
  __real_free(block);
}

/* Whether Lua has to ask again, which it does at once, but not for its buffers of texts. */
static bool is_asked_once(size_t size) {
  memory.asked = memory.reluctant && !memory.asked && size < LUAL_BUFFERSIZE;
  return memory.asked;
}

/* Lua relies on being able to make a block smaller. */
static __attribute__((unused)) void *allocate(void *user, void *block, size_t old_size, size_t size) {
  (void)user;
  if (size > 0 && (!block || size > old_size) && (is_asked_once(size) || fails()))
    return NULL;
  return memory.lua(memory.user, block, old_size, size);
}

/* ---- one run ----------------------------------------------------------------------------------------------------- */

static int fail_in_panic(lua_State *L) {
  printf("Bail out! %s\n", lua_tostring(L, -1));
  exit(1);
}

static lua_State *new_state(void) {
  memory.failing = 0;
  lua_State *L = luaL_newstate();
  memory.lua = lua_getallocf(L, &memory.user);
#ifndef LUA_JITLIBNAME /* LuaJIT falls over where its own memory is short: of it only the module's is taken */
  lua_setallocf(L, allocate, NULL);
#endif
  lua_atpanic(L, fail_in_panic);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_triplet_core);
  lua_setfield(L, -2, "triplet.core");
  lua_pop(L, 2);
  /* What Lua 5.4 keeps long texts in is of no use any more where memory was short when it was made: it is made now. */
  if (luaL_dostring(L, "return ('x'):rep(100000)"))
    fail_in_panic(L);
  lua_pop(L, 1);
  return L;
}

/* A module whose loading failed is not tried again in Lua 5.1: a mark is left, no table, which a host has to clear. */
static void forget_failures(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "loaded");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (strncmp(lua_tostring(L, -2), "triplet", 7) == 0 && !lua_istable(L, -1)) {
      lua_pushvalue(L, -2);
      lua_pushnil(L);
      lua_settable(L, -5);
    }
  lua_pop(L, 2);
}

static int load_module(lua_State *L) {
  forget_failures(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "triplet");
  lua_call(L, 1, 0);
  lua_pushliteral(L, "loaded");
  return 1;
}

static int run_script(lua_State *L) {
  lua_call(L, 0, 1); /* the script, which is compiled */
  return 1;
}

/* Leaves what it returned, or its error, on the stack. */
static int run(lua_State *L, lua_CFunction what, const char *script, long failing) {
  lua_settop(L, 0);
  lua_pushcfunction(L, what);
  if (script && luaL_loadfile(L, script))
    fail_in_panic(L);
  memory.calls = 0;
  memory.failing = failing;
  const int status = lua_pcall(L, lua_gettop(L) - 1, 1, 0);
  memory.failing = 0;
  return status;
}

static char *text_of(lua_State *L, size_t *size) {
  const char *text = lua_tolstring(L, -1, size);
  if (!text)
    *size = 0;
  char *copy = __real_malloc(*size + 1);
  memcpy(copy, text ? text : "", *size);
  copy[*size] = 0;
  return copy;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

typedef struct expected {
  lua_CFunction what;
  const char *name, *script;
  char *text;
  size_t size;
} expected;

static bool is_same(lua_State *L, const expected *of) {
  size_t size;
  const char *text = lua_tolstring(L, -1, &size);
  return text && size == of->size && memcmp(text, of->text, size) == 0;
}

static lua_State *ready_state(const expected *of) {
  lua_State *L = new_state();
  if (of->what != load_module && run(L, load_module, NULL, 0) != 0)
    fail_in_panic(L);
  return L;
}

/* What is wrong with allocation number `failing` missing, or NULL. */
static const char *disturb(const expected *of, long failing) {
  static char fault[300];
  lua_State *L = ready_state(of);
  const char *found = NULL;
  const int status = run(L, of->what, of->script, failing);
  const char *message = lua_tostring(L, -1);
  if (status == 0 && !is_same(L, of)) {
    found = "the results are others";
  } else if (status != 0 && (!message || !strstr(message, "not enough memory"))) {
    snprintf(fault, sizeof fault, "status %d: %s", status, message ? message : "no text");
    found = fault;
  }
  const bool again = run(L, of->what, of->script, 0) == 0 && is_same(L, of);
  if (!found && !again) {
    snprintf(fault, sizeof fault, "what follows differs: %.200s", lua_tostring(L, -1) ? lua_tostring(L, -1) : "");
    found = fault;
  }
  lua_close(L);
  if (!found && memory.blocks != 0)
    found = "blocks of the module are left";
  memory.blocks = 0;
  return found;
}

static int test(int number, expected *of, bool lasting, long stride) {
  lua_State *L = ready_state(of);
  if (run(L, of->what, of->script, 0) != 0)
    fail_in_panic(L);
  const long calls = memory.calls;
  of->text = text_of(L, &of->size);
  lua_close(L);
  memory.blocks = 0;
  memory.lasting = lasting;

  long faults = 0, failures = 0;
  for (long failing = 1; failing <= calls; failing += stride, failures++) {
    const char *found = disturb(of, failing);
    if (found && faults++ < 5)
      printf("# allocation %ld: %s\n", failing, found);
  }
  __real_free(of->text);
  printf("%s %d - %s: %ld failures of memory%s\n", faults ? "not ok" : "ok", number, of->name, failures,
         lasting ? " for good" : "");
  fflush(stdout);
  return faults != 0;
}

#if LUA_VERSION_NUM >= 502
static int collected_at_each(int number, expected *of) {
  const char *found = NULL;
  lua_State *L = ready_state(of);
  if (run(L, of->what, of->script, 0) != 0)
    fail_in_panic(L);
  of->text = text_of(L, &of->size);
  lua_gc(L, LUA_GCSETPAUSE, 1000); /* of itself it collects nothing: while it does, it does not ask twice */
  lua_gc(L, LUA_GCCOLLECT, 0);
  memory.reluctant = true;
  if (run(L, of->what, of->script, 0) != 0)
    found = "it fails";
  else if (!is_same(L, of))
    found = "the results are others";
  memory.reluctant = false;
  lua_close(L);
  __real_free(of->text);
  if (!found && memory.blocks != 0)
    found = "blocks of the module are left";
  memory.blocks = 0;
  if (found)
    printf("# %s\n", found);
  printf("%s %d - %s: collected at each allocation\n", found ? "not ok" : "ok", number, of->name);
  return found != NULL;
}
#endif

int main(int count, char **arguments) {
  if (count < 2)
    return 2;
  const long stride = count > 2 ? atol(arguments[2]) : 1;
  expected loading = {.what = load_module, .name = "loading"};
  expected script = {.what = run_script, .name = arguments[1], .script = arguments[1]};
  int faults = 0, number = 0;
  for (int lasting = 0; lasting < 2; lasting++) {
    faults += test(++number, &loading, lasting, stride);
    faults += test(++number, &script, lasting, stride);
  }
#if LUA_VERSION_NUM >= 502
  faults += collected_at_each(++number, &script);
#endif
  printf("1..%d\n", number);
  return faults != 0;
}
