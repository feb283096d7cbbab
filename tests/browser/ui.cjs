// Swagger UI as a person uses it, and the API beside it for what a journey needs beforehand.
const { chromium } = require("playwright-core");

const { ALVEOLE_URL, SHOTS } = process.env;
const PATIENCE = 20_000;
// The password in the examples of the document.
const PASSWORD = "correct horse battery staple";

function check(holds, what) {
  if (!holds) throw new Error(what);
  console.log(`ok: ${what}`);
}

// What a page must not do: break its own content policy, or throw.
function watch(page, faults) {
  page.on("console", (message) => {
    // The browser logs each refusal as an error of the network; refusals are a part of the journeys.
    const refusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refusal) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
}

async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

async function open(page) {
  await page.goto(`${ALVEOLE_URL}/docs/`);
  await page.waitForSelector(".swagger-ui .authorize", { timeout: PATIENCE });
}

async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

// The part of the dialogue that is about one scheme.
function part(page, title) {
  return page.locator(".auth-container", { has: page.locator("h4", { hasText: title }) }).first();
}

async function authorize(page, token) {
  await page.locator("button.authorize").first().click();
  const bearer = part(page, "bearer");
  // It offers the way out when an older token is in use.
  const logout = bearer.getByText("Logout");
  if (await logout.count()) await logout.click();
  await bearer.locator("input").first().fill(token);
  await bearer.locator("button.authorize").click();
  await logout.waitFor({ timeout: PATIENCE });
  await shot(page, "authorize");
  await page.locator("button.btn-done").last().click();
}

async function openTag(page, tag) {
  const section = page.locator(`.opblock-tag[data-tag="${tag}"]`);
  if ((await section.getAttribute("data-is-open")) !== "true") await section.click();
}

// An operation, opened.
async function opened(page, { tag, operationId, path, method }) {
  await openTag(page, tag);
  const block = page.locator(`[id="operations-${tag.replaceAll(" ", "_")}-${operationId}"]`);
  await block.waitFor({ timeout: PATIENCE });
  if (!(await block.getAttribute("class")).includes("is-open")) {
    await block.locator(".opblock-summary-control").click();
  }
  await block.locator("button.execute").waitFor({ timeout: PATIENCE });
  // What is filled in before the page has read the operation is lost.
  const read = (at) => Boolean(window.ui.specSelectors.specResolvedSubtree(at)?.get("responses"));
  await page.waitForFunction(read, ["paths", path, method.toLowerCase()], { timeout: PATIENCE });
  return block;
}

async function close(block) {
  await block.locator(".opblock-summary-control").click();
  await block.locator("button.execute").waitFor({ state: "detached", timeout: PATIENCE });
}

// Fills in a parameter.
async function fill(block, name, value) {
  const field = block.locator(`tr[data-param-name="${name}"]`).locator("input, select").first();
  const isList = (await field.evaluate((element) => element.tagName)) === "SELECT";
  await (isList ? field.selectOption(String(value)) : field.fill(String(value)));
}

// Executes what an opened operation shows, and gives the answer that the page got.
async function execute(page, block) {
  const answered = page.waitForResponse((response) => response.url().includes("/api/v1/")
    || /\/(health|ready|metrics|\.well-known)/.test(response.url()), { timeout: PATIENCE });
  await block.locator("button.execute").click();
  const response = await answered;
  const shown = block.locator(".live-responses-table .response-col_status").last();
  await shown.waitFor({ timeout: PATIENCE });
  const request = response.request();
  return {
    status: response.status(),
    headers: response.headers(),
    text: async () => response.text().catch(() => ""),
    sent: `${request.method()} ${request.url().replace(ALVEOLE_URL, "")} ${(request.postData() ?? "").slice(0, 300)}`,
    shown: async () => (await shown.innerText()).trim().slice(0, 3),
  };
}

// Calls the API without the page.
async function call(method, path, { token, json, form, headers, body } = {}) {
  const all = { ...(token && { authorization: `Bearer ${token}` }), ...headers };
  if (json) all["content-type"] = "application/json";
  const answer = await fetch(ALVEOLE_URL + path, {
    method, headers: all, body: json ? JSON.stringify(json) : form ?? body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return { headers: answer.headers, data: text.startsWith("{") ? JSON.parse(text).data : text };
}

// The operations of the document, with what they share in place.
async function operations() {
  const document = await (await fetch(`${ALVEOLE_URL}/openapi.json`)).json();
  const all = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      all.push({ ...operation, method: method.toUpperCase(), path, tag: operation.tags[0] });
    }
  }
  return all;
}

module.exports = { ALVEOLE_URL, PASSWORD, PATIENCE, authorize, call, check, close, execute, fill, launch, open, opened,
  openTag, operations, part, shot, watch };
