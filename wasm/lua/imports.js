// What host.c imports: Emscripten links these into its script (--js-library). Module.host is set by interpreter.js.
mergeInto(LibraryManager.library, {
  host_exit: (status) => Module.host.exit(status),
  host_fail: (message, line, traceback) => Module.host.fail(UTF8ToString(message), line, UTF8ToString(traceback)),
  host_draw(positions, rows, dim, labels, text) {
    Module.host.draw({
      positions: HEAPF32.slice(positions >> 2, (positions >> 2) + rows * dim),
      labels: HEAP32.slice(labels >> 2, (labels >> 2) + rows),
      dim,
      text: UTF8ToString(text),
    });
  },
});
