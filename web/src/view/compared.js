// Two runs side by side: which is which, what sets it apart, and where it has come. The label chooses the run whose
// settings and figures are shown.
import { apartWords } from "../model/apart.js";
import { figuresOf } from "../model/figures.js";
import "../style/compared.css";
import { element } from "./dom.js";

export function createCompared(root, page, stage) {
  const labels = ["A", "B"].map((name, index) => {
    const title = element("span", { className: "title" });
    const detail = element("span", { className: "detail" });
    const recall = element("span", { className: "recall" });
    const button = element(
      "button",
      { type: "button", className: "card", "data-run": name, on: { click: () => page.select(index) } },
      element("b", { textContent: name }),
      element("span", { className: "words" }, title, detail),
      element("span", { className: "figure" }, recall, element("span", { className: "detail", textContent: "recall" })),
    );
    root.append(button);
    return { button, title, detail, recall };
  });

  function show({ button, title, detail, recall }, index) {
    const { current } = page.sessions[index];
    const words = apartWords(page.schema.fields, current, page.sessions[1 - index].current);
    title.textContent = words.title;
    detail.textContent = words.detail;
    const { text } = figuresOf(page.sessions[index]).find(({ name }) => name === "recall") ?? {};
    recall.textContent = text ?? "";
    recall.parentElement.hidden = !text;
    button.classList.toggle("better", isBetter(page.sessions, index));
    button.setAttribute("aria-pressed", String(index === page.selected));

    const { left, top, width } = stage.panes[index].box;
    button.style.left = `${left}px`;
    button.style.top = `${Math.max(top, stage.insets.top)}px`;
    button.style.maxWidth = `calc(${width}px - 2 * var(--inward))`;
  }

  return {
    period: 150,
    show() {
      const { view, sessions, comparing } = page;
      const isKnown = ({ settings, state }) => settings && state.snapshot;
      const isReady = comparing && stage.panes.length > 1 && sessions.every(isKnown);
      root.hidden = view.place !== "run" || !isReady;
      if (!root.hidden) {
        labels.forEach(show);
      }
    },
  };
}

const recallOf = ({ state: { record, step } }) => record.recall.findLast((point) => point.step <= step)?.value ?? -1;

// As far as is shown.
const isBetter = (sessions, index) => {
  const [mine, other] = [sessions[index], sessions[1 - index]].map((session) => Math.round(100 * recallOf(session)));
  return mine >= other;
};
