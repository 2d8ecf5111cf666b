// index.d.ts against what calls return: every value has all members that its type declares, no other, each of a kind it
// declares; every call has been made, and every member and every kind that is declared has come.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadTriplet } from "../../build/npm/index.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ts = createRequire(join(root, "wasm/package.json"))("typescript");
const file = join(root, "build/npm/index.d.ts");
const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022, strict: true });
const checker = program.getTypeChecker();
const declarations = program.getSourceFile(file).statements.filter(ts.isInterfaceDeclaration);
const interfaces = new Map(declarations.map((node) => [node.name.text, checker.getTypeAtLocation(node)]));

// ---- a value and its type ------------------------------------------------------------------------------------------

// What has come: members ("Stats.hard") and their kinds ("Stats.meanPositiveDistance: null").
const seen = new Set();
const called = new Set();

const isMethod = (property) => checker.getTypeOfSymbol(property).getCallSignatures().length > 0;
const isOptional = (property) => (property.flags & ts.SymbolFlags.Optional) !== 0;

// But what is named by a symbol.
const propertiesOf = (type) => checker.getPropertiesOfType(type).filter(({ name }) => !name.startsWith("__@"));

// Both booleans are of one kind.
const nameOf = (type) => (type.flags & ts.TypeFlags.BooleanLike ? "boolean" : checker.typeToString(type));

// Of a type that depends on an argument: all it can be.
function kindsOf(type) {
  const widest = checker.getBaseConstraintOfType(type) ?? type;
  return widest.isUnion() ? widest.types : [widest];
}

function kindsOfMember(property) {
  const kinds = kindsOf(checker.getTypeOfSymbol(property));
  return isOptional(property) ? kinds.filter((kind) => !(kind.flags & ts.TypeFlags.Undefined)) : kinds;
}

// Members of one name in two types are two.
function placeOf(property) {
  const { parent } = property.declarations[0];
  return `${parent.name?.text ?? nameOf(checker.getTypeAtLocation(parent))}.${property.name}`;
}

// Own members, and what the classes of an object give it.
function namesOf(value) {
  const names = new Set(Object.keys(value));
  for (let type = Object.getPrototypeOf(value); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    Object.getOwnPropertyNames(type).forEach((name) => names.add(name));
  }
  names.delete("constructor");
  return [...names];
}

// Fails when the value is of none of the kinds of its type. Returns the kind.
function expectKind(value, type, path) {
  const faults = [];
  for (const kind of kindsOf(type)) {
    try {
      expect(value, kind, path);
      return kind;
    } catch (error) {
      faults.push(error.message);
    }
  }
  return assert.fail(faults.join("; "));
}

const FLAGS = {
  number: ts.TypeFlags.NumberLike,
  string: ts.TypeFlags.StringLike,
  boolean: ts.TypeFlags.BooleanLike,
  symbol: ts.TypeFlags.ESSymbolLike,
  undefined: ts.TypeFlags.Undefined | ts.TypeFlags.Void,
};

function expect(value, type, path) {
  const wrong = `${path}: ${value === null ? "null" : typeof value} is no ${nameOf(type)}`;
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) {
    return;
  }
  if (value === null) {
    assert(type.flags & ts.TypeFlags.Null, wrong);
  } else if (typeof value !== "object") {
    assert(type.flags & FLAGS[typeof value], wrong);
    assert(!type.isLiteral() || type.value === value, wrong);
  } else if (ArrayBuffer.isView(value)) {
    assert.equal(type.symbol?.name, value.constructor.name, wrong);
  } else if (Array.isArray(value)) {
    const parts = checker.getTypeArguments(type);
    assert(checker.isArrayType(type) || (checker.isTupleType(type) && parts.length === value.length), wrong);
    value.forEach((one, i) => expectKind(one, parts[i % parts.length], `${path}[${i}]`));
  } else {
    assert(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection) && !checker.isArrayType(type), wrong);
    expectMembers(value, type, path);
  }
}

function expectMembers(value, type, path) {
  const indexed = type.getNumberIndexType() ?? type.getStringIndexType();
  const declared = propertiesOf(type);
  for (const name of namesOf(value)) {
    assert(indexed || declared.some((property) => property.name === name), `${path}.${name} is not declared`);
  }
  if (indexed) {
    Object.entries(value).forEach(([key, one]) => {
      seen.add(`indexed: ${nameOf(expectKind(one, indexed, `${path}[${key}]`))}`);
    });
  }
  for (const property of declared) {
    const { name } = property;
    if (isOptional(property) && !(name in value)) {
      continue;
    }
    const kinds = kindsOfMember(property);
    assert(name in value || kinds.some(({ flags }) => flags & ts.TypeFlags.Undefined), `${path}.${name} is missing`);
    const place = placeOf(property);
    seen.add(place);
    if (isMethod(property)) {
      assert.equal(typeof value[name], "function", `${path}.${name}`);
    } else {
      seen.add(`${place}: ${nameOf(expectKind(value[name], checker.getTypeOfSymbol(property), `${path}.${name}`))}`);
    }
  }
}

// Calls a method of an object of this interface; what it returns has to be of the type of one of its signatures.
function call(object, name, method, ...values) {
  return expectResult(object[method](...values), name, method);
}

function expectResult(result, name, method, of = (type) => type) {
  const type = checker.getTypeOfSymbol(interfaces.get(name).getProperty(method));
  const faults = type.getCallSignatures().map((signature) => {
    try {
      expectKind(result, of(signature.getReturnType()), `${name}.${method}()`);
      return undefined;
    } catch (error) {
      return error.message;
    }
  });
  assert(faults.includes(undefined), faults.join("; "));
  called.add(`${name}.${method}`);
  return result;
}

// ---- every call, so that everything comes --------------------------------------------------------------------------

const triplet = await loadTriplet();
const run = (method, ...values) => call(triplet, "Triplet", method, ...values);
const rows = [[0, 0], [1, 1], [0, 1], [2, 2]];
const labels = [0, 0, 1, 1];

test("the instance and its matrices", () => {
  expect(triplet, interfaces.get("Triplet"), "Triplet");
  const m = run("matrix", rows);
  call(m, "Matrix", "subarray", 1);
  call(m, "Matrix", "select", [1, 0]);
  call(triplet.distances(rows, rows), "Rows", "toArray");
  call(triplet.nearest(rows, rows, { k: 1 }).indices, "NeighborRows", "toArray");
  call(m, "Matrix", "copy", call(m, "Matrix", "copy"));
  ["fill", "scale", "random"].forEach((method) => call(m, "Matrix", method, 2));
  call(m, "Matrix", "add", rows);
  ["toArray", "free"].forEach((method) => call(m, "Matrix", method));
  triplet.withScope(() => run("withScope", () => 1));
  run("schema").forEach((name) => run("schema", name));
});

test("losses and mining", () => {
  const inside = (count = 4, cols = 2) => triplet.matrix(count, cols);
  const gradients = { anchors: inside(), positives: inside(), negatives: inside() };
  const each = { reduction: "none" };
  for (const options of [{}, each, { ...each, out: { loss: inside(4, 1), gradients } }]) {
    run("marginLoss", rows, rows, rows, options);
  }
  const indices = { anchors: [0, 1], positives: [1, 0], negatives: [2, 3] };
  for (const options of [{}, each, { ...each, out: { loss: inside(2, 1), gradient: inside() } }]) {
    run("indexedLoss", rows, indices, options);
  }
  const without = { gradients: false };
  run("marginLoss", rows, rows, rows, without);
  run("indexedLoss", rows, indices, without);
  run("batchLoss", rows, labels, without);
  const references = { references: rows, referenceLabels: labels, referenceGradient: true };
  const out = { loss: inside(4, 1), gradient: inside(), referenceGradient: inside() };
  for (const options of [{}, each, references, { ...each, ...references, out }]) {
    run("batchLoss", rows, labels, options);
  }
  run("batchLoss", rows, [0, 0, 0, 0]); // without triplets
  run("batchLoss", rows, labels, { loss: "info_nce" }); // of pairs
  run("mine", rows, labels);
  run("pairSlopes", rows, labels);
  [2, null].forEach((distance) => run("reach", {}, distance));
});

test("search and data", async () => {
  run("distances", rows, rows);
  run("distances", rows, rows, { out: triplet.matrix(4, 4) });
  run("ring", [0, 1], rows, 1);
  run("nearest", rows, rows, { k: 2 });
  const index = run("index", rows, { p: 1 });
  call(index, "Index", "nearest", rows, { k: 2 });
  const later = await index.nearestAsync(rows, { k: 2 });
  expectResult(later, "Index", "nearestAsync", (promise) => checker.getAwaitedType(promise));
  call(index, "Index", "free");
  const alone = [0, 1, 2, 3]; // nobody to find
  [labels, alone].forEach((list) => run("evaluate", rows, list, { k: [1, 2] }));
  run("evaluateNeighbors", [[1, 2], [0], [], [3]], labels, { k: [1] });
  run("evaluateNeighbors", run("nearest", rows, rows, { k: 4 }).indices, labels, { k: [1, 2] });
  run("evaluateNeighbors", [[1], [0], [0], [0]], alone, { k: [1] });
  const known = [...rows, ...rows];
  run("evaluateHeldOut", known, [...labels, ...labels], [0, 1, 2, 3], { k: [1] });
  run("evaluateHeldOut", known, [...alone, ...alone.map((label) => label + 4)], [0], { k: [1] });
  for (const list of [[0, 1, 2, 3], ["a", "b", "c", "d"]]) {
    run("classify", rows, rows, list, { k: 1, threshold: 5 });
  }
  run("classify", rows, rows, labels, { threshold: -1 });
  const wanted = { far: [0.1], curve: 5, threshold: 1 };
  run("verify", rows, labels, wanted);
  run("verifyPairs", rows, rows, [true, false, true, false], wanted);
  run("verify", rows, [1, 1, 1, 1], wanted); // nobody is different
  run("verify", rows, alone, wanted);
  [0.5, null].forEach((share) => run("shareInterval", share, 9));
  const sampler = run("sampler", { labels });
  ["next", "free"].forEach((method) => call(sampler, "Sampler", method));
  run("standardize", rows, run("standardization", rows));
  run("project", rows, run("principalAxes", rows));
  run("principalAxes", [[1, 2], [1, 2]]); // which vary in nothing
  run("split", labels, 0.5, 1);
  run("synthetic", "moons", 9, 1, 1);
});

test("files", () => {
  ["npy", "safetensors", "fvecs"].forEach((format) => {
    const bytes = run("encodeMatrix", rows, { format });
    run("decodeMatrix", bytes);
    run("fileFormat", bytes);
  });
  run("encodeMatrices", { one: rows });
  run("decodeMatrix", new TextEncoder().encode("word 1 2\n"), { format: "text" });
  ["2 1\na 1\nb 2\n", "?"].forEach((text) => run("fileFormat", new TextEncoder().encode(text)));
});

test("memory, encoder, optimiser", () => {
  const memory = run("memory", { capacity: 4 });
  call(memory, "Memory", "push", rows, labels);
  ["clear", "free"].forEach((method) => call(memory, "Memory", method));

  const encoder = run("encoder", { inputs: 2, layers: [2], seed: 1 });
  const { data } = call(encoder, "Encoder", "forward", rows);
  call(encoder, "Encoder", "backward", { data, rows: 4, cols: 2 });
  call(encoder, "Encoder", "export");

  const optimizer = run("optimizer");
  call(optimizer, "Optimizer", "update", encoder.parameters, [[1, 1, 1, 1, 1, 1]]);
  ["name", "learningRate", "nesterov"].forEach((key) => call(optimizer, "Optimizer", "get", key));
  run("load", call(optimizer, "Optimizer", "save"));
  run("load", call(encoder, "Encoder", "save"));
  call(optimizer, "Optimizer", "set", "name", "sgd");
  call(optimizer, "Optimizer", "free");
  call(encoder, "Encoder", "free");
});

test("tables and recipes", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${i},${i % 5 || ""},${"rgb"[i % 3]},text ${i},${i % 2}`);
  const table = run("readTable", ["id,x,colour,note,kind", ...lines].join("\n"), { label: "kind" });
  call(table, "Table", "numbers", "x");
  call(table, "Table", "texts", "colour");
  call(table.recipe, "Recipe", "fit", [0, 1, 2]);
  call(table.recipe, "Recipe", "matrix", table);
  run("readTable", "x,y\n1,2\n3,5\n");
  run("readTable", "x,colour\n1,r\n2,y\n", { recipe: table.recipe });
  call(table.recipe, "Recipe", "free");
  call(table, "Table", "free");
});

test("the trainer", async () => {
  const { x, labels: classes } = triplet.synthetic("moons", 60, 1, 1);
  const options = { data: x, labels: classes, layers: [2], columns: ["x", "y"], classes: ["up", "down"] };
  const trainer = run("trainer", { ...options, validation: 0.3, evaluateEvery: 2, steps: 4 });
  const on = (method, ...values) => call(trainer, "Trainer", method, ...values);
  on("step"); // before the first validation
  expectResult(await trainer.fit(), "Trainer", "fit", (promise) => checker.getAwaitedType(promise));
  ["run", "lastTriplets", "restoreBest", "embed", "evaluate", "verify", "export"].forEach((method) => on(method));
  ["margin", "mining", "layers", "optimizer"].forEach((key) => on("get", key));
  on("set", "margin", 2);
  for (const name of ["sgd", "adamw"]) {
    call(run("trainer", { ...options, optimizer: { name } }), "Trainer", "get", "optimizer");
  }
  trainer.threshold = 1;
  trainer.facts = { a: "b" };
  for (const labels of [[["up", "down"], "up"], [5, 6]]) {
    on("keepRows", [[0, 0], [1, 1]], labels);
    expect(trainer, interfaces.get("Trainer"), "Trainer");
  }

  const loaded = run("load", on("save"));
  call(loaded, "Trainer", "attach", x, classes);
  ["columns", "classes"].forEach((list) => assert.deepEqual(loaded[list], options[list]));
  on("free");
});

test("every call has been made, and everything that is declared has come", () => {
  const objects = new Set([...called].map((place) => place.split(".")[0]));
  const results = new Set([...seen].map((place) => place.split(".")[0]));
  const missing = [];
  for (const [name, type] of interfaces) {
    for (const property of results.has(name) ? propertiesOf(type) : []) {
      const place = placeOf(property);
      const kinds = isMethod(property) ? [] : kindsOfMember(property);
      const wanted = [place, ...kinds.map((kind) => `${place}: ${nameOf(kind)}`)];
      missing.push(...wanted.filter((one) => !seen.has(one)));
      if (objects.has(name) && isMethod(property) && !called.has(place)) {
        missing.push(`${place}()`);
      }
    }
  }
  assert.deepEqual(missing, []);
  const names = ["Triplet", "Stats", "BatchLoss", "Step", "Evaluation", "HeldOutEvaluation", "Triplets", "Field"];
  for (const name of names) {
    assert(results.has(name), name);
  }
});
