// The bar, the anchor's card, compared runs and the figures, as a visitor uses them.
import assert from "node:assert/strict";
import { still, test, until, visit } from "./browser.mjs";

const RUN = "#data=iris&view.step=60";
const figure = (page, name) => page.locator(`[data-figure=${name}] b`).first();
const step = async (page) => Number(await figure(page, "step").textContent());
const at = (page, wanted) => until(async () => (await step(page)) === wanted, `step ${wanted}`);
const open = (body, { hash = RUN, ...more } = {}) =>
  visit(
    async (page) => {
      await still(page);
      await body(page);
    },
    { hash, still: true, ...more },
  );

test("the scrubber goes to any recorded step by keys and by the pointer", () =>
  open(async (page) => {
    const scrub = page.locator("#scrub");
    await scrub.focus();
    await page.keyboard.press("ArrowLeft");
    await at(page, 59);
    await page.keyboard.press("Home");
    await at(page, 0);
    assert.equal(await page.locator("[data-figure=loss] b").first().textContent(), "", "no loss before the first step");
    assert.ok(await page.locator("[data-figure=loss]").evaluate((button) => button.classList.contains("unknown")));
    await page.keyboard.press("End");
    await at(page, 60);
    assert.match(await scrub.getAttribute("aria-valuetext"), /^Step 60 of 60, \d+% active$/);

    const box = await page.locator(".scrubber").boundingBox();
    await page.mouse.click(box.x + 9, box.y + box.height / 2);
    await at(page, 0);
    await page.mouse.move(box.x + 9, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width, box.y + 20, { steps: 3 });
    await page.mouse.up();
    await at(page, 60);
  }));

test("figures explain themselves by a click, and by keys", () =>
  open(async (page) => {
    const note = (name) => page.locator(`[data-figure=${name}] + .about`);
    assert.ok(await note("recall").isHidden());
    await page.locator("[data-figure=recall]").hover(); // shows them, too, to those who take their time
    await until(() => note("recall").isVisible(), "the words");
    assert.match(await note("recall").textContent(), /^\d+% of the unseen flowers have a nearest neighbour/);
    await page.locator("[data-figure=recall]").click();
    await until(() => note("recall").isHidden(), "and none");
    await page.locator("[data-figure=recall]").click();
    await until(() => note("recall").isVisible(), "the words again");
    await page.keyboard.press("Escape");
    await until(() => note("recall").isHidden(), "gone again");
    await page.locator("[data-figure=step]").focus();
    await page.keyboard.press("Enter");
    await until(() => note("step").isVisible(), "the words of another");
  }));

test("the pace is chosen from a list, with words", () =>
  open(async (page) => {
    const pace = page.locator("#pace");
    await pace.click();
    await page.getByRole("radio", { name: /twice as fast/ }).check();
    await until(async () => /2×, twice as fast/.test(await pace.getAttribute("aria-label")), "twice the pace");
  }));

test("an anchor's card: neighbours to walk along, another positive, and a way to let go", () =>
  open(
    async (page) => {
      const card = page.locator("#card");
      await card.waitFor();
      assert.match(await card.locator("h2").textContent(), /^Anchor: versicolor/);
      assert.match(await card.textContent(), /row 71 · (unseen|trained on)/);
      const counts = await card.locator(".count:visible").allTextContents();
      const total = counts.reduce((sum, text) => sum + Number(text.split(" ")[0]), 0);
      assert.equal(total, 100, "all flowers of the other two species");

      const ring = page.locator("#positive");
      const before = await ring.getAttribute("aria-valuetext");
      await ring.focus();
      await page.keyboard.press("Home");
      await until(async () => / 1 of 49$/.test(await ring.getAttribute("aria-valuetext")), "its nearest positive");
      assert.notEqual(await ring.getAttribute("aria-valuetext"), before);

      const neighbor = card.locator(".portraits button").first();
      const row = Number(await neighbor.getAttribute("data-row"));
      await neighbor.click();
      await until(async () => (await card.textContent()).includes(`row ${row + 1} ·`), "the neighbour");
      await card.getByRole("button", { name: "Let the anchor go" }).click();
      await card.waitFor({ state: "hidden" });
    },
    { hash: `${RUN}&view.anchor=70` },
  ));

test("compared runs say what sets them apart, and choose whose settings are shown", () =>
  open(
    async (page) => {
      const runs = page.locator("#compared button");
      await runs.nth(1).waitFor();
      assert.match(await runs.nth(0).textContent(), /^Asemi-hard mining/);
      assert.match(await runs.nth(1).textContent(), /^Ball triplets/);
      await runs.nth(1).click();
      await until(async () => (await runs.nth(1).getAttribute("aria-pressed")) === "true", "B is chosen");
    },
    { hash: `${RUN}&compare=true&b.mining=all` },
  ));

test("figures have axes, and a click goes to a step", () =>
  open(async (page) => {
    await page.locator("#more").click();
    await page.getByRole("button", { name: "Figures" }).click();
    const plots = page.locator(".chart .u-over");
    await plots.nth(2).waitFor();
    const box = await plots.first().boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await until(async () => Math.abs((await step(page)) - 30) <= 1, "the middle of the run");
  }));

test("nothing of the bar and the card is wider than a phone", () =>
  open(
    async (page) => {
      await page.locator("#card").waitFor();
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll("#bar *, #card *, #legend *")]
          .filter((part) => part.checkVisibility() && !part.closest("[popover]"))
          .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
          .map((part) => part.outerHTML.slice(0, 80)),
      );
      assert.deepEqual(wide, []);
    },
    { hash: `${RUN}&view.anchor=70`, width: 320, height: 640 },
  ));
