// Parcel, which is told nothing of the package.
import { join } from "node:path";
import { test } from "node:test";
import { run, same, tools, write } from "./environment.mjs";
import { main, page, saidBy, serve } from "./page.mjs";

test("Parcel", async () => {
  write("main.js", main());
  write("index.html", page("main.js"));
  const options = ["--dist-dir", "site", "--no-cache", "--no-source-maps"];
  run(process.execPath, join(tools, "parcel/lib/bin.js"), "build", "index.html", ...options);
  same(await saidBy(`${await serve("site")}/index.html`), 3);
});
