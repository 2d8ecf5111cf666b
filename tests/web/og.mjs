// Writes web/public/og.png, the picture of links to the page: the run as the page draws it, of 1200 x 630 pixels.
//
//   make web; node tests/web/og.mjs
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";

const site = new URL("../../build/web/", import.meta.url);
const file = fileURLToPath(new URL("../../web/public/og.png", import.meta.url));
const STEP = 170;
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

const server = createServer(({ url }, response) => {
  const path = new URL(`.${new URL(url, "http://host").pathname}`, site);
  const asked = path.pathname.endsWith("/") ? new URL("index.html", path) : path;
  const found = statSync(asked, { throwIfNoEntry: false })?.isFile();
  const type = types[extname(asked.pathname)] ?? "application/octet-stream";
  response.writeHead(found ? 200 : 404, { "content-type": type });
  response.end(found ? readFileSync(asked) : "");
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 }, reducedMotion: "reduce" });
  await page.goto(`http://127.0.0.1:${server.address().port}/#view.step=${STEP}`);
  await page.locator('#bar [data-figure="step"] b', { hasText: String(STEP) }).waitFor();
  await page.evaluate(() => {
    const others = "#header > :not(.mark), #legend, #settings-tab, #stage .zoom, #bar, #card, #before, #message";
    document.querySelectorAll(others).forEach((part) => part.remove());
    const mark = /** @type {HTMLElement} */ (document.querySelector("#header .mark"));
    Object.assign(mark.style, { position: "fixed", left: "48px", top: "170px", scale: "2.4", transformOrigin: "0 0" });

    const words = document.createElement("p");
    words.textContent = "Watch an embedding being learned";
    words.dataset.inset = "left"; // the picture leaves it room
    const font = "640 40px / 1.2 system-ui, sans-serif";
    Object.assign(words.style, { position: "fixed", left: "48px", top: "276px", width: "320px", font });
    document.body.append(words);
  });
  await page.evaluate(() => dispatchEvent(new Event("resize"))); // the camera takes the room
  await page.locator("html[data-resting]").waitFor();
  await page.screenshot({ path: file });
} finally {
  await browser.close();
  server.close();
}
