// The colours of the classes, measured: how far apart any two are in OKLab (Ottosson 2020) for eyes of every kind (full
// protanopia, deuteranopia and tritanopia as Machado, Oliveira and Fernandes 2009 simulate them), and their contrast
// with the paper (WCAG 2.2).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

globalThis.matchMedia ??= () => ({ matches: false, addEventListener() {} });
const { DARK, LIGHT, shapeOf, SHAPES } = await import("../../../web/src/view/palette.js");

const EYES = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const times = (matrix, [a, b, c]) => [0, 3, 6].map((i) => matrix[i] * a + matrix[i + 1] * b + matrix[i + 2] * c);
const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const rgbOf = (hex) => [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16) / 255));
const seen = (eye, hex) => times(EYES[eye], rgbOf(hex)).map((value) => Math.min(Math.max(value, 0), 1));

function oklab(rgb) {
  const toCones = [
    0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376,
    0.6299787005,
  ];
  const toLab = [
    0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662,
    -0.808675766,
  ];
  return times(toLab, times(toCones, rgb).map(Math.cbrt));
}

const apart = (eye, one, other) => {
  const [a, b] = [one, other].map((hex) => oklab(seen(eye, hex)));
  return Math.hypot(...a.map((value, i) => value - b[i]));
};

const pairs = (list) => list.flatMap((one, i) => list.slice(i + 1).map((other) => [one, other]));
const least = (eye, list) => Math.min(...pairs(list).map(([one, other]) => apart(eye, one, other)));

const luminance = (hex) => times([0.2126, 0.7152, 0.0722, 0, 0, 0, 0, 0, 0], rgbOf(hex))[0];
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// A token of the page, "light-dark(#…, #…)".
const style = readFileSync(new URL("../../../web/src/style/base.css", import.meta.url), "utf8");
const token = (name) => new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(style).slice(1, 3);

// Least distances as measured, a little rounded down; those of the page before were .073 / .008 / .003 / .029 and
// .092 / .018 / .049 / .054.
const themes = [
  { name: "light", list: LIGHT, contrast: 3, least: { normal: 0.099, protan: 0.077, deutan: 0.077, tritan: 0.076 } },
  { name: "dark", list: DARK, contrast: 4.2, least: { normal: 0.125, protan: 0.094, deutan: 0.094, tritan: 0.094 } },
];
const FROM_FORCES = 0.06;

themes.forEach((theme, index) => {
  test(`any two classes can be told apart by all eyes, ${theme.name}`, () => {
    assert.equal(new Set(theme.list).size, 10);
    for (const [eye, wanted] of Object.entries(theme.least)) {
      const found = least(eye, theme.list);
      assert.ok(found >= wanted, `${eye}: ${found}`);
    }
  });

  test(`classes stand out from the paper, and are not the colours of the forces, ${theme.name}`, () => {
    const paper = token("paper")[index];
    const forces = ["pull", "push"].map((name) => token(name)[index]);
    for (const colour of theme.list) {
      assert.ok(contrast(colour, paper) >= theme.contrast, `${colour} on ${paper}: ${contrast(colour, paper)}`);
      for (const force of forces) {
        assert.ok(apart("normal", colour, force) >= FROM_FORCES, `${colour} and ${force}`);
      }
    }
  });
});

test("a hundred classes differ in colour or shape, and ten in colour alone", () => {
  const looks = Array.from({ length: 100 }, (_, label) => `${LIGHT[label % 10]} ${shapeOf(label)}`);
  assert.equal(new Set(looks).size, 100);
  assert.ok(looks.slice(0, 10).every((look) => look.endsWith(" 0")));
  assert.equal(SHAPES.length, 10);
});
