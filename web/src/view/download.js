// Saves a file that was made here.
import { element } from "./dom.js";

const KEPT = 10000; // ms that a browser may take to start

/** @param {string | ArrayBuffer | Uint8Array | Blob} content */
export function download(name, content, type = "text/plain") {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
