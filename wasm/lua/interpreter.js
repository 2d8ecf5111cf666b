// One interpreter in this thread: Lua 5.4 with the module triplet, and a folder of files in memory.
/** @import { Failure, Frame, Files } from "./index.js" */
import createInstance from "lua-instance";
import modules from "lua-modules";

class Exit {
  constructor(status) {
    this.status = status;
  }
}

function makeFolders(FS, path) {
  const names = path.split("/").slice(0, -1);
  names.forEach((_, i) => {
    const folder = names.slice(0, i + 1).join("/");
    if (folder && !FS.analyzePath(folder).exists) {
      FS.mkdir(folder);
    }
  });
}

// Paths of all files below a folder.
function* filesBelow(FS, folder) {
  for (const name of FS.readdir(folder)) {
    const path = `${folder}/${name}`;
    if (name === "." || name === "..") {
      continue;
    }
    if (FS.isDir(FS.stat(path).mode)) {
      yield* filesBelow(FS, path);
    } else {
      yield path;
    }
  }
}

const HOME = "/script"; // the folder that scripts run in

// Lua skips these at the beginning of a file: a byte order mark and a line that names the interpreter.
const PREAMBLE = /^\uFEFF?(#.*)?/;

/**
 * wasm: the module, compiled. print(text): what the script writes. draw(frame): what triplet.show is given.
 * files: path -> text or bytes, in the folder the script runs in.
 * @param {{
 *   wasm: WebAssembly.Module, print?: (text: string) => void, draw?: (frame: Frame) => void, files?: Files,
 * }} options
 */
export async function createInterpreter({ wasm, print = () => {}, draw = () => {}, files = {} }) {
  /** @type {Failure | null} */
  let failure = null;
  let broken = false;
  const host = {
    draw,
    exit(status) {
      throw new Exit(status);
    },
    fail(message, line, traceback) {
      failure = { message, line, traceback };
    },
  };
  const instance = await createInstance({
    host,
    instantiateWasm(imports, receive) {
      WebAssembly.instantiate(wasm, imports).then(receive);
      return {};
    },
  });
  const { FS } = instance;

  const decoder = new TextDecoder();
  const output = {
    read: () => 0,
    write(stream, buffer, offset, length) {
      print(decoder.decode(buffer.slice(offset, offset + length), { stream: true }));
      return length;
    },
  };
  FS.streams.slice(0, 3).forEach((stream) => (stream.stream_ops = output));

  for (const [name, text] of Object.entries(modules)) {
    makeFolders(FS, `/lua/${name}`);
    FS.writeFile(`/lua/${name}`, text);
  }
  FS.mkdir(HOME);
  FS.chdir(HOME);
  for (const [path, content] of Object.entries(files)) {
    makeFolders(FS, path);
    FS.writeFile(path, content);
  }
  const given = new Set(Object.keys(files));

  function runAt(source, length, name) {
    try {
      instance._script_run(source, length, name);
    } catch (error) {
      if (!(error instanceof Exit)) {
        // A fault of WebAssembly itself, such as its stack running out: its memory may be in disorder.
        broken = true;
        failure = { message: `the interpreter stopped: ${error.message ?? error}`, line: 0, traceback: "" };
      } else if (error.status !== 0) {
        failure = { message: `the script ended with status ${error.status}`, line: 0, traceback: "" };
      }
    }
  }

  return {
    /**
     * Runs a script to its end. null, or what went wrong.
     * @returns {Failure | null}
     */
    run(source, name = "script.lua") {
      if (broken) {
        throw new Error("an earlier script stopped this interpreter: load another");
      }
      if (name.includes("\0")) {
        throw new TypeError("the name of a script has no \\0");
      }
      failure = null;
      const texts = [source.replace(PREAMBLE, ""), name].map((text) => new TextEncoder().encode(`${text}\0`));
      const places = texts.map(({ length }) => instance._malloc(length));
      try {
        if (places.includes(0)) {
          throw new RangeError("not enough memory for the script");
        }
        texts.forEach((bytes, i) => instance.HEAPU8.set(bytes, places[i]));
        runAt(places[0], texts[0].length - 1, places[1]);
      } finally {
        places.filter(() => !broken).forEach((place) => instance._free(place));
      }
      return failure;
    },

    // The files that scripts have written: path -> bytes.
    written() {
      const paths = [...filesBelow(FS, HOME)].map((path) => path.slice(HOME.length + 1));
      return Object.fromEntries(paths.filter((path) => !given.has(path)).map((path) => [path, FS.readFile(path)]));
    },
  };
}
