/* streams.c - the standard streams, for the command: as streams of bytes, in UTF-8, and the terminal that standard
 * error may lead to. */
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h> /* before binding.h, which has a CONTEXT of its own */

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#else
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include "binding.h"

#ifdef _WIN32

static UINT earlier; /* the code page of the console, which outlives the program */

static void restore_console(void) {
  SetConsoleOutputCP(earlier);
}

static void make_plain(void) {
  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
  if (!earlier && (earlier = GetConsoleOutputCP()) != 0 && SetConsoleOutputCP(CP_UTF8))
    atexit(restore_console);
}

/* Of the window, not of all that it can be scrolled over. Nobody passes standard error on by a path. */
static int terminal_columns(const char *path) {
  (void)path;
  CONSOLE_SCREEN_BUFFER_INFO console;
  if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &console))
    return -1;
  return console.srWindow.Right - console.srWindow.Left + 1;
}

#else

static void make_plain(void) {
}

static int columns_of(int file) {
  struct winsize size;
  if (!isatty(file))
    return -1;
  return ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int terminal_columns(const char *path) {
  if (!path)
    return columns_of(STDERR_FILENO);
  const int file = open(path, O_RDONLY | O_NOCTTY), columns = columns_of(file);
  close(file);
  return columns;
}

#endif

/* streams.make_plain(): Windows changes no ends of lines, and shows in its console what is printed as UTF-8. */
static int streams_make_plain(lua_State *L) {
  (void)L;
  make_plain();
  return 0;
}

/* streams.terminal_columns([path]) -> how wide the terminal is that standard error leads to, or else the file at that
 * path, which Windows has no use for; 0 where it does not say; nil where that is no terminal. */
static int streams_terminal_columns(lua_State *L) {
  const int columns = terminal_columns(luaL_optstring(L, 1, NULL));
  if (columns < 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, columns);
  return 1;
}

void open_streams(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"make_plain", streams_make_plain}, {"terminal_columns", streams_terminal_columns}, {NULL, NULL}};
  lua_newtable(L);
  set_functions(L, functions);
  lua_setfield(L, OPEN_MODULE, "streams");
}
