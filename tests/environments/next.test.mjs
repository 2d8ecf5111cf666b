// Next.js: a route in Node.js, one in the edge runtime, which compiles nothing at run time, a component in Chromium.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { folder, imports, run, same, tools, write } from "./environment.mjs";
import { saidBy } from "./page.mjs";

process.env.NEXT_TELEMETRY_DISABLED = "1";
const next = join(tools, "next/dist/bin/next");

// Aliases of the folder, as in any Next.js.
const entries = `${imports.replace("./figures", "@/figures")}
  const all = () => Promise.all([inline, external, worker].map((load) => figures(load)));`;

["app/node", "app/edge"].forEach((path) => mkdirSync(join(folder, path), { recursive: true }));
write("jsconfig.json", '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }');
write("next.config.mjs", 'export default { turbopack: { root: "/" } };'); // the tools are links to elsewhere
write("app/layout.js", "export default ({ children }) => <html><body>{children}</body></html>;");
write("app/page.js", 'import { Figures } from "./component.js";\nexport default () => <Figures />;');
write(
  "app/component.js",
  `"use client";
   import { useEffect, useState } from "react";
   ${entries}
   export function Figures() {
     const [said, setSaid] = useState();
     useEffect(() => {
       all().then((lines) => setSaid(lines.join("\\n")), (error) => setSaid(error.stack));
     }, []);
     return said && <output>{said}</output>;
   }`,
);
write(
  "app/node/route.js",
  `${entries}
   export const dynamic = "force-dynamic";
   export const GET = async () => new Response((await all()).join("\\n"));`,
);
write(
  "app/edge/route.js",
  `import { loadTriplet } from "triplet/external";
   import wasm from "triplet/triplet.wasm";
   import { figures } from "@/figures.mjs";
   export const runtime = "edge";
   export const GET = async () => new Response(await figures(loadTriplet, { wasm }));`,
);

let server;
let address;

// The server ends by itself when nobody ends it.
before(async () => {
  run(process.execPath, next, "build");
  const args = [next, "start", "--port", "0", "--hostname", "127.0.0.1"];
  server = spawn(process.execPath, args, { cwd: folder, timeout: 120_000 });
  let said = "";
  address = await new Promise((resolve, reject) => {
    const listen = (text) => {
      said += text;
      const [found] = /http:\S+:\d+/.exec(said) ?? [];
      if (found && said.includes("Ready")) {
        resolve(found);
      }
    };
    server.stdout.on("data", listen);
    server.stderr.on("data", listen);
    server.on("exit", () => reject(new Error(`Next.js: the server has ended: ${said}`)));
  });
});
after(() => server?.kill());

const ask = async (path) => (await fetch(`${address}/${path}`)).text();

test("Next.js: a route in Node.js", async () => {
  same(await ask("node"), 3);
});

test("Next.js: a route in the edge runtime", async () => {
  same(await ask("edge"), 1);
});

test("Next.js: a component, in Chromium", async () => {
  same(await saidBy(address), 3);
});
