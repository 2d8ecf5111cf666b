// The bridge in Node.js: the specs of the Lua module inside WebAssembly, and every example against lua5.4. Speaks TAP.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { loadLua } from "../../build/npm/lua.js";
import { command, loadMaterial } from "./material.mjs";

const wasm = await WebAssembly.compile(await readFile(new URL("../../build/npm/lua.wasm", import.meta.url)));
const { files, specs, examples } = await loadMaterial();

async function run(file, args) {
  let output = "";
  const lua = await loadLua({ wasm, files, print: (text) => (output += text) });
  const failure = lua.run(command(file, args));
  return failure ? `${output}not ok - ${failure.message}\n${failure.traceback.replace(/^/gm, "# ")}\n` : output;
}

process.stdout.write(await run("tests/bridge/specs.lua", specs));
for (const example of examples) {
  const expected = execFileSync("lua5.4", ["tests/bridge/record.lua", example], { encoding: "utf8" });
  const actual = await run("tests/bridge/record.lua", [example]);
  const equal = actual === expected;
  console.log(`${equal ? "ok" : "not ok"} - ${example} in WebAssembly prints and learns what it does natively`);
  if (!equal) {
    console.log(`native: ${expected}\nWebAssembly: ${actual}`.replace(/^/gm, "# "));
  }
}

let said = "";
const inherited = Object.create({ wasm, files: { "note.txt": "a prototype's" }, print: (text) => (said += text) });
(await loadLua(inherited)).run('io.write(io.open("note.txt"):read("a"))');
console.log(`${said === "a prototype's" ? "ok" : "not ok"} - options that are inherited count`);

const refusal = await loadLua({ wasm }).then((lua) => lua.run("", "name\0.lua")).catch((error) => error);
console.log(`${refusal instanceof TypeError ? "ok" : "not ok"} - a script's name is not cut at a NUL`);
