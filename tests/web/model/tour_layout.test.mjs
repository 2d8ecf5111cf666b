// Where the tour's card goes, and the line from it to what it points at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lineBetween, meet, placeCard } from "../../../web/src/view/tour_layout.js";

const area = { left: 16, top: 60, right: 1264, bottom: 704 };
const card = { width: 372, height: 300 };
const box = (left, top, right, bottom) => ({ left, top, right, bottom });

test("the card has its corner, unless that would cover what it points at", () => {
  assert.deepEqual(placeCard(card, null, area), box(892, 404, 1264, 704));
  assert.deepEqual(placeCard(card, box(100, 100, 200, 200), area), box(892, 404, 1264, 704));
  for (const hole of [box(1230, 340, 1280, 460), box(900, 420, 1000, 500), box(700, 300, 1200, 690)]) {
    const place = placeCard(card, hole, area);
    assert(!meet(place, hole), JSON.stringify({ hole, place }));
    assert(place.left >= area.left && place.right <= area.right);
    assert(place.top >= area.top && place.bottom <= area.bottom);
  }
});

test("the line is straight where they face each other, and ends on both", () => {
  assert.deepEqual(lineBetween(box(0, 0, 10, 10), box(4, 30, 8, 40)), [[6, 10], [6, 30]]);
  assert.deepEqual(lineBetween(box(50, 0, 60, 10), box(0, 5, 20, 40)), [[50, 7.5], [20, 7.5]]);
  assert.deepEqual(lineBetween(box(0, 0, 10, 10), box(20, 20, 30, 30)), [[10, 10], [20, 20]]);
  assert.equal(lineBetween(box(0, 0, 10, 10), box(5, 5, 30, 30)), null);
});
