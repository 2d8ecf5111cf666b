// For everybody: no violation that axe finds in any state, all in the window at every size, and all by keys.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assertAccessible } from "./axe.mjs";
import { atLeast, openPanel, pause, resized, stepOf, still, test, until, visit } from "./browser.mjs";

const shots = fileURLToPath(new URL("../../../build/screenshots/", import.meta.url));
mkdirSync(shots, { recursive: true });

const canvas = (page) => page.locator("#stage canvas").first();
const drawer = (page) => page.locator("#drawer");
const goTo = (page, hash) => page.evaluate((next) => (location.hash = next), hash);
// Narrow windows have one way on.
const skip = (page) => page.locator(".one-skip, .one-all").locator("visible=true").last().click();
const chooseAnchor = async (page) => {
  await canvas(page).press("ArrowRight");
  await page.locator("#card").waitFor();
};

async function learn(page, steps) {
  await page.locator("#play").click();
  await atLeast(page, steps);
  await pause(page);
}

// ---- every state ----------------------------------------------------------------------------------------------------

const panels = ["settings", "mistakes", "draw", "find", "help", "share", "Your data", "Figures", "Stories"];

// Each goes on from the one before it: what is done, and what is looked at then.
const states = {
  opening: (page) => page.locator(".one-formula").waitFor(),
  async run(page) {
    await skip(page);
    await learn(page, 40);
  },
  anchor: chooseAnchor,
  async menu(page) {
    await canvas(page).press("Escape");
    await page.locator("#more").click();
    await page.locator("#menu").waitFor();
  },
  async more(page) {
    await page.keyboard.press("Escape");
    await openPanel(page, "settings");
    await drawer(page).locator(".more summary").click();
  },
  async symbols(page) {
    await openPanel(page, "draw");
    await drawer(page).getByRole("button", { name: "Draw a data set of your own" }).click();
    await page.locator("#use-symbols").waitFor();
  },
  ...Object.fromEntries(
    panels.map((name) => [
      name,
      async (page) => {
        await drawer(page).press("Escape");
        await until(() => drawer(page).isHidden(), `closed before ${name}`);
        await openPanel(page, name);
      },
    ]),
  ),
  async "a story of two runs"(page) {
    await drawer(page).locator('[data-preset="margin"]').click();
    await page.locator("#story h2").waitFor();
    await page.locator("#compared button").nth(1).waitFor();
  },
  async tour(page) {
    await goTo(page, "#view.tour=1");
    await page.locator("#tour > .card").waitFor();
  },
  async ending(page) {
    await goTo(page, "#data=iris");
    await until(() => page.url().includes("data=iris"), "flowers");
    await until(() => page.locator("#tour > .card").isHidden(), "the tour is left");
    await page.locator("#pace").click();
    await page.getByRole("radio", { name: /as fast as this machine/ }).check();
    await page.keyboard.press("Escape");
    await page.locator("#play").click();
    await page.locator("#ending .offers button").first().waitFor();
  },
  async message(page) {
    await goTo(page, "#data=drawn");
    await page.locator("#message p").waitFor();
  },
};

for (const [width, height] of [
  [1280, 800],
  [360, 740],
]) {
  for (const scheme of ["light", "dark"]) {
    test(`no violation that axe finds in any state at ${width} x ${height}, ${scheme}`, () =>
      visit(
        async (page) => {
          const found = [];
          for (const [name, reach] of Object.entries(states)) {
            await reach(page);
            await still(page);
            await page.screenshot({ path: `${shots}${name.replaceAll(" ", "-")}-${width}-${scheme}.png` });
            await assertAccessible(page, name).catch((error) => found.push(error.message));
          }
          assert.deepEqual(found, []);
        },
        { hash: "", width, height, scheme, still: true },
      ));
  }
}

// ---- every size -----------------------------------------------------------------------------------------------------

const SIZES = [
  [320, 568],
  [360, 740],
  [740, 360],
  [568, 320],
  [768, 1024],
  [1100, 500],
  [1366, 650],
  [1920, 1080],
  [3840, 2160],
];

// In the page: what is wider than the window, the controls that are cut by its edges, and those that lie under others.
function misplaced() {
  const name = (one) => one.id || one.getAttribute("aria-label") || one.textContent || one.className;
  const isInside = ({ left, top, right, bottom }) =>
    left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1;
  const controls = [...document.querySelectorAll("button, a[href], input, select, [tabindex='0']")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(".skip, canvas, :disabled"))
    .filter((one) => !one.closest("[inert]"))
    .map((one) => ({ one, box: one.getBoundingClientRect() }));
  const isCovered = ({ one, box }) => {
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return top && !one.parentElement.contains(top) && !top.contains(one);
  };
  const { scrollWidth, clientWidth } = document.documentElement;
  return [
    ...(scrollWidth > clientWidth ? [`the page scrolls by ${scrollWidth - clientWidth}`] : []),
    ...controls.filter(({ box }) => !isInside(box)).map(({ one }) => `${name(one)} is outside`),
    ...controls.filter((one) => isInside(one.box) && isCovered(one)).map(({ one }) => `${name(one)} is under`),
  ];
}

// In the page: how much of the window's height and width the picture has to itself.
function share() {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [header, bar, picture] = ["#header", "#bar", "#stage canvas"].map(box);
  const [top, bottom] = [Math.max(header.bottom, picture.top), Math.min(bar.top, picture.bottom)];
  return { height: (bottom - top) / innerHeight, width: picture.width / innerWidth };
}

test("all is in the window at every size, and the picture has most of it", () =>
  visit(
    async (page) => {
      const everySize = async (look) => {
        for (const [width, height] of SIZES) {
          await resized(page, width, height);
          await look(`${width} x ${height}`);
        }
      };
      const found = [];
      const note = async (state, size) => {
        const all = await page.evaluate(misplaced);
        found.push(...all.map((what) => `${state}, ${size}: ${what}`));
      };
      await page.locator(".one-formula").waitFor();
      await everySize((size) => note("opening", size));
      await skip(page);
      await learn(page, 20);
      await everySize(async (size) => {
        await note("run", size);
        const { height, width } = await page.evaluate(share);
        assert.ok(height >= 0.6, `${size}: ${height} of the height`);
        assert.ok(width >= 0.999, `${size}: ${width} of the width`);
      });
      assert.deepEqual(found, []);
    },
    { hash: "", still: true },
  ));

// ---- by keys --------------------------------------------------------------------------------------------------------

// In the page: numbers all that can be reached by Tab; of radios that belong together the first.
function numberControls() {
  const isFirst = (one) =>
    one.type !== "radio" || one === document.querySelector(`input[name="${one.name}"]`);
  const controls = "button, a[href], input, select, textarea, summary, [tabindex='0']";
  const all = [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && isFirst(one))
    .filter((one) => !one.matches(":disabled, [tabindex='-1'], [inert] *"));
  all.forEach((one, i) => (one.dataset.number = i));
  return all.map((one) => one.id || one.getAttribute("aria-label") || one.textContent || one.name || one.className);
}

// In the page: the number of what has the focus, and whether that can be seen.
function focused() {
  const one = document.activeElement;
  const drawn = one.matches(".segments input") ? one.nextElementSibling : one;
  const ring = one.querySelector(".one-focus");
  const isSeen = ring ? getComputedStyle(ring).stroke !== "none" : getComputedStyle(drawn).outlineStyle !== "none";
  const group = one.type === "radio" ? document.querySelector(`input[name="${one.name}"][data-number]`) : one;
  return { number: group?.dataset.number ?? null, isSeen, name: one.id || one.className || one.tagName };
}

async function assertReached(page, what) {
  await still(page);
  await page.evaluate(() => /** @type {any} */ (document.activeElement).blur());
  const names = await page.evaluate(numberControls);
  const reached = new Set();
  for (let i = 0; i < names.length + 12; i++) {
    await page.keyboard.press("Tab");
    const { number, isSeen, name } = await page.evaluate(focused);
    assert.ok(isSeen || name === "BODY", `${what}: nobody sees the focus on ${name}`);
    reached.add(Number(number ?? -1));
  }
  assert.deepEqual(names.filter((_, i) => !reached.has(i)), [], what);
}

test("Tab reaches every control, and shows where it is", () =>
  visit(
    async (page) => {
      await page.locator(".one-formula").waitFor();
      await assertReached(page, "opening");
      await skip(page);
      await learn(page, 20);
      await chooseAnchor(page);
      await assertReached(page, "an anchor");
      await openPanel(page, "settings");
      await drawer(page).locator(".more summary").click();
      await assertReached(page, "settings");
    },
    { hash: "", still: true },
  ));

test("the first link leads to the picture, and to no other run", () =>
  visit(
    async (page) => {
      await still(page);
      assert.match(page.url(), /seed=/, "its whole link");
      const before = page.url();
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the picture");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.tagName), "CANVAS");
      assert.equal(page.url(), before);
    },
    { hash: "#data=iris", still: true },
  ));

test("Escape closes what is open, and the focus goes back to where it was", () =>
  visit(
    async (page) => {
      const hasFocus = (id) => until(() => page.evaluate((id) => document.activeElement?.id === id, id), `${id} again`);
      for (const id of ["settings-tab", "do-share", "do-draw"]) {
        await page.locator(`#${id}`).focus();
        await page.keyboard.press("Enter");
        await drawer(page).locator("h2").filter({ hasText: /./ }).waitFor();
        await until(() => drawer(page).evaluate((of) => of.contains(document.activeElement)), "the drawer has it");
        await page.keyboard.press("Escape");
        await until(() => drawer(page).isHidden(), "closed");
        await hasFocus(id);
      }
      for (const [id, opened] of [
        ["more", "#menu"],
        ["pace", "#bar .choices"],
      ]) {
        await page.locator(`#${id}`).focus();
        await page.keyboard.press("Enter");
        await page.locator(opened).waitFor();
        await page.keyboard.press("Escape");
        await until(() => page.locator(opened).isHidden(), "closed");
        await hasFocus(id);
      }
      await chooseAnchor(page);
      await page.locator("#card .close").press("Escape");
      await until(() => page.locator("#card").isHidden(), "let go");
    },
    { hash: "#data=iris", still: true },
  ));

// ---- in words, and as one likes it ----------------------------------------------------------------------------------

test("the run is told in words, and seldom", () =>
  visit(async (page) => {
    await atLeast(page, 30);
    await pause(page);
    const summary = page.locator("#summary");
    const tells = (pattern) => until(async () => pattern.test(await summary.textContent()), `${pattern}`);
    await tells(/digits.*paused at step \d+\. Loss [\d.]+, \d+% .*active, \d+% of/i);
    await chooseAnchor(page);
    await tells(/Anchor row \d+, an? \d: .*hard.*semi-hard.*easy/);
    await summary.evaluate((root) => {
      const times = ((/** @type {any} */ (window)).told = []);
      const isTraining = () => /training at step/.test(root.textContent);
      new MutationObserver(() => isTraining() && times.push(performance.now())).observe(root, { childList: true });
    });
    await page.locator("#play").click();
    await tells(/training at step/);
    await atLeast(page, (await stepOf(page)) + 10);
    const times = await page.evaluate(() => /** @type {any} */ (window).told);
    assert.ok(times.every((time, i) => i === 0 || time - times[i - 1] > 6000), `${times}`);
    const again = await summary.evaluate(async (root) => {
      const before = root.textContent;
      document.getElementById("reset").click();
      let count = 0; // of frames: a second of them, and some for the other rooms
      for (; root.textContent === before && count < 120; count++) {
        await new Promise(requestAnimationFrame);
      }
      return count;
    });
    assert.ok(again < 120, "another run is told at once");
  }));

test("who wants less motion is asked first, and nothing glides", () =>
  visit(
    async (page) => {
      await still(page);
      assert.equal(await stepOf(page), 0);
      assert.equal(await page.locator("#play").getAttribute("aria-label"), "Play");
      await openPanel(page, "settings");
      await chooseAnchor(page);
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .filter(({ playState }) => playState === "running")
          .map(({ effect }) => /** @type {any} */ (effect).target.outerHTML.slice(0, 80)),
      );
      assert.deepEqual(moving, []);
      await learn(page, 3);
      await still(page);
    },
    { hash: "#data=iris", still: true },
  ));

test("the theme is the system's until it is chosen, and then kept", () =>
  visit(
    async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await ground();
      await page.locator("#theme").click();
      const dark = await ground();
      assert.notEqual(dark, light);
      await still(page); // what it was loading would fail
      await page.reload();
      await until(async () => (await ground()) === dark, "still dark");
    },
    { hash: "", still: true },
  ));
