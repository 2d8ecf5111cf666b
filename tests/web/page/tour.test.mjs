// The tour as a visitor takes it: it points at one thing at a time, by mouse and by keys.
import assert from "node:assert/strict";
import { resized, still, test, until, visit } from "./browser.mjs";

const card = (page) => page.locator("#tour > .card");
const isPointing = (page) => page.locator("#tour.pointing").count().then(Boolean);
const number = async (page) => Number((await card(page).locator(".of").textContent())[0]);
const boxOf = (page, selector) => page.locator(selector).first().boundingBox();

const meets = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

test("it runs, stops, and points at one thing, which the card does not cover", () =>
  visit(
    async (page) => {
      for (const size of [
        { width: 1280, height: 800 },
        { width: 360, height: 740 },
        { width: 740, height: 360 },
      ]) {
        await resized(page, size.width, size.height);
        for (const step of [1, 2, 3]) {
          await until(async () => (await number(page)) === step && (await isPointing(page)), `step ${step} points`);
          await still(page);
          const [hole, box] = [await boxOf(page, "#tour .hole"), await card(page).boundingBox()];
          assert(!meets(hole, box), JSON.stringify({ size, step, hole, box }));
          assert(box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height);
          step < 3 && (await card(page).locator(".primary").click());
        }
        const [hole, figure] = [await boxOf(page, "#tour .hole"), await boxOf(page, '#bar [data-figure="active"]')];
        assert(figure.x >= hole.x - 12 && figure.x + figure.width <= hole.x + hole.width + 12);
        await card(page).press("ArrowLeft");
        await card(page).press("ArrowLeft");
        await until(async () => (await number(page)) === 1, "back at the first step");
      }
    },
    { hash: "#view.tour=1", still: true },
  ));

test("keys go on, back and out, and the focus comes back to where it was", () =>
  visit(
    async (page) => {
      await page.locator("#do-tour").press("Enter");
      const focused = () => page.evaluate(() => document.activeElement.id);
      await until(async () => (await focused()) === "tour-title", "it has the focus");
      assert.equal(await card(page).getAttribute("role"), "dialog");
      await page.keyboard.press("ArrowRight");
      await until(async () => (await number(page)) === 2, "the second step");
      await until(async () => /view\.tour=2/.test(page.url()), "a link of its own");
      await page.keyboard.press("ArrowLeft");
      await until(async () => (await number(page)) === 1, "the first step");
      await still(page); // it has the focus again
      await page.keyboard.press("Escape");
      await until(async () => !(await card(page).isVisible()), "it is over");
      assert.equal(await page.evaluate(() => document.activeElement.id), "do-tour");
    },
    { still: true },
  ));

test("who left it can resume where they were", () =>
  visit(
    async (page) => {
      await until(() => card(page).isVisible(), "the tour");
      await card(page).getByRole("button", { name: "Skip" }).click();
      await page.locator("#do-tour").click();
      await until(async () => (await number(page)) === 1, "it begins anew");
      await card(page).getByRole("button", { name: "Resume at 3" }).click();
      await until(async () => (await number(page)) === 3, "the third step");
    },
    { hash: "#view.tour=3", still: true },
  ));

test("stories are links; one tells what its run is an example of", () =>
  visit(
    async (page) => {
      await page.locator("#more").click();
      await page.getByRole("button", { name: "Stories" }).click();
      await page.locator('[data-preset="collapse"]').click();
      await until(async () => /story=collapse/.test(page.url()), "the link tells it");
      await still(page); // what it was loading would fail
      await page.reload();
      await until(() => page.locator("#story").isVisible(), "the story is told again");
      assert.match(await page.locator("#story").innerText(), /Hard mining collapses/);
      await page.getByRole("button", { name: "Close the story" }).click();
      await until(async () => !/story=/.test(page.url()), "and no longer");
    },
    { still: true },
  ));
