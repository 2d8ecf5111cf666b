// build/web as any file server would hand it out.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../../build/web/", import.meta.url);
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name, path, parentPath = path }) => `${parentPath}/${name}`.replace(/^.*\/build\/web\/+/, ""));
const read = (file) => readFileSync(new URL(file, root));

const policyOf = (html) => /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)[1];
const pages = {
  "index.html": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:",
  "guide/index.html": "default-src 'self'",
};

test("there are two pages", () =>
  assert.deepEqual(files.filter((file) => file.endsWith(".html")).sort(), Object.keys(pages).sort()));

for (const [page, policy] of Object.entries(pages)) {
  test(`${page} works below any path, and its policy lets nothing in from elsewhere or inline`, () => {
    const html = String(read(page));
    assert.equal(policyOf(html), policy);
    const links = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, link]) => link);
    assert.ok(links.length >= 2);
    for (const link of links) {
      assert.match(link, /^(\.{1,2}\/|#)/);
      const { pathname } = new URL(link, new URL(page, "http://host/"));
      const file = pathname.slice(1).replace(/(^|\/)$/, "$1index.html");
      assert.ok(link.startsWith("#") || files.includes(file), `${link} leads to no file`);
    }
    assert.doesNotMatch(html, /\sstyle="|\son\w+="|<style|<script(?![^>]*\ssrc=)/);
  });
}

test("no script makes code of text", () => {
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    assert.doesNotMatch(
      String(read(file)),
      /\beval\(|new Function\(|\.innerHTML\s*=|insertAdjacentHTML|document\.write/,
      file,
    );
  }
});
