// Debian's Chromium, headless and quiet. profile: an empty folder for what it keeps.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../wasm/package.json", import.meta.url))("playwright-core");

const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

export function launchChromium(profile) {
  return chromium.launchPersistentContext(profile, { executablePath: "/usr/bin/chromium", args: FLAGS.split(" ") });
}
