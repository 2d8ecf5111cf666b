// The server that make demo starts gives out the page's folder, and no file outside it (CVE-2025-58751 and -58752).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const SECRET = "what is outside";
// Beside the page's folder, and in one whose name begins like it.
const names = ["secret.html", "secret.txt", "web-secret/secret.html", "web-secret/secret.txt"];
const outside = names.map((name) => join(root, "build", name));

let server, port;
before(async () => {
  mkdirSync(join(root, "build/web-secret"), { recursive: true });
  outside.forEach((file) => writeFileSync(file, SECRET));
  port = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
  server = spawn("make", ["demo", `PORT=${port}`], { cwd: root, detached: true, stdio: "ignore" });
  while (!(await get("/").catch(() => false))) {
    assert.equal(server.exitCode, null, "make demo ended");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
after(() => {
  server.exitCode ?? process.kill(-server.pid);
  outside.forEach((file) => rmSync(file));
  rmSync(join(root, "build/web-secret"), { recursive: true });
});

// Over a bare socket: nothing between takes dots out of the path.
function get(path) {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`);
    });
    socket.on("data", (text) => (answer += text));
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}

test("the page is served, to this machine alone", async () => {
  assert.match(await get("/"), /^HTTP\/1\.1 200 [^]*<title>triplet/);
  assert.match(await get("/licenses.txt"), /^HTTP\/1\.1 200 [^]*Lua\.org/);
  const other = connect(port, "127.0.0.2");
  await new Promise((resolve, reject) => other.on("error", resolve).on("connect", () => reject(new Error("served"))));
});

test("no path leads out of its folder", async () => {
  const ups = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "..;", "....", "./..", "assets/../.."];
  const slashes = ["/", "%2f", "%5c", "\\", "//", "/./"];
  const climbs = ups.flatMap((up) => slashes.flatMap((slash) => names.map((name) => up + slash + name)));
  const starts = ["/", "//", "/./", "/assets/../", "", `http://127.0.0.1:${port}/`];
  const paths = [
    ...starts.flatMap((start) => climbs.map((climb) => start + climb)),
    ...["", "/", "/@fs", "/@fs/", "file://", "/..".repeat(20)].flatMap((start) => outside.map((file) => start + file)),
    ...["?raw", "?url", "?import&raw", "#"].flatMap((query) => outside.map((file) => `/@fs${file}${query}`)),
    "/../../web/index.html",
    "/../../web/package.json",
    "//etc/passwd",
    `${"/..".repeat(20)}/etc/passwd`,
    `${"/%2e%2e".repeat(20)}/etc/passwd`,
  ];
  for (const path of paths) {
    assert.doesNotMatch(await get(path), /what is outside|src\/main\.js|triplet-demo|root:x:/, path);
  }
  assert.match(await get("/"), /^HTTP\/1\.1 200 /);
});

test("no link leads out of it", () => {
  const files = readdirSync(join(root, "build/web"), { recursive: true });
  assert.deepEqual(files.filter((file) => lstatSync(join(root, "build/web", file)).isSymbolicLink()), []);
});
