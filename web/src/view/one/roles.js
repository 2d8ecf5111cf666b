// The names of the three beside their discs, clear of lines and other words, and until the first drag the hint.
import { ROLES } from "../../model/one.js";
import { createHint } from "./discs.js";
import { boxAround, freeSide } from "./labels.js";
import { made, set } from "./shapes.js";

// size: of the plane, as it is when something is drawn.
export function createRoles(parent, size) {
  const sides = {}; // where words were, so that they do not jump
  const hint = createHint(parent);
  const words = Object.fromEntries(
    ROLES.map((role) => {
      const word = made(parent, "text", { class: `one-word one-${role}` });
      word.textContent = role;
      return [role, word];
    }),
  );

  // at: pixels of the three; busy: angles at which lines leave each; taken: boxes.
  function draw(at, busy, taken) {
    const { unit, radius, width, height, top } = size;
    const text = Math.max(12, 13.5 * unit);
    const bounds = [0, top, width, height];
    const obstacles = [...taken];
    const put = (key, role, wide, high, gap) => {
      const others = ROLES.filter((other) => other !== role);
      const discs = others.map((other) => boxAround(at[other], 1.8 * radius, 1.8 * radius));
      const side = freeSide({
        ...{ at: at[role], radius: radius + gap, width: wide, height: high, busy: busy[role], bounds },
        ...{ obstacles: [...obstacles, ...discs], kept: sides[key] },
      });
      sides[key] = side.name;
      obstacles.push(side.box);
      return side;
    };
    for (const role of ROLES) {
      const { at: place, anchor } = put(role, role, words[role].getComputedTextLength(), text, 2);
      set(words[role], { x: place[0], y: place[1] + 0.36 * text, "text-anchor": anchor });
    }
    if (hint.isShown) {
      const { box } = put("hint", "negative", hint.width(unit), hint.height(unit), 0);
      hint.place(box, unit);
    }
  }

  return { hint, draw };
}
