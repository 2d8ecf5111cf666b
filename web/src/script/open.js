// Opens the script panel. The rest of it, and Lua itself, is loaded when it first opens, by the button or by a link
// that carries a script.
const scriptIn = (hash) => new URLSearchParams(hash.replace(/^#/, "")).get("script");

// failed(message): called if the panel cannot be loaded. currentRun(): the page's run as model/exports.js takes it, or
// null before there is one. Returns a function that opens the panel.
export function bindScriptPanel(failed, currentRun) {
  let loading = null;

  async function open(packed) {
    try {
      loading ??= import("./panel.js").then(({ createPanel }) => createPanel(currentRun));
      await (await loading).open(packed);
    } catch (error) {
      loading = null;
      failed(`The script panel could not be loaded: ${error.message}`);
    }
  }

  const openLink = () => {
    const packed = scriptIn(location.hash);
    if (packed) {
      open(packed);
    }
  };
  addEventListener("hashchange", openLink);
  openLink();
  return () => open();
}
