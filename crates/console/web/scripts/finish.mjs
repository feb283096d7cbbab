// After the bundler: licences, compressed forms, sizes within the budget, and SOURCE last.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import zopfli from "@gfx/zopfli";
import { ROOT, sourceHash, walk } from "./source.mjs";

const DIST = join(ROOT, "dist");
const KIB = 1024;
const TOTAL = 120 * KIB;
const FIRST = 60 * KIB;
// What the sign-in needs before it can be used.
const FIRST_FILES = ["index.html", "theme.js", "app.js", "core.js", "app.css", "icon.svg"];
const COMPRESSED = new Set([".html", ".js", ".css", ".svg", ".txt"]);

const hash = sourceHash();
// The browser asks for the core together with the entry. The server puts the version into the paths of the page;
// chunks name one another relatively, so they stay in that version.
const page = join(DIST, "index.html");
writeFileSync(page, readFileSync(page, "utf8").replace(/<script type="module"/, '<link rel="modulepreload" href="/console/core.js">\n    $&'));
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const notice = ["Alveole's console contains these packages.", ""];
const seen = new Set();
function add(name) {
  if (seen.has(name)) return;
  seen.add(name);
  const folder = join(ROOT, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  notice.push("-".repeat(72), `${about.name} ${about.version} (${about.license})`, "");
  notice.push(file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${about.license}`, "");
  for (const one of Object.keys(about.dependencies ?? {})) add(one);
}
Object.keys(manifest.dependencies).forEach(add);
writeFileSync(join(DIST, "NOTICE.txt"), `${notice.join("\n")}\n`);

// Smaller than zlib makes it, and as quick to read.
function zipped(bytes) {
  return new Promise((resolve, reject) => {
    zopfli.gzip(bytes, { numiterations: 5 }, (error, made) => (error ? reject(error) : resolve(made)));
  });
}

let total = 0;
let first = 0;
const sizes = [];
for (const path of walk(DIST)) {
  const name = relative(DIST, path);
  if (!COMPRESSED.has(extname(name))) continue;
  const bytes = readFileSync(path);
  const gzip = await zipped(bytes);
  writeFileSync(`${path}.gz`, gzip);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
  if (name === "NOTICE.txt") continue;
  // The budget counts what any gzip makes of a file; what is sent is smaller.
  const size = gzipSync(bytes, { level: 9 }).length;
  total += size;
  if (FIRST_FILES.includes(name)) first += size;
  sizes.push([name, size]);
}
const missing = FIRST_FILES.filter((name) => !existsSync(join(DIST, name)));
const kib = (size) => `${(size / KIB).toFixed(1)} KiB`;
for (const [name, size] of sizes.sort((a, b) => b[1] - a[1])) console.log(`${kib(size).padStart(10)}  ${name}`);
console.log(`gzip -9: ${kib(total)} of ${kib(TOTAL)} in all, ${kib(first)} of ${kib(FIRST)} for the first screen`);
if (missing.length || total > TOTAL || first > FIRST) {
  console.error(missing.length ? `the build lacks ${missing.join(", ")}` : "the console is larger than its budget");
  rmSync(join(DIST, "SOURCE"), { force: true });
  process.exit(1);
}
writeFileSync(join(DIST, "SOURCE"), `${hash}\n`);
