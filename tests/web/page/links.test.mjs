// Links and files that go out, and what is hostile among links.
import assert from "node:assert/strict";
import {
  atLeast, openPanel, pause, paused, saved, setExactly, setting, stepIn, stepOf, still, test, until, visit,
} from "./browser.mjs"; // prettier-ignore

const hash = (page) => new URL(page.url()).hash;
const runs = (page) => page.locator("#compared button");
const embedding = async (page) => String((await saved(page, "Embedding, CSV")).bytes);

// The link that is copied, and the embedding at its step.
async function shared(page) {
  await still(page);
  await openPanel(page, "share");
  const bytes = await embedding(page);
  await page.getByRole("button", { name: "Copy the link" }).click();
  await page.locator("#drawer [role=status]").getByText(/opied|marked/).waitFor();
  return [new URL(await page.evaluate(() => navigator.clipboard.readText())).hash, bytes];
}

// Somebody else opens it.
const received = (link, body, how = {}) =>
  visit(
    async (page) => {
      assert.equal(await stepOf(page), stepIn(link));
      await body(page);
    },
    { hash: link, still: true, ...how },
  );

test("a run with live changes replays to the byte, and looks as it did", async () => {
  let link;
  let sent;
  await visit(
    async (page) => {
      await openPanel(page, "settings");
      await atLeast(page, 20);
      await setExactly(page, "margin", 0.5);
      await atLeast(page, 45);
      await setting(page, "mining").locator("input[value=all]").check({ force: true });
      await until(() => /:mining:all/.test(hash(page)), "both changes");
      await page.keyboard.press("Escape");
      await page.locator("#drawer").waitFor({ state: "hidden" });
      await page.locator("#stage canvas").press("ArrowRight");
      await page.locator("#stage canvas").press("+");
      await atLeast(page, 70);
      await pause(page);
      [link, sent] = await shared(page);
    },
    { hash: "#data=moons" },
  );
  assert.match(link, /changes=\d+:margin:0\.5;\d+:mining:all.*view\.anchor=\d+.*view\.zoom=1\.3/);
  for (const scheme of ["light", "dark"]) {
    await received(
      link,
      async (page) => {
        await paused(page); // it waits at its step
        await page.locator("#card h2").waitFor();
        await openPanel(page, "share");
        assert.equal(await embedding(page), sent);
        assert.equal(new URL(await page.getByLabel("The link").inputValue()).hash, link, "the same link again");
      },
      { scheme },
    );
  }
});

test("both of two runs replay to the step that was gone back to", async () => {
  const both = async (page) => {
    const files = [];
    for (const side of [0, 1]) {
      await runs(page).nth(side).click();
      await until(async () => (await runs(page).nth(side).getAttribute("aria-pressed")) === "true", "chosen");
      files.push(await embedding(page));
    }
    return files;
  };
  let link;
  let sent;
  await visit(
    async (page) => {
      await runs(page).nth(1).waitFor();
      await openPanel(page, "settings");
      await atLeast(page, 20);
      await setExactly(page, "margin", 0.4);
      await runs(page).nth(1).click();
      await until(() => setting(page, "mining").locator("input[value=all]").isChecked(), "the settings of B");
      await setExactly(page, "learningRate", 0.01);
      await until(() => /[#&]changes=.*b\.changes=\d+:learningRate/.test(hash(page)), "both changes in the address");
      await atLeast(page, 60);
      await pause(page);
      await still(page);
      await page.locator("#scrub").focus();
      await page.keyboard.press("PageDown");
      await still(page);
      await page.locator("#drawer").press("Escape");
      [link] = await shared(page);
      sent = await both(page);
    },
    { hash: "#data=moons&compare=true&b.mining=all" },
  );
  assert.notEqual(sent[0], sent[1]);
  await received(link, async (page) => {
    await runs(page).nth(1).waitFor();
    await still(page);
    await openPanel(page, "share");
    assert.deepEqual(await both(page), sent);
  });
});

test("a link of an older page opens, whatever it says of what is no longer there", () =>
  received(
    "#data=iris&margin=0.4&changes=5:margin:0.6&view.lines=true&view.ring=false&view.step=30&view.yaw=0.5&story=margin",
    async (page) => {
      await until(() => /margin=0\.4.*changes=5:margin:0\.6/.test(hash(page)), "its run");
      await until(() => !/lines|ring=/.test(hash(page)), "and nothing else");
      await page.locator("#story h2").getByText("What the margin does").waitFor();
    },
  ));

test("a step of the tour is a link", () =>
  visit(
    async (page) => {
      await page.locator("#tour > .card").getByText(/2 of 6/).waitFor();
      await until(() => hash(page).includes("view.tour=2"), "it stays");
    },
    { hash: "#view.tour=2", still: true },
  ));

test("everything can be saved", () =>
  visit(
    async (page) => {
      await openPanel(page, "share");
      assert.equal((await embedding(page)).trim().split("\n").length, 151);
      assert.equal(String((await saved(page, "Data, CSV")).bytes).trim().split("\n").length, 151);
      assert.match(String((await saved(page, "Lua")).bytes), /require "triplet"/);
      assert.match(String((await saved(page, "JavaScript")).bytes), /from "triplet"/);
      const { bytes } = await saved(page, "safetensors");
      assert.ok(JSON.parse(String(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))))));
      const png = (await saved(page, "PNG")).bytes;
      assert.equal(png.subarray(1, 4).toString(), "PNG");
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1080, 1080], "square");
      const svg = String((await saved(page, "SVG")).bytes);
      assert.ok(svg.match(/<(path|circle|image)/g).length >= 150);
      const downloads = [];
      page.on("download", (download) => downloads.push(download.suggestedFilename()));
      await page.getByRole("button", { name: "Projector" }).click();
      await until(() => downloads.length === 2, "two files");
      assert.deepEqual(downloads.sort(), ["metadata.tsv", "vectors.tsv"]);
    },
    { hash: "#data=iris&view.step=10" },
  ));

test("a hash of garbage opens the page as if it were fit", () =>
  visit(
    async (page) => {
      await atLeast(page, 5);
      const next = "#margin=NaN&seed=-1&changes=1:margin:<b>;;;:::&compare=true&b.layers=9999,9999,9999,9999,9";
      await page.evaluate((to) => (location.hash = to), next);
      await runs(page).nth(1).waitFor();
      await atLeast(page, 3);
    },
    {
      hash:
        "#%E0%A4%A=&data=<script>&dim=1e9&rows=Infinity&layers=[]&p=0&__proto__=1&view.step=-3&view.yaw=x" +
        "&changes=9e9:seed:1",
    },
  ));
