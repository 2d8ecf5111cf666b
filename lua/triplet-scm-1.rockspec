rockspec_format = "3.0"
package = "triplet"
version = "scm-1"
-- `luarocks make lua/triplet-scm-1.rockspec` builds the checkout it is called in and fetches nothing.
source = { url = "git+file://." }
description = {
  summary = "Metric learning: the triplet margin loss, its exact gradient, mining and training",
  detailed = "The module needs nothing but Lua; the command triplet also needs argparse.",
  license = "MIT",
}
supported_platforms = { "linux", "macosx" }
dependencies = { "lua >= 5.1" }
build = {
  type = "make",
  build_target = "--always-make lua", -- for another Lua, perhaps, than the last time
  install_target = "install_module",
  variables = {
    build = "build/luarocks",
    CFLAGS = "$(CFLAGS)",
    LUA = "$(LUA)",
    LUA_INC = "$(LUA_INCDIR)",
    LUA_SHARE = "$(LUADIR)",
    LUA_LIB = "$(LIBDIR)",
    BIN = "$(BINDIR)",
  },
}
