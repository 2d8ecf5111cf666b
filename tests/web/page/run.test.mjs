// The run as a visitor has it in hand: it moves, it stops, it is looked into, it is changed, and it comes back.
import assert from "node:assert/strict";
import {
  address,
  atLeast,
  changed,
  figure,
  frames,
  isPaused,
  openPanel,
  pause,
  paused,
  picture,
  setExactly,
  setting,
  stepOf,
  still,
  test,
  until,
  visit,
} from "./browser.mjs";

const canvas = (page, pane = 0) => page.locator("#stage canvas").nth(pane);
const runs = (page) => page.locator("#compared button");
const drawerMore = (page) => page.locator("#drawer .more summary").click();
const hash = (page) => new URL(page.url()).hash;

test("a link to the run opens it moving, without a click", () =>
  visit(async (page) => {
    const before = await picture(page);
    await atLeast(page, (await stepOf(page)) + 20);
    assert.ok(!before.equals(await picture(page)));
    await until(async () => parseFloat(await figure(page, "recall")) >= 70, "digits flow into clusters");
  }));

test("play, pause, one step, and a new beginning; the same by keys", () =>
  visit(
    async (page) => {
      await page.locator("#play").click();
      await atLeast(page, 20);
      await pause(page);
      const at = await still(page);
      await frames(page, 20);
      assert.equal(await stepOf(page), at);
      await page.locator("#step").click();
      await until(async () => (await stepOf(page)) === at + 1, "one step more");
      await page.locator("body").press(".");
      await until(async () => (await stepOf(page)) === at + 2, "one more by key");
      await canvas(page).press(" ");
      await atLeast(page, at + 4);
      (await isPaused(page)) || (await canvas(page).press(" "));
      await paused(page);
      for (const again of [() => page.locator("#reset").click(), () => page.locator("body").press("r")]) {
        await again();
        await until(async () => (await stepOf(page)) === 0, "a new beginning");
        assert.equal(await figure(page, "loss"), "", "nothing is learned yet");
        await page.locator("#step").click();
        await until(async () => (await stepOf(page)) === 1, "its first step");
      }
    },
    { still: true },
  ));

test("where it went back to it goes on with the same run; a change there makes another", () =>
  visit(
    async (page) => {
      const last = await still(page);
      const loss = await figure(page, "loss");
      await page.locator("#scrub").focus();
      await page.keyboard.press("Home");
      await until(async () => (await stepOf(page)) === 0, "the beginning");
      await page.keyboard.press("End");
      await until(async () => (await stepOf(page)) === last, "the end again");
      assert.equal(await figure(page, "loss"), loss);

      await page.keyboard.press("PageDown");
      const back = await still(page);
      assert.ok(back < last);
      await openPanel(page, "settings");
      await setExactly(page, "margin", 0.3);
      await until(() => hash(page).includes(`changes=${back}:margin:0.3`), "the change stands where it was made");
      const scrub = page.locator("#scrub");
      await until(async () => (await scrub.getAttribute("max")) === String(back), "the bar ends there, too");
      await scrub.focus();
      await page.keyboard.press("End");
      assert.equal(await still(page), back, "nothing is recorded beyond it");
    },
    { hash: "#data=iris&view.step=60", still: true },
  ));

test("the picture by keys: an anchor is found, walked from and let go, the view is nearer", () =>
  visit(
    async (page) => {
      const name = page.locator("#card h2 + p");
      await canvas(page).press("ArrowRight");
      await name.waitFor();
      const first = await name.textContent();
      await until(async () => {
        await canvas(page).press("ArrowRight");
        return (await name.textContent()) !== first;
      }, "another anchor");
      await canvas(page).press("Escape");
      await name.waitFor({ state: "hidden" });
      await still(page);
      const before = await picture(page);
      await canvas(page).press("+");
      await changed(page, before, "nearer");
      await until(() => hash(page).includes("view.zoom="), "the link carries it");
      await canvas(page).press("0");
      await until(() => !hash(page).includes("view.zoom="), "everything again");
    },
    { hash: "#data=iris&view.step=40", still: true },
  ));

test("two runs stand side by side, from the same seed and data, in step, and one can be left", () =>
  visit(
    async (page) => {
      await atLeast(page, 5);
      await page.locator("#do-compare").click();
      await runs(page).nth(1).waitFor();
      assert.equal(await page.locator("#stage canvas").count(), 2);
      await atLeast(page, 20);
      await openPanel(page, "settings");
      await setExactly(page, "margin", 0.3);
      await until(() => /b\.changes=\d+:margin:0\.3/.test(hash(page)), "the margin of B alone");
      await drawerMore(page);
      await setting(page, "seed").locator("input").fill("7");
      await page.keyboard.press("Enter");
      await until(() => /[#&]seed=7/.test(hash(page)) && !/b\.seed/.test(hash(page)), "one seed for both");
      await atLeast(page, 10);
      await pause(page);
      await still(page);
      const numbers = await page.locator('#bar [data-figure="step"] b').allTextContents();
      assert.equal(numbers.length, 1, `in step: ${numbers}`);
      await page.locator("body").press("c");
      await until(async () => (await page.locator("#stage canvas").count()) === 1, "one run again");
      await until(() => !hash(page).includes("compare"), "its link");
    },
    { hash: "#data=iris" },
  ));
test("every loss runs from a link, on a phone, and takes no more room than there is", () =>
  visit(
    async (page) => {
      for (const loss of ["contrastive", "info_nce", "sup_con", "multi_similarity", "triplet"]) {
        await page.goto(`${address}?${loss}#loss=${loss}&data=iris&view.step=60&view.anchor=3&view.gradient=true`);
        await until(async () => (await stepOf(page)) === 60, `${loss}: step 60`);
        await page.locator("#card h2").waitFor();
        assert.match(await figure(page, "active"), /^\d+%$/);
        await page.locator('[data-figure="active"]').click();
        const terms = loss === "triplet" ? /this step's triplets/ : /this step's pairs/;
        assert.match(await page.locator('[data-figure="active"] + .about').textContent(), terms);
        const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= room, `${loss}: ${wide} > ${room}`);
      }
    },
    { hash: "#data=iris", width: 390, height: 844 },
  ));

test("another loss goes on with the run, and brings its distance", () =>
  visit(
    async (page) => {
      await openPanel(page, "settings");
      await drawerMore(page);
      await setting(page, "loss").locator("select").selectOption("sup_con");
      const logged = /changes=20:loss:sup_con;20:distance:cosine;20:temperature:0\.1/;
      await until(() => logged.test(hash(page)), "logged");
      await page.locator("#step").click();
      await until(async () => (await stepOf(page)) === 21, "the run goes on");
      await setting(page, "loss").locator("select").selectOption("triplet");
      await until(() => /;21:loss:triplet;21:distance:minkowski/.test(hash(page)), "the distance from before");
    },
    { hash: "#data=iris&view.step=20" },
  ));

test("three dimensions rotate by dragging and by keys", () =>
  visit(
    async (page) => {
      await still(page);
      const before = await picture(page);
      const [x, y] = [640, 300];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 90, y + 30, { steps: 4 });
      await page.mouse.up();
      await page.mouse.move(x, 5);
      await until(() => /view\.yaw=/.test(hash(page)), "the link carries it");
      await still(page);
      const rotated = await picture(page);
      assert.ok(!before.equals(rotated));
      await canvas(page).press("Shift+ArrowLeft");
      await changed(page, rotated, "rotated by a key");
    },
    { hash: "#data=iris&dim=3&normalize=true&view.step=20", still: true },
  ));

test("changes are undone and made again, by keys and by the menu", () =>
  visit(
    async (page) => {
      await atLeast(page, 20);
      await openPanel(page, "settings");
      await setExactly(page, "margin", 0.4);
      await until(() => /margin:0\.4/.test(hash(page)), "a change");
      await page.keyboard.press("Escape");
      await page.locator("#drawer").waitFor({ state: "hidden" });
      await page.locator("body").press("Control+z");
      await until(() => !/margin:0\.4/.test(hash(page)), "undone");
      await page.locator("body").press("Control+Shift+z");
      await until(() => /margin:0\.4/.test(hash(page)), "made again");
      const menu = async (id) => {
        await page.locator("#more").click();
        await page.locator(id).click();
      };
      await menu("#undo");
      await until(() => !/margin:0\.4/.test(hash(page)), "undone from the menu");
      await menu("#redo");
      await until(() => /margin:0\.4/.test(hash(page)), "made again from the menu");
      await page.locator("#more").click();
      assert.ok(await page.locator("#redo").isDisabled());
    },
    { hash: "#data=iris" },
  ));

test("Back leads from a story to two runs, to one, to the opening, and leaves nothing behind", () =>
  visit(
    async (page) => {
      await page.locator(".one-skip").click();
      await until(() => hash(page).includes("data="), "the run");
      await page.locator("#play").click();
      await atLeast(page, 3);
      await page.locator("body").press("c");
      await until(() => hash(page).includes("compare=true"), "two runs");
      await openPanel(page, "Stories");
      await page.locator('[data-preset="collapse"]').click();
      await until(() => hash(page).includes("story=collapse"), "a story");
      await page.locator("#story h2").waitFor();

      await page.goBack();
      await until(async () => (await runs(page).count()) === 2 && !hash(page).includes("story"), "two runs again");
      await page.locator("#story").waitFor({ state: "hidden" });
      await page.goBack();
      await until(async () => (await page.locator("#stage canvas").count()) === 1, "one run again");
      await page.locator("#compared").waitFor({ state: "hidden" });
      await page.goBack();
      await page.locator("#one .one-formula").waitFor();
      assert.equal(hash(page), "");
      for (const room of ["#bar", "#card", "#story", "#compared", "#drawer", "#ending"]) {
        await page.locator(room).waitFor({ state: "hidden" });
      }
      await page.goForward();
      await until(async () => (await stepOf(page)) >= 0 && !hash(page).includes("compare"), "forward to the run");
    },
    { hash: "", wait: false, still: true },
  ));

// In the page or a worker: from now on self.work lists all that keeps a machine busy.
function watchWork() {
  const self = /** @type {any} */ (globalThis);
  self.work = [];
  const watch = (of, ...names) =>
    names.forEach((name) => {
      const body = of[name];
      of[name] = function (...given) {
        self.work.push(name);
        return body.apply(this, given);
      };
    });
  watch(self, "setTimeout", "postMessage");
  watch(MessagePort.prototype, "postMessage");
  if (self.document) {
    watch(Worker.prototype, "postMessage");
    watch(CanvasRenderingContext2D.prototype, "putImageData", "drawImage", "clearRect", "fillRect", "fill", "stroke");
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver((changes) => self.work.push(...changes.map(({ type }) => type))).observe(document, all);
  }
}

test("what nobody sees computes nothing, and goes on when it is seen; a run at rest does not work either", () =>
  visit(
    async (page) => {
      const see = (state) =>
        page.evaluate((value) => {
          Object.defineProperty(document, "visibilityState", { value, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }, state);
      await see("hidden");
      let hidden = -1;
      await until(async () => {
        const before = hidden;
        await frames(page, 30);
        hidden = await stepOf(page);
        return hidden === before;
      }, "it stands still");
      await frames(page, 60);
      assert.equal(await stepOf(page), hidden);
      await see("visible");
      await atLeast(page, hidden + 3);

      await pause(page);
      await still(page);
      const threads = [page, ...page.workers()];
      assert.ok(threads.length > 1);
      const work = () => Promise.all(threads.map((thread) => thread.evaluate(() => /** @type {any} */ (self).work)));
      await Promise.all(threads.map((thread) => thread.evaluate(watchWork)));
      await frames(page, 120);
      assert.deepEqual(await work(), threads.map(() => []));
      await page.locator("#step").click();
      await still(page);
      const [ofPage, ...ofWorkers] = await work();
      assert.ok(ofPage.length > 0 && ofWorkers.flat().length > 0, "what works is seen");
    },
    { hash: "#data=moons" },
  ));
