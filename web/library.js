// The library as files of their own, which the page and its workers share: a worker is bundled apart, and would have a
// copy in it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const FOLDER = "assets/"; // of all scripts
const WASM = ["triplet.wasm", "triplet-scalar.wasm"];

// build: the folder of the npm package.
export function library(build) {
  const files = new Map(); // names with the hash of what is in them
  const named = (name, source) => {
    const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
    const unique = name.replace(".", `-${hash}.`);
    files.set(unique, source);
    return unique;
  };

  const wasm = WASM.map((name) => [name, named(name, readFileSync(build + name))]);
  const source = readFileSync(`${build}external.js`, "utf8");
  const script = named("triplet.js", wasm.reduce((text, [from, to]) => text.replace(`./${from}`, `./${to}`), source));
  const preloads = [
    { rel: "modulepreload", href: `./${FOLDER}${script}` },
    { rel: "preload", as: "fetch", crossorigin: "", href: `./${FOLDER}${wasm[0][1]}` },
  ];

  return {
    name: "library",
    enforce: "pre",
    resolveId: (id) => (id === "triplet" ? { id: `./${script}`, external: "absolute" } : null),
    generateBundle() {
      for (const [name, source] of files) {
        this.emitFile({ type: "asset", fileName: FOLDER + name, source });
      }
    },
    transformIndexHtml: (_, { path }) =>
      path === "/index.html" ? preloads.map((attrs) => ({ tag: "link", attrs, injectTo: "head" })) : [],
  };
}
