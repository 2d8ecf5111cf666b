/* labels.c - labels as Lua has them: integers and texts, one or several a row, or a matrix of relations. */
#include <string.h>

#include "binding.h"

/* ---- texts and the numbers that stand for them ------------------------------------------------------------------- */

/* Both tables are lists of texts that have the number of each under the text itself. */
numbering begin_numbering(const call *c) {
  lua_pushnil(c->L);
  lua_pushnil(c->L);
  return (numbering){.known = lua_gettop(c->L) - 1, .added = lua_gettop(c->L)};
}

numbering begin_numbering_of_references(const call *c, int options) {
  push_option(c->L, options, "references");
  return begin_numbering_of_memory(c, -1);
}

/* Pops the text on top and puts it into the table in that slot, as that number if it has none there. */
static void put_text(lua_State *L, int slot, lua_Integer number) {
  if (lua_isnil(L, slot)) {
    lua_newtable(L);
    lua_replace(L, slot);
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, slot, (lua_Integer)lua_rawlen(L, slot) + 1);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, slot) == LUA_TNIL) {
    lua_pushvalue(L, -2);
    lua_pushinteger(L, number);
    lua_rawset(L, slot);
  }
  lua_pop(L, 2);
}

static lua_Integer count_texts(lua_State *L, int slot) {
  return lua_isnil(L, slot) ? 0 : (lua_Integer)lua_rawlen(L, slot);
}

void know_text(const call *c, const numbering *names, const char *text) {
  lua_pushstring(c->L, text);
  put_text(c->L, names->known, count_texts(c->L, names->known));
}

/* Whether the text on top has a number in that table. */
static bool find_text(lua_State *L, int slot, lua_Integer *number) {
  if (lua_isnil(L, slot))
    return false;
  lua_pushvalue(L, -1);
  const bool found = lua_rawget(L, slot) != LUA_TNIL;
  *number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return found;
}

/* Of the text on top. */
static int32_t number_of(const call *c, const numbering *names) {
  lua_State *L = c->L;
  lua_Integer number;
  if (!find_text(L, names->known, &number) && !find_text(L, names->added, &number)) {
    number = count_texts(L, names->known) + count_texts(L, names->added);
    lua_pushvalue(L, -1);
    put_text(L, names->added, number);
  }
  return (int32_t)number;
}

bool adds_texts(const call *c, const numbering *names) {
  return count_texts(c->L, names->added) > 0;
}

void push_known(const call *c, const numbering *names) {
  lua_State *L = c->L;
  lua_pushnil(L);
  const int slot = lua_gettop(L), from[] = {names->known, names->added};
  for (int i = 0; i < 2; i++)
    for (lua_Integer count = count_texts(L, from[i]), place = 1; place <= count; place++) {
      lua_rawgeti(L, from[i], place);
      put_text(L, slot, count_texts(L, slot));
    }
}

const char **push_texts(const call *c, const numbering *names, size_t *count) {
  lua_State *L = c->L;
  const size_t known = (size_t)count_texts(L, names->known);
  *count = known + (size_t)count_texts(L, names->added);
  const char **texts = push_array(L, *count, sizeof *texts);
  for (size_t i = 0; i < *count; i++, lua_pop(L, 1)) { /* the tables keep them alive */
    lua_rawgeti(L, i < known ? names->known : names->added, (lua_Integer)(i < known ? i : i - known) + 1);
    texts[i] = lua_tostring(L, -1);
  }
  return texts;
}

void push_label(const call *c, const numbering *names, int32_t label) {
  lua_State *L = c->L;
  const lua_Integer known = count_texts(L, names->known), count = known + count_texts(L, names->added);
  if (!names->texts || label < 0 || label >= count)
    lua_pushinteger(L, label);
  else
    lua_rawgeti(L, label < known ? names->known : names->added, label + 1 - (label < known ? 0 : known));
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Where a value stands: labels[row], or labels[row][member]. */
typedef struct place {
  const char *name;
  size_t row, member; /* from 1; member 0: the row has a label of its own */
} place;

static _Noreturn void refuse_label(const call *c, const place *at, const char *expected) {
  const char *got = describe(c->L, -1);
  if (at->member)
    refuse(c, at->name, "%s[%I][%I]: expected %s, got %s", at->name, (LUAI_UACINT)at->row, (LUAI_UACINT)at->member,
           expected, got);
  refuse(c, at->name, "%s[%I]: expected %s, got %s", at->name, (LUAI_UACINT)at->row, expected, got);
}

/* The value on top, of that type. Texts count from 0, so integers that do as well cannot stand beside them; others can:
 * -1, say, for rows without a label. */
static int32_t read_label(const call *c, int type, const place *at, numbering *names) {
  lua_State *L = c->L;
  if (type == LUA_TSTRING) {
    if (names->integers)
      refuse_label(c, at, "no text beside integers >= 0");
    if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
      refuse_label(c, at, "a text without zero bytes");
    names->texts = true;
    return number_of(c, names);
  }

  int exact = 0;
  const lua_Integer value = type == LUA_TNUMBER ? lua_tointegerx(L, -1, &exact) : 0;
  if (!exact)
    refuse_label(c, at, at->member ? "an integer or a text" : "an integer, a text or a list of them");
  if (value < INT32_MIN || value > INT32_MAX)
    refuse_label(c, at, "an integer in -2147483648 .. 2147483647");
  if (value >= 0 && names->texts)
    refuse_label(c, at, "no integer >= 0 beside texts");
  names->integers |= value >= 0;
  return (int32_t)value;
}

/* Integers on the stack, which are moved to more room when they need it. */
typedef struct integer_list {
  int slot;
  int32_t *data;
  size_t count, room;
} integer_list;

static integer_list push_integer_list(lua_State *L, size_t room) {
  int32_t *data = push_array(L, room, sizeof *data);
  return (integer_list){lua_gettop(L), data, 0, room};
}

static void add_integer(lua_State *L, integer_list *list, int32_t value) {
  if (list->count == list->room) {
    list->room = 2 * list->room + 8;
    int32_t *data = push_array(L, list->room, sizeof *data);
    if (list->count)
      memcpy(data, list->data, list->count * sizeof *data);
    list->data = data;
    lua_replace(L, list->slot);
  }
  list->data[list->count++] = value;
}

/* Adds the labels of the list on top. */
static void read_set(const call *c, place at, numbering *names, integer_list *integers) {
  const size_t count = read_length(c, -1, at.name);
  for (at.member = 1; at.member <= count; at.member++, lua_pop(c->L, 1)) {
    const int type = lua_geti(c->L, -1, (lua_Integer)at.member);
    add_integer(c->L, integers, read_label(c, type, &at, names));
  }
  if (integers->count > INT32_MAX)
    refuse(c, at.name, "%s: expected at most 2147483647 labels, got more", at.name);
}

triplet_labels read_labels(const call *c, int index, const char *name, numbering *names) {
  lua_State *L = c->L;
  if (lua_type(L, index) != LUA_TTABLE)
    refuse(c, name, "%s: expected a table of labels or { relations = matrix }, got %s", name, describe(L, index));
  index = lua_absindex(L, index);
  if (lua_getfield(L, index, "relations") != LUA_TNIL) {
    const char *of = lua_pushfstring(L, "%s.relations", name);
    return (triplet_labels){.relations = read_matrix(c, -2, of)};
  }

  /* Ends are kept from the first row on that has a list. */
  const size_t rows = read_length(c, index, name);
  integer_list integers = push_integer_list(L, rows);
  int32_t *ends = NULL;
  lua_pushnil(L);
  const int ends_slot = lua_gettop(L);
  for (place at = {name, 1, 0}; at.row <= rows; at.row++, lua_pop(L, 1)) {
    const int type = lua_geti(L, index, (lua_Integer)at.row);
    if (type != LUA_TTABLE) {
      add_integer(L, &integers, read_label(c, type, &at, names));
    } else {
      if (!ends) {
        ends = push_array(L, rows, sizeof *ends);
        lua_replace(L, ends_slot);
        for (size_t row = 1; row < at.row; row++)
          ends[row - 1] = (int32_t)row;
      }
      read_set(c, at, names, &integers);
    }
    if (ends)
      ends[at.row - 1] = (int32_t)integers.count;
  }
  return (triplet_labels){.integers = {integers.data, integers.count}, .ends = {ends, ends ? rows : 0}};
}

size_t labelled_rows(triplet_labels labels) {
  return labels.ends.data ? labels.ends.count : labels.integers.count;
}

/* ---- giving ------------------------------------------------------------------------------------------------------ */

void push_labels(const call *c, const numbering *names, triplet_labels labels) {
  lua_State *L = c->L;
  const size_t rows = labelled_rows(labels);
  lua_createtable(L, rows < INT32_MAX ? (int)rows : 0, 0);
  for (size_t i = 0; i < rows; i++) {
    const size_t first = !labels.ends.data ? i : i ? (size_t)labels.ends.data[i - 1] : 0;
    const size_t end = labels.ends.data ? (size_t)labels.ends.data[i] : i + 1;
    if (end - first == 1) {
      push_label(c, names, labels.integers.data[first]);
    } else {
      lua_createtable(L, (int)(end - first), 0);
      for (size_t j = first; j < end; j++) {
        push_label(c, names, labels.integers.data[j]);
        lua_rawseti(L, -2, (lua_Integer)(j - first) + 1);
      }
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

label_list *push_label_list(lua_State *L, triplet_labels like) {
  const size_t room = like.integers.count + like.ends.count;
  label_list *list = lua_newuserdatauv(L, sizeof *list + room * sizeof *list->values, 0);
  list->integers = list->ends = 0;
  return list;
}

void fill_label_list(label_list *list, triplet_labels labels) {
  list->integers = labels.integers.count;
  list->ends = labels.ends.count;
  if (list->integers)
    memcpy(list->values, labels.integers.data, list->integers * sizeof *list->values);
  if (list->ends)
    memcpy(list->values + list->integers, labels.ends.data, list->ends * sizeof *list->values);
}

triplet_labels labels_in(const label_list *list) {
  return (triplet_labels){.integers = {list->values, list->integers},
                          .ends = {list->ends ? list->values + list->integers : NULL, list->ends}};
}
