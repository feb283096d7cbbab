// What the walks of the console share: a browser, people, checks, and what a page must never do.
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [URL_GIVEN = "http://localhost:8080"] = process.argv.slice(2);
const BASE = URL_GIVEN.replace(/\/$/, "");
const { ALVEOLE_EMAIL = "root@example.com", ALVEOLE_PASSWORD = "correct horse battery staple", SHOTS } = process.env;
const PATIENCE = 8000;
const PASSWORD = "a quiet walk at noon";
const AXE = path.join(__dirname, "../../../crates/console/web/node_modules/axe-core/axe.min.js");

if (SHOTS) mkdirSync(SHOTS, { recursive: true });

function check(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

function browserPath() {
  const known = ["/usr/bin/chromium", "/usr/bin/google-chrome"];
  return process.env.CHROMIUM ?? known.find(existsSync);
}

async function launch() {
  return chromium.launch({
    executablePath: browserPath(),
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
}

// Violations of the content policy and errors of the page end a walk.
async function context(browser, options = {}) {
  const made = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", reducedMotion: "reduce", ...options });
  made.faults = [];
  made.setDefaultTimeout(PATIENCE);
  await made.exposeBinding("__violation", (_, what) => made.faults.push(`content policy: ${what}`));
  await made.addInitScript(() => addEventListener("securitypolicyviolation", (event) => window.__violation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
  made.on("page", (page) => {
    page.on("pageerror", (error) => made.faults.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      const refused = message.text().startsWith("Failed to load resource") || /WebSocket|ERR_INTERNET_DISCONNECTED/.test(message.text());
      if (message.type() === "error" && !refused) made.faults.push(message.text());
    });
  });
  return made;
}

async function api(method, address, { token, json, headers } = {}) {
  const answer = await fetch(BASE + address, {
    method,
    headers: { ...(json && { "content-type": "application/json" }), ...(token && { authorization: `Bearer ${token}` }), ...headers },
    ...(json && { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${text}`);
  return { etag: answer.headers.get("etag"), data: text ? JSON.parse(text).data : null };
}

async function token(email, password = PASSWORD) {
  return (await api("POST", "/api/v1/auth/login", { json: { email, password } })).data.access_token;
}

let made = 0;
async function person(name) {
  made += 1;
  const username = `${name}${Date.now().toString(36)}${made}`;
  const email = `${username}@example.com`;
  const { data } = await api("POST", "/api/v1/auth/register", { json: { username, email, password: PASSWORD } });
  return { id: data.id, username, email };
}

async function open(page, where = "") {
  await page.goto(`${BASE}/console/${where}`);
}

async function signIn(page, email = ALVEOLE_EMAIL, password = email === ALVEOLE_EMAIL ? ALVEOLE_PASSWORD : PASSWORD, where = "") {
  await open(page, where);
  await page.fill("input[name=email]", email);
  await page.fill("input[name=password]", password);
  await page.click("button[type=submit]");
  await page.waitForSelector(".frame main h1");
}

async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function axe(page, what, runOnly = RULES) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(readFileSync(AXE, "utf8"));
  const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), runOnly);
  const said = found.violations.map((one) => `${one.id}: ${one.help}\n    ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join("\n    ")}`);
  check(!said.length, `axe finds nothing in ${what}:\n  ${said.join("\n  ")}`);
}

async function noSideways(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(over <= 0, `${what} does not scroll sideways (${over}px)`);
}

// Presses Tab until the focus is where it should be.
async function tabTo(page, test, what, most = 80) {
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(test)) return;
  }
  throw new Error(`Tab does not reach ${what}`);
}

// What the walks look at, on a server that has nothing yet.
async function prepare() {
  const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
  const total = async (address) => (await (await fetch(`${BASE}${address}`, { headers: { authorization: `Bearer ${access}` } })).json()).pagination.total;
  const missing = 120 - (await total("/api/v1/tasks?limit=1"));
  if (missing > 0) {
    const operations = Array.from({ length: missing }, (_, at) => ({ op: "create", data: {
      title: `Task ${at + 1}`, priority: ["low", "medium", "high"][at % 3], tags: at % 4 ? [] : ["home"],
      ...(at % 2 === 0 && { due_date: new Date(Date.now() + (at - 20) * 86_400_000).toISOString() }),
    } }));
    await api("POST", "/api/v1/tasks/bulk", { token: access, json: { operations } });
  }
  if (!(await total("/api/v1/admin/users?search=demo1&limit=1"))) {
    await api("POST", "/api/v1/auth/register", { json: { username: "demo1", email: "demo1@example.com", password: PASSWORD } });
  }
  if (!(await total("/api/v1/admin/products?limit=1"))) {
    await api("POST", "/api/v1/admin/products", { token: access, json: { name: "Desk lamp", brand: "Lumo", price: 3900, stock: 12, status: "active" } });
  }
  if (!(await total("/api/v1/files?limit=1"))) {
    const form = new FormData();
    form.set("file", new Blob(["A note.\n"], { type: "text/plain" }), "note.txt");
    await fetch(`${BASE}/api/v1/files`, { method: "POST", headers: { authorization: `Bearer ${access}` }, body: form });
  }
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

module.exports = { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, BASE, PASSWORD, PATIENCE, api, axe, check, context, launch, noSideways, open, person, prepare, sha256, shot, signIn, tabTo, token };
