// After the first visit the page works without a network; a new version is seen at once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { address, still, test, until, visit } from "./browser.mjs";

// Until it is kept, and loads nothing that would fail if it were loaded anew.
async function kept(page) {
  const isKept = () =>
    page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active));
  await until(isKept, "it is kept");
  await still(page);
}
const shows = (page) => () => page.locator('#bar [data-figure="step"]').isVisible();

test("it is shown again without a network, with all its parts, and the guide beside it", () =>
  visit(
    async (page) => {
      await kept(page);
      await page.context().setOffline(true);
      await page.reload();
      await until(shows(page), "the run");
      for (const name of ["Stories", "Help", "Figures"]) {
        await page.locator("#more").click();
        await page.locator("#menu").getByRole("button", { name }).click();
        await until(async () => (await page.locator("#drawer h2").first().textContent()) === name, name);
      }
      await page.goto(`${address}guide/`);
      assert.match(await page.locator("h1").textContent(), /guide/);
      const size = await page.locator("h1").evaluate((heading) => getComputedStyle(heading).fontSize);
      assert(parseFloat(size) > 33, "its style sheets are kept, too");
    },
    { keeps: true, still: true },
  ));

test("a page that is kept shows a new version as soon as there is one", () =>
  visit(
    async (page) => {
      await kept(page);
      await page.reload();
      await still(page);
      const html = readFileSync(new URL("../../../build/web/index.html", import.meta.url), "utf8");
      await page.context().route(address, (route) =>
        route.fulfill({ contentType: "text/html", body: html.replace(/<title>.*<\/title>/, "<title>new</title>") }),
      );
      await page.reload();
      assert.equal(await page.title(), "new");
    },
    { keeps: true, still: true },
  ));
