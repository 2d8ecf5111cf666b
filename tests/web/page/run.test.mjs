// The run as a visitor has it in hand: it moves, it stops, it goes back, it is looked into, it is changed.
import assert from "node:assert/strict";
import { presets } from "../../../web/src/model/presets.js";
import {
  address,
  atLeast,
  changed,
  facts,
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

const center = async (page) => {
  const { x, y, width, height } = await page.locator(".pane canvas").first().boundingBox();
  return [x + width / 2, y + height / 2];
};

test("the page opens moving, without a click", () =>
  visit(async (page) => {
    const before = await picture(page);
    await until(async () => (await stepOf(page)) > 0, "a step", 4000);
    await atLeast(page, 20);
    assert.ok(!before.equals(await picture(page)));
    await until(async () => Number(/recall@1 (\d+)%/.exec(await facts(page))[1]) >= 70, "digits flow into clusters");
  }));

test("the page says what is seen, until it is told to stop; a link comes without", async () => {
  const caption = (page) => page.locator("#story");
  await visit(async (page) => {
    assert.match(await caption(page).textContent(), /anchor.*positive.*negative.*Solid lines pull.*margin/s);
    assert.match(await page.locator("#legend").textContent(), /pulled together.*pushed apart/s);
    await caption(page).getByRole("button").click();
    assert.ok(await caption(page).isHidden());
  });
  await visit(async (page) => assert.ok(await caption(page).isHidden()), { hash: "#data=iris" });
});

test("numbers in the charts are as large on a screen of two pixels a pixel", () =>
  visit(
    async (page) => {
      await page.evaluate(() => {
        const { prototype } = CanvasRenderingContext2D;
        const { get, set } = Object.getOwnPropertyDescriptor(prototype, "font");
        window.fonts = [];
        Object.defineProperty(prototype, "font", {
          get,
          set(font) {
            window.fonts.push(font);
            set.call(this, font);
          },
        });
      });
      await page.locator("#theme").click();
      await until(() => page.evaluate(() => window.fonts.length >= 2), "both charts are drawn anew");
      const sizes = (await page.evaluate(() => window.fonts)).map((font) => parseFloat(font));
      assert.deepEqual(
        sizes.filter((size) => size < 20),
        [],
      );
    },
    { ratio: 2 },
  ));

test("play, pause, step, reset and the way back", () =>
  visit(async (page) => {
    await atLeast(page, 30);
    await pause(page);
    const at = await still(page);
    await page.waitForTimeout(300);
    assert.equal(await stepOf(page), at);
    assert.match(await facts(page), /loss .* active · held-out recall@1 \d+% \(\d+% among themselves\)(\n|$)/);
    await page.locator("#step").click();
    await until(async () => (await stepOf(page)) === at + 1, "one step more");
    const last = await picture(page);

    await page.locator("#scrub").focus();
    await page.keyboard.press("Home");
    await until(async () => (await stepOf(page)) === 0, "the beginning");
    assert.match(await facts(page), /^step 0 · held-out recall@1 \d+%/);
    assert.ok(!last.equals(await picture(page)));

    await page.locator("#play").click();
    await atLeast(page, at + 2);
    await page.locator("#reset").click();
    await until(async () => (await stepOf(page)) < at, "a new beginning");
  }));

test("keys play, step, reset and switch what is drawn; speed is a slider with words", () =>
  visit(async (page) => {
    await atLeast(page, 5);
    await page.locator("body").press(" ");
    await paused(page);
    const at = await still(page);
    await page.keyboard.press(".");
    await until(async () => (await stepOf(page)) === at + 1, "a step by key");
    for (const [key, id] of [
      ["t", "#show-lines"],
      ["m", "#show-ring"],
      ["g", "#show-gradient"],
    ]) {
      const before = await page.locator(id).getAttribute("aria-pressed");
      await page.keyboard.press(key);
      await until(
        async () => (await page.locator(id).getAttribute("aria-pressed")) !== before,
        `${key} switches ${id}`,
      );
    }
    await page.locator("#speed").focus();
    await page.keyboard.press("End");
    await until(
      async () => (await page.locator("#speed").getAttribute("aria-valuetext")) === "full speed",
      "full speed",
    );
    await page.locator("body").press("?");
    assert.ok(await page.getByRole("dialog").getByText("play or pause").isVisible());
    await page.keyboard.press("Escape");
  }));

test("a click makes a point the anchor: margin, kinds of negatives and neighbours are told", () =>
  visit(async (page) => {
    await atLeast(page, 40);
    await pause(page);
    await still(page);
    const before = await picture(page);
    const [x, y] = await center(page);
    const inspector = page.locator("#inspector");
    let dx = 0;
    await until(async () => {
      await page.mouse.move(x - dx, y);
      dx += 10;
      return page.locator(".tip").isVisible();
    }, "a point under the pointer");
    await page.mouse.down();
    await page.mouse.up();
    await inspector.locator(".counts").waitFor();
    assert.match(
      await inspector.textContent(),
      /Its positive, row \d+, is at distance [\d.]+; negatives should be beyond [\d.]+/,
    );
    const counts = (await inspector.locator(".count").allTextContents()).map((text) => Number(text.split(" ")[0]));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1796,
    );
    assert.equal(await inspector.locator("[data-list=nearest] button").count(), 12);
    assert.ok(!before.equals(await picture(page)), "marked in the picture");

    const next = await inspector.locator("[data-list=nearest] button").nth(3).getAttribute("data-row");
    await inspector.locator("[data-list=nearest] button").nth(3).click();
    await until(
      async () => (await inspector.locator(".anchor-name").textContent()).startsWith(`row ${Number(next) + 1} `),
      "walks to the neighbour",
    );
    const paired = await inspector.locator("[data-list=positives] button").nth(5).getAttribute("data-row");
    await inspector.locator("[data-list=positives] button").nth(5).click();
    await until(
      async () => (await inspector.textContent()).includes(`Its positive, row ${Number(paired) + 1},`),
      "another positive",
    );
  }));

test("the picture by keys: an anchor is found, walked from and let go, the view is zoomed", () =>
  visit(async (page) => {
    await atLeast(page, 40);
    await pause(page);
    const canvas = page.locator(".pane canvas");
    const name = page.locator(".anchor-name");
    await canvas.press("ArrowRight");
    await name.waitFor();
    const first = await name.textContent();
    await until(async () => {
      await canvas.press("ArrowRight");
      return (await name.textContent()) !== first;
    }, "another anchor");
    await canvas.press("Escape");
    await until(async () => (await name.count()) === 0, "let go");
    await still(page);
    const before = await picture(page);
    await canvas.press("+");
    await changed(page, before, "nearer");
  }));

test("gradient arrows and a highlighted class are drawn on demand", () =>
  visit(async (page) => {
    await atLeast(page, 20);
    await pause(page);
    await still(page);
    const plain = await picture(page);
    await page.locator("#show-gradient").click();
    await changed(page, plain, "arrows");
    const arrows = await picture(page);
    await page.locator("#legend button").nth(3).click();
    await changed(page, arrows, "a highlighted class");
    assert.equal(await page.locator("#legend button").nth(3).getAttribute("aria-pressed"), "true");
  }));

test("another loss goes on with the run, brings its distance, and is told of as one of pairs", () =>
  visit(async (page) => {
    await atLeast(page, 40);
    const shown = async () => {
      const rows = page.locator("[data-group=loss] .field:visible, [data-group=mining] .field:visible");
      return rows.evaluateAll((list) => list.map(({ dataset }) => dataset.key).join(" "));
    };
    const batch = "classesPerBatch rowsPerClass";
    assert.equal(await shown(), `loss margin distance p swap softMargin mining ${batch}`);
    assert.match(await facts(page), /% of triplets active/);

    const choose = (loss) => setting(page, "loss").locator("select").selectOption(loss);
    await choose("sup_con");
    await until(() => /changes=\d+:loss:sup_con;\d+:distance:cosine;\d+:temperature:0\.1/.test(page.url()), "logged");
    await until(async () => (await shown()) === `loss temperature distance ${batch}`, "its own number");
    assert.equal(await setting(page, "distance").locator("select").inputValue(), "cosine");
    assert.equal(await setting(page, "temperature").locator(".exact").inputValue(), "0.1");
    await until(async () => /% of pairs active/.test(await facts(page)), "of pairs");
    await until(async () => (await page.locator("#show-lines").textContent()) === "Pairs", "what is drawn");
    await until(async () => (await page.locator("#curves .key").textContent()).includes("active pairs"), "the curve");

    await pause(page);
    await page.locator("#choose-anchor").click();
    const inspector = page.locator("#inspector");
    await inspector.locator(".counts").waitFor();
    assert.match(await inspector.textContent(), /is at distance [\d.e-]+; negatives should be farther/);
    assert.match(await inspector.locator(".counts").textContent(), /^\d+ positive\d+ too near\d+ far$/);
    await choose("contrastive");
    await until(
      async () => /Positives should be at its place, negatives beyond 1/.test(await inspector.textContent()),
      "its margins",
    );
    assert.equal(await setting(page, "distance").locator("select").inputValue(), "minkowski");
    assert.equal(await shown(), `loss positiveMargin negativeMargin distance p ${batch}`);
    await choose("triplet");
    await until(async () => /semi-hard/.test(await inspector.locator(".counts").textContent()), "triplets again");
    assert.equal(await page.locator("#show-lines").textContent(), "Triplets");
  }));

test("every loss runs, from a link and on a phone, and takes no more room than there is", () =>
  visit(
    async (page) => {
      for (const loss of ["contrastive", "info_nce", "sup_con", "multi_similarity"]) {
        await page.goto(`${address}#loss=${loss}&data=iris&view.step=60&view.anchor=3&view.gradient=true`);
        await until(async () => (await setting(page, "loss").locator("select").inputValue()) === loss, loss);
        await until(async () => (await stepOf(page)) === 60, `${loss}: step 60`);
        await until(async () => /% of pairs active/.test(await facts(page)), `${loss}: pairs`);
        const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= room, `${loss}: ${wide} > ${room}`);
      }
    },
    { width: 390, height: 844 },
  ));

test("live settings go on with the run and are logged, others restart it; what plays no part is hidden", () =>
  visit(async (page) => {
    await atLeast(page, 40);
    await setExactly(page, "margin", 0.4);
    await until(() => /changes=\d+:margin:0\.4/.test(page.url()), "the change stands in the address");
    assert.ok((await stepOf(page)) >= 40);
    const slider = setting(page, "margin").locator("[type=range]");
    await until(async () => (await slider.getAttribute("aria-valuetext")) === "0.4", "the slider follows");
    await slider.press("ArrowRight");
    await until(() => /margin:0\.41/.test(page.url()), "the slider by key");
    await until(() => setting(page, "rows").isHidden(), "digits have their number");
    await setting(page, "data").locator("select").selectOption("moons");
    await until(async () => (await page.locator("#legend button").count()) === 2, "another legend");
    await until(() => setting(page, "rows").isVisible(), "the number of points");
    await setting(page, "encoder").locator("select").selectOption("free");
    await until(() => setting(page, "layers").isHidden(), "a free table has no layers");
    for (const data of ["iris", "rings", "swiss_roll", "blobs"]) {
      await setting(page, "data").locator("select").selectOption(data);
      await until(() => page.url().includes(`data=${data}`), data);
      await atLeast(page, 3);
    }
  }));

test("three dimensions rotate by dragging and by keys; normalised ones lie on a sphere", () =>
  visit(async (page) => {
    await setting(page, "dim").locator("[value='3']").check();
    await until(() => page.url().includes("dim=3"), "three dimensions");
    await setting(page, "normalize").locator("input").check();
    await until(() => page.url().includes("normalize=true"), "the sphere");
    await atLeast(page, 10);
    await pause(page);
    await still(page);
    const before = await picture(page);
    const [x, y] = await center(page);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 90, y + 30, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(x, 5);
    await still(page);
    const rotated = await picture(page);
    assert.ok(!before.equals(rotated));
    await page.locator(".pane canvas").focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await changed(page, rotated, "rotated by a key");
  }));

test("two runs stand side by side, from the same seed and data, each with settings of its own", () =>
  visit(async (page) => {
    await atLeast(page, 5);
    await page.locator("#compare").click();
    await until(async () => (await page.locator(".pane").count()) === 2, "two panes");
    await atLeast(page, 10, 0);
    await atLeast(page, 10, 1);
    await until(
      async () => /^A · mining semi-hard/.test(await page.locator(".pane-title").first().textContent()),
      "what sets A apart",
    );
    assert.match(await page.locator(".pane-title").nth(1).textContent(), /^B · mining all/);
    await setExactly(page, "margin", 0.3);
    await until(
      async () => /margin 0\.3/.test(await page.locator(".pane-title").nth(1).textContent()),
      "the margin of B alone",
    );
    await setExactly(page, "seed", 7);
    await until(() => /[#&]seed=7/.test(page.url()) && !/b\.seed/.test(page.url()), "one seed for both");
    await atLeast(page, 20);
    await pause(page);
    assert.equal(await still(page), await stepOf(page, 1), "in step");
    await page.locator("#compare").click();
    await until(async () => (await page.locator(".pane").count()) === 1, "one pane again");
  }));

test("every story runs; a collapse is named, with its cure", () =>
  visit(async (page) => {
    assert.equal(presets.length, 6);
    for (const { id, title, settings } of presets) {
      await page.getByRole("button", { name: "Stories" }).click();
      await page.locator(`[data-preset=${id}]`).click();
      await until(async () => (await page.locator("#story").textContent()).includes(title), title);
      const pairs = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
      await until(() => pairs.every((pair) => page.url().split(/[#&]/).includes(pair)), `${title}: its run`);
      await atLeast(page, 3);
      if (id === "collapse") {
        await page.locator(".notice").filter({ visible: true }).first().waitFor();
        const advice = /has collapsed.*Reset with semi-hard mining or all triplets/;
        assert.match(await page.locator(".notice").first().textContent(), advice);
      }
    }
  }));

test("who wants less motion is asked first", () =>
  visit(
    async (page) => {
      await page.waitForTimeout(500);
      assert.equal(await stepOf(page), 0);
      assert.equal(await page.locator("#play").getAttribute("aria-label"), "Play");
      await page.locator("#play").click();
      await atLeast(page, 3);
    },
    { still: true },
  ));
