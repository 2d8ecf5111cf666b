// What the tests of the bridge run, in Node.js and in Chromium alike.
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function texts(folder, into, pattern = /\.(lua|csv|txt)$/) {
  for (const entry of await readdir(folder.startsWith("/") ? folder : root + folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      await texts(path, into, pattern);
    } else if (pattern.test(entry.name)) {
      into[path] = await readFile(path.startsWith("/") ? path : root + path, "utf8");
    }
  }
  return into;
}

// Where Debian puts modules of pure Lua.
const LUA_SHARE = "/usr/share/lua/5.4";

export async function loadMaterial() {
  const files = {};
  for (const folder of ["lua/examples", "lua/library", "tests/data", "tests/golden", "tests/lua"]) {
    await texts(folder, files);
  }
  for (const path of ["README.md", "tests/bridge/record.lua", "tests/bridge/specs.lua"]) {
    files[path] = await readFile(root + path, "utf8");
  }
  files["triplet/progress.lua"] = await readFile(`${root}lua/triplet/progress.lua`, "utf8"); // for its spec alone
  for (const folder of ["luassert", "say"]) {
    const found = await texts(`${LUA_SHARE}/${folder}`, {});
    for (const [path, text] of Object.entries(found)) {
      files[path.slice(LUA_SHARE.length + 1)] = text;
    }
  }
  // Those that call other programs stay native.
  const native = /(command\w*|dialects|examples|file|frames|json|lifetime|shared|storage)_spec\.lua$/;
  const specs = Object.keys(files).filter((path) => path.endsWith("_spec.lua") && !native.test(path)).sort();
  const examples = Object.keys(files).filter((path) => path.startsWith("lua/examples/")).sort();
  return { files, specs, examples };
}

// A script that runs one of our files with arguments, as lua5.4 does on a command line.
export const command = (file, args) => `arg = { ${args.map((each) => `"${each}"`)} } dofile "${file}"`;
