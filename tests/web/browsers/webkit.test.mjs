// The main road in Debian's WebKit, by its own WebDriver, on a screen that nobody sees; in the language C, too, which
// has been the end of the page.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { after } from "node:test";
import { Builder, Capabilities, Key } from "../../../web/node_modules/selenium-webdriver/index.js";
import { serveSite } from "../serve.mjs";
import { LIMIT, takeRoad } from "./road.mjs";

const BROWSER = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`)
  .find((path) => existsSync(path));
const PORT = 20000 + (process.pid % 20000);

const site = await serveSite();
const driver = spawn("xvfb-run", ["-a", "-s", "-screen 0 1400x1000x24", "WebKitWebDriver", `--port=${PORT}`], {
  stdio: "ignore",
  detached: true,
  env: { ...process.env, LANG: "C", LC_ALL: "C", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
});
const webkit = await connected();
after(async () => {
  await webkit.quit();
  process.kill(-driver.pid);
  site.close();
});

// As soon as the driver listens.
async function connected() {
  const wanted = new Capabilities({
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary: BROWSER, args: ["--automation"] },
  });
  for (const end = Date.now() + LIMIT; ; ) {
    try {
      return await new Builder().usingServer(`http://127.0.0.1:${PORT}`).withCapabilities(wanted).build();
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

const keys = { ArrowRight: Key.ARROW_RIGHT, Escape: Key.ESCAPE };
takeRoad("WebKit", {
  async open(hash) {
    await webkit.get("about:blank");
    await webkit.get(site.address + hash);
  },
  run: (body, ...given) => webkit.executeScript(`return (${body})(...arguments)`, ...given),
  async press(selector, key) {
    await webkit.executeScript("document.querySelector(arguments[0]).focus()", selector);
    await webkit.actions().sendKeys(keys[key]).perform();
  },
  shown: (selector) =>
    webkit.executeScript("return !document.querySelector(arguments[0]).hidden", selector),
});
