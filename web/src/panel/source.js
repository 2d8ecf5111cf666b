// Where a visitor's file comes from: chosen, dropped, pasted from a spreadsheet, or kept from an earlier visit.
import { limits } from "../model/table.js";
import { count } from "../model/words.js";
import { element, uniqueId } from "../view/dom.js";
import { pastedFile } from "../view/incoming.js";

const LIMIT = `At most ${limits.bytes / 1e6} MB, ${count(limits.rows)} rows, ${count(limits.columns)} columns.`;
const TYPES = ".csv,.tsv,.tab,.txt,.data,.dat,text/csv,text/tab-separated-values,text/plain";

// read(blob): for what comes; say(text): what is wrong; forget().
export function createSource({ read, say, forget }) {
  const file = element("input", { type: "file", accept: TYPES, id: uniqueId("file") });
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = ""; // so that the same one can be chosen again
    chosen && read(chosen);
  });
  const choose = element("label", { className: "choose" }, file, element("span", { textContent: "Choose a file" }));
  const paste = element("button", { type: "button", textContent: "Paste cells", on: { click: takePasted } });
  const drop = element("button", { type: "button", textContent: "Forget this file", on: { click: forget } });
  const words = element("span", {});
  const intro = element("p", {
    textContent: "A CSV or TSV file with a column of classes. Drop it anywhere, or paste cells from a spreadsheet.",
  });

  async function takePasted() {
    try {
      const pasted = pastedFile(await navigator.clipboard.readText());
      pasted ? read(pasted) : say("There are no cells on the clipboard: copy some lines of a spreadsheet first.");
    } catch {
      say("This browser does not let the page read the clipboard: paste with the keyboard instead.");
    }
  }

  return {
    intro,
    buttons: element("div", { className: "buttons" }, choose, paste),
    promise: element("p", { className: "promise" }, words, drop),
    show({ isOpen, isKept, isDenied }) {
      intro.hidden = isOpen;
      choose.lastChild.textContent = isOpen ? "Another file" : "Choose a file";
      choose.classList.toggle("first", !isOpen);
      drop.hidden = !isOpen && !isKept;
      words.textContent = [
        isKept ? "Kept on this machine only." : "Files stay on this machine: nothing is sent anywhere.",
        isDenied ? "This browser keeps nothing for the page, so choose the file again after a reload." : "",
        isOpen ? "" : LIMIT,
      ].filter(Boolean).join(" ");
    },
  };
}
