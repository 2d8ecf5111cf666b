// Pages: the program of one that uses every entry, a server of folders, and what a page says in Chromium.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after } from "node:test";
import { launchChromium } from "../chromium.mjs";
import { folder, imports } from "./environment.mjs";

const SCRIPT = "text/javascript";
const TYPES = { ".js": SCRIPT, ".mjs": SCRIPT, ".html": "text/html", ".wasm": "application/wasm" };

// options: of each entry, as source text.
export const main = (options = "[]") => `${imports}
  const options = ${options};
  const all = [inline, external, worker].map((load, i) => figures(load, options[i]).catch((error) => error.stack));
  Promise.all(all).then((lines) => (document.querySelector("output").textContent = lines.join("\\n")));`;

export const page = (script) =>
  `<!doctype html><title>triplet</title><output></output><script type="module" src="${script}"></script>`;

// Without a bundler: where the package is served.
export const mapped = (script, base) => {
  const entries = { triplet: "index", "triplet/external": "external", "triplet/worker": "worker" };
  const imports = Object.entries(entries).map(([entry, name]) => [entry, `${base}/${name}.js`]);
  return `<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(imports) })}</script>${page(script)}`;
};

// The address of a server of what lies in a folder.
export async function serve(path, headers = {}) {
  const server = createServer(({ url }, response) => {
    try {
      const { pathname } = new URL(url, "http://localhost");
      const body = readFileSync(join(folder, path, pathname));
      response.writeHead(200, { "Content-Type": TYPES[extname(pathname)] ?? "text/plain", ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const context = await launchChromium(join(folder, "profile"));
after(() => context.close());

export async function saidBy(address) {
  const tab = await context.newPage();
  const errors = [];
  tab.on("pageerror", (error) => errors.push(error.stack));
  try {
    await tab.goto(address);
    return await tab.textContent("output:not(:empty)");
  } catch (error) {
    throw new Error([...errors, error.message].join("\n"));
  } finally {
    await tab.close();
  }
}
