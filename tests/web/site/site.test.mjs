// build/web as any file server would hand it out.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const root = new URL("../../../build/web/", import.meta.url);
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name, path, parentPath = path }) => `${parentPath}/${name}`.replace(/^.*\/build\/web\/+/, ""));
const read = (file) => readFileSync(new URL(file, root));
const html = String(read("index.html"));

test("all that a current browser loads to show the digits is at most 275 kB gzip", () => {
  const first = files.filter((file) => !/scalar|iris|lua|panel|licenses|\.csv$/.test(file));
  const sizes = first.map((file) => [file, gzipSync(read(file), { level: 9 }).length]);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  console.log(`# first load: ${(total / 1000).toFixed(1)} kB gzip`);
  assert.ok(sizes.some(([file]) => file.endsWith(".wasm")) && sizes.some(([file]) => file === "data/digits.bin"));
  assert.ok(total <= 275e3, JSON.stringify(sizes));
});

test("the page works below any path, and its policy lets nothing in from elsewhere or inline", () => {
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)[1];
  assert.equal(policy, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:");
  const links = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, link]) => link);
  assert.ok(links.length >= 2);
  assert.ok(
    links.every((link) => /^(\.\/|#|data:)/.test(link)),
    links.join(" "),
  );
  assert.doesNotMatch(html, /\sstyle="|\son\w+="|<style|<script(?![^>]*\ssrc=)/);
});

test("no script makes code of text", () => {
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    assert.doesNotMatch(
      String(read(file)),
      /\beval\(|new Function\(|\.innerHTML\s*=|insertAdjacentHTML|document\.write/,
      file,
    );
  }
});
