// Prints the licences of what others wrote in the npm package:
//   node wasm/third-party.mjs build/lua-wasm/source/unpacked/src/lua.h build/wasm/simd/triplet.linked ...
// Each file after Lua's header is the linker's list of what it read for one WebAssembly.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { format, packageLicense } from "./licenses.mjs";

const [luaHeader, ...lists] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => readFileSync(path, "utf8");
const emscripten = execFileSync("em-config", ["EMSCRIPTEN_ROOT"], { encoding: "utf8" }).trim();
const musl = `${emscripten}/system/lib/libc/musl`;

// The comments of a C source that speak of a copyright, from there to their end.
function notices(source) {
  const comments = Array.from(source.matchAll(/\/\*(.*?)\*\//gs), ([, text]) => text.replace(/^ ?\* ?/gm, ""));
  return comments
    .filter((text) => /copyright/i.test(text))
    .map((text) => text.replace(/^.*?(?=copyright)/is, "").replace(/^[*=-]+$\n?/gm, "").trim());
}

// What Emscripten linked: "/.../sysroot/lib/.../libc-optz.a(sin.o)" is the object sin of the archive libc.
const linked = lists
  .flatMap((list) => read(list).split("\n"))
  .map((line) => /\/sysroot\/lib\/.*\/(?<archive>\w+)[^/]*?(\((?<object>.+)\.o\))?$/.exec(line)?.groups)
  .filter((found) => found);
const archives = new Set(linked.map(({ archive }) => archive));

// Its mathematics has authors of their own, whose notices are in the sources.
function muslLicense() {
  const names = new Set(linked.filter(({ archive }) => archive === "libc").map(({ object }) => `${object}.c`));
  const sources = readdirSync(`${musl}/src`, { recursive: true }).filter((path) => names.has(basename(path)));
  const own = new Set(sources.sort().flatMap((path) => notices(read(`${musl}/src/${path}`))));
  return [read(`${musl}/COPYRIGHT`), ...own].join("\n\n--------\n\n");
}

// Its sources say that it is under the MIT license, whose words are those of ours.
function emscriptenLicense() {
  const [notice] = notices(read(`${emscripten}/src/preamble.js`));
  return `${notice}\n\n${/Permission is hereby granted.*/s.exec(read(here("../LICENSE")))[0]}`;
}

const LLVM = `Part of the LLVM Project, under the Apache License 2.0 with LLVM Exceptions, which ask for no copy
of that license beside compiled code. It can be read at https://llvm.org/LICENSE.txt.`;
const PARTS = {
  libc: ["musl", muslLicense],
  libcompiler_rt: ["compiler-rt", () => LLVM],
  libdlmalloc: ["dlmalloc", () => "Written by Doug Lea and released to the public domain."],
};
const EMSCRIPTENS_OWN = ["crt1_reactor", "libemmalloc", "libnoexit", "libstandalonewasm", "libstubs"];
const strangers = [...archives].filter((archive) => !(archive in PARTS || EMSCRIPTENS_OWN.includes(archive)));
if (archives.size === 0 || strangers.length > 0) {
  throw new Error(`linked, and of no licence known here: ${strangers.join(", ") || "nothing at all"}`);
}

const licenses = format([
  ["Emscripten: in lua.js, lua.cjs, lua-worker.js and all WebAssembly", emscriptenLicense()],
  ...Object.keys(PARTS)
    .filter((archive) => archives.has(archive))
    .map((archive) => [`${PARTS[archive][0]}: in WebAssembly`, PARTS[archive][1]()]),
  ["Lua: in lua.wasm", notices(read(luaHeader)).find((text) => text.includes("Permission is hereby granted"))],
  ["esbuild: in the first lines of CommonJS files", packageLicense(here("node_modules/esbuild"))[1]],
]);
console.log(`Parts of this package were written by others. These are their licences.\n\n${licenses}`);
