// Mistakes, a new row and the search, as a visitor uses them.
import assert from "node:assert/strict";
import { assertAccessible } from "./axe.mjs";
import { figure, openPanel, picture, still, stepOf, test, until, visit } from "./browser.mjs";

// A step at which recall is measured, whatever the bar shows of others.
const RUN = "#data=digits&view.step=125";

const drawer = (page) => page.locator("#drawer");

// Lines in a square of side 1.
async function draw(page, strokes) {
  await page.locator("#drawer").evaluate((root) => Promise.all(root.getAnimations().map(({ finished }) => finished)));
  const { x: left, y: top, width } = await page.locator(".pad").boundingBox();
  for (const [first, ...rest] of strokes) {
    const place = ([x, y]) => /** @type {[number, number]} */ ([left + x * width, top + y * width]);
    await page.mouse.move(...place(first));
    await page.mouse.down();
    for (const point of rest) {
      await page.mouse.move(...place(point), { steps: 4 });
    }
    await page.mouse.up();
  }
}
const ONE = [[[0.4, 0.28], [0.52, 0.15], [0.52, 0.85]]]; // prettier-ignore

test("mistakes are counted as recall counts, listed by confusions, and a click away from their place", () =>
  visit(
    async (page) => {
      const badge = page.locator("#do-mistakes .badge");
      await still(page);
      assert.ok(await badge.isVisible(), "the number of mistakes");
      await openPanel(page, "mistakes");
      const all = page.locator(".mistake");
      await all.first().waitFor();
      const [, wrong, asked] = /(\d+) of (\d+)/.exec(await drawer(page).locator(".lead").textContent());
      assert.equal(await badge.textContent(), wrong);
      assert.equal(await figure(page, "recall"), `${Math.round(100 * (1 - Number(wrong) / Number(asked)))}%`);
      assert.match(await drawer(page).locator(".goodness").textContent(), /95% interval .*Raw pixels.*Guessing1\d%/);
      const threshold = page.locator("#threshold");
      await until(async () => /^Two rows closer than/.test(await threshold.textContent()), "a threshold");
      await assertAccessible(page, "mistakes");

      const kind = page.locator(".kinds button").first();
      const [, from, to, times] = /(\d) → (\d)(\d+)/.exec(await kind.textContent());
      await kind.click();
      await until(async () => (await all.count()) === Number(times), "one confusion alone");
      assert.match(await all.first().textContent(), new RegExp(`^An? ${from} among ${to}s`));
      const row = Number(await all.first().getAttribute("data-row"));
      await all.first().click();
      await until(async () => (await all.first().getAttribute("aria-pressed")) === "true", "it is the anchor");
      assert.match(await page.evaluate(() => location.hash), /data=digits/);
      await until(async () => page.url().includes(`anchor=${row}`), "the address tells the anchor");
    },
    { hash: RUN, still: true },
  ));

test("a drawn digit is told by its neighbours, by pointer and by keys", () =>
  visit(
    async (page) => {
      await openPanel(page, "draw");
      const answer = page.locator(".answer");
      await until(async () => /^Draw a digit/.test(await answer.textContent()), "an invitation");
      await still(page);
      const before = await picture(page);
      await draw(page, ONE);
      await until(async () => /looks like a 1: (all 5|4|3) of/.test(await answer.textContent()), "a 1");
      assert.equal(await drawer(page).locator(".portraits button").count(), 5);
      await until(async () => !before.equals(await picture(page)), "the new row on the picture");
      await assertAccessible(page, "a drawn digit");

      await drawer(page).getByRole("button", { name: "Undo" }).click();
      await until(async () => /^Draw a digit/.test(await answer.textContent()), "nothing is drawn again");
      await page.locator(".pad").focus();
      for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "Space", ...new Array(9).fill("ArrowDown")]) {
        await page.keyboard.press(key);
      }
      await until(async () => /This l/.test(await answer.textContent()), "an answer to keys");
      await page.keyboard.press("Backspace");
      await until(async () => /^Draw a digit/.test(await answer.textContent()), "taken back by a key");
      const step = await stepOf(page);
      await page.keyboard.press("Space");
      assert.equal(await stepOf(page), step, "Space on the pad plays nothing");
    },
    { hash: RUN, still: true },
  ));

test("a flower is filled in and finds its kind; what is no number is said", () =>
  visit(
    async (page) => {
      await openPanel(page, "draw");
      const field = (name) => drawer(page).getByLabel(name);
      const values = { sepal_length: "5", sepal_width: "3,4", petal_length: "1.5", petal_width: "0.2" };
      for (const [name, value] of Object.entries(values)) {
        await field(name).fill(value);
      }
      const answer = page.locator(".answer");
      await until(async () => /^This looks like setosa/.test(await answer.textContent()), "a setosa");
      await assertAccessible(page, "a form");
      await field("petal_width").fill("wide");
      const fault = "petal_width: expected a number, got “wide”.";
      await until(async () => (await answer.textContent()) === fault, "a fault");
    },
    { hash: "#data=iris&view.step=60" },
  ));

test("a row is found by keys, and its hardest negative is a click away", () =>
  visit(
    async (page) => {
      await openPanel(page, "find");
      await page.keyboard.type("virgin");
      await until(async () => (await page.locator("[role=option]").count()) === 50, "fifty flowers");
      await assertAccessible(page, "found rows");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await until(async () => page.url().includes("anchor=101"), "the second is the anchor");
      await page.locator("#drawer input").fill("");
      const hardest = drawer(page).getByRole("button", { name: "Hardest negative of row 102" });
      await hardest.waitFor();
      assert.match(await hardest.textContent(), /versicolor|setosa/);
      await hardest.click();
      await until(async () => !page.url().includes("anchor=101"), "it is the anchor");
    },
    { hash: "#data=iris&view.step=60" },
  ));

test("symbols of two kinds become a data set, which a link carries", () =>
  visit(
    async (page) => {
      await openPanel(page, "draw");
      await drawer(page).getByRole("button", { name: "Draw a data set of your own" }).click();
      const use = page.locator("#use-symbols");
      await use.waitFor();
      for (const kind of [0, 0, 1, 1]) {
        await page.locator("[name=drawn-kind]").nth(kind).check({ force: true });
        assert.ok(await use.isDisabled());
        await draw(page, kind ? [[[0.2, 0.5], [0.8, 0.5]]] : ONE); // prettier-ignore
        await page.locator("#add-symbol").click();
      }
      assert.equal(await page.locator(".shelf li").count(), 4);
      await assertAccessible(page, "drawing symbols");
      await use.click();
      await until(async () => /data=drawn/.test(page.url()) && /symbols=A/.test(page.url()), "a link with the symbols");
    },
    { hash: "#data=iris&view.step=60" },
  ));
