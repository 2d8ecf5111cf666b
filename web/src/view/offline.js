// Lets the browser keep the page, so that it works without a network the next time.
const PATIENCE = 3000; // ms: what is seen first comes first

export function keepOffline() {
  if (import.meta.env.PROD && "serviceWorker" in navigator) {
    const withoutIt = () => {}; // in a private window, say
    const keep = () => navigator.serviceWorker.register("./sw.js", { updateViaCache: "none" }).catch(withoutIt);
    setTimeout(keep, PATIENCE);
  }
}
