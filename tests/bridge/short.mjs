// Memory that is short in lua.wasm: each allocation of a script that calls everything in the module fails once, or
// every so many of them, and then for good. The script ends with an error or as if nothing had happened, leaves nothing
// behind, and the next run of the same interpreter prints what an undisturbed one does. Speaks TAP.
//
//   node tests/bridge/short.mjs [STRIDE]
import { readFile } from "node:fs/promises";

const stride = Number(process.argv[2] ?? 1);
const path = (name) => new URL(`../../${name}`, import.meta.url);
const { loadLua } = await import(path("build/lua-wasm/short/npm/lua.js"));
const wasm = await WebAssembly.compile(await readFile(path("build/lua-wasm/short/lua.wasm")));

// The interpreter does not show its instance.
let memory;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = (...of) => instantiate(...of).then((made) => ((memory = made.exports), made));

let printed = "";
const files = { "allocations.lua": await readFile(path("tests/lua/allocations.lua"), "utf8") };
const lua = await loadLua({ wasm, files, print: (text) => (printed += text) });

// What it fails with; an error is raised where there is no room for the script itself.
function failureOf(script) {
  try {
    return lua.run(script);
  } catch (error) {
    return error;
  }
}

function run(failing, lasting) {
  printed = "";
  memory.short_begin(failing, lasting);
  const failure = failureOf('io.write(dofile "allocations.lua")');
  const calls = memory.short_calls();
  memory.short_begin(0, false);
  return { failure, printed, calls, blocks: memory.short_blocks() };
}

// What memory that is short is told by: Lua, its loaders, and files.
const TOLD = /not enough memory|Out of memory|module '[\w.]+' not found|error in error handling/;

run(0, false); // which fills what stays, such as buffers of files
const undisturbed = run(0, false);

function faultOf(failing, lasting) {
  const { failure, printed, blocks } = run(failing, lasting);
  if (failure ? !TOLD.test(failure.message) : printed !== undisturbed.printed) {
    return failure ? failure.message : "the results are others";
  }
  if (blocks !== undisturbed.blocks) {
    return `${blocks - undisturbed.blocks} blocks are left`;
  }
  const again = run(0, false);
  return again.failure || again.printed !== undisturbed.printed ? "what follows differs" : null;
}

const tests = [false, true];
console.log(`1..${tests.length}`);
for (const [number, lasting] of tests.entries()) {
  const faults = [];
  let failures = 0;
  for (let failing = 1; failing <= undisturbed.calls && faults.length < 5; failing += stride, failures++) {
    const fault = faultOf(failing, lasting);
    if (fault) {
      faults.push(`# allocation ${failing}: ${fault}`);
    }
  }
  const what = `lua.wasm: ${failures} failures of memory${lasting ? " for good" : ""}`;
  const holds = faults.length === 0 && undisturbed.failure === null && failures > 100 / stride;
  console.log([...faults, `${holds ? "ok" : "not ok"} ${number + 1} - ${what}`].join("\n"));
  process.exitCode ||= holds ? 0 : 1;
}
