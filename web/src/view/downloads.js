// A menu of files to save.
import { dataCsv, embeddingCsv, fileNames, projectorTsv } from "../model/exports.js";
import { jsScript, luaScript } from "../model/scripts.js";
import { element } from "./dom.js";
import { sceneSvg } from "./svg.js";

export function download(name, content, type = "text/plain") {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// current() -> the selected pane; tell(message): if a file cannot be made, or is not of the step that is shown.
export function createDownloads(root, current, tell) {
  const run = ({ session: { settings, state, dataset, heldOut } }) => ({
    settings,
    changes: state.changes,
    dataset,
    heldOut,
    snapshot: state.snapshot,
  });

  const png = ({ canvas, scene }) => {
    scene.settle();
    return new Promise((resolve) => canvas.toBlob((blob) => resolve(download("embedding.png", blob, "image/png"))));
  };

  const model = async ({ session }) => {
    const bytes = await session.modelBytes();
    download(fileNames.model, bytes, "application/octet-stream");
    if (!session.state.live) {
      tell("This is the model of the last step: earlier ones are not kept.");
    }
  };

  /** @type {[string, (pane: any) => unknown][]} */
  const items = [
    ["Embedding, CSV", (pane) => download(fileNames.embeddingCsv, embeddingCsv(run(pane)), "text/csv")],
    [
      "Embedding Projector, two TSV files",
      (pane) => {
        const { vectors, metadata } = projectorTsv(run(pane));
        download(fileNames.vectors, vectors, "text/tab-separated-values");
        download(fileNames.metadata, metadata, "text/tab-separated-values");
      },
    ],
    ["Data, CSV", (pane) => download(fileNames.dataCsv, dataCsv(run(pane)), "text/csv")],
    ["Model, safetensors", model],
    ["Picture, PNG", png],
    ["Picture, SVG", (pane) => download("embedding.svg", sceneSvg(pane), "image/svg+xml")],
    ["This run as a Lua script", (pane) => download(fileNames.luaScript, luaScript(run(pane)))],
    [
      "This run as a JavaScript module",
      (pane) => download(fileNames.jsScript, jsScript(run(pane)), "text/javascript"),
    ],
  ];

  root.append(
    ...items.map(([label, make]) =>
      element("button", {
        type: "button",
        textContent: label,
        on: {
          async click() {
            root.hidePopover();
            try {
              await make(current());
            } catch (error) {
              tell(error.message);
            }
          },
        },
      }),
    ),
  );
}
