// Deno, which may read files and do nothing else.
import { join } from "node:path";
import { test } from "node:test";
import { folder, program, run, same, tools, write } from "./environment.mjs";

const deno = join(tools, `@deno/linux-${process.arch}-glibc/deno`);
Object.assign(process.env, { DENO_DIR: join(folder, "cache"), DENO_NO_UPDATE_CHECK: "1" });

test("Deno", () => {
  write("main.mjs", program);
  same(run(deno, "run", "--no-prompt", "--no-remote", "--allow-read", "main.mjs"), 3);
});
