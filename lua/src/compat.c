/* compat.c - Lua's own formatting of messages, for those whose formatting has no integers. */
#include "compat.h"

#if LUA_VERSION_NUM < 503
#include <stdio.h>
#include <string.h>

/* %I is a long long, and %f a number as Lua writes it; others are as in C. */
static const char *push_plain_format(lua_State *L, const char *format) {
  luaL_Buffer plain;
  luaL_buffinit(L, &plain);
  for (; *format; format++) {
    luaL_addchar(&plain, *format);
    if (*format != '%')
      continue;
    format++;
    if (*format == 'I')
      luaL_addstring(&plain, "lld");
    else if (*format == 'f')
      luaL_addstring(&plain, ".14g");
    else
      luaL_addchar(&plain, *format);
  }
  luaL_pushresult(&plain);
  return lua_tostring(L, -1);
}

const char *compat_pushvfstring(lua_State *L, const char *format, va_list list) {
  const char *plain = push_plain_format(L, format);
  va_list again;
  va_copy(again, list);
  const size_t size = (size_t)vsnprintf(NULL, 0, plain, again) + 1;
  va_end(again);
  char *text = lua_newuserdata(L, size);
  vsnprintf(text, size, plain, list);
  lua_pushstring(L, text);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return lua_tostring(L, -1);
}

const char *compat_pushfstring(lua_State *L, const char *format, ...) {
  va_list list;
  va_start(list, format);
  const char *text = compat_pushvfstring(L, format, list);
  va_end(list);
  return text;
}

int compat_error(lua_State *L, const char *format, ...) {
  va_list list;
  luaL_where(L, 1);
  va_start(list, format);
  compat_pushvfstring(L, format, list);
  va_end(list);
  lua_concat(L, 2);
  return lua_error(L);
}
#endif
