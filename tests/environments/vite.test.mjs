// Vite's development server, which puts dependencies elsewhere, and its build.
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { folder, same, tools, write } from "./environment.mjs";
import { main, page, saidBy, serve } from "./page.mjs";

const { build, createServer } = await import(pathToFileURL(join(tools, "vite/dist/node/index.js")));
const options = { root: folder, logLevel: "error", cacheDir: join(folder, "cache") };
write("main.js", main());
write("index.html", page("/main.js"));

test("Vite's development server", async () => {
  const server = await createServer({ ...options, server: { host: "127.0.0.1", port: 0 } });
  after(() => server.close());
  await server.listen();
  const { port } = server.httpServer.address();
  same(await saidBy(`http://127.0.0.1:${port}/`), 3);
});

test("Vite's build", async () => {
  await build({ ...options, build: { outDir: "site" } });
  same(await saidBy(`${await serve("site")}/index.html`), 3);
});
