// The bridge in Debian's Chromium, under the page's Content-Security-Policy: the specs, every example against lua5.4,
// and scripts that misbehave: the page responds all the while and says what happened, the next script runs. Speaks TAP.
import { execFileSync } from "node:child_process";
import { inChromium, print, processorOf } from "./browser.mjs";
import { command, loadMaterial } from "./material.mjs";

const { files, specs, examples } = await loadMaterial();
const POLICY = { "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };

// Runs a script in the page. Stops it after `stop` ms.
const run = (page, source, options = {}) =>
  page.evaluate(
    async ({ source, stop, ...options }) => {
      const { ScriptRunner } = await import("/lua.js");
      let output = "";
      let frames = 0;
      let shown; // the labels of the last frame
      const listeners = { print: (text) => globalThis.onText(text), draw: (frame) => globalThis.onFrame(frame) };
      globalThis.runner ??= new ScriptRunner(listeners);
      globalThis.onText = (text) => (output += text);
      globalThis.onFrame = ({ labels }) => {
        frames++;
        shown = labels;
      };
      const stopper = stop && setTimeout(() => globalThis.runner.stop(), stop);
      const { failure, written } = await globalThis.runner.run(source, options);
      clearTimeout(stopper);
      const sizes = Object.entries(written).map(([path, bytes]) => [path, bytes.length]);
      const classes = [...new Set(shown)];
      return { failure, output, frames, points: shown?.length, classes, written: Object.fromEntries(sizes) };
    },
    { source, ...options },
  );

// name: [script, what its failure must say, more of run's options]
const STOP = { stop: 400 };
const misbehaving = {
  "an endless loop": ["while true do end", /^stopped$/, STOP],
  "an endless loop under pcall": ["while true do pcall(function() while true do end end) end", /^stopped$/, STOP],
  "an endless loop in a C function": ["string.rep('a', 60):find(('a*'):rep(30) .. 'b')", /^stopped$/, STOP],
  "an endless loop in a coroutine": ["coroutine.wrap(function() while true do end end)()", /^stopped$/, STOP],
  "an endless training": [
    "local t = require 'triplet' local x, y = t.synthetic('rings', 2000, 1, 1)\n" +
      "t.trainer { data = x, labels = y, layers = { 64, 2 }, steps = 1e9 // 1 | 0 }:run()",
    /^stopped$/,
    STOP,
  ],
  "a time limit": ["while true do end", /^stopped after 0.5 s$/, { seconds: 0.5 }],
  "endless printing": ["while true do print('again and again') end", /^stopped$/, STOP],
  "endless drawing": [
    "local t = require 'triplet' local x, y = t.synthetic('rings', 2000, 1, 1) while true do t.show(x, y) end",
    /^stopped$/,
    STOP,
  ],
  "endless tables": ["local t = {} while true do t[#t + 1] = {} end", /^not enough memory$/],
  "endless tables, caught": ["pcall(function() local t while true do t = { t } end end) error('after', 0)", /^after$/],
  "an endless string": ["local s = 'x' while true do s = s .. s end", /not enough memory|too long|overflow/],
  "endless matrices": [
    "local t = require 'triplet' local l = {} while true do l[#l + 1] = t.matrix(1000, 1000) end",
    /^not enough memory$/,
  ],
  "an absurd matrix": ["require('triplet').matrix(1 << 30, 1 << 30)", /^script.lua:1: /],
  "endless coroutines": ["local l = {} while true do l[#l + 1] = coroutine.create(print) end", /^not enough memory$/],
  "an endless file": [
    "local f = assert(io.open('big', 'wb')) while true do assert(f:write(('x'):rep(1 << 20))) end",
    /No space left on device/,
  ],
  "endless files": [
    "local n = 0 while true do n = n + 1 assert(io.open('f' .. n, 'w')):close() end",
    /No space left on device/,
  ],
  "endless recursion": ["local function f() return 1 + f() end f()", /stack overflow/],
  "endless recursion through C": ["local function f() return (string.gsub('a', 'a', f)) end f()", /C stack overflow/],
  "an endless message": ["error(('long '):rep(1e7))", /^script.lua:1: [long ]{9000,10000} \.\.\.$/],
  // What it does is left to chance, and may be to go round for ever.
  "broken bytecode": [
    "local code = string.dump(function() return 1 end)\n" +
      "for i = 1, 1e6 do\n  local at = i % 40 + 20\n" +
      "  local f = load(code:sub(1, at) .. string.char(i % 251, i % 256) .. code:sub(at + 3), 'x', 'b')\n" +
      "  if f then pcall(f) end\nend error('whole', 0)",
    /^the interpreter stopped: |^whole$|^stopped$/,
    { stop: 5000 },
  ],
  "an error that fails to tell": ["error(setmetatable({}, { __tostring = error }))", /./],
  "an error in a callback": [
    "local t = require 'triplet'\nlocal x, y = t.synthetic('rings', 60, 1, 1)\n" +
      "t.trainer { data = x, labels = y, layers = { 2 } }:run(function(s)\n  error('in step ' .. s.step)\nend)",
    /^script.lua:4: in step 1$/,
  ],
  "an error in a coroutine": ["\ncoroutine.wrap(function()\n  error('here')\nend)()", /script.lua:3: here$/],
  "an error without words": ["\n\nerror({})", /^\(error object is a table value\)$/],
  "a syntax error": ["local x = 1\nlocal = 2", /^script.lua:2: <name> expected near '='$/],
  "a status of its own": ["print('before') os.exit(3)", /^the script ended with status 3$/],
  "calling programs": ["assert(os.execute('ls'))", /exit/],
  "calling programs by pipes": ["io.popen('ls')", /'popen' not supported/],
  "files of the machine": ["assert(io.open('/etc/passwd'))", /No such file or directory/],
  "C modules": ["assert(package.loadlib == nil) require 'socket'", /module 'socket' not found/],
};
const LINES = {
  "an error in a callback": 4,
  "an error in a coroutine": 3,
  "an error without words": 3,
  "a syntax error": 2,
};

await inChromium("build/npm", POLICY, async (page, origin) => {
  await page.goto(`${origin}LICENSE`);
  const used = await processorOf(page);

  const { output, failure } = await run(page, command("tests/bridge/specs.lua", specs), { files });
  const counted = [/^ok /gm, /^not ok .*/gm].map((pattern) => output.match(pattern) ?? []);
  const [passed, broken] = counted;
  const good = !failure && passed.length > 500 && broken.length === 0;
  print(good, `${passed.length} specs of the Lua module`, failure?.message ?? broken.join("\n"));

  for (const example of examples) {
    const expected = execFileSync("lua5.4", ["tests/bridge/record.lua", example], { encoding: "utf8" });
    const result = await run(page, command("tests/bridge/record.lua", [example]), { files });
    const drawn = result.frames > 0 || !String(files[example]).includes("triplet.show(");
    const text = `${result.frames} frames\n${result.failure?.message ?? ""}\n${result.output}`;
    print(result.output === expected && drawn, `${example} in Chromium prints and learns what it does natively`, text);
  }

  for (const [name, [source, says, options]] of Object.entries(misbehaving)) {
    const before = await used();
    const result = await run(page, source, options);
    const taken = (await used()) - before;
    const next = await run(page, "print(#require('triplet').matrix(2, 3))");
    const { failure } = result;
    const told = says.test(failure?.message ?? "") && (LINES[name] ?? failure.line) === failure.line;
    const done = told && taken < 2 && next.output === "2\n" && !next.failure;
    const detail = JSON.stringify([taken, result, next]).slice(0, 2000);
    print(done, `${name}: told, the page responds, the next script runs`, detail);
  }

  const large = await run(
    page,
    `local t, labels = require "triplet", {}
     for i = 1, 100000 do labels[i] = i % 10 end
     t.show(t.matrix(100000, 2), labels)`,
  );
  const sampled = !large.failure && large.points === 10000 && large.classes.length === 10;
  print(sampled, "a frame of too many points is a sample of every class", JSON.stringify(large));

  const odd = await run(
    page,
    `local t = require "triplet"
     local x, y = t.synthetic("rings", 60, 1, 1)
     local trainer = t.trainer { data = x, labels = y, layers = { 8, 2 }, steps = 20 }
     setmetatable({}, { __gc = function() collectgarbage() error("in a finalizer") end })
     local view = t.matrix(4, 4):view(2, 3)
     trainer:run(function() collectgarbage() collectgarbage("step") t.show(trainer:embed(), y) end)
     collectgarbage("generational") collectgarbage("incremental") collectgarbage("stop")
     local co = coroutine.wrap(function()
       while true do collectgarbage() coroutine.yield(trainer:embed():get(1, 1)) end
     end)
     co() co()
     trainer = nil collectgarbage()
     view:set(1, 1, 7)
     print(view:get(1, 1))`,
  );
  print(!odd.failure && /^7\.0$/m.test(odd.output), "collectgarbage in odd places", JSON.stringify(odd));

  const script = await run(page, "#!/usr/bin/env lua5.4\nprint(arg[0], #arg, arg[1] or 'none')");
  print(script.output === "script.lua\t0\tnone\n", "a file that begins with its interpreter", JSON.stringify(script));

  const burst = await run(page, "for i = 1, 500 do print(i) end while true do end", STOP);
  print(burst.output.endsWith("\n500\n"), "what was printed before a loop is seen", burst.output.slice(-100));
  const flood = await run(page, "for i = 1, 300000 do print(i, 'and more') end print('the end')");
  print(flood.output.endsWith("\nthe end\n"), "of too much text the end is seen", flood.output.slice(-100));

  const edges = await page.evaluate(async () => {
    const { ScriptRunner } = await import("/lua.js");
    const runner = new ScriptRunner();
    const loop = runner.run("while true do end");
    runner.close();
    const closed = [(await loop).failure.message, await runner.run("").catch(({ message }) => message)];
    const Native = Worker;
    globalThis.Worker = class extends Native {
      constructor(url, options) {
        super(`${url}-none`, options);
      }
    };
    const lost = new ScriptRunner();
    await new Promise((resolve) => setTimeout(resolve, 200));
    closed.push((await lost.run("")).failure.message);
    globalThis.Worker = Native;
    closed.push((await lost.run("")).failure?.message, (await lost.run("")).failure?.message);
    return closed;
  });
  console.log(`# ${edges.join(" | ")}`);
  const [closed, refused, missing, , then] = edges;
  const said = /^stopped$/.test(closed) && /closed/.test(refused) && /could not be loaded/.test(missing) && !then;
  print(said, "a runner that is closed, and a worker that is not found", edges.join());

  const saved = await run(
    page,
    `local t = require "triplet"
     local x, y = t.synthetic("rings", 60, 1, 1)
     assert(t.trainer { data = x, labels = y, layers = { 2 } }:save "model.safetensors")`,
  );
  print(saved.written["model.safetensors"] > 100, "what a script writes comes back", JSON.stringify(saved));
});
