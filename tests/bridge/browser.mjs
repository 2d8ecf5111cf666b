// Debian's Chromium before a server of static files, and TAP.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../chromium.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css", ".html": "text/html" };

export function print(done, name, detail = "") {
  process.exitCode ||= done ? 0 : 1;
  console.log(`${done ? "ok" : "not ok"} - ${name}${done || !detail ? "" : `\n${detail.replace(/^/gm, "# ")}`}`);
}

// Returns a function that tells how many seconds of processor the page's own thread has used up to now, which does not
// depend on what else the machine does.
export async function processorOf(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
}

// Calls body(page, origin) with a page whose errors are counted as a test at the end. folder: in the checkout.
export async function inChromium(folder, headers, body) {
  const root = fileURLToPath(new URL(`../../${folder}/`, import.meta.url));
  const server = createServer(async ({ url }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    try {
      const content = await readFile(join(root, path.endsWith("/") ? `${path}index.html` : path));
      const type = TYPES[extname(path) || ".html"] ?? "text/plain";
      response.writeHead(200, { ...headers, "Content-Type": type }).end(content);
    } catch {
      response.writeHead(path === "/favicon.ico" ? 204 : 404).end(); // which a browser asks for by itself
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}/`;
  const profile = await mkdtemp(join(tmpdir(), "triplet-bridge-"));
  const context = await launchChromium(profile);
  try {
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    page.on("crash", () => faults.push("the page crashed"));
    const own = (url) => /^(blob|data|about):/.test(url) || url.startsWith(origin);
    page.on("request", (request) => own(request.url()) || faults.push(request.url()));
    await body(page, origin);
    print(faults.length === 0, "no error of the page, nothing from elsewhere", faults.join("\n"));
  } catch (error) {
    print(false, "Chromium", error.stack);
  } finally {
    await context.close();
    server.close();
    await rm(profile, { recursive: true, force: true });
  }
}
