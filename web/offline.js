// sw.js with the list of the site's files, once they are all there.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("sw.js", import.meta.url));
const OTHERS = /^(sw\.js|og\.png)$|\.map$/; // not needed to run the page

const replaced = (text, from, to) => {
  if (!text.includes(from)) {
    throw new Error(`sw.js has no line "${from}"`);
  }
  return text.replace(from, () => to);
};

export const offline = {
  name: "offline",
  writeBundle({ dir }) {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, path, parentPath = path }) => `${parentPath}/${name}`.slice(dir.length + 1))
      .filter((file) => !OTHERS.test(file))
      .sort();
    const source = readFileSync(SOURCE, "utf8");
    const hash = createHash("sha256").update(source);
    files.forEach((file) => hash.update(`${file}\n`).update(readFileSync(`${dir}/${file}`)));
    const listed = replaced(source, "const FILES = [];", `const FILES = ${JSON.stringify(files)};`);
    const version = `const VERSION = "${hash.digest("hex").slice(0, 16)}";`;
    writeFileSync(`${dir}/sw.js`, replaced(listed, 'const VERSION = "";', version));
  },
};
