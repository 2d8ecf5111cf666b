// sw.js of build/web knows every file of the site, and is another one when any of them is.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { offline } from "../../../web/offline.js";

const root = fileURLToPath(new URL("../../../build/web", import.meta.url));
const source = (folder) => readFileSync(join(folder, "sw.js"), "utf8");
const versionOf = (folder) => /const VERSION = "([0-9a-f]{16})";/.exec(source(folder))[1];

test("it lists all files but itself and the picture for links", () => {
  const listed = JSON.parse(/const FILES = (\[.*\]);/.exec(source(root))[1]);
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, path, parentPath = path }) => join(parentPath, name).slice(root.length + 1));
  assert.deepEqual(listed, files.filter((file) => !["sw.js", "og.png"].includes(file)).sort());
});

test("its version is that of what is in the files", () => {
  const folder = mkdtempSync(join(tmpdir(), "triplet-offline-"));
  try {
    cpSync(root, folder, { recursive: true });
    rmSync(join(folder, "sw.js"));
    offline.writeBundle({ dir: folder });
    assert.equal(versionOf(folder), versionOf(root));
    writeFileSync(join(folder, "data/iris.csv"), "another");
    offline.writeBundle({ dir: folder });
    assert.notEqual(versionOf(folder), versionOf(root));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
