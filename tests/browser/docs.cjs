// Swagger UI in a real browser: Authorize and Try it out, with a bearer token and with the OAuth2
// code flow. Started by `cargo test --test browser`, which starts the server and the provider.
//
// ALVEOLE_URL, ALVEOLE_TOKEN: the server, and an access token of somebody's.
// OAUTH_SCHEME: the security scheme to authorize with as well; none when empty.
// CHROMIUM: the browser. SHOTS: a folder for pictures of how it looked, if wanted.
const { chromium } = require("playwright-core");

const { ALVEOLE_URL, ALVEOLE_TOKEN, OAUTH_SCHEME, SHOTS } = process.env;
const PATIENCE = 20_000;

function check(holds, what) {
  if (!holds) throw new Error(what);
  console.log(`ok: ${what}`);
}

// Everything a page must not do: break its own content policy, or throw.
function watch(page, faults) {
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
}

async function open(page) {
  await page.goto(`${ALVEOLE_URL}/docs/`);
  await page.waitForSelector(".swagger-ui .authorize", { timeout: PATIENCE });
}

// The part of the dialogue that is about one scheme.
function part(page, title) {
  return page.locator(".auth-container", { has: page.locator("h4", { hasText: title }) }).first();
}

// Calls an operation by Try it out and gives the status that the page shows.
async function tried(page, id) {
  const operation = page.locator(`[id="${id}"]`);
  const block = (await operation.count()) ? operation : page.locator(`[id$="${id.split("-").pop()}"]`).first();
  await block.scrollIntoViewIfNeeded();
  if (!(await block.getAttribute("class")).includes("is-open")) {
    await block.locator(".opblock-summary-control").click();
  }
  const execute = block.locator("button.execute");
  await execute.waitFor({ timeout: PATIENCE });
  await execute.click();
  const status = block.locator(".live-responses-table .response-col_status").last();
  await status.waitFor({ timeout: PATIENCE });
  return { status: (await status.innerText()).trim().slice(0, 3), block };
}

async function openTag(page, tag) {
  const section = page.locator(`.opblock-tag[data-tag="${tag}"]`);
  if ((await section.getAttribute("data-is-open")) !== "true") await section.click();
}

async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

async function byBearer(browser, faults) {
  const page = await (await browser.newContext()).newPage();
  watch(page, faults);
  await open(page);
  await openTag(page, "auth");
  check((await tried(page, "operations-auth-auth_me")).status === "401", "without a token it is 401");
  // The page logs the refusal as an error of the network; that is what was asked for.
  faults.length = 0;
  await page.locator("button.authorize").first().click();
  const bearer = part(page, "bearer");
  await bearer.locator("input").first().fill(ALVEOLE_TOKEN);
  await bearer.locator("button.authorize").click();
  await bearer.getByText("Logout").waitFor({ timeout: PATIENCE });
  await shot(page, "bearer");
  await page.locator("button.btn-done").last().click();
  check((await tried(page, "operations-auth-auth_me")).status === "200", "with a bearer token it is 200");
  await shot(page, "bearer-me");
}

async function byProvider(browser, faults) {
  const context = await browser.newContext();
  const page = await context.newPage();
  watch(page, faults);
  await open(page);
  await openTag(page, "auth");
  await page.locator("button.authorize").first().click();
  const provider = part(page, OAUTH_SCHEME);
  await provider.scrollIntoViewIfNeeded();
  await shot(page, "provider");
  const popup = context.waitForEvent("page", { timeout: PATIENCE });
  await provider.locator("button.authorize").click();
  watch(await popup, faults);
  await provider.getByText("Logout").waitFor({ timeout: PATIENCE });
  await shot(page, "provider-authorized");
  await page.locator("button.btn-done").last().click();
  const { status, block } = await tried(page, "operations-auth-auth_me");
  check(status === "200", "after the code flow it is 200");
  const body = await block.locator(".live-responses-table .microlight").first().innerText();
  console.log(body);
  await shot(page, "provider-me");
}

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const faults = [];
  try {
    await byBearer(browser, faults);
    if (OAUTH_SCHEME) await byProvider(browser, faults);
    check(faults.length === 0, `nothing broke in the pages: ${faults.join("; ")}`);
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
