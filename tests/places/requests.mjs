// Posts 10,000 requests to the service of nearest rows, one after another on one connection, and looks at its memory.
//   node tests/places/requests.mjs PORT PID ANSWERS    PID: of nginx; ANSWERS: what answers.lua wrote
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

const [port, master, answers] = process.argv.slice(2);
const expected = readFileSync(answers, "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const post = (body) => new Promise((resolve, reject) => {
  const options = { port, host: "127.0.0.1", path: "/nearest", method: "POST", agent, timeout: 60_000 };
  const sent = request(options, async (response) => {
    let text = "";
    for await (const part of response.setEncoding("utf8")) {
      text += part;
    }
    resolve([String(response.statusCode), text.trimEnd()]);
  });
  sent.on("error", reject).on("timeout", () => sent.destroy(new Error("no answer within a minute"))).end(body);
});

const worker = readFileSync(`/proc/${master}/task/${master}/children`, "utf8").trim();
const resident = () => Number(/VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${worker}/status`, "utf8"))[1]);

let wrong = 0;
const memory = [];
for (let i = 0; i < 10_000; i++) {
  const [body, ...answer] = expected[i % expected.length];
  const got = await post(body);
  if (got.join() !== answer.join() && wrong++ < 5) {
    console.log(`# ${body}: expected ${answer}, got ${got}`);
  }
  if ((i + 1) % 1000 === 0) {
    memory.push(resident());
  }
}
agent.destroy();

const test = (passed, name) => console.log(`${passed ? "ok" : "not ok"} - ${name}`);
test(wrong === 0, "nginx: 10,000 answers are those of plain Lua, to the byte");
console.log(`# resident memory of the worker after each 1,000, in kB: ${memory.join(" ")}`);
test(memory.at(-1) - memory[0] <= 512, "nginx: its memory is flat");
