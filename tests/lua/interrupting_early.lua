--- Runs before the command (LUA_INIT) and sends it the signal of Ctrl-C after so many instructions (INSTRUCTIONS),
--- while it loads its modules, reads its command line, or later.

if jit then -- luacheck: ignore 113
  jit.off() -- luacheck: ignore 113
end

debug.sethook(function()
  debug.sethook()
  io.popen("kill -INT $PPID"):close()
end, "", tonumber(os.getenv("INSTRUCTIONS")))
