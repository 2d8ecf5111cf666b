// Draw one, or enter the values of a row, and see where it lands.
import { isDrawable } from "../model/pad.js";
import "../style/draw.css";
import { element } from "../view/dom.js";
import { createLanding, refusal } from "./landing.js";
import { createRowForm } from "./row_form.js";
import { createSheet } from "./sheet.js";

export const title = "Draw one";

export function create(body, page) {
  const landing = createLanding(page);
  const host = element("div", { className: "maker" });
  const own = element("button", {
    type: "button",
    className: "plain",
    textContent: "Draw a data set of your own",
    on: { click: () => page.openPanel("symbols") },
  });
  body.append(host, landing.root, own);

  let of = null; // the data set that rows are made for
  let maker = null; // { root, again(), show?() }

  function make(dataset) {
    of = dataset;
    maker = isDrawable(dataset) ? createSheet(dataset, landing.land) : createRowForm(page, landing.land);
    host.replaceChildren(maker.root);
    maker.again();
  }

  return {
    show() {
      const { dataset } = page.session;
      const refused = refusal(page.session);
      host.hidden = refused !== "";
      if (refused) {
        of = null;
        landing.land(null, refused);
      } else if (dataset && dataset !== of) {
        make(dataset);
      }
      maker?.show?.();
      landing.show();
    },
    opened: () => maker?.again(),
    closed: () => landing.land(null),
  };
}
