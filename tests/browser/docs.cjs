// Swagger UI in a real browser. Started by `cargo test --test browser`, which starts the server and the provider.
//
// ALVEOLE_URL, ALVEOLE_EMAIL, ALVEOLE_PASSWORD: the server, and its super_admin.
// PART: one of `parts` below. OAUTH_SCHEME: the security scheme of `provider`.
// CHROMIUM: the browser. SHOTS: a folder for pictures of how it looked, if wanted.
const { every } = require("./every.cjs");
const { speed } = require("./speed.cjs");
const { tour } = require("./tour.cjs");
const ui = require("./ui.cjs");

const { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, OAUTH_SCHEME, PART } = process.env;
const ME = { tag: "auth", operationId: "auth_me", path: "/api/v1/auth/me", method: "GET" };

async function page(browser, faults) {
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage();
  ui.watch(page, faults);
  await ui.open(page);
  return page;
}

async function rootToken() {
  const json = { email: ALVEOLE_EMAIL, password: ALVEOLE_PASSWORD };
  return (await ui.call("POST", "/api/v1/auth/login", { json })).data.access_token;
}

// Signs in by the code flow of a provider.
async function provider(browser, faults) {
  const own = await page(browser, faults);
  await own.locator("button.authorize").first().click();
  const schemes = await own.locator(".auth-container h4").allInnerTexts();
  ui.check(schemes.length === 2, `bearer and ${OAUTH_SCHEME} are offered and nothing else: ${schemes}`);
  const scheme = ui.part(own, OAUTH_SCHEME);
  await scheme.scrollIntoViewIfNeeded();
  await ui.shot(own, "provider");
  const popup = own.context().waitForEvent("page", { timeout: ui.PATIENCE });
  await scheme.locator("button.authorize").click();
  ui.watch(await popup, faults);
  await scheme.getByText("Logout").waitFor({ timeout: ui.PATIENCE });
  await own.locator("button.btn-done").last().click();
  const { status } = await ui.execute(own, await ui.opened(own, ME));
  ui.check(status === 200, "after the code flow it is 200");
  await ui.shot(own, "provider-me");
}

// Two pages beside each other, each with half of the tags.
async function everyOperation(browser, faults) {
  const [root, all] = [await rootToken(), await ui.operations()];
  const tags = [...new Set(all.map((operation) => operation.tag))];
  const half = async (part) =>
    every(await page(browser, faults), all.filter(({ tag }) => tags.indexOf(tag) % 2 === part), root, `p${part}`);
  const wrong = (await Promise.all([half(0), half(1)])).flat();
  for (const line of wrong) console.error(line);
  ui.check(wrong.length === 0, `Try it out works as it stands on ${all.length} operations`);
}

const parts = {
  tour: async (browser, faults) => tour(await page(browser, faults)),
  provider,
  every: everyOperation,
  speed,
};

async function main() {
  const browser = await ui.launch();
  const faults = [];
  try {
    await parts[PART](browser, faults);
    ui.check(faults.length === 0, `nothing broke in the pages: ${faults.join("; ")}`);
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
