// Serves `dist` as the server does (headers, routes, versions) and passes the rest on to a server of the API, so that
// the console can be tried without building the program. usage: node scripts/preview.mjs API_ADDRESS [PORT]
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { ROOT } from "./source.mjs";

const [target = "http://127.0.0.1:8080", port = "8079"] = process.argv.slice(2);
const api = new URL(target);
const DIST = join(ROOT, "dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };
const VERSION = () => readFileSync(join(DIST, "SOURCE"), "utf8").slice(0, 16);
const hook = process.env.PREVIEW_HOOK ? await import(process.env.PREVIEW_HOOK) : null;

function policy(host) {
  return ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "media-src 'self' blob:",
    `connect-src 'self' ws://${host}`, "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"].join("; ");
}

function file(asked, answer, headers) {
  const [, version = "", rest = ""] = /^\/console\/(?:v\/([^/]+)\/)?(.*)$/.exec(new URL(asked.url, "http://localhost").pathname);
  const name = normalize(rest).replace(/^(\.\.[/\\])+/, "");
  const path = join(DIST, name);
  const found = name !== "." && existsSync(path) && statSync(path).isFile();
  // Any path without a file is a screen.
  if (!found && extname(name)) return void answer.writeHead(404).end();
  if (!found || name === "index.html") {
    const html = readFileSync(join(DIST, "index.html"), "utf8").replace(/(src|href)="\/console\//g, `$1="/console/v/${VERSION()}/`);
    return void answer.writeHead(200, { ...headers, "content-type": TYPES[".html"], "cache-control": "no-cache" }).end(html);
  }
  const served = path;
  const gzip = /gzip/.test(asked.headers["accept-encoding"] ?? "") && existsSync(`${served}.gz`);
  answer.writeHead(200, {
    ...headers,
    "content-type": TYPES[extname(served)] ?? "application/octet-stream",
    "cache-control": version === VERSION() ? "public, max-age=31536000, immutable" : "no-cache",
    ...(gzip && { "content-encoding": "gzip", vary: "accept-encoding" }),
  });
  createReadStream(gzip ? `${served}.gz` : served).pipe(answer);
}

function pass(asked, answer) {
  const headers = { ...asked.headers, host: api.host };
  if (headers.origin) headers.origin = api.origin;
  const onward = request({ hostname: api.hostname, port: api.port, path: asked.url, method: asked.method, headers }, (reply) => {
    answer.writeHead(reply.statusCode, reply.rawHeaders);
    reply.pipe(answer);
  });
  onward.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  asked.pipe(onward);
}

const server = createServer(async (asked, answer) => {
  if (asked.url === "/" || asked.url === "/console") return void answer.writeHead(302, { location: "/console/" }).end();
  if (asked.url.startsWith("/console/")) {
    return file(asked, answer, { "content-security-policy": policy(asked.headers.host), "x-content-type-options": "nosniff", "referrer-policy": "same-origin" });
  }
  if (hook && (await hook.answer(asked, answer, target))) return;
  pass(asked, answer);
});

server.on("upgrade", (asked, socket, head) => {
  const onward = connect(Number(api.port || 80), api.hostname, () => {
    const headers = Object.entries({ ...asked.headers, host: api.host, origin: api.origin }).map(([name, value]) => `${name}: ${value}`);
    onward.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  const end = () => { socket.destroy(); onward.destroy(); };
  onward.on("error", end);
  socket.on("error", end);
});

server.listen(Number(port), "127.0.0.1", () => console.log(`http://localhost:${port}/console/ -> ${target}`));
