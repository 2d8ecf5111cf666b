// The script panel of the page in Debian's Chromium, as a visitor uses it. Speaks TAP. Needs build/web.
import { execFileSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { inChromium, print, processorOf } from "./browser.mjs";

await inChromium("build/web", {}, async (page, origin) => {
  const panel = page.locator("#script-panel");
  const status = (text) => panel.locator("#status", { hasText: text }).waitFor();
  const output = () => panel.locator("#output").innerText();
  const write = async (source) => {
    await panel.locator(".cm-content").click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(source);
  };
  const run = () => panel.locator("#run").click();

  const frames = (count) =>
    page.evaluate(async (count) => {
      for (let i = 0; i < count; i++) {
        await new Promise(requestAnimationFrame);
      }
    }, count);

  const early = [];
  page.on("request", (request) => /lua|panel/.test(request.url()) && early.push(request.url()));
  await page.emulateMedia({ reducedMotion: "reduce" }); // the page's own run is no part of what is measured
  await page.goto(`${origin}#view.step=20`);
  await page.locator("#more").click();
  await page.locator("#script").waitFor();
  print(early.length === 0, "nothing of it is loaded before it opens", early.join("\n"));

  await page.locator("#script").click();
  await panel.locator(".cm-line span").first().waitFor();
  const first = await panel.locator(".cm-line").first().innerText();
  print(first.startsWith("-- Iris"), "it opens with an example in colours", first);

  const options = panel.locator("#example option:not([disabled])");
  const names = await options.evaluateAll((all) => all.map(({ value }) => value));
  const examples = (await readdir("lua/examples")).map((file) => file.replace(".lua", ""));
  print([...examples, "run"].sort().join() === names.sort().join(), "the menu has every example", names.join());
  for (const name of ["iris", "recommender"]) {
    await panel.locator("#example").selectOption(name);
    await run();
    await status(/^Done$/);
    const native = execFileSync("lua5.4", [`lua/examples/${name}.lua`], { encoding: "utf8" });
    print((await output()).trim() === native.trim(), `${name}: prints here what it prints natively`, await output());
  }

  await page.evaluate(await readFile("web/node_modules/axe-core/axe.min.js", "utf8"));
  const violations = await page.evaluate(async () => (await window.axe.run()).violations.map(({ id }) => id));
  print(violations.length === 0, "everybody can use it, says axe", violations.join());

  const used = await processorOf(page);
  await write(
    "local t = require 'triplet'\nlocal n = 1000000\nlocal labels = {}\nfor i = 1, n do labels[i] = i end\n" +
      "t.show(t.matrix(n, 2), labels, ('long '):rep(1e6))\nprint(('long '):rep(2e6))\nerror(('long '):rep(2e6))",
  );
  const before = await used();
  await run();
  await status(/^Failed$/);
  await frames(20);
  const taken = (await used()) - before;
  const failing = await output();
  print(failing.includes("lua:7: long long"), "endless texts and a million points end", failing.slice(0, 200));
  console.log(`# ${taken.toFixed(2)} s of processor`);
  print(taken < 2, "and do not hold the page up");
  await write("for i = 1, 5000 do assert(io.open('f' .. i, 'w')):close() end");
  await run();
  await status(/^Done$/);
  const log = await panel.locator("#output").boundingBox();
  print(log.height > 100, "thousands of files leave room for the text", `${log.height} pixels`);

  await write("local t = require 'triplet'\nlocal x, y = t.synthetic('rings', 90, 1, 1)\nt.show(x, y, 'three rings')");
  await page.keyboard.press("Control+Enter");
  await status(/^Done$/);
  await frames(2);
  const colours = await panel.locator("#picture").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  const caption = await panel.locator("#caption").innerText();
  print(colours > 3 && caption === "three rings", "triplet.show draws", `${colours} colours, ${caption}`);

  await write("local a = 1\n\nerror 'on line three'\n");
  await run();
  await status(/^Failed$/);
  print((await output()).includes("recommender.lua:3: on line three"), "an error is told", await output());
  print((await panel.locator(".fault").innerText()).includes("error 'on line three'"), "and marked at its line");
  await panel.locator("#output button").click();
  await page.keyboard.press("Control+A");

  await write("while true do pcall(print, 'again') end");
  await run();
  await status(/^Running/);
  await frames(20);
  const start = await used();
  await frames(60);
  const each = (1000 * ((await used()) - start)) / 60;
  await panel.locator("#stop").click();
  await status(/^Stopped$/);
  console.log(`# ${each.toFixed(1)} ms of processor a frame`);
  print(each < 50, "the page goes on while a script prints in a loop");
  await write("while true do end");
  await run();
  await status(/^Running/);
  await panel.locator("#reset").click();
  const after = [await panel.locator("#status").innerText(), await panel.locator("#run").isEnabled(), await output()];
  print(/^Ctrl/.test(after[0]) && after[1] && !/stopped/.test(after[2]), "Reset ends a script", after.join());
  await write("print(6 * 7)");
  await panel.locator("#run").evaluate((button) => {
    button.click();
    button.disabled = false;
    button.click(); // while the first is being prepared
  });
  await status(/^Done$/);
  print((await output()).trim() === "42", "and the next Run works", await output());

  await write("assert(io.open('notes.txt', 'w')):write('kept'):close()");
  await run();
  await status(/^Done$/);
  const downloading = page.waitForEvent("download");
  await panel.locator("#written button").click();
  const kept = await readFile(await (await downloading).path(), "utf8");
  print(kept === "kept", "what a script writes can be saved");

  await panel.locator("#example").selectOption("run");
  await run();
  await status(/^(Done|Failed)$/);
  const points = (await output()).trim().split("\n");
  const all = points.every((point) => /^(-?[\d.e-]+,)+-?[\d.e-]+$/.test(point));
  print(points.length > 1000 && all, "the page's run, as a script, makes its embedding", points[0]);
  await panel.locator("#example").selectOption("recommender");
  await write("-- nothing");
  await panel.locator("#reset").click();
  const text = await panel.locator(".cm-content").innerText();
  print(text.startsWith("-- A recommender"), "Reset brings the example back", text);

  await write("print 'from a link'");
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => (window.link = text) } });
  });
  await panel.locator("#share").click();
  await status(/^Link copied/);
  const link = await page.evaluate(() => window.link);
  await page.goto("about:blank");
  await page.goto(link);
  await status(/^From a link/);
  await frames(20);
  const shown = await panel.locator(".cm-content").innerText();
  const silent = !(await output()).includes("from a link");
  print(silent && shown === "print 'from a link'", "a link's script is shown and not run", shown);
  await run();
  await status(/^Done$/);
  print((await output()).trim() === "from a link", "until Run is pressed");

  for (const garbage of ["AAAA", "%00%ff", "x".repeat(5000)]) {
    await page.goto("about:blank");
    await page.goto(`${origin}#script=${garbage}`);
    await status(/^The script in the link is damaged/);
  }
  print(true, "a damaged link is told");
});
