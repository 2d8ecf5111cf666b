// The library as files of their own, which the page and its workers share: a worker is bundled apart, and would have a
// copy in it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const FOLDER = "assets/"; // of all scripts

// build: the folder of the npm package, whose script carries its WebAssembly more tightly packed than gzip would.
export function library(build) {
  const files = new Map(); // names with the hash of what is in them
  const named = (name, source) => {
    const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
    const unique = name.replace(".", `-${hash}.`);
    files.set(unique, source);
    return unique;
  };

  const read = (name) => readFileSync(build + name);
  const scalar = named("triplet-scalar.wasm", read("triplet-scalar.wasm"));
  const script = named("triplet.js", read("index.js").toString().replace("./triplet-scalar.wasm", `./${scalar}`));
  const preload = { rel: "modulepreload", href: `./${FOLDER}${script}` };

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
      path === "/index.html" ? [{ tag: "link", attrs: preload, injectTo: "head" }] : [],
  };
}
