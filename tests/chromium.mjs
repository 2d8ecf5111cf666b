// Debian's Chromium, headless and quiet. profile: an empty folder for what it keeps.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../wasm/package.json", import.meta.url))("playwright-core");

const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

const LIMIT = 120000; // ms until what is waited for is given up: machines may be slow and busy

export async function launchChromium(profile) {
  const how = { executablePath: "/usr/bin/chromium", args: FLAGS.split(" "), timeout: LIMIT };
  const context = await chromium.launchPersistentContext(profile, how);
  context.setDefaultTimeout(LIMIT);
  return context;
}
