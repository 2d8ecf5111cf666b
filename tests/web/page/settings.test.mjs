// The settings: the data as tiles, the few that matter, the rest, and what is said of them.
import assert from "node:assert/strict";
import { atLeast, changed, pause, picture, stepOf, still, test, until, visit } from "./browser.mjs";
import { setExactly, setting } from "./browser.mjs";

const drawer = (page) => page.locator("#drawer");
const tile = (page, name) => drawer(page).locator(`[data-set="${name}"]`);

async function openSettings(page) {
  await page.locator("#settings-tab").click();
  await tile(page, "digits").waitFor();
}
const openMore = (page) => drawer(page).locator(".more summary").click();
const visible = (page, selector) => drawer(page).locator(selector).locator("visible=true").all();
const inks = (canvas) =>
  canvas.evaluate((one) => {
    const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) {
      data[i + 3] > 200 && colours.add([data[i], data[i + 1], data[i + 2]].join());
    }
    return colours.size;
  });

test("six sets are pictured in the colours of their classes, and two are to be brought", () =>
  visit(async (page) => {
    await openSettings(page);
    const sets = { digits: 6, iris: 3, rings: 3, moons: 2, swiss_roll: 4, blobs: 4 };
    for (const [name, colours] of Object.entries(sets)) {
      await until(async () => (await inks(tile(page, name).locator("canvas"))) >= colours, `${name} is pictured`);
    }
    for (const name of ["drawn", "own"]) {
      assert.equal(await tile(page, name).locator("svg").count(), 1);
    }
    assert.equal(await tile(page, "digits").getAttribute("aria-pressed"), "true");
  }));

test("other data chosen while the run is paused are shown at once, and play", () =>
  visit(async (page) => {
    await openSettings(page);
    await atLeast(page, 10);
    await pause(page);
    await still(page);
    const before = await picture(page);
    await tile(page, "rings").click();
    await until(async () => (await stepOf(page)) === 0, "step 0");
    await still(page);
    const after = await picture(page);
    assert.ok(!before.equals(after), "the new data");
    assert.match(await drawer(page).locator("#source").textContent(), /600 points of 2 columns/);
    assert.equal(await tile(page, "rings").getAttribute("aria-pressed"), "true");
    await page.locator("#play").click();
    await atLeast(page, 8);
    await changed(page, after, "it plays");
  }));

test("data bring their settings, and links carry them", () =>
  visit(async (page) => {
    await openSettings(page);
    await setExactly(page, "margin", 0.5);
    await tile(page, "swiss_roll").click();
    await until(() => /data=swiss_roll/.test(page.url()), "the roll");
    assert.match(page.url(), /activation=tanh.*residual=true.*margin=0\.5.*dim=3/);
    await until(() => setting(page, "dim").locator("input").nth(1).isChecked(), "three dimensions");
    await tile(page, "iris").click();
    await until(() => /data=iris/.test(page.url()), "flowers");
    assert.match(page.url(), /activation=relu.*residual=false.*margin=0\.5.*dim=2/);
  }));

test("every setting has help that a key opens, and says whether it starts the run again", () =>
  visit(async (page) => {
    await openSettings(page);
    await openMore(page);
    const settings = await visible(page, ".setting");
    assert.ok(settings.length > 12);
    for (const one of settings) {
      const [ask, help] = [one.locator(".ask"), one.locator(".help")];
      const key = await one.getAttribute("data-key");
      assert.ok(await help.isHidden(), key);
      await ask.focus();
      await page.keyboard.press("Enter");
      assert.ok((await help.textContent()).length > 10 && (await help.isVisible()), key);
      assert.equal(await ask.getAttribute("aria-controls"), await help.getAttribute("id"), key);
      await page.keyboard.press("Enter");
      assert.ok(await help.isHidden(), key);
    }
    const again = (key) => setting(page, key).locator(".again").textContent();
    assert.deepEqual(
      await Promise.all(["margin", "mining", "learningRate", "dim", "layers", "seed"].map(again)),
      ["", "", "", ...Array(3).fill("starts again")],
    );
  }));

test("no two sliders have the same name, with any loss", () =>
  visit(async (page) => {
    await openSettings(page);
    await openMore(page);
    for (const loss of ["triplet", "contrastive", "info_nce", "sup_con", "multi_similarity"]) {
      await setting(page, "loss").locator("select").selectOption(loss);
      const isIts = async () => (await setting(page, "margin").isVisible()) === (loss === "triplet");
      await until(isIts, `the numbers of ${loss}`);
      const names = await drawer(page)
        .locator("input[type=range]")
        .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map(({ labels }) => labels[0]?.textContent));
      assert.ok(names.every(Boolean), loss);
      assert.equal(new Set(names).size, names.length, loss);
    }
  }));

test("with another loss other numbers matter", () =>
  visit(async (page) => {
    await openSettings(page);
    const main = async () => {
      const shown = await visible(page, ".panel-settings > .setting");
      return Promise.all(shown.map((one) => one.getAttribute("data-key")));
    };
    assert.deepEqual(await main(), ["margin", "mining", "learningRate", "dim"]);
    await openMore(page);
    await setting(page, "loss").locator("select").selectOption("info_nce");
    await until(() => setting(page, "temperature").isVisible(), "its temperature");
    assert.deepEqual(await main(), ["temperature", "learningRate", "dim"]);
    await setting(page, "loss").locator("select").selectOption("contrastive");
    await until(() => setting(page, "positiveMargin").isVisible(), "its margins");
    assert.deepEqual(await main(), ["positiveMargin", "negativeMargin", "learningRate", "dim"]);
  }));

test("a slider that starts the run again waits until it is let go", () =>
  visit(
    async (page) => {
      await openSettings(page);
      await openMore(page);
      const slider = setting(page, "heldOut").locator("input[type=range]");
      await slider.evaluate((one) => {
        one.value = "0.4";
        one.dispatchEvent(new Event("input", { bubbles: true }));
      });
      assert.equal(await setting(page, "heldOut").locator(".exact").inputValue(), "0.4");
      await page.locator("#step").click();
      assert.equal(await still(page), 6);
      assert.match(page.url(), /heldOut=0\.2/);
      await slider.evaluate((one) => one.dispatchEvent(new Event("change", { bubbles: true })));
      await until(() => /heldOut=0\.4/.test(page.url()), "it is held out");
    },
    { hash: "#view.step=5", still: true },
  ));

test("of two runs each has its settings", () =>
  visit(
    async (page) => {
      await openSettings(page);
      const side = (name) => drawer(page).locator(".sides label", { hasText: name });
      const mining = (value) => setting(page, "mining").locator(`input[value=${value}]`);
      await side("Settings of A").click();
      await until(() => mining("semihard").isChecked(), "those of A");
      await side("Settings of B").click();
      await until(() => mining("hard").isChecked(), "those of B");
    },
    { hash: "#data=moons&compare=true&b.mining=hard" },
  ));

for (const [width, height] of [
  [320, 640],
  [360, 740],
  [740, 360],
  [768, 1024],
]) {
  test(`at ${width} x ${height} nothing leaves the drawer, and what is touched is large enough`, () =>
    visit(
      async (page) => {
        await openSettings(page);
        await openMore(page);
        const outside = await drawer(page).evaluate((root) => {
          const { left, right } = root.getBoundingClientRect();
          const inside = [...root.querySelectorAll(".setting, .setting *, .sets button")];
          const all = inside.filter((one) => one.checkVisibility());
          const isOutside = (box) => box.left < left - 1 || box.right > right + 1;
          return all.filter((one) => isOutside(one.getBoundingClientRect())).map(({ outerHTML }) => outerHTML);
        });
        assert.deepEqual(outside, []);
        assert.ok((await setting(page, "seed").locator("input").boundingBox()).width >= 120);
        if (width <= 640) {
          const touched = ".segments label, .setting input:not([type]), select, .sets button, .more summary";
          const small = await drawer(page).evaluate((root, touched) => {
            const all = [...root.querySelectorAll(touched)].filter((one) => one.checkVisibility());
            return all.filter((one) => one.getBoundingClientRect().height < 43.5).map(({ outerHTML }) => outerHTML);
          }, touched);
          assert.deepEqual(small, []);
          const { ask, below } = await setting(page, "margin").evaluate((one) => {
            one.scrollIntoView({ block: "center" });
            const ask = one.querySelector(".ask");
            const { left, top, width, height } = ask.getBoundingClientRect();
            const at = (dx, dy) => document.elementFromPoint(left + width / 2 + dx, top + height / 2 + dy) === ask;
            return { ask: at(0, 0), below: [at(0, 21), at(0, -21), at(21, 0)] };
          });
          assert.deepEqual([ask, below], [true, [true, true, true]]);
        }
      },
      { width, height },
    ));
}
