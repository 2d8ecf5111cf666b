// The package as its tarball installs it, in a folder of its own that goes with the tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const tools = join(root, "wasm/node_modules");
export const folder = mkdtempSync(join(tmpdir(), "triplet-installed-"));
process.on("exit", () => rmSync(folder, { recursive: true })); // after what tests close at their end

export function run(program, ...args) {
  const how = { cwd: folder, encoding: "utf8", timeout: 120_000 };
  const { status, stdout, stderr, error } = spawnSync(program, args, how);
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}${error ?? ""}`);
  return stdout;
}

// Beside these of the tools, by default all.
export function install(names, from = tools) {
  const installed = join(folder, "node_modules/triplet");
  mkdirSync(installed, { recursive: true });
  const tarball = run("npm", "pack", "--silent", join(root, "build/npm")).trim();
  run("tar", "-xzf", tarball, "-C", installed, "--strip-components=1");
  for (const name of names ?? readdirSync(from).filter((name) => name[0] !== ".")) {
    symlinkSync(join(from, name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  return installed;
}
