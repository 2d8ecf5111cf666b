// What host.c imports: Emscripten links these into its script (--js-library), and understands only the old spelling of
// functions. Module.host is interpreter.js.
mergeInto(LibraryManager.library, {
  host_exit: function (status) {
    Module.host.exit(status);
  },
  host_fail: function (message, line, traceback) {
    Module.host.fail(UTF8ToString(message), line, UTF8ToString(traceback));
  },
  host_draw: function (positions, rows, dim, labels, text) {
    const copy = (address, count) => HEAPU8.slice(address, address + 4 * count).buffer;
    Module.host.draw({
      positions: new Float32Array(copy(positions, rows * dim)),
      labels: new Int32Array(copy(labels, rows)),
      dim,
      text: UTF8ToString(text),
    });
  },
});
