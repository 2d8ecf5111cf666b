// The opening: one triplet, by mouse, touch and keys, in words and figures, and the way to all digits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { address, frames, still, test, until, visit } from "./browser.mjs";

const axe = readFileSync(
  createRequire(new URL("../../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"),
  "utf8",
);

const opening = (body, how = {}) =>
  visit(
    async (page) => {
      await page.locator("#one .one-disc circle[r]").first().waitFor();
      await body(page);
    },
    { hash: "", wait: false, ...how },
  );

const disc = (page, role) => page.locator(`.one-disc[data-role="${role}"]`);
const sentence = (page) => page.locator(".one-sentence").textContent();
const kind = (page) => page.locator(".one-plane").getAttribute("data-kind");
const button = (page, name) => page.locator("#one").getByRole("button", { name });
const margin = (page) => page.getByRole("slider", { name: "Margin" });

// d(a, p), d(a, n), margin and loss, as they stand in the formula.
const figures = async (page) => (await page.locator(".one-formula .number").allTextContents()).map(Number);

async function middleOf(page, role) {
  const { x, y, width, height } = await disc(page, role).locator(".one-edge").boundingBox();
  return [x + width / 2, y + height / 2];
}

// The formula with its figures, which are rounded.
function assertSum([positive, negative, margin, loss]) {
  const sum = Math.max(0, positive - negative + margin);
  assert.ok(Math.abs(sum - loss) < 0.016, `${[positive, negative, margin, loss]}`);
}

// The figures and the picture, which knows no figures but pixels.
async function assertPictured(page) {
  const [positive, negative, width, loss] = await figures(page);
  assertSum([positive, negative, width, loss]);
  const [a, p, n] = await Promise.all(["anchor", "positive", "negative"].map((role) => middleOf(page, role)));
  const apart = ([x, y], [u, v]) => Math.hypot(x - u, y - v);
  assert.ok(Math.abs(apart(a, p) / apart(a, n) - positive / negative) < 0.03 * (positive / negative));
  const radius = async (of) => Number(await page.locator(of).getAttribute("r"));
  const [ring, outer] = [await radius(".one-ring"), await radius(".one-outer")];
  assert.ok(Math.abs(ring - apart(a, p)) < 1.5, `ring ${ring}, positive ${apart(a, p)}`);
  assert.ok(Math.abs((outer - ring) / ring - width / positive) < 0.03 * (1 + width / positive));
}

test("opens on one triplet, with its figures, and computes nothing else", () =>
  opening(
    async (page) => {
      await still(page);
      assert.deepEqual(await figures(page), [1.75, 1.4, 1, 1.35]);
      assert.equal(await kind(page), "hard");
      assert.match(await sentence(page), /nearer than the other three/);
      await assertPictured(page);
      assert.equal(await page.locator("#bar").isHidden(), true);
      assert.equal(new URL(page.url()).hash, "");
    },
    { still: true },
  ));

test("a mouse drags the eight from hard to easy", () =>
  opening(async (page) => {
    const kinds = [];
    const [x, y] = await middleOf(page, "negative");
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (const by of [0, 70, 220]) {
      await page.mouse.move(x - by / 2, y + by, { steps: 4 });
      await frames(page, 2);
      kinds.push(await kind(page));
      assertSum(await figures(page));
    }
    await page.mouse.up();
    assert.deepEqual(kinds, ["hard", "semihard", "easy"]);
    assert.match(await sentence(page), /Loss 0/);
    assert.equal((await figures(page))[3], 0);
    assert.equal(await page.locator(".one-hint").count(), 0);
    assert.equal(await page.locator(".one-arrow:visible").count(), 0);
    await still(page);
    await assertPictured(page);
    const [, negative] = await figures(page);
    const label = await disc(page, "negative").getAttribute("aria-label");
    assert.ok(label.includes(negative.toFixed(2)), label);
  }));

test("a finger drags a point", () =>
  opening(
    async (page) => {
      const client = await page.context().newCDPSession(page);
      await client.send("Emulation.setTouchEmulationEnabled", { enabled: true });
      const touch = (type, ...touchPoints) => client.send("Input.dispatchTouchEvent", { type, touchPoints });
      const [x, y] = await middleOf(page, "positive");
      await touch("touchStart", { x, y });
      for (const by of [4, 20, 40, 60]) {
        await touch("touchMove", { x: x - by / 4, y: y + by });
      }
      await touch("touchEnd");
      await still(page);
      const moved = await middleOf(page, "positive");
      assert.ok(Math.abs(moved[0] - x + 15) < 6 && Math.abs(moved[1] - y - 60) < 6, `from ${[x, y]} to ${moved}`);
      assertSum(await figures(page));
    },
    { width: 360, height: 740 },
  ));

test("keys move points and margin, in two sizes of step", () =>
  opening(
    async (page) => {
      await disc(page, "negative").focus();
      for (let i = 0; i < 4; i++) {
        await page.keyboard.press("ArrowDown");
      }
      const link = async () => new URLSearchParams(new URL(page.url()).hash.slice(1)).get("one").split(",").map(Number);
      await still(page);
      assert.deepEqual((await link()).slice(4, 6), [-0.61, 1.46]);
      await page.keyboard.press("Shift+ArrowLeft");
      await until(async () => (await link())[4] === -0.86, "a larger step");

      await margin(page).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Shift+ArrowUp");
      await until(async () => (await figures(page))[2] === 1.3, "a wider margin");
      assert.equal(await margin(page).getAttribute("aria-valuenow"), "1.30");
      await page.keyboard.press("Home");
      await until(async () => (await figures(page))[2] === 0, "no margin");
      await page.keyboard.press("End");
      await until(async () => (await figures(page))[2] === 2, "the widest margin");
      await still(page);
      await assertPictured(page);
    },
    { still: true },
  ));

test("the margin is dragged in the formula", () =>
  opening(async (page) => {
    const { x, y, width, height } = await margin(page).boundingBox();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 - 70, y + 5, { steps: 5 });
    await page.mouse.up();
    await until(async () => (await figures(page))[2] === 0.5, "half of the margin");
    assertSum(await figures(page));
  }));

test("plays until nothing moves, says so, starts again, and steps", () =>
  opening(async (page) => {
    await button(page, "Play").click();
    await button(page, "Start again").waitFor();
    const [, , , loss] = await figures(page);
    assert.equal(loss, 0);
    assert.match(await sentence(page), /^Loss 0 after \d steps: these three have nothing left to teach\.$/);
    assert.equal(await button(page, "One step").isDisabled(), true);

    await button(page, "Start again").click();
    await until(async () => String(await figures(page)) === "1.75,1.4,1,1.35", "the start");
    await button(page, "One step").click();
    await until(async () => (await figures(page))[3] < 1.2, "a step");
    await still(page);
    await assertPictured(page);
  }));

test("a link opens on its own triplet", () =>
  opening(
    async (page) => {
      assert.deepEqual(await figures(page), [1, 2, 0.5, 0]);
      assert.equal(await kind(page), "easy");
      await still(page);
      assert.equal(new URL(page.url()).hash, "#one=0,0,1,0,0,2,0.5");
    },
    { hash: "#one=0,0,1,0,0,2,0.5", still: true },
  ));

test("three digits fly to all, which then learn", () =>
  opening(async (page) => {
    const leaving = page.evaluate(() => {
      const one = document.querySelector("#one");
      return new Promise((/** @type {(value?: any) => void} */ left) => {
        new MutationObserver(() => one.matches(".one-leaving") && left()).observe(one, { attributes: true });
      });
    });
    await button(page, "All 1,797 digits").click();
    await leaving;
    await page.locator("#one").waitFor({ state: "hidden" });
    await page.locator("#play[aria-label=Pause]").waitFor();
    await until(async () => /data=digits/.test(new URL(page.url()).hash), "the address of the run");
  }));

test("there is a way past it, and none of it moves for those who want no motion", () =>
  opening(
    async (page) => {
      await button(page, "Skip to the full run").click();
      await page.locator("#one").waitFor({ state: "hidden" });
      await page.locator("#play[aria-label=Play]").waitFor();

      await page.goto(`${address}#one=0,0,1,0,0,2,1`);
      await still(page); // what it was loading would fail
      await page.reload();
      await button(page, "All 1,797 digits").click();
      assert.equal(await page.locator("#one.one-leaving").count(), 0);
    },
    { still: true },
  ));

test("is there without the data", () =>
  opening(
    async (page) => {
      await button(page, "One step").click();
      await until(async () => (await figures(page))[3] < 1.3, "a step");
    },
    {
      prepare: (page) =>
        page.route("**/digits.bin", (route) => route.fulfill({ status: 200, body: "this is no data" })),
    },
  ));

for (const scheme of ["light", "dark"]) {
  test(`no violation that axe finds, ${scheme}`, () =>
    opening(
      async (page) => {
        for (const state of ["hard", "easy"]) {
          if (state === "easy") {
            await button(page, "Play").click();
            await button(page, "Start again").waitFor();
            await still(page);
          }
          const { violations } = await page.evaluate(`${axe}; axe.run("#one", { resultTypes: ["violations"] })`);
          assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))]), []);
        }
      },
      { scheme },
    ));
}

// In the page: pairs of words and discs that cover each other, and those that are not whole.
function collisions() {
  const one = document.querySelector("#one");
  const words = ".one-plane text, .one-edge, h2, .one-lead, .one-formula > *, .one-sentence, .one-actions button";
  const things = [...one.querySelectorAll(`${words}, .one-ruler text`)]
    .filter((thing) => getComputedStyle(thing).visibility === "visible")
    .map((thing) => ({
      name: thing.textContent || `disc ${thing.parentElement.dataset.role}`,
      box: thing.getBoundingClientRect(),
    }))
    .filter(({ box }) => box.width > 0 && box.height > 0)
    // Without what surrounds a letter, and the corners around a disc.
    .map((thing) => ({ ...thing, inset: thing.name.startsWith("disc") ? 0.15 * thing.box.width : 2 }));
  const found = [];
  things.forEach(({ name, box, inset }, i) => {
    if (box.left < -1 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1) {
      found.push(`${name} is cut`);
    }
    for (const other of things.slice(0, i)) {
      const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (across > inset + other.inset && down > inset + other.inset) {
        found.push(`${name} on ${other.name}`);
      }
    }
  });
  return [...found, ...(one.scrollWidth > one.clientWidth ? ["scrolls sideways"] : [])];
}

for (const [width, height] of [
  [320, 568],
  [360, 740],
  [568, 320],
  [740, 360],
  [768, 1024],
  [800, 760],
  [1100, 500],
  [1366, 650],
  [1920, 1080],
  [3840, 2160],
]) {
  test(`nothing covers anything at ${width} x ${height}`, () =>
    opening(
      async (page) => {
        for (const state of ["", "#one=0.1,-0.1,1.2,-0.6,-0.6,1.4,1", "#one=0.418,-0.384,1.286,-0.669,-0.7,1.7,1"]) {
          await page.goto(`${address}?${state.length}${state}`);
          await page.locator("#one .one-disc circle[r]").first().waitFor();
          await frames(page, 30); // each room has been shown, one a frame
          assert.deepEqual(await page.evaluate(collisions), [], state);
        }
      },
      { width, height, still: true },
    ));
}
