// A shop: what may a new user like? Users and items are vectors of somebody else's network, and an adapter brings them
// together by what was bought: each purchase is a pair of a user and an item. The vectors are made up: tastes and items
// have twelve directions in common; six more of all users, and six of all items, get in the way; the rest is noise.
import { loadTriplet } from "triplet";

const [USERS, OLD, ITEMS, SIZE] = [400, 300, 200, 48];
const triplet = await loadTriplet();
const random = (rows, cols, seed) => triplet.matrix(rows, cols).random(seed);
const select = ({ data, cols }, rows) => Array.from(rows, (row) => data.slice(row * cols, (row + 1) * cols));

// Each number of a user or an item moves its vector along a direction.
function vectors(numbers, seed) {
  const { rows } = numbers;
  const directions = (inputs, seed) => triplet.encoder({ inputs, layers: [SIZE], seed });
  return triplet.matrix(directions(12, 1).forward(numbers))
    .add(directions(6, seed).forward(random(rows, 6, seed)), 1.2)
    .add(random(rows, SIZE, seed + 1), 0.2);
}

const [tastes, kinds] = [random(USERS, 12, 1), random(ITEMS, 12, 2)];
const [users, items] = [vectors(tastes, 3), vectors(kinds, 5)];

// Twenty items suit each user best, of which ten are bought now and ten later. The adapter learns from what old users
// bought now: row i of the buyers belongs to row i of the purchases.
const { data } = triplet.nearest(tastes, kinds, { k: 20, distance: "cosine" }).indices;
const suiting = Array.from({ length: USERS }, (_, user) => [...data.subarray(20 * user, 20 * user + 20)]);
const [bought, later] = [0, 1].map((part) => suiting.map((list) => list.filter((_, rank) => rank % 2 === part)));
const purchases = bought.slice(0, OLD).flat();
const buyers = purchases.map((_, i) => Math.floor(i / 10));

// Ten items for each new user, without those that he or she has.
function recommend(name, asking, offered) {
  const options = { k: 10, distance: "cosine", exclude: bought.slice(OLD) };
  const { indices } = triplet.nearest(asking, offered, options);
  const hits = indices.data.filter((item, i) => later[OLD + Math.floor(i / 10)].includes(item));
  const mean = (hits.length / indices.rows).toFixed(2);
  console.log(`${name.padEnd(8)}  of ten items recommended to a new user, ${mean} are bought later`);
}

// The item is the label of a pair: then two who bought the same are never negatives of each other.
const pairs = { data: select(users, buyers), references: select(items, purchases), labels: purchases };
const adapter = { layers: [SIZE], residual: true, standardize: false, loss: "info_nce", steps: 300, seed: 1 };
const trainer = triplet.trainer({ ...pairs, ...adapter });
const newUsers = users.subarray(OLD);

recommend("as given", newUsers, items);
trainer.run();
recommend("adapted", trainer.embed(newUsers), trainer.embed(items));
