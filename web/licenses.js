// licenses.txt: the licences of all that the page's files contain, its workers' included.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, packageLicense } from "../wasm/licenses.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => readFileSync(here(path), "utf8");

// What Vite adds of itself, by the headings of its own file of licences.
const ADDED = { "\0vite/": "Vite core license", "\0commonjsHelpers.js": "@rollup/plugin-commonjs" };

function viteLicense(module) {
  const heading = Object.entries(ADDED).find(([start]) => module.startsWith(start))?.[1];
  const sections = read("node_modules/vite/LICENSE.md").split(/^#+ /m);
  const text = sections.find((section) => heading && section.split("\n", 1)[0].includes(heading));
  if (!text) {
    throw new Error(`${module.replace("\0", "")} is bundled, and its licence is not known`);
  }
  return [heading, text];
}

// A module of a package, one of this project, or one of the bundler's own.
function licenseOf(module) {
  const folder = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];
  if (folder) {
    return packageLicense(folder);
  }
  return module.startsWith(here("..")) ? undefined : viteLicense(module);
}

function text(modules) {
  const others = new Map([...modules].map(licenseOf).filter((part) => part));
  const data = /^## Licence and citation\n(.*)/ms.exec(read("../tests/data/README.md"))[1];
  return format([
    ["triplet", read("../LICENSE")],
    ["The data sets: Iris and digits", data],
    ...[...others].sort(),
    ["The npm package triplet, which is in the page", read("../build/npm/THIRD_PARTY_LICENSES")],
  ]);
}

/** Plugins: `collect` for each bundle, `write` for the one whose folder gets the file. */
export function licenses() {
  const modules = new Set();
  const moduleParsed = ({ id }) => void modules.add(id);
  return {
    collect: { name: "licenses of a worker", moduleParsed },
    write: {
      name: "licenses",
      moduleParsed,
      generateBundle() {
        this.emitFile({ type: "asset", fileName: "licenses.txt", source: text(modules) });
      },
    },
  };
}
