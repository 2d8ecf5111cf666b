// For everybody: no violation that axe finds, names for screen readers, both themes, every width, with pictures of
// each in build/screenshots.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assertAccessible } from "./axe.mjs";
import { atLeast, csv, pause, still, test, until, visit } from "./browser.mjs";

const shots = fileURLToPath(new URL("../../../build/screenshots/", import.meta.url));
mkdirSync(shots, { recursive: true });

const shoot = (page, name) => page.screenshot({ path: `${shots}${name}.png` });

for (const [width, height] of [
  [360, 740],
  [1280, 800],
  [2560, 1440],
]) {
  for (const scheme of ["light", "dark"]) {
    test(`${width} pixels, ${scheme}`, () =>
      visit(
        async (page) => {
          await atLeast(page, 60);
          await pause(page);
          await page.locator("#choose-anchor").click();
          await page.locator(".anchor-name").waitFor();
          await still(page);
          const beyond = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.ok(beyond <= 0, `${beyond} pixels lie beyond the side`);
          await shoot(page, `${width}-${scheme}`);
          await assertAccessible(page, "page with an anchor");
          if (width === 360) {
            await page.locator("#controls fieldset").first().scrollIntoViewIfNeeded();
            await shoot(page, `${width}-${scheme}-settings`);
          }
        },
        { width, height, scheme },
      ));
  }
}

test("dialogs, menus, comparison, story and messages are accessible too", () =>
  visit(async (page) => {
    await page.getByRole("button", { name: "Stories" }).click();
    await assertAccessible(page, "stories");
    await page.locator("[data-preset=margin]").click();
    await until(async () => (await page.locator(".pane").count()) === 2, "two panes");
    await atLeast(page, 20);
    await page.locator("#share").click();
    await page.locator("#message p", { hasText: "copied" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
    await assertAccessible(page, "two panes, a story, a message");
    await shoot(page, "story");
    for (const [button, dialog] of [
      ["#open-file", "#table-dialog"],
      ["#open-draw", "#draw-dialog"],
      ["#help", "dialog[open]"],
    ]) {
      await page.locator(button).click();
      await page.locator(dialog).first().waitFor();
      await assertAccessible(page, dialog);
      await page.keyboard.press("Escape");
    }
  }));

test("what a file holds is accessible, on every width", async () => {
  const line = (i) =>
    [i + 1, i % 7 ? i % 5 : "", `a text ${i}`, ["red", "blue"][i % 2], i % 2, ["a", "b", "c"][i % 3]].join();
  const text = [
    "nr,size,a long name of a column that says much,colour,twin,kind",
    ...Array.from({ length: 60 }, (_, i) => line(i)),
  ];
  for (const [width, height, scheme] of [
    [360, 740, "dark"],
    [1280, 800, "light"],
  ]) {
    await visit(
      async (page) => {
        await page.locator("#open-file").click();
        await page.locator("#table-dialog input[type=file]").setInputFiles(csv("a file.csv", text.join("\n")));
        await page.locator("#table-dialog .column").first().waitFor();
        await page.locator("#table-dialog summary").click();
        await assertAccessible(page, "a file");
        const beyond = await page.locator("#table-dialog").evaluate((of) => of.scrollWidth - of.clientWidth);
        assert.ok(beyond <= 0, `${beyond} pixels lie beyond the side`);
        await shoot(page, `${width}-${scheme}-file`);
      },
      { width, height, scheme },
    );
  }
});

test("the run is told in words, and seldom", () =>
  visit(async (page) => {
    await atLeast(page, 30);
    await pause(page);
    const summary = page.locator("#summary");
    await until(
      async () => /paused at step \d+\. Loss .* active, \d+% of held-out rows/.test(await summary.textContent()),
      "a summary",
    );
    await page.locator("#choose-anchor").click();
    await until(
      async () =>
        /Anchor row \d+, class \d: \d+ hard, \d+ semi-hard and \d+ easy negatives/.test(await summary.textContent()),
      "the anchor in words",
    );
    await page.locator("#play").click();
    await until(async () => (await summary.textContent()).includes("training"), "it goes on");
    const told = await summary.textContent();
    await page.waitForTimeout(1500);
    assert.equal(await summary.textContent(), told);
    await page.locator("#reset").click();
    await until(async () => (await summary.textContent()) !== told, "another run is told at once", 6000);
  }));

test("the keyboard reaches everything, and shows where it is", () =>
  visit(async (page) => {
    const reached = new Set();
    for (let i = 0; i < 90; i++) {
      await page.keyboard.press("Tab");
      const [name, outlined] = await page.evaluate(() => {
        const { id, className, tagName } = document.activeElement;
        const shown = document.activeElement.matches(".segments input")
          ? document.activeElement.nextElementSibling
          : document.activeElement;
        return [id || `${tagName}.${className}`, getComputedStyle(shown).outlineStyle !== "none" || tagName === "BODY"];
      });
      assert.ok(outlined, name);
      reached.add(name);
    }
    for (const id of [
      "compare",
      "share",
      "theme",
      "help",
      "play",
      "step",
      "reset",
      "scrub",
      "speed",
      "show-lines",
      "open-file",
      "CANVAS.",
    ]) {
      assert.ok(reached.has(id), `${id} in ${[...reached].join(" ")}`);
    }
  }));

test("the theme is the system's until it is chosen, and then kept", () =>
  visit(async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.locator("#theme").click();
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    await until(async () => (await ground()) === dark, "still dark");
  }));
