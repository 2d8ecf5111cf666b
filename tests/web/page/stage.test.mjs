// The picture: over the whole window, framed where nothing covers it, answering to mouse, wheel, fingers and keys.
import assert from "node:assert/strict";
import { resized, still, test, until, visit } from "./browser.mjs";

const RUN = "#view.step=40";
const anchor = (page) => page.locator("#card").isVisible();

// The pixels of the picture, without what stands on it.
const drawn = (page) => page.evaluate(() => document.querySelector("#stage canvas").toDataURL());
const settled = async (page) => {
  await still(page);
  return drawn(page);
};

// What the pixels of the picture say: the box of all that is not paper, in CSS pixels, inside a part of the window.
const inked = (page, part) =>
  page.evaluate(({ left, top, width, height }) => {
    const canvas = document.querySelector("#stage canvas");
    const ratio = canvas.width / canvas.clientWidth;
    const { data } = canvas
      .getContext("2d")
      .getImageData(left * ratio, top * ratio, Math.round(width * ratio), Math.round(height * ratio));
    const wide = Math.round(width * ratio);
    const paper = [0, 1, 2].map((channel) => data[channel]);
    let [minX, maxX, minY, maxY, count] = [Infinity, -Infinity, Infinity, -Infinity, 0];
    for (let i = 0; i < data.length; i += 4) {
      if (paper.some((value, channel) => Math.abs(value - data[i + channel]) > 24)) {
        const [x, y] = [(i / 4) % wide, Math.floor(i / 4 / wide)];
        [minX, maxX, minY, maxY] = [Math.min(minX, x), Math.max(maxX, x), Math.min(minY, y), Math.max(maxY, y)];
        count++;
      }
    }
    return { width: (maxX - minX) / ratio, height: (maxY - minY) / ratio, share: count / (data.length / 4) };
  }, part);

const SIZES = [
  [360, 740],
  [740, 360],
  [768, 1024],
  [1366, 650],
];
for (const [width, height] of SIZES) {
  test(`the picture is the whole window and its points fill what is left, ${width} x ${height}`, () =>
    visit(
      async (page) => {
        await still(page);
        const box = await page.locator("#stage .pane > canvas").boundingBox();
        assert.deepEqual(box, { x: 0, y: 0, width, height });
        assert.equal(await page.evaluate(() => document.scrollingElement.scrollHeight <= innerHeight), true);

        const bar = await page.locator("#bar").boundingBox();
        const header = await page.locator("#header").boundingBox();
        const free = { left: 0, top: header.height, width, height: bar.y - header.height };
        assert.ok(free.height >= 0.6 * height, `${free.height} of ${height}`);
        const seen = await inked(page, free);
        assert.ok(seen.width > 0.8 * width || seen.height > 0.8 * free.height, JSON.stringify(seen));
        assert.ok(seen.share > 0.01);
      },
      { hash: RUN, width, height, still: true },
    ));
}

test("a click chooses the anchor, Escape clears it, arrows go on to others", () =>
  visit(
    async (page) => {
      await still(page);
      const canvas = page.locator("#stage .pane > canvas");
      await canvas.focus();
      await page.keyboard.press("ArrowRight");
      await until(() => anchor(page), "the first arrow chooses the row in the middle");
      const first = await page.locator("#card").textContent();
      await page.keyboard.press("ArrowRight");
      await until(async () => (await page.locator("#card").textContent()) !== first, "the next one");
      await page.keyboard.press("Escape");
      await until(async () => !(await anchor(page)), "none");
    },
    { hash: RUN, still: true },
  ));

test("wheel, keys and buttons zoom, and 0 shows everything again", () =>
  visit(
    async (page) => {
      const whole = await settled(page);
      const isNear = () => /view\.zoom=/.test(page.url()); // what is hovered changes the picture, too
      const isAway = async () => !(await page.locator("#stage .tip").isVisible());
      await page.mouse.move(640, 300);
      await page.mouse.wheel(0, -600);
      await until(isNear, "zoomed by the wheel");
      await page.mouse.move(5, 300);
      await until(isAway, "nothing is hovered");
      assert.notEqual(await settled(page), whole);
      await page.locator("#stage .pane > canvas").focus();
      await page.keyboard.press("0");
      assert.equal(await settled(page), whole, "everything again");
      await page.getByRole("button", { name: "Zoom in" }).click();
      await until(isNear, "zoomed by the button");
      assert.notEqual(await settled(page), whole);
      await page.getByRole("button", { name: "Show everything" }).click();
      await page.mouse.move(5, 300);
      await until(isAway, "nothing is hovered");
      assert.equal(await settled(page), whole, "everything once more");
    },
    { hash: RUN, still: true },
  ));

test("a drag pans and chooses nothing", () =>
  visit(
    async (page) => {
      const before = await settled(page);
      await page.mouse.move(640, 300);
      await page.mouse.down();
      await page.mouse.move(500, 260, { steps: 5 });
      await page.mouse.up();
      await until(() => /view\.x=/.test(page.url()), "panned");
      assert.notEqual(await settled(page), before);
      assert.equal(await anchor(page), false);
    },
    { hash: RUN, still: true },
  ));

test("a hovered row tells what it is", () =>
  visit(
    async (page) => {
      await still(page);
      const tip = page.locator("#stage .tip");
      for (let y = 150; y < 650 && !(await tip.isVisible()); y += 20) {
        await page.mouse.move(640, y);
        await still(page);
      }
      assert.ok(await tip.isVisible());
      assert.match(await tip.textContent(), /^\drow [\d,]+(unseen|trained on)$/);
      assert.equal(await tip.locator("canvas").count(), 1);
    },
    { hash: RUN, still: true },
  ));

test("two runs stand side by side, or one above the other where the window is upright", () =>
  visit(
    async (page) => {
      const panes = page.locator("#stage .pane > canvas");
      await still(page);
      assert.equal(await panes.count(), 2);
      const boxes = async () => [await panes.nth(0).boundingBox(), await panes.nth(1).boundingBox()];
      let [one, other] = await boxes();
      assert.ok(one.x + one.width === other.x && one.height === other.height);
      await resized(page, 390, 844);
      [one, other] = await boxes();
      assert.ok(one.y + one.height === other.y && one.width === other.width);
    },
    { hash: `${RUN}&compare=true&b.mining=hard`, still: true },
  ));

test("the data before training are beside the picture, and lit together with it", () =>
  visit(
    async (page) => {
      const map = page.locator("#before canvas");
      const before = await settled(page);
      const box = await map.boundingBox();
      await page.mouse.move(box.x + 20, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + 110, box.y + 90, { steps: 4 });
      await page.mouse.up();
      assert.notEqual(await settled(page), before, "rows in the rectangle are lit");
      await map.focus();
      await page.keyboard.press("Escape");
      await page.mouse.move(5, 300);
      assert.equal(await settled(page), before, "as it was");

      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await until(() => anchor(page), "Enter makes a row the anchor");
      await page.getByRole("button", { name: "Before training" }).click();
      assert.equal(await map.isVisible(), false);
    },
    { hash: "#data=rings&view.step=20", still: true },
  ));
