// What a visitor takes along: a link to this very step, pictures, films and files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { paused, stepOf, test, until, visit } from "./browser.mjs";

const open = async (page) => {
  await page.locator("#do-share").click();
  await page.locator(".panel-share").waitFor();
};

async function saved(page, name) {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".panel-share").getByRole("button", { name, exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test("the link replays this very step, bit for bit", () =>
  visit(
    async (page) => {
      await paused(page);
      await open(page);
      const { bytes } = await saved(page, "Embedding, CSV");
      await page.getByRole("button", { name: "Copy the link" }).click();
      await until(async () => /Copied/.test(await page.locator(".panel-share").innerText()), "it says so");
      const link = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(link, /view\.step=60/);

      await page.goto("about:blank");
      await page.goto(link);
      await until(async () => (await stepOf(page)) === 60, "the step");
      await open(page);
      assert(bytes.equals((await saved(page, "Embedding, CSV")).bytes), "the same embedding");
    },
    { hash: "#view.step=60", still: true },
  ));

// The pictures of a GIF, by its blocks.
function framesOf(bytes) {
  let at = 13 + (bytes[10] & 0x80 ? 3 * 2 ** ((bytes[10] & 7) + 1) : 0);
  let frames = 0;
  const skip = () => {
    while (bytes[at] > 0) {
      at += bytes[at] + 1;
    }
    at++;
  };
  while (bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      at += 2;
      skip();
    } else {
      assert.equal(bytes[at], 0x2c, "a picture");
      const local = bytes[at + 9];
      at += 10 + (local & 0x80 ? 3 * 2 ** ((local & 7) + 1) : 0) + 1;
      skip();
      frames++;
    }
  }
  assert.equal(at, bytes.length - 1);
  return frames;
}

test("pictures are square and titled, films show the way", () =>
  visit(
    async (page) => {
      await paused(page);
      await open(page);
      const png = await saved(page, "PNG");
      assert.equal(png.name, "embedding.png");
      assert.deepEqual([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)], [1080, 1080]);

      const svg = String((await saved(page, "SVG")).bytes);
      assert.match(svg, /^<svg [^]*<title>[^<]*digits[^]*<\/svg>\s*$/);

      const gif = (await saved(page, "GIF")).bytes;
      assert.equal(gif.toString("latin1", 0, 6), "GIF89a");
      assert.deepEqual([gif.readUInt16LE(6), gif.readUInt16LE(8)], [480, 480]);
      assert(framesOf(gif) > 30);

      const webm = (await saved(page, "WebM")).bytes;
      assert.equal(webm.toString("hex", 0, 4), "1a45dfa3");
      assert(webm.length > 10000);
    },
    { hash: "#view.step=60", still: true },
  ));

test("data, model and scripts are saved under their names", () =>
  visit(
    async (page) => {
      await paused(page);
      await open(page);
      const embedding = String((await saved(page, "Embedding, CSV")).bytes).trim().split("\n");
      assert.equal(embedding[0], "x1,x2,label,held_out");
      assert.equal(embedding.length, 1798);
      const data = String((await saved(page, "Data, CSV")).bytes);
      assert.equal(data.trim().split("\n").length, 1798);
      const model = await saved(page, "Model, safetensors");
      assert.equal(model.name, "model.safetensors");
      assert(model.bytes.readBigUInt64LE(0) < model.bytes.length);
      assert.match(String((await saved(page, "Lua")).bytes), /require/);
      assert.match(String((await saved(page, "JavaScript")).bytes), /import/);
    },
    { hash: "#view.step=30", still: true },
  ));
