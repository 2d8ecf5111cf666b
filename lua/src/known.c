/* known.c - options like those of the last call: what was made of them is taken again. Reading a table by the names of
 * all options takes most of the time of a call on small data; comparing what it holds does not. */
#include <string.h>

#include "binding.h"

static bool is_text(lua_State *L, int index, const char *text) {
  if (lua_type(L, index) != LUA_TSTRING)
    return false;
  size_t length;
  const char *found = lua_tolstring(L, index, &length);
  return strlen(text) == length && memcmp(found, text, length) == 0;
}

/* The key and value on top are the entry's. Another number than before is set, and the entry is that from now on. */
static bool is_entry(const call *c, triplet_schema_id schema, known_options *known, known_option *entry) {
  lua_State *L = c->L;
  if (!is_text(L, -2, entry->name))
    return false;
  if (entry->value >= 0)
    return true;
  if (lua_type(L, -1) != entry->type)
    return false;
  switch (entry->type) {
  case LUA_TNUMBER: {
    const double number = lua_tonumber(L, -1);
    if (number == entry->number)
      return true;
    entry->number = number;
    known->changed = true;
    return triplet_schema_set_number(c->context, schema, &known->options, entry->name, number) == TRIPLET_OK;
  }
  case LUA_TBOOLEAN:
    return lua_toboolean(L, -1) == (entry->number != 0);
  default:
    return is_text(L, -1, entry->text);
  }
}

/* Whether the options that were given still play a part. */
static bool are_given(const call *c, triplet_schema_id schema, const known_options *known) {
  for (size_t i = 0; i < known->count; i++)
    if (triplet_schema_check_given(c->context, schema, &known->options, known->entries[i].name) != TRIPLET_OK)
      return false;
  return true;
}

/* Values go to their places from `first` on. */
static bool is_known(const call *c, int index, triplet_schema_id schema, known_options *known, int first) {
  lua_State *L = c->L;
  if (!known->valid || lua_type(L, index) != LUA_TTABLE)
    return known->valid && lua_isnil(L, index) && known->count == 0;
  if (lua_getmetatable(L, index))
    return false;
  size_t count = 0;
  known->changed = false;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (count == known->count || !is_entry(c, schema, known, &known->entries[count]))
      return false;
    const int value = known->entries[count++].value;
    if (value >= 0) {
      lua_pushvalue(L, -1);
      lua_replace(L, first + value);
    }
  }
  return count == known->count && (!known->changed || are_given(c, schema, known));
}

/* Which of the names that is; -1: none. */
static int find_name(const char *const *names, const char *name) {
  for (int i = 0; names[i]; i++)
    if (strcmp(names[i], name) == 0)
      return i;
  return -1;
}

/* From the key and value on top, which were read. False where it is none of the schema's, or has no room. */
static bool note_entry(lua_State *L, const triplet_schema *schema, const char *const *names, known_option *entry) {
  if (lua_type(L, -2) != LUA_TSTRING)
    return false;
  const char *name = lua_tostring(L, -2);
  for (size_t i = 0; i < schema->count && !entry->name; i++)
    if (strcmp(schema->fields[i].name, name) == 0)
      entry->name = schema->fields[i].name;
  if (!entry->name)
    return false;
  entry->value = find_name(names, entry->name);
  entry->type = lua_type(L, -1);
  if (entry->value >= 0)
    return true;
  entry->number = entry->type == LUA_TBOOLEAN ? lua_toboolean(L, -1) : lua_tonumber(L, -1);
  if (entry->type == LUA_TSTRING) {
    if (lua_rawlen(L, -1) >= sizeof entry->text)
      return false;
    strcpy(entry->text, lua_tostring(L, -1));
  }
  return true;
}

static void note(lua_State *L, int index, const triplet_schema *schema, const char *const *names,
                 known_options *known) {
  known->valid = false;
  known->count = 0;
  if (lua_type(L, index) == LUA_TTABLE) {
    if (lua_getmetatable(L, index))
      return;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
      if (known->count == MOST_KNOWN)
        return;
      known_option *entry = &known->entries[known->count++];
      entry->name = NULL;
      if (!note_entry(L, schema, names, entry))
        return;
    }
  }
  known->valid = true;
}

void read_known_options(const call *c, int index, triplet_schema_id schema, const char *const *names,
                        known_options *known) {
  lua_State *L = c->L;
  int count = 0;
  while (names[count])
    count++;
  const int first = lua_gettop(L) + 1;
  lua_settop(L, first - 1 + count);
  const bool same = is_known(c, index, schema, known, first);
  lua_settop(L, first - 1 + count);
  if (same)
    return;

  known->valid = false;
  triplet_options options;
  triplet_schema_defaults(schema, &options);
  read_options(c, index, schema, &options, "");
  for (int i = 0; i < count; i++) {
    push_option(L, index, names[i]);
    lua_replace(L, first + i);
  }
  lua_settop(L, first - 1 + count);
  known->options = options;
  note(L, index, triplet_schema_get(schema), names, known);
  lua_settop(L, first - 1 + count);
}
