// All that a visitor's browser loads until the full run moves, as a server would compress it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { requested, test, until, visit } from "./browser.mjs";

const LIMIT = 220e3;

const root = new URL("../../../build/web/", import.meta.url);
const sizeOf = (file) => gzipSync(readFileSync(new URL(file, root)), { level: 9 }).length;

// In the page: asks for it once more as soon as the run moves, however late that is seen here. The run is slow, so that
// a slow page sees its first steps, too.
function mark() {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...more) {
    return postMessage.call(this, message.type === "start" ? { ...message, pace: 0.1 } : message, ...more);
  };
  const isMoving = () => Number(document.querySelector('#bar [data-figure="step"] b')?.textContent) > 0;
  new MutationObserver((_, observer) => {
    if (isMoving()) {
      observer.disconnect();
      fetch(location.pathname);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

// begin(page): what leads from the opening to the run.
async function load(hash, begin = async () => {}) {
  requested.length = 0;
  const marked = () => requested.indexOf("index.html", 1);
  await visit(
    async (page) => {
      await begin(page);
      await until(() => marked() > 0, "the run moves");
    },
    { hash, wait: false, prepare: (page) => page.addInitScript(mark) },
  );
  return [...new Set(requested.slice(0, marked()))].map((file) => [file, sizeOf(file)]);
}

function assertSmall(sizes, what) {
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  console.log(`# ${what}: ${(total / 1000).toFixed(1)} kB gzip`);
  for (const needed of [/^index\.html$/, /\.wasm$|^data\/digits\.bin$/, /^assets\/.*\.js$/, /^assets\/.*\.css$/]) {
    assert.ok(sizes.some(([file]) => needed.test(file)), `${needed} is not among them`);
  }
  assert.ok(total <= LIMIT, `${total} bytes: ${JSON.stringify(sizes.sort(([, a], [, b]) => b - a))}`);
}

// One after the other, as both are told what is requested.
test("until the full run moves at most 220 kB are loaded, by way of one triplet or at once", async () => {
  assertSmall(await load("", (page) => page.locator(".one-skip").click()), "by way of one triplet");
  assertSmall(await load("#run"), "at once");
});
