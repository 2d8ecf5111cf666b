// Starts a script as a worker. A page starts none of another host, but one that imports it.
export function start(script) {
  return new Worker(reached(script), { type: "module" });
}

function reached(script) {
  const { href, origin } = new URL(script, location.href);
  const far = /^http/.test(href) && origin !== location.origin;
  return far ? URL.createObjectURL(new Blob([`import ${JSON.stringify(href)};`], { type: "text/javascript" })) : script;
}
