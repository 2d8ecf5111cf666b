// The end of a run: what it has come to, what there is to try, and a way to go on.
import { endingWords, offersOf } from "../model/offers.js";
import "../style/ending.css";
import { element } from "./dom.js";
import { icon } from "./icons.js";

export function createEnding(root, page) {
  const told = element("div", { className: "told", role: "status" });
  const offers = element("div", { className: "offers" });
  const button = (text, run, properties) =>
    element("button", { type: "button", textContent: text, ...properties, on: { click: run } });
  const close = button("", dismiss, { className: "plain icon close", "aria-label": "Close" });
  close.append(icon("close"));
  root.append(told, offers, close);
  root.addEventListener("keydown", (event) => event.key === "Escape" && dismiss());

  let shown = ""; // what is told
  let dismissed = ""; // the endings that have been read
  let played = true; // since they were

  const ended = () => page.sessions.filter(({ state }) => state.ending);
  const keyOf = (sessions) => JSON.stringify(sessions.map(({ state }) => state.ending));

  function dismiss() {
    dismissed = keyOf(ended());
    played = false;
    root.hidden = true;
  }

  function take({ change, restarts, panel, compare }) {
    dismiss();
    if (panel) {
      page.openPanel(panel);
    } else if (compare) {
      page.compare();
    } else if (restarts) {
      page.run({ settings: { ...page.session.current, ...change } });
    } else {
      const changes = Object.entries(change).map(([key, value]) => page.set(key, value));
      Promise.all(changes).then(() => page.play());
    }
  }

  function tell(sessions) {
    const many = page.comparing;
    const paragraphs = sessions.map((session) => {
      const { share, title, text } = endingWords(session);
      const name = many ? `${"AB"[page.sessions.indexOf(session)]}: ` : "";
      const heading = element("h2", {}, name, ...(share ? [element("b", { textContent: share }), " "] : []), title);
      return element("div", {}, heading, element("p", { textContent: text }));
    });
    told.replaceChildren(...paragraphs);

    const { state, current } = sessions[0];
    const wrong = page.mistakes?.length ?? null;
    const found = many ? [] : offersOf({ state, current, wrong });
    offers.replaceChildren(
      ...found.map((offer) => button(offer.text, () => take(offer), { "data-offer": offer.id })),
      button("Keep going", () => page.play(), { className: "plain", "data-offer": "on" }),
    );
  }

  return {
    period: 200,
    show() {
      const sessions = ended();
      const key = sessions.length > 0 ? keyOf(sessions) : "";
      played ||= page.playing;
      dismissed = played ? "" : dismissed;
      const { place, anchor, tour } = page.view;
      root.hidden = place !== "run" || page.playing || anchor >= 0 || tour > 0 || key === "" || key === dismissed;
      const next = JSON.stringify([key, page.mistakes?.length, page.comparing]);
      if (!root.hidden && next !== shown) {
        shown = next;
        tell(sessions);
      }
    },
  };
}
