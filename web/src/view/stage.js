// Provisional: the old pane over the whole window.
import { createPane } from "./pane.js";

export function createStage(root, page) {
  let panes = [];
  const sync = () => {
    if (panes.length !== page.sessions.length || panes.some(({ session }, i) => session !== page.sessions[i])) {
      root.replaceChildren();
      panes = page.sessions.map((session, i) =>
        createPane({
          session,
          onAnchor: (row) => page.choose(row),
          onRotate: (yaw, pitch) => page.look({ yaw, pitch }),
          onSelect: () => page.select(i),
        }),
      );
      panes.forEach(({ root: pane }) => {
        Object.assign(pane.style, { position: "absolute", inset: "0", margin: "0" });
        pane.querySelector("canvas").style.width = pane.querySelector("canvas").style.height = "100%";
        root.append(pane);
      });
    }
  };
  page.addEventListener("change", sync);
  return {
    show() {
      panes.forEach(({ scene, session }) => Object.assign(scene.marks, { anatomy: page.anatomy(session) }));
    },
    draw: (now) => panes.forEach((pane) => pane.draw(now)),
    placeOf: (row) => panes[0].scene.placeOf(row),
  };
}
