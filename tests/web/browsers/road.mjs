// The main road through the page, in any browser: the one triplet, the full run, the tour, and the bytes of a link.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { embeddingCsv } from "../../../web/src/model/exports.js";
import { decode } from "../../../web/src/model/link.js";
import { until as reached, withSession } from "../model/world.mjs";
import { schema } from "../model/world.mjs";

const LINK = "#data=digits&mining=semihard&changes=10:margin:0.5;25:mining:all&view.step=40";

export const LIMIT = 120000; // ms until what is waited for is given up: machines may be slow and busy

// Waits for a condition of the page.
async function until(condition, what) {
  const end = Date.now() + LIMIT;
  for (let value = await condition(); !value; value = await condition()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await sleep(50);
  }
}

// Functions that run in the page, by what they are given alone.
const textOf = (selector) => document.querySelector(selector)?.textContent ?? "";
const click = (selector) => document.querySelector(selector).click();
function keepSaved() {
  const { createObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    blob.text().then((text) => (/** @type {any} */ (window).saved = text));
    return createObjectURL.call(URL, blob);
  };
}
const clickNamed = (name) =>
  [...document.querySelectorAll("#drawer button")].find(({ textContent }) => textContent.startsWith(name)).click();
const saved = () => /** @type {any} */ (window).saved ?? "";

// What the link leads to, computed here.
async function expected() {
  const { settings, changes, view } = decode(LINK, schema);
  return withSession(async (session) => {
    await session.start(settings, { changes, until: view.step, playing: false });
    const { snapshot } = await reached(session, (state) => state.snapshot?.step === view.step);
    return embeddingCsv({ settings, changes, dataset: session.dataset, snapshot, heldOut: session.heldOut });
  });
}

/**
 * browser: open(hash), a page of its own that is loaded anew; run(f, ...given), what f returns in it; press(selector,
 * key); size(): [width, height]; error(): what went wrong in it, or "".
 * @param {string} name
 * @param {any} browser
 */
export function takeRoad(name, browser) {
  const figure = (of) => browser.run(textOf, `#bar [data-figure="${of}"] b`);

  test(`${name}: opens on one triplet, whose points move by keys and by steps`, async () => {
    await browser.open("");
    await until(() => browser.run(textOf, ".one-formula"), "the formula");
    const before = await browser.run(textOf, ".one-formula");
    await browser.press(".one-plane [role=button]", "ArrowRight");
    await until(async () => (await browser.run(textOf, ".one-formula")) !== before, "another loss");
    assert.match(await browser.run(textOf, ".one-formula"), /max.*0.*d\(a, p\).*d\(a, n\).*margin/s);
  });

  test(`${name}: a click away digits flow into clusters`, async () => {
    await browser.open("");
    await until(() => browser.run(textOf, ".one-skip"), "the way on");
    await browser.run(click, ".one-skip");
    await until(async () => Number(await figure("step")) >= 50, "50 steps");
    await until(async () => parseFloat(await figure("recall")) >= 70, "recall");
  });

  test(`${name}: a link leads to its bytes`, async () => {
    await browser.open(LINK);
    await until(async () => (await figure("step")) === "40", "step 40");
    await browser.run(keepSaved);
    await browser.run(click, "#do-share");
    await until(() => browser.run(textOf, "#drawer .panel-share"), "the panel");
    await browser.run(clickNamed, "Embedding, CSV");
    await until(() => browser.run(saved), "the file");
    assert.equal(await browser.run(saved), await expected());
  });

  test(`${name}: the tour goes on and can be left`, async () => {
    await browser.open("#view.tour=1");
    await until(async () => /1 of 6/.test(await browser.run(textOf, "#tour")), "its first step");
    await browser.press("#tour-title", "ArrowRight");
    await until(async () => /2 of 6/.test(await browser.run(textOf, "#tour")), "its second step");
    await browser.press("#tour-title", "Escape");
    await until(async () => (await browser.run(textOf, "#tour")) === "" || !(await browser.shown("#tour")), "left");
  });
}
