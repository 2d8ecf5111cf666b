// The built site as any file server would hand it out, from a sub-path of this machine.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";

const root = new URL("../../build/web/", import.meta.url);
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".csv": "text/csv",
};
const PATH = "/some/where/";

// Returns { origin, address of the page, requested: the files asked for up to now, close() }.
export async function serveSite() {
  const requested = [];
  const server = createServer(({ url }, response) => {
    const path = new URL(url, "http://host").pathname;
    const name = path.slice(PATH.length).replace(/(^|\/)$/, "$1index.html");
    const file = new URL(`./${name}`, root);
    const found = path.startsWith(PATH) && existsSync(file) && statSync(file).isFile();
    found && requested.push(name);
    response.writeHead(found ? 200 : 404, {
      "content-type": types[extname(file.pathname)] ?? "application/octet-stream",
    });
    response.end(found ? readFileSync(file) : "");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening()));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  return { origin, address: origin + PATH, requested, close: () => server.close() };
}
