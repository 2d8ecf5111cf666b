// Rounds of work until the time is over: page.mjs SECONDS. In each the page trains its run from the first step to its
// end. Prints the own memory of the browser's processes in bytes and the figures at the end, which are to be the same
// every time.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";
import { serveSite } from "../web/serve.mjs";

const FIGURES = ["step", "loss", "active", "recall"];
const started = Date.now();
const seconds = Number(process.argv[2]);

const site = await serveSite();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const page = await browser.newPage();
page.on("pageerror", (error) => {
  throw error;
});
const ofBrowser = await browser.newBrowserCDPSession();
const ofPage = await page.context().newCDPSession(page);

async function memory() {
  await ofPage.send("HeapProfiler.collectGarbage");
  const { processInfo } = await ofBrowser.send("SystemInfo.getProcessInfo");
  const kilobytes = processInfo.map(({ id }) => {
    const [, pss] = /^Pss_Anon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"));
    return Number(pss);
  });
  return 1024 * kilobytes.reduce((sum, each) => sum + each, 0);
}

async function until(condition) {
  while (!(await page.evaluate(condition))) {
    await sleep(100);
  }
}

await page.goto(`${site.address}#run`);
while (Date.now() - started < 1000 * seconds) {
  await until(() => document.documentElement.hasAttribute("data-resting"));
  const figures = await Promise.all(
    FIGURES.map((name) => page.locator(`#bar [data-figure="${name}"] b`).first().textContent()),
  );
  console.log(await memory(), figures.join(" "));
  await page.locator("body").press("r");
  await until(() => !document.documentElement.hasAttribute("data-resting"));
}
await browser.close();
site.close();
