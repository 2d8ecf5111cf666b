// The main road in Debian's Firefox, by WebDriver BiDi.
import { after } from "node:test";
import puppeteer from "../../../web/node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js";
import { serveSite } from "../serve.mjs";
import { LIMIT, takeRoad } from "./road.mjs";

const site = await serveSite();
const firefox = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
  timeout: LIMIT,
});
after(async () => {
  await firefox.close();
  site.close();
});

let page;
takeRoad("Firefox", {
  async open(hash) {
    await page?.close();
    page = await firefox.newPage();
    page.setDefaultTimeout(LIMIT);
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(site.address + hash);
  },
  run: (body, ...given) => page.evaluate(body, ...given),
  async press(selector, key) {
    await page.evaluate((of) => document.querySelector(of).focus(), selector);
    await page.keyboard.press(key);
  },
  shown: (selector) => page.$eval(selector, (/** @type {HTMLElement} */ found) => !found.hidden),
});
