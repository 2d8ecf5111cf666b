// The package as its tarball installs it, in a folder of its own that goes with the tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const tools = join(root, "wasm/node_modules");
export const folder = mkdtempSync(join(tmpdir(), "triplet-installed-"));
after(() => rmSync(folder, { recursive: true }));

export function run(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

export const tarball = join(folder, run("npm", "pack", "--silent", join(root, "build/npm")).trim());

// Beside these of our tools, by default all.
export function install(names = readdirSync(tools).filter((name) => name[0] !== ".")) {
  const installed = join(folder, "node_modules/triplet");
  mkdirSync(installed, { recursive: true });
  run("tar", "-xzf", tarball, "-C", installed, "--strip-components=1");
  for (const name of names) {
    symlinkSync(join(tools, name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  return installed;
}
