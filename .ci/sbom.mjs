// Prints what others wrote in a release, as a bill of materials in CycloneDX's words: node .ci/sbom.mjs VERSION DIST
//
// Each artefact, a file in that folder, depends on its parts. No time and no serial number: made twice it is the same.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [version, dist] = process.argv.slice(2);
const read = (path) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");

// What a lockfile of npm says of a package; the checksum is that of its tarball.
function ofNpm(path, { version, license, integrity }) {
  const name = path.replace(/^.*node_modules\//, "");
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [, algorithm, base64] = /^sha(\d+)-(.+)$/.exec(integrity);
  const hashes = [{ alg: `SHA-${algorithm}`, content: Buffer.from(base64, "base64").toString("hex") }];
  return { type: "library", "bom-ref": purl, name, version, hashes, licenses: [{ license: { id: license } }], purl };
}

// A package of Debian that a part of a release is taken from.
function ofDebian(name, license, binary) {
  const version = execFileSync("dpkg-query", ["--show", "--showformat=${Version}", binary], { encoding: "utf8" });
  const purl = `pkg:deb/debian/${binary}@${encodeURIComponent(version)}`;
  return { type: "library", "bom-ref": `${purl}#${name}`, name, version, licenses: [license], purl };
}

const packages = (room) => Object.entries(JSON.parse(read(`${room}/package-lock.json`)).packages);
const locked = (room, test) =>
  packages(room)
    .filter(([path, what]) => path && test(path, what))
    .map(([path, what]) => ofNpm(path, what));

const MIT = { license: { id: "MIT" } };
const lua = ofDebian("Lua", MIT, "lua5.4");
const inWebAssembly = [
  ofDebian("Emscripten", MIT, "emscripten"),
  ofDebian("musl", MIT, "emscripten"),
  ofDebian("compiler-rt", { expression: "Apache-2.0 WITH LLVM-exception" }, "emscripten"),
  ofDebian("dlmalloc", { license: { name: "public domain" } }, "emscripten"),
  lua,
  ...locked("wasm", (path) => path === "node_modules/esbuild"),
];
const inPage = locked("web", (path, { dev }) => !dev || path === "node_modules/vite");
const inWindows = [
  lua,
  ofDebian("argparse", MIT, "lua-argparse"),
  ofDebian("MinGW-w64", { license: { name: "those of its run-time libraries" } }, "mingw-w64-x86-64-dev"),
  ofDebian("libgcc", { expression: "GPL-3.0-or-later WITH GCC-exception-3.1" }, "gcc-mingw-w64-x86-64-win32"),
];
const ARTEFACTS = {
  [`triplet-${version}.tar.gz`]: [],
  [`triplet-${version}-1.src.rock`]: [],
  [`triplet-${version}-amalgamation.zip`]: [],
  [`triplet-${version}.tgz`]: inWebAssembly,
  [`triplet-${version}-page.zip`]: [...inWebAssembly, ...inPage],
  [`triplet-${version}-windows.zip`]: inWindows,
};

const artefacts = Object.keys(ARTEFACTS).map((name) => {
  const content = createHash("sha256").update(readFileSync(`${dist}/${name}`)).digest("hex");
  return { type: "file", "bom-ref": name, name, version, hashes: [{ alg: "SHA-256", content }], licenses: [MIT] };
});
const parts = new Map(Object.values(ARTEFACTS).flatMap((list) => list.map((part) => [part["bom-ref"], part])));
const triplet = { type: "library", "bom-ref": "triplet", name: "triplet", version, licenses: [MIT] };
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: { component: triplet },
  components: [...artefacts, ...parts.values()],
  dependencies: [
    { ref: "triplet", dependsOn: Object.keys(ARTEFACTS) },
    ...Object.entries(ARTEFACTS).map(([ref, list]) => ({ ref, dependsOn: list.map((part) => part["bom-ref"]) })),
    ...[...parts.keys()].map((ref) => ({ ref })),
  ],
};
console.log(JSON.stringify(bom, null, 2));
