// The explorer, the search and the calls.
const { connect } = require("node:net");
const { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, BASE, PASSWORD, api, axe, check, person, shot, signIn, token } = require("./kit.cjs");

// Answers of the API's monitoring, so that the charts have a known shape on any server.
async function simulate(page) {
  const units = { "cpu.total": "percent", "cpu.steal": "percent", "memory.used": "bytes", "http.p95": "seconds" };
  const series = Object.entries(units).map(([name, unit]) => ({ name, unit }));
  const answer = (data, more = {}) => (route) => route.fulfill({ json: { success: true, data, ...more } });
  await page.route("**/api/v1/monitoring/series", answer(series));
  await page.route("**/api/v1/monitoring/metrics?*", (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const [from, to] = [Date.parse(asked.get("from")), Date.parse(asked.get("to"))];
    const step = Math.round((to - from) / 60_000) || 1;
    // A sample is missing between the twentieth and the thirtieth point.
    const points = Array.from({ length: 60 }, (_, at) => [from + at * step * 1000, 10, 40 + (at % 20), 90]).filter((_, at) => at < 20 || at > 30);
    return route.fulfill({ json: { success: true, data: { step, missing: ["b:8080"], series: series.map((one) => ({ ...one, replica: "a:8080", points })) } } });
  });
  const cause = { routes: [{ name: "GET /products", percent: 61 }], jobs: [], processes: [] };
  const alert = { id: 1, rule_id: 1, rule: "CPU is busy", severity: "warning", condition: "above", threshold: 90, replica: "a:8080", series: "cpu.total", state: "firing",
    value: 96, cause, since: new Date().toISOString(), flapping: false, acked_at: null, silenced_until: null };
  await page.route("**/api/v1/monitoring/alerts?*", answer([alert], { pagination: { page: 1, limit: 20, total: 1, pages: 1 } }));
}

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

  async "a schedule is run now"(make) {
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "jobs?tab=schedules");
    await page.click("button[aria-label='Run tasks.purge now']");
    await page.waitForSelector(".toast");
    await page.click("[role=tab]:has-text('Jobs')");
    await page.click("tbody .open:has-text('tasks.purge') >> nth=0");
    await page.waitForSelector("dialog .badge:has-text('Succeeded')", { timeout: 10_000 });
    await shot(page, "job");
    await axe(page, "a job");
    await page.keyboard.press("Escape");
    await page.click("[role=tab]:has-text('Schedules')");
    await page.click("tbody .open:has-text('backup')");
    await page.waitForSelector("dialog ul li");
    await page.fill("dialog [name=cron]", "every day");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog [aria-invalid=true]");
    await page.fill("dialog [name=cron]", "15 3 * * *");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector(".toast:has-text('Saved')");
  },

  async "an import names its bad rows"(make) {
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "catalogue");
    await page.click("button:has-text('Import')");
    const mark = Date.now().toString(36);
    const rows = Array.from({ length: 100 }, (_, at) => (at === 10 ? `,Acme,100,1` : at === 20 ? `Bad ${mark},Acme,cheap,1` : `Lamp ${mark} ${at},Acme,${1000 + at},${at}`));
    await page.setInputFiles("#import-file", { name: "lamps.csv", mimeType: "text/csv", buffer: Buffer.from(["name,brand,price,stock", ...rows].join("\n")) });
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog .banner");
    const said = await page.locator("dialog .banner").innerText();
    check(said.includes("98 imported") && said.includes("2 bad"), `98 rows are in and 2 are named: ${said}`);
    check((await page.locator("dialog tbody tr").count()) === 2, "each bad row is named");
    await shot(page, "import");
    await axe(page, "an import");
    await page.keyboard.press("Escape");
    await page.fill("input[type=search]", mark);
    await page.waitForSelector(`tbody .open:has-text("Lamp ${mark}")`);
    await page.click("tbody .open >> nth=0");
    await page.click("dialog [role=tab]:has-text('Stock')");
    await page.fill("dialog [name=delta]", "5");
    await page.fill("dialog [name=reason]", "delivery");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog .lines li:has-text('delivery')");
  },

  async "an endpoint and its secret"(make) {
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "webhooks");
    await page.click("header button:has-text('New endpoint')");
    await page.fill("dialog [name=url]", "not an address");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog [aria-invalid=true], dialog [role=alert]");
    const address = `https://example.com/${Date.now()}`;
    await page.fill("dialog [name=url]", address);
    await page.fill("dialog [name=events]", "task.*");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog pre:has-text('whsec_')");
    await page.click("dialog .dialog-body .primary");
    await page.click(`tbody .open:text-is("${address}")`);
    await page.click("dialog [role=tab]:has-text('Deliveries')");
    await page.click("dialog button:has-text('Send a test')");
    await page.waitForSelector("dialog .lines li");
    await shot(page, "endpoint");
    await axe(page, "an endpoint");
    await page.click("dialog .dialog-head [aria-haspopup=menu]");
    await page.click("[role=menuitem]:has-text('Delete')");
    await page.click("dialog .button.danger:has-text('Delete')");
    await page.waitForSelector(`tbody .open:text-is("${address}")`, { state: "detached" });
  },

  async "one's own account"(make) {
    const who = await person("olga");
    const page = await (await make()).newPage();
    await signIn(page, who.email, PASSWORD, "account");
    await page.fill("[name=first_name]", "Olga");
    await page.selectOption("[name=locale]", "fr");
    await page.click("button:has-text('Save')");
    await page.waitForSelector(".toast:has-text('Saved')");
    await page.click("[role=tab]:has-text('Security')");
    await page.fill(".card:has-text('Second factor') [name=current_password]", PASSWORD);
    await page.click("button:has-text('Set up')");
    await page.waitForSelector("img.qr");
    await shot(page, "second-factor-setup");
    await axe(page, "the setup of a second factor");
    await page.click("[role=tab]:has-text('Access tokens')");
    page.once("dialog", (dialog) => dialog.accept());
    await page.fill("[name=name]", "script");
    await page.check("input[name=scopes] >> nth=0");
    await page.click("button[type=submit]");
    const secret = await page.locator("pre:has-text('alv_')").innerText();
    check((await fetch(`${BASE}/api/v1/auth/check`, { headers: { authorization: `Bearer ${secret}` } })).ok, "the token works");
    await shot(page, "token");
    await page.click("[role=tab]:has-text('Sessions')");
    await page.waitForSelector(".lines .badge:has-text('this session')");
  },

  async "two people talk"(make) {
    const ada = await person("ada");
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const name = `room-${Date.now().toString(36)}`;
    const { data: room } = await api("POST", "/api/v1/chat/rooms", { token: access, json: { name } });
    await api("POST", `/api/v1/chat/rooms/${room.id}/join`, { token: await token(ada.email) });
    const context = await make();
    const page = await context.newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, `chat/${room.id}`);
    const hers = await (await make()).newPage();
    await signIn(hers, ada.email, PASSWORD, `chat/${room.id}`);
    await hers.waitForSelector(".said");
    await page.fill("textarea", "Hello Ada");
    await page.keyboard.press("Enter");
    await hers.waitForSelector(".said li:has-text('Hello Ada')");
    await context.setOffline(true);
    for (let at = 1; at <= 5; at += 1) {
      await hers.fill("textarea", `Number ${at}`);
      await hers.keyboard.press("Enter");
      await hers.waitForSelector(`.said li:has-text("Number ${at}")`);
    }
    await context.setOffline(false);
    for (let at = 1; at <= 5; at += 1) await page.waitForSelector(`.said li:has-text("Number ${at}")`);
    check((await page.locator(".said li").count()) === 6, "nothing is lost and nothing is there twice");
    await page.click(".said li:has-text('Number 5') button[aria-haspopup=menu]");
    await page.click("[role=menuitem]:has-text('🎉')");
    await hers.waitForSelector(".said button:has-text('🎉')");
    await shot(hers, "chat");
    await axe(hers, "the chat");
  },

  async "a dependency fails"(make) {
    const page = await (await make()).newPage();
    await signIn(page);
    await page.waitForSelector(".stat");
    if (process.env.REDIS_PORT) {
      // The Redis that this server uses ends; whoever started this walk starts it again.
      await new Promise((resolve, reject) => {
        const redis = connect(Number(process.env.REDIS_PORT), "127.0.0.1", () => redis.end("SHUTDOWN NOSAVE\r\n"));
        redis.on("close", resolve).on("error", reject).resume();
      });
    } else {
      await page.route("**/ready", async (route) => {
        const body = { status: "not_ready", dependencies: [{ name: "database", kind: "sqlite", state: "up" }, { name: "cache", kind: "redis", state: "down" }] };
        await route.fulfill({ status: 503, json: body });
      });
    }
    await page.waitForSelector(".banner.warn:has-text('cache')", { timeout: 10_000 });
    await shot(page, "overview-amber");
    await axe(page, "a warning");
    await page.unroute("**/ready");
    await page.waitForSelector(".banner.warn:has-text('cache')", { state: "detached", timeout: 30_000 });
  },

  async "charts and alerts"(make) {
    const page = await (await make()).newPage();
    await simulate(page);
    await signIn(page);
    if (!(await page.locator(".side a:has-text('Monitoring')").count())) return;
    await page.waitForSelector(".banner.warn a:has-text('CPU is busy')");
    await page.click(".side a:has-text('Monitoring')");
    await page.waitForSelector(".plot canvas");
    await page.waitForSelector(".banner:has-text('b:8080')");
    const plot = page.locator(".plot >> nth=0");
    check((await plot.getAttribute("aria-label")).includes("cpu.total 59"), "a chart says in a sentence what it shows");
    await plot.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    const read = await page.locator(".legend >> nth=0").innerText();
    check(read.includes("57 %"), `arrow keys move the cursor and say what is there: ${read}`);
    await page.click("button:has-text('As table') >> nth=0");
    await page.waitForSelector(".chart td");
    check((await page.locator(".chart >> nth=0 >> tbody tr:has-text('–')").count()) > 0, "a missing sample is a gap");
    await shot(page, "monitoring");
    await axe(page, "the charts");
    const box = await page.locator(".plot canvas >> nth=0").boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&to=\d+/);
    await page.click("[role=tab]:has-text('Alerts')");
    await page.waitForSelector("td:has-text('GET /products 61 %')");
    await axe(page, "the alerts");
    await shot(page, "alerts");
  },

  async "charts follow what is measured"(make) {
    const page = await (await make()).newPage();
    const heard = [];
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => {
      if (socket.url().includes("/monitoring/ws") && String(payload).includes('"sample"')) heard.push(JSON.parse(payload).data);
    }));
    let asked = 0;
    page.on("request", (request) => (asked += request.url().includes("/monitoring/metrics?") ? 1 : 0));
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "monitoring");
    await page.waitForSelector(".plot canvas", { timeout: 20_000 });
    const before = asked;
    for (let at = 0; at < 30 && heard.length < 3; at += 1) await page.waitForTimeout(500);
    check(heard.length >= 3 && heard.every((sample) => typeof sample.v["cpu.total"] === "number"), `samples come by the socket: ${heard.length}`);
    check(asked - before <= 1, "while they come the charts are asked for only where a series is new");
    await page.click(".card:has(.plot[aria-label*='cpu.total']) button:has-text('As table')", { timeout: 20_000 });
    const last = new Date(heard.at(-1).at);
    await page.waitForFunction((minute) => document.querySelector(".chart tbody tr td, .chart tbody tr th")?.textContent.includes(minute), `:${String(last.getMinutes()).padStart(2, "0")}`);
    await shot(page, "monitoring-live");
  },
};
