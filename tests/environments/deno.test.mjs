// Deno, which may read files and do nothing else.
import { join } from "node:path";
import { test } from "node:test";
import { folder, run, same, tools, write } from "./environment.mjs";

const deno = join(tools, `@deno/linux-${process.arch}-glibc/deno`);
Object.assign(process.env, { DENO_DIR: join(folder, "cache"), DENO_NO_UPDATE_CHECK: "1" });

test("Deno", () => {
  const program = `
    import { loadTriplet as inline } from "triplet";
    import { loadTriplet as external } from "triplet/external";
    import { loadTriplet as worker } from "triplet/worker";
    import { figures } from "./figures.mjs";
    for (const load of [inline, external, worker]) console.log(await figures(load));`;
  write("main.mjs", program);
  same(run(deno, "run", "--no-prompt", "--no-remote", "--allow-read", "main.mjs"), 3);
});
