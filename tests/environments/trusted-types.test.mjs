// A page that takes no text for a script, where one has to be a URL that a policy of the page has made.
import { test } from "node:test";
import { same, write } from "./environment.mjs";
import { main, mapped, saidBy, serve } from "./page.mjs";

const headers = { "Content-Security-Policy": "require-trusted-types-for 'script'; trusted-types scripts" };

test("Trusted Types", async () => {
  const policy = `trustedTypes.createPolicy("scripts", { createScriptURL: (url) => url })`;
  const worker = `${policy}.createScriptURL("/node_modules/triplet/worker-thread.js")`;
  write("main.js", main(`[{}, {}, { worker: ${worker} }]`));
  write("index.html", mapped("main.js", "/node_modules/triplet"));
  same(await saidBy(`${await serve("", headers)}/index.html`), 3);
});
