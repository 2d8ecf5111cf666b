// Lets Lua, Node.js and the page work for a long time side by side, and judges, in TAP, whether every round gave what
// the first one gave, and whether their memory stays as it is: run.mjs SECONDS [lua|node|page ...]
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// The most that the least memory may grow from the second tenth of the rounds to the last: in the first it fills, and
// allocators take it by the piece.
const GROWTH = 0.02;
const PIECE = 2 ** 20;

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const PROGRAMS = {
  lua: [process.env.LUA ?? "lua5.4", here("rounds.lua")],
  node: [process.execPath, "--expose-gc", here("rounds.mjs")],
  page: [process.execPath, here("page.mjs")],
};
const [seconds, ...named] = process.argv.slice(2);
const names = named.length > 0 ? named : Object.keys(PROGRAMS);

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);

async function soak(name) {
  const [program, ...args] = PROGRAMS[name];
  const child = spawn(program, [...args, seconds], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const rounds = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [, bytes, came] = /^(\d+) (.*)$/.exec(line);
    rounds.push({ bytes: Number(bytes), came });
  }
  return { status: await ended, rounds };
}

let tests = 0;
function tell(holds, what) {
  console.log(`${holds ? "ok" : "not ok"} ${++tests} - ${what}`);
  process.exitCode ||= holds ? 0 : 1;
}

await Promise.all(
  names.map(async (name) => {
    const { status, rounds } = await soak(name);
    tell(status === 0, `${name}: ${rounds.length} rounds, ended with status ${status}`);
    const tenth = Math.floor(rounds.length / 10);
    if (tenth < 1) {
      return tell(false, `${name}: ten rounds are needed; give it more time`);
    }
    const other = rounds.findIndex(({ came }) => came !== rounds[0].came);
    const what = other < 0 ? "" : `; round ${other + 1} gave ${rounds[other].came}`;
    tell(other < 0, `${name}: every round gives the same${what}`);
    const [early, late] = [rounds.slice(tenth, 2 * tenth), rounds.slice(-tenth)].map((some) =>
      Math.min(...some.map(({ bytes }) => bytes)),
    );
    const grown = (100 * (late - early)) / early;
    const told = `${megabytes(early)} MiB, at the end ${megabytes(late)} (${grown.toFixed(2)} %)`;
    tell(late - early <= Math.max(GROWTH * early, PIECE), `${name}: memory ${told}`);
  }),
);
console.log(`1..${tests}`);
