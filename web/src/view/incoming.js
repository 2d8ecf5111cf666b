// Files that are dropped anywhere on the page, and cells that are pasted, go to the data panel.
import "../style/incoming.css";

// Cells of a spreadsheet as a file; null for text that is none.
export const pastedFile = (text) =>
  /\S[^\n]*\n[^\n]*\S/.test(text) && /[\t,;]/.test(text) ? new File([text], "pasted cells") : null;

export function bindIncoming(page) {
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    file && page.offer(file);
  });
  document.addEventListener("paste", (event) => {
    const target = /** @type {Element} */ (event.target);
    const isTyping = target.closest("input, textarea, dialog") !== null;
    const file = isTyping ? null : pastedFile(event.clipboardData.getData("text/plain"));
    file && page.offer(file);
  });
}
