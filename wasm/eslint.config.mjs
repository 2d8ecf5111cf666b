// What make lint asks of every JavaScript file of the project; types are TypeScript's to check.
import js from "@eslint/js";
import globals from "globals";

const house = {
  curly: "error",
  eqeqeq: "error",
  "no-control-regex": "off",
  "no-empty": ["error", { allowEmptyCatch: true }],
  "no-prototype-builtins": "off",
  "max-params": ["error", 6],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": ["error", { destructuring: "all" }],
  "no-unused-vars": ["error", { ignoreRestSiblings: true }],
};

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, globals: { ...globals.browser, ...globals.node } },
    rules: house,
  },
  {
    // Linked into the script that Emscripten writes, by a compiler that knows the old spelling of functions.
    files: ["wasm/lua/imports.js", "wasm/lua/limits.js"],
    languageOptions: { globals: { ...globals.worker, ...emscripten() } },
    rules: { "object-shorthand": "off" },
  },
];

function emscripten() {
  const names = ["FS", "HEAPU8", "LibraryManager", "MEMFS", "Module", "UTF8ToString", "mergeInto"];
  return Object.fromEntries(names.map((name) => [name, "readonly"]));
}
