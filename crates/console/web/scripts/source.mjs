// The hash of what the build is made from: sources, lock file and the API's document. `dist/SOURCE` holds it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
export const DOCUMENT = join(ROOT, "../../../openapi/openapi.json");
const TOP = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"];
const FOLDERS = ["src", "public", "scripts"];
const MADE = join("src", "api", "schema.d.ts");

export function walk(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

export function sourceHash() {
  const hash = createHash("sha256");
  const files = [...TOP.map((name) => join(ROOT, name)), ...FOLDERS.flatMap((name) => walk(join(ROOT, name)))];
  for (const path of files) {
    const name = relative(ROOT, path);
    if (name !== MADE) hash.update(`${name}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.update(readFileSync(DOCUMENT)).digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(sourceHash());
