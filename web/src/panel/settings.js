// Provisional: the settings as one long form.
import { createControls } from "../view/controls.js";

export const title = "Settings";

export function create(body, page) {
  const controls = createControls(body, { schema: page.schema, change: (key, value) => page.set(key, value) });
  return {
    show() {
      const { current } = page.session;
      if (current && page.pending === 0) {
        controls.show(current);
      }
    },
  };
}
