// The header: where one is, what can be opened, and a menu of the rest.
import "../style/header.css";
import { count } from "../model/words.js";
import { element } from "./dom.js";
import { icon, svgElement } from "./icons.js";

// Three points: an anchor, its positive and a negative.
function mark() {
  const svg = svgElement("svg", { viewBox: "0 0 22 22", "aria-hidden": "true" });
  svg.append(
    svgElement("path", { d: "M4 17 11 4", class: "mark-pull" }),
    svgElement("circle", { cx: 4, cy: 17, r: 4, class: "mark-anchor" }),
    svgElement("circle", { cx: 11, cy: 4, r: 3.2, class: "mark-pull" }),
    svgElement("path", { d: "M9 18H14", class: "mark-push" }),
    svgElement("circle", { cx: 18, cy: 18, r: 3.4, class: "mark-push" }),
  );
  return svg;
}

// links: { guide, source } addresses, either may be ""; script(): opens the script panel.
export function createHeader(root, page, { links, script }) {
  const panel = (name) => () => page.view.panel === name ? page.closePanel() : page.openPanel(name);
  const actions = [
    { id: "tour", text: "Tour", run: () => page.look({ tour: page.view.tour ? 0 : 1, panel: "" }) },
    { id: "compare", text: "Compare", run: () => page.compare() },
    { id: "mistakes", text: "Mistakes", run: panel("mistakes") },
    { id: "draw", text: "Draw one", run: panel("draw") },
  ];
  const isOn = {
    tour: () => page.view.tour > 0,
    compare: () => page.comparing,
    mistakes: () => page.view.panel === "mistakes",
    draw: () => page.view.panel === "draw",
    share: () => page.view.panel === "share",
  };

  const button = (id, text, run, className) =>
    element("button", { type: "button", id: `do-${id}`, className, textContent: text, on: { click: run } });
  const buttons = actions.map(({ id, text, run }) => button(id, text, run, "wide"));
  const share = button("share", "Share", panel("share"), "");
  const badge = element("span", { className: "badge", hidden: true });
  buttons[2].append(badge);

  const where = element("p", { className: "where" });
  const theme = element("button", { type: "button", id: "theme", className: "plain icon" }, icon("theme"));
  const more = element(
    "button",
    { type: "button", id: "more", className: "plain icon", "aria-label": "More", popovertarget: "menu" },
    icon("more"),
  );

  // ---- the menu -----------------------------------------------------------------------------------------------------

  const menu = element("div", { id: "menu", className: "menu", popover: "" });
  const entry = (text, run, { key = "", id = "", className = "" } = {}) =>
    element(
      "button",
      {
        type: "button",
        id,
        className,
        on: {
          click() {
            menu.hidePopover();
            run();
          },
        },
      },
      text,
      ...(key ? [element("kbd", { textContent: key })] : []),
    );
  const undo = entry("Undo", () => page.undo(), { key: "Ctrl Z", id: "undo" });
  const redo = entry("Redo", () => page.redo(), { key: "Ctrl Shift Z", id: "redo" });
  const link = (text, href) => element("a", { href, textContent: text, target: "_blank", rel: "noopener" });
  menu.append(
    undo,
    redo,
    element("hr"),
    entry("One triplet", () => page.go("one")),
    ...actions.map(({ text, run }) => entry(text, run, { className: "narrow" })),
    entry("Find a row", panel("find"), { key: "/" }),
    entry("Figures", panel("figures")),
    entry("Stories", panel("stories")),
    entry("Your data", panel("data")),
    entry("Lua script", script, { id: "script" }),
    element("hr"),
    entry("Help", panel("help"), { key: "?" }),
    ...(links.guide ? [link("Guide", links.guide)] : []),
    ...(links.source ? [link("Source", links.source)] : []),
  );

  const home = element(
    "button",
    { type: "button", className: "mark", "aria-label": "triplet: one triplet", on: { click: () => page.go("one") } },
    mark(),
    "triplet",
  );
  root.append(home, where, ...buttons, share, theme, more, menu);

  function place() {
    const { dataset } = page.session ?? {};
    if (page.view.place === "one") {
      return "one triplet";
    }
    if (page.comparing) {
      return "two runs, side by side";
    }
    return dataset ? `${count(dataset.total ?? dataset.n)} ${dataset.noun ?? "rows"}` : "";
  }

  return {
    theme,
    period: 200,
    show() {
      where.textContent = place();
      [...buttons, share].forEach((of) => of.setAttribute("aria-pressed", String(isOn[of.id.slice(3)]())));
      const { mistakes } = page;
      badge.hidden = !mistakes?.length;
      badge.textContent = mistakes?.length ? count(mistakes.length) : "";
      undo.disabled = !page.canUndo;
      redo.disabled = !page.canRedo;
    },
  };
}
