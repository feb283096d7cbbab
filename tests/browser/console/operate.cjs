// The explorer, the search and the calls.
const { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, BASE, axe, check, shot, signIn } = require("./kit.cjs");

module.exports = {
  async "the explorer has every operation"(make) {
    const page = await (await make({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "explorer");
    await page.waitForSelector(".operations a");
    const document = await (await fetch(`${BASE}/openapi.json`)).json();
    const methods = ["get", "post", "put", "patch", "delete", "head"];
    const ids = Object.values(document.paths).flatMap((item) => methods.filter((method) => item[method]).map((method) => item[method].operationId));
    const shown = await page.locator(".operations a").evaluateAll((links) => links.map((link) => link.pathname.split("/").pop()));
    const missing = ids.filter((id) => !shown.includes(id));
    check(!missing.length, `every operation is in the explorer: ${missing.join(", ")}`);
    // Each has a form that can be drawn.
    await page.fill("input[type=search]", "create task");
    await page.waitForFunction(() => document.querySelectorAll(".operations a").length < 10);
    await page.click(".operations a:has-text('Create a task')");
    await page.waitForSelector("textarea[name=body]");
    await page.fill("textarea[name=body]", '{"title": "');
    await page.click("section button[type=submit]");
    await page.waitForSelector("[role=alert]");
    await page.fill("textarea[name=body]", '{"title": "Sent by the explorer"}');
    const command = await page.locator("pre[aria-label=curl]").innerText();
    check(command.includes("curl -X POST") && command.includes('-d \'{"title":"Sent by the explorer"}\''), "the command is the call");
    await page.click("section button[type=submit]");
    await page.waitForSelector("#answer .badge:has-text('201')");
    await shot(page, "explorer");
    await axe(page, "the explorer");
  },

  async "search and calls"(make) {
    const page = await (await make({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
    await signIn(page);
    await page.keyboard.press("Control+k");
    await page.waitForSelector("dialog.palette");
    await page.keyboard.type("demo1");
    await page.waitForSelector("[role=option]:has-text('demo1')");
    await shot(page, "search");
    await axe(page, "the search");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog.sheet [name=username]");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    await page.click("button[aria-label='API calls']");
    await page.waitForSelector("dialog .call pre");
    await shot(page, "calls");
    await axe(page, "the calls");
    const commands = await page.locator("dialog .call pre").allInnerTexts();
    check(commands.some((command) => command.includes("/api/v1/admin/users")), "the calls of the screens are there");
    const login = commands.find((command) => command.includes("/auth/login"));
    check(login && !login.includes(ALVEOLE_PASSWORD), "a password is not in a command");
    await page.click("dialog .call button >> nth=0");
    check((await page.evaluate(() => navigator.clipboard.readText())).startsWith("curl "), "a command can be copied");
  },
};
