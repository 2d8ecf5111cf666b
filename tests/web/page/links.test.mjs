// Links and files that go out, and what is hostile among links.
import assert from "node:assert/strict";
import { atLeast, pause, picture, saved, setExactly, setting, stepOf, still, test, until, visit } from "./browser.mjs";

// Pauses and shares: the hash, and the embedding that stands there.
async function shared(page) {
  await pause(page);
  await still(page);
  await page.locator("#share").click();
  await until(() => page.url().includes("view.step="), "the step");
  return [new URL(page.url()).hash, String((await saved(page, "Embedding, CSV")).bytes)];
}
const stepIn = (link) => Number(/view\.step=(\d+)/.exec(link)[1]);

test("everything can be saved", () =>
  visit(async (page) => {
    await atLeast(page, 10);
    await pause(page);
    const embedding = await saved(page, "Embedding, CSV");
    assert.equal(String(embedding.bytes).trim().split("\n").length, 1798);
    assert.match(String((await saved(page, "Lua script")).bytes), /require "triplet"/);
    assert.match(String((await saved(page, "JavaScript")).bytes), /from "triplet"/);
    const { bytes } = await saved(page, "safetensors");
    assert.ok(JSON.parse(String(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))))));
    assert.equal((await saved(page, "PNG")).bytes.subarray(1, 4).toString(), "PNG");
    const svg = String((await saved(page, "SVG")).bytes);
    assert.equal(svg.match(/<path/g).length, 1797);
    await page.getByRole("button", { name: "Save" }).click();
    const downloads = [];
    page.on("download", (download) => downloads.push(download.suggestedFilename()));
    await page.locator("#downloads button", { hasText: "Projector" }).click();
    await until(() => downloads.length === 2, "two files");
    assert.deepEqual(downloads.sort(), ["metadata.tsv", "vectors.tsv"]);
  }));

// A run with live changes is shared; the link is opened by two others.
test("a shared link replays the run to the bit", async () => {
  let link;
  let sent;
  await visit(async (page) => {
    await setting(page, "data").locator("select").selectOption("moons");
    await until(() => page.url().includes("data=moons"), "moons");
    await atLeast(page, 20);
    await setExactly(page, "margin", 0.5);
    await atLeast(page, 45);
    await setting(page, "mining").locator("select").selectOption("all");
    await atLeast(page, 70);
    [link, sent] = await shared(page);
  });
  assert.match(link, /changes=\d+:margin:0\.5;\d+:mining:all/);
  const step = stepIn(link);
  for (const scheme of ["light", "dark"]) {
    await visit(
      async (page) => {
        await atLeast(page, step);
        assert.equal(await stepOf(page), step);
        assert.equal(String((await saved(page, "Embedding, CSV")).bytes), sent);
      },
      { hash: link, scheme },
    );
  }
});

// Compared runs, each with a change of its own, gone back in: the link shows both where they stood.
test("a shared link replays both of two runs, to the step that was looked at", async () => {
  const both = async (page) => {
    const files = [];
    for (const side of [0, 1]) {
      await page.locator(".sides label").nth(side).click();
      await still(page);
      files.push(String((await saved(page, "Embedding, CSV")).bytes));
    }
    return files;
  };
  let link;
  let sent;
  await visit(
    async (page) => {
      await atLeast(page, 20);
      await setExactly(page, "margin", 0.4);
      await page.locator(".sides label").nth(1).click();
      await until(() => setting(page, "mining").locator("option[value=all]:checked").count(), "the settings of B");
      await setExactly(page, "learningRate", 0.01);
      await until(() => /[#&]changes=.*b\.changes=\d+:learningRate/.test(page.url()), "both changes in the address");
      await atLeast(page, 60);
      await pause(page);
      await still(page);
      await page.locator("#scrub").focus();
      await page.keyboard.press("PageDown");
      await still(page);
      assert.equal(await stepOf(page, 1), await stepOf(page));
      sent = await both(page);
      await page.locator("#share").click();
      await until(() => page.url().includes("view.step="), "the step");
      link = new URL(page.url()).hash;
    },
    { hash: "#data=moons&compare=true&b.mining=all" },
  );
  await visit(
    async (page) => {
      for (const pane of [0, 1]) {
        await until(async () => (await stepOf(page, pane)) === stepIn(link), "its step");
      }
      assert.deepEqual(await both(page), sent);
    },
    { hash: link },
  );
});

test("a hash of garbage opens the page as if it were fit", () =>
  visit(
    async (page) => {
      await atLeast(page, 5);
      const before = await picture(page);
      assert.ok(before.length > 0);
      await page.evaluate(
        () =>
          (location.hash =
            "#margin=NaN&seed=-1&changes=1:margin:<b>;;;:::&compare=true&b.layers=9999,9999,9999,9999,9"),
      );
      await until(async () => (await page.locator(".pane").count()) === 2, "two panes");
      await atLeast(page, 3);
    },
    {
      hash:
        "#%E0%A4%A=&data=<script>&dim=1e9&rows=Infinity&layers=[]&p=0&__proto__=1&view.step=-3&view.yaw=x" +
        "&changes=9e9:seed:1",
    },
  ));
