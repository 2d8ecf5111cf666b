// Bun, and programs that it compiles, which carry the package inside.
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, imports, program, run, same, tools, write } from "./environment.mjs";

const bun = join(tools, `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}/bin/bun`);

test("Bun", () => {
  write("main.mjs", program);
  same(run(bun, "main.mjs"), 3);
});

test("bun build --compile", () => {
  const carrying = `${imports}
    import wasm from "triplet/triplet.wasm" with { type: "file" };
    import thread from "./node_modules/triplet/worker-thread.node.js" with { type: "file" };
    console.log(await figures(inline));
    console.log(await figures(external, { wasm }));
    console.log(await figures(worker, { worker: thread }));`;
  write("program.mjs", carrying);
  run(bun, "build", "--compile", "program.mjs", "--outfile", "program");
  mkdirSync(join(folder, "elsewhere"));
  renameSync(join(folder, "program"), join(folder, "elsewhere/program"));
  renameSync(join(folder, "node_modules"), join(folder, "gone"));
  same(run(join(folder, "elsewhere/program")), 3);
});
