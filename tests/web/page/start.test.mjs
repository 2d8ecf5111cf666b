// A page that cannot start says so, and what to do.
import assert from "node:assert/strict";
import { chromium } from "../../../web/node_modules/playwright-core/index.mjs";
import { address, test, until, visit } from "./browser.mjs";

const dead = (page) => page.locator("#dead");
const words = (page) => dead(page).innerText();

const told = async (page, pattern) => {
  await until(async () => pattern.test(await words(page)), `it says ${pattern}`);
  assert(await dead(page).isVisible());
  assert.match(await words(page), /reload it/);
};

// Any file that the page cannot do without.
const blocked = {
  "the script": [/\/assets\/index-[^/]*\.js$/, /index-[\w-]+\.js could not be loaded/],
  "a part of the script": [/\/assets\/triplet-[^/]*\.js$/, /triplet-[\w-]+\.js could not be loaded/],
  "the data": [/\/data\/digits\.bin$/, /It stopped with: .+/],
  "a style sheet": [/\/assets\/index-[^/]*\.css$/, /index-[\w-]+\.css could not be loaded/],
};
for (const [what, [file, sentence]] of Object.entries(blocked)) {
  test(`without ${what} the page says what is missing`, () =>
    visit((page) => told(page, sentence), {
      wait: false,
      fails: true,
      prepare: (page) => page.route(file, (route) => route.abort()),
    }));
}

test("a browser without WebAssembly is told", () =>
  visit((page) => told(page, /It stopped with: .*WebAssembly/), {
    wait: false,
    fails: true,
    prepare: (page) => page.addInitScript(() => delete globalThis.WebAssembly),
  }));

test("something that throws while it starts is told", () =>
  visit((page) => told(page, /It stopped with: .*no language/), {
    wait: false,
    fails: true,
    prepare: (page) =>
      page.addInitScript(() => {
        Object.defineProperty(globalThis, "ResizeObserver", {
          get() {
            throw new Error("no language");
          },
        });
      }),
  }));

test("a browser whose Intl throws shows the run all the same", () =>
  visit(async (page) => assert.equal(await dead(page).count(), 0), {
    prepare: (page) =>
      page.addInitScript(() => {
        const fail = () => {
          throw new RangeError("Invalid language tag");
        };
        Intl.NumberFormat = fail;
        Number.prototype.toLocaleString = fail;
      }),
  }));

test("a page that is up says nothing of the kind", () =>
  visit(async (page) => assert.equal(await dead(page).count(), 0)));

test("without scripts it says what it takes", async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(address);
    assert.match(await words(page), /takes JavaScript/);
  } finally {
    await browser.close();
  }
});
