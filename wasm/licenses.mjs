// The licences of what others wrote and a bundle contains: npm packages, and how all are written in one file.
import { readdirSync, readFileSync } from "node:fs";

// May be handed on inside a work under MIT, with their texts.
const COMPATIBLE = ["0BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

/** The name of the package in a folder, and all that it says of its licence. */
export function packageLicense(folder) {
  const { name, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  if (!COMPATIBLE.includes(license)) {
    throw new Error(`${name} is bundled, and its licence, ${license}, is none of ${COMPATIBLE.join(", ")}`);
  }
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length === 0) {
    throw new Error(`${name} is bundled, and has no licence file`);
  }
  return [name, files.map((file) => readFileSync(`${folder}/${file}`, "utf8")).join("\n")];
}

/** One text of [title, text]. */
export function format(parts) {
  const line = "=".repeat(80);
  return parts.map(([title, text]) => `${line}\n${title}\n${line}\n\n${text.trim()}\n`).join("\n\n");
}
