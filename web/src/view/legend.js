// What the forms on the picture mean: only of those that are on it.
import "../style/legend.css";
import { element } from "./dom.js";

const FORMS = [
  { name: "trained", text: "trained on", is: () => true },
  { name: "held", text: "unseen", is: ({ session }) => session.heldOut.includes(1) },
  { name: "pull", text: "pull", is: hasForces },
  { name: "push", text: "push", is: hasForces },
  { name: "wrong", text: "mistake", is: ({ view }) => view.marked === "mistakes" },
];

function hasForces({ session }) {
  return session.state.snapshot.forces.length > 0;
}

export function createLegend(root, page) {
  const entries = FORMS.map(({ name, text }) => element("li", { className: name, textContent: text }));
  root.append(element("ul", {}, ...entries));
  return {
    period: 200,
    show() {
      const { session, view } = page;
      root.hidden = view.place !== "run" || view.anchor >= 0 || page.comparing || !session.state.snapshot;
      if (!root.hidden) {
        FORMS.forEach(({ is }, i) => (entries[i].hidden = !is(page)));
      }
    },
  };
}
