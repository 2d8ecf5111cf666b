// licenses.txt of build/web: what is in the page's files is found anew, in the source maps of a build.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packageLicense } from "../../../wasm/licenses.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (file) => readFileSync(join(root, file), "utf8");
const folder = mkdtempSync(join(tmpdir(), "triplet-licenses-"));
after(() => rmSync(folder, { recursive: true }));

// Without line breaks and what frames a text.
const plain = (text) => text.replace(/[\s*>#_=-]+/g, " ").trim();
const licenses = plain(read("build/web/licenses.txt"));
const LICENSE = /^licen[cs]e(\.md)?$/i;

let packages;
before(async () => {
  const { build } = await import(pathToFileURL(join(root, "web/node_modules/vite/dist/node/index.js")));
  const configFile = join(root, "web/vite.config.js");
  await build({ configFile, logLevel: "error", build: { outDir: folder, sourcemap: true } });
  const maps = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".js.map"));
  const sources = maps.flatMap((file) => JSON.parse(readFileSync(join(folder, file))).sources);
  const names = sources.map((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]);
  packages = new Set(names.filter((name) => name));
});

test("the text of every package in the page's scripts", () => {
  for (const name of ["@codemirror/view", "@lezer/highlight", "style-mod", "uplot", "w3c-keyname"]) {
    assert(packages.has(name), name);
  }
  for (const name of packages) {
    const file = readdirSync(join(root, "web/node_modules", name)).find((file) => LICENSE.test(file));
    assert(licenses.includes(plain(read(`web/node_modules/${name}/${file}`))), name);
  }
});

test("those of triplet, of the data sets, of the bundler's own code, and all of the npm package", () => {
  assert(licenses.includes(plain(read("LICENSE"))));
  assert(licenses.includes(plain(read("build/npm/THIRD_PARTY_LICENSES"))));
  assert.match(licenses, /Creative Commons Attribution 4\.0/);
  assert.match(licenses, /VoidZero/); // of Vite
});

test("the page links to them", () => {
  const scripts = readdirSync(join(root, "build/web/assets")).filter((file) => file.endsWith(".js"));
  assert(scripts.some((file) => read(`build/web/assets/${file}`).includes("./licenses.txt")));
});

test("a package without a licence file, or under one that does not go with MIT, is no part of a bundle", () => {
  const packageOf = (license, ...files) => {
    const path = mkdtempSync(join(folder, "package-"));
    writeFileSync(join(path, "package.json"), JSON.stringify({ name: "stranger", license }));
    files.forEach((file) => writeFileSync(join(path, file), `the text of ${file}`));
    return path;
  };
  assert.throws(() => packageLicense(packageOf("MIT")), /stranger is bundled, and has no licence file/);
  for (const license of [undefined, "GPL-3.0-only", "SEE LICENSE IN LICENSE", "UNLICENSED"]) {
    assert.throws(() => packageLicense(packageOf(license, "LICENSE")), /stranger is bundled, and its licence/);
  }
  assert.deepEqual(packageLicense(packageOf("MIT", "licence.txt")), ["stranger", "the text of licence.txt"]);
});
