// A service that embeds rows, says whose they are, and finds their neighbours: node service.mjs MODEL [PORT]
//   POST /embed    { "rows": [[1, 2]] }           { "embeddings": [[0.5, 0.7]] }
//   POST /match    { "rows": [[1, 2]] }           { "labels": ["Ada"] }, or null: nobody is within the threshold
//   POST /nearest  { "rows": [[1, 2]], "k": 5 }   { "neighbors": [[{ "label": "Ada", "distance": 0.2 }, ...]] }
// The model has to carry known rows and a threshold, as `triplet train --keep-rows` and `triplet verify
// --save-threshold` leave them, or trainer.keepRows and trainer.threshold.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { loadTriplet } from "triplet";

const MOST_BYTES = 1e6;
const [path, port = "8000"] = process.argv.slice(2);
const triplet = await loadTriplet();
const model = triplet.load(await readFile(path));
const { keptRows, threshold } = model;
if (!keptRows || threshold === null) {
  throw new Error(`${path}: expected a model with known rows and a threshold`);
}
const known = triplet.matrix(keptRows.embeddings); // once, not with each request
const measure = { distance: model.get("distance"), p: model.get("p") };

/** @param {import("triplet").Rows} rows */
const listsOf = ({ data, rows, cols }) =>
  Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * cols, (row + 1) * cols)));

const ANSWERS = {
  "/embed": ({ rows }) => ({ embeddings: listsOf(model.embed(rows)) }),
  "/match": ({ rows }) => {
    const { labels } = triplet.classify(model.embed(rows), known, keptRows.labels, { ...measure, threshold });
    return { labels };
  },
  "/nearest": ({ rows, k = 5 }) => {
    const found = triplet.nearest(model.embed(rows), known, { ...measure, k });
    const { cols, data } = found.indices;
    const distances = listsOf(found.distances);
    const neighborOf = (row) => (distance, i) => ({ label: keptRows.labels[data[row * cols + i]], distance });
    return { neighbors: distances.map((list, row) => list.map(neighborOf(row))) };
  },
};

/** @param {import("node:http").IncomingMessage} request */
async function answer(request) {
  const given = request.method === "POST" && ANSWERS[request.url ?? ""];
  if (!given) {
    return [404, { error: `expected a POST to ${Object.keys(ANSWERS).join(", ")}` }];
  }
  if (!(Number(request.headers["content-length"]) <= MOST_BYTES)) {
    return [413, { error: `expected at most ${MOST_BYTES} bytes` }];
  }
  let text = "";
  for await (const part of request.setEncoding("utf8")) {
    text += part;
  }
  try {
    return [200, given(JSON.parse(text) ?? {})];
  } catch (error) {
    return [400, { error: String(error) }]; // says what was expected, and what came
  }
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request);
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
});
server.listen(Number(port), "127.0.0.1", () => console.log("listening:", server.address()));
