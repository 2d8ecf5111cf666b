// The drawer: one panel at a time, loaded when it is first opened, with a heading and a way to close it.
import "../style/drawer.css";
import { element } from "./dom.js";
import { icon } from "./icons.js";

// Each module has a title and create(body, page, stage) -> { show(), opened?(), closed?() }; broad: needs more width.
const MODULES = {
  data: () => import("../panel/data.js"),
  draw: () => import("../panel/draw.js"),
  symbols: () => import("../panel/symbols.js"),
  figures: () => import("../panel/figures.js"),
  find: () => import("../panel/find.js"),
  help: () => import("../panel/help.js"),
  mistakes: () => import("../panel/mistakes.js"),
  settings: () => import("../panel/settings.js"),
  share: () => import("../panel/share.js"),
  stories: () => import("../panel/stories.js"),
};

export function createPanels(root, page, stage) {
  const heading = element("h2", { id: "drawer-title", tabIndex: -1 });
  const close = element(
    "button",
    { type: "button", className: "plain icon", "aria-label": "Close", on: { click: () => page.closePanel() } },
    icon("close"),
  );
  const host = element("div", { className: "body" });
  root.setAttribute("aria-labelledby", heading.id);
  root.append(element("header", {}, heading, close), host);
  root.addEventListener("keydown", (event) => event.key === "Escape" && page.closePanel());

  const tab = element(
    "button",
    { type: "button", id: "settings-tab", "aria-label": "Settings", on: { click: () => page.openPanel("settings") } },
    icon("sliders"),
    element("span", { textContent: "Settings" }),
  );
  root.after(tab);

  const panels = new Map(); // that have been loaded: { title, body, panel }
  let open = "";
  let loading = 0;
  let before = null; // what had the focus

  async function load(name) {
    loading++;
    const module = await MODULES[name]().finally(() => loading--);
    const body = element("div", { className: `panel-${name}` });
    const { title, broad = false } = module;
    panels.set(name, { title, broad, body, panel: module.create(body, page, stage) });
  }

  // Shown as soon as it is loaded, unless another has been opened meanwhile.
  async function change(name) {
    panels.get(open)?.panel.closed?.();
    open = name;
    root.hidden = name === "";
    if (name === "") {
      before?.isConnected && before.focus({ preventScroll: true });
      return;
    }
    host.replaceChildren();
    heading.textContent = "";
    try {
      panels.has(name) || (await load(name));
      if (open === name) {
        const { title, broad, body, panel } = panels.get(name);
        heading.textContent = title;
        root.classList.toggle("broad", broad);
        host.replaceChildren(body);
        host.scrollTop = 0;
        panel.show();
        host.tabIndex = body.querySelector("button, input, select, textarea, a") ? -1 : 0; // to be scrolled by keys
        panel.opened?.();
        root.contains(document.activeElement) || heading.focus({ preventScroll: true });
      }
    } catch (error) {
      const words = `This could not be loaded: ${error.message}. Check the connection and open it again.`;
      host.replaceChildren(element("p", { className: "failed", role: "alert", textContent: words }));
    }
  }

  return {
    period: 150,
    get busy() {
      return loading > 0;
    },
    show() {
      const { panel, place } = page.view;
      if (open === "" && panel !== "") {
        before = document.activeElement; // before the tab goes
      }
      tab.hidden = place !== "run" || panel !== "";
      if (panel !== open) {
        change(panel in MODULES ? panel : "");
      } else {
        panels.get(open)?.panel.show();
      }
    },
  };
}
