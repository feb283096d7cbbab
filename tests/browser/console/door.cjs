// Signing in and out, with the mouse and by the keyboard alone.
const { createHash, createHmac } = require("node:crypto");
const { photograph } = require("../picture.cjs");
const { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, PASSWORD, api, axe, check, open, person, shot, signIn, tabTo, token } = require("./kit.cjs");

// The code of an authenticator app (RFC 6238).
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/=+$/, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const place = hash[19] & 15;
  return String((hash.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// The way of a newcomer: a task and a photograph, both live in a second tab, and the requests that did it as commands.
async function newcomer(page) {
  await open(page, "tasks");
  const [tasks, files] = [await page.context().newPage(), await page.context().newPage()];
  await open(tasks, "tasks");
  await open(files, "files");
  for (const [tab, heading] of [[tasks, "Tasks"], [files, "Files"]]) await tab.waitForSelector(`main h1:has-text('${heading}')`);
  // The tabs follow events once their sockets are open.
  await page.waitForTimeout(800);
  await page.click("header button:has-text('New task')");
  await page.fill("dialog [name=title]", "Take a photograph");
  await page.click("dialog button[type=submit]");
  await page.waitForSelector("tbody .open:text-is('Take a photograph')");
  await tasks.waitForSelector("tbody .open:text-is('Take a photograph')");
  await page.click(".side a:has-text('Files')");
  await page.waitForSelector("main h1:has-text('Files')");
  await page.setInputFiles("input[type=file]", { name: "photograph.png", mimeType: "image/png", buffer: photograph(640, 480) });
  for (const tab of [page, files]) await tab.waitForSelector(".tiles .open[title='photograph.png']");
  await files.waitForFunction(() => document.querySelector(".tiles .thumb img")?.naturalWidth > 0);
  await shot(files, "photograph");
  await page.click("button[aria-label='API calls']");
  await page.waitForSelector("dialog .call pre");
  const commands = await page.locator("dialog .call pre").allInnerTexts();
  check(commands.some((command) => command.startsWith("curl -X POST") && command.includes("/api/v1/tasks'") && command.includes("Take a photograph")), "the request that made the task is there as curl");
  check(commands.some((command) => command.startsWith("curl -X POST") && /\/api\/v1\/files(\/uploads)?'/.test(command)), "and the one that sent the photograph");
  await shot(page, "newcomer");
}

module.exports = {
  // Only on a server without administrators.
  async setup(make) {
    const page = await (await make()).newPage();
    await open(page);
    await page.waitForURL("**/console/setup");
    await open(page, "setup?token=wrong");
    const fill = async () => {
      await page.fill("input[name=email]", ALVEOLE_EMAIL);
      await page.fill("input[name=username]", "root");
      await page.fill("input[name=password]", ALVEOLE_PASSWORD);
      await page.click("button[type=submit]");
    };
    await fill();
    await page.waitForSelector("[role=alert], [aria-invalid=true]");
    await shot(page, "setup-refused");
    await axe(page, "a refused setup");
    await open(page, `setup?token=${process.env.SETUP_TOKEN}`);
    await fill();
    await page.waitForSelector(".frame main h1");
    await page.reload();
    await page.waitForSelector(".side a:has-text('Users')");
    await open(page, "setup");
    await newcomer(page);
  },

  async "sign-in"(make) {
    const page = await (await make()).newPage();
    await open(page, "tasks?status=pending");
    await page.fill("input[name=email]", ALVEOLE_EMAIL);
    await page.fill("input[name=password]", "not the password");
    await page.click("button[type=submit]");
    await page.waitForSelector("[role=alert]");
    await shot(page, "sign-in-refused");
    await axe(page, "a refused sign-in");
    await page.fill("input[name=password]", ALVEOLE_PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector("tbody tr .open");
    check(page.url().endsWith("tasks?status=pending"), "the sign-in leads to the address that was asked for");
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    check(!/eyJ|refresh/.test(stored), "no token is in storage or in a readable cookie");
    await page.reload();
    await page.waitForSelector("tbody tr .open");
    const other = await page.context().newPage();
    await open(other);
    await other.waitForSelector(".frame");
    await page.click("button[aria-haspopup=menu][aria-label=root], header.top button[aria-haspopup=menu]");
    await page.click("[role=menuitem]:has-text('Sign out')");
    await page.waitForSelector("input[name=password]");
    await other.waitForSelector("input[name=password]");
    await page.reload();
    await page.waitForSelector("input[name=password]");
  },

  async "second factor by keyboard"(make) {
    const who = await person("vera");
    const access = await token(who.email);
    const { data: setup } = await api("POST", "/api/v1/auth/2fa/setup", { token: access, json: { current_password: PASSWORD } });
    const { data: codes } = await api("POST", "/api/v1/auth/2fa/enable", { token: access, json: { code: totp(setup.secret) } });
    const page = await (await make()).newPage();
    await open(page);
    await page.waitForSelector("input[name=email]");
    check(await page.evaluate(() => document.activeElement?.getAttribute("name") === "email"), "the focus begins in the first field");
    await page.keyboard.type(who.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector("input[name=code]");
    await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "code");
    await shot(page, "second-factor");
    await axe(page, "the second step");
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[aria-invalid=true], [role=alert]");
    await page.fill("input[name=code]", "");
    await page.focus("input[name=code]");
    await page.keyboard.type(codes.recovery_codes[0]);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".frame main h1");
    check(!(await page.locator(".side a:has-text('Users')").count()), "what permissions forbid is not shown");
    await page.reload();
    await page.waitForSelector(".frame main h1");
    await tabTo(page, () => document.activeElement?.classList.contains("skip"), "the link to the content", 3);
    await page.keyboard.press("Enter");
    check(await page.evaluate(() => document.activeElement?.id === "content"), "the link leads to the content");
  },

  async "sign-in with a provider"(make) {
    const who = await person("paul");
    const page = await (await make()).newPage();
    await page.route("**/api/v1/auth/providers", (route) => route.fulfill({ json: { success: true, data: [{ name: "google", authorize_url: "/api/v1/auth/google" }] } }));
    let asked;
    await page.route("**/api/v1/auth/google?*", (route) => {
      asked = new URL(route.request().url()).searchParams;
      return route.fulfill({ status: 302, headers: { location: `${asked.get("redirect_uri")}?code=one-time&state=${asked.get("state")}` } });
    });
    await page.route("**/api/v1/auth/token", async (route) => {
      const body = route.request().postDataJSON();
      const proven = createHash("sha256").update(body.code_verifier).digest("base64url") === asked.get("code_challenge");
      if (!proven || body.code !== "one-time" || body.session !== "cookie") return route.fulfill({ status: 400, json: { error: "invalid_grant", error_description: "The code is not valid." } });
      return route.fulfill({ json: { access_token: await token(who.email), token_type: "Bearer", expires_in: 3600 } });
    });
    await open(page);
    await page.click("button:has-text('Continue with Google')");
    await page.waitForSelector(".frame main h1");
    await page.context().clearCookies();
    await page.evaluate(() => localStorage.clear());
    await open(page, "signed-in?error=access_denied&error_description=You+said+no.");
    await page.waitForSelector("[role=alert]:has-text('You said no.')");
    await axe(page, "a refused provider");
  },

  async "forgotten password"(make) {
    const page = await (await make()).newPage();
    await open(page);
    await page.click("a[href$='/forgot']");
    await page.fill("input[name=email]", "no-one@example.com");
    await page.click("button[type=submit]");
    await page.waitForSelector(".banner.ok");
    await open(page, "reset?token=wrong");
    await page.fill("input[name=new_password]", "short");
    await page.click("button[type=submit]");
    await page.waitForSelector("[aria-invalid=true], [role=alert]");
    await shot(page, "reset-refused");
    await axe(page, "a refused reset");
  },

  async "connection lost"(make) {
    const context = await make();
    const page = await context.newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "tasks");
    await page.waitForSelector("tbody tr .open");
    await context.setOffline(true);
    await page.click("th button >> nth=0");
    await page.waitForSelector(".bar");
    check(await page.locator("tbody tr .open").count(), "what was shown stays");
    await shot(page, "connection-lost");
    await context.setOffline(false);
    await page.waitForSelector(".bar", { state: "detached" });
    await page.waitForFunction(() => document.querySelector("th[aria-sort=ascending]") && document.querySelectorAll("tbody tr .open").length);
  },

  async "without sockets"(make) {
    const page = await (await make()).newPage();
    await page.routeWebSocket(/./, (socket) => socket.close({ code: 1011 }));
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "tasks?sort=-created_at");
    await page.waitForSelector("tbody tr .open");
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const title = `Without a socket ${Date.now().toString(36)}`;
    await api("POST", "/api/v1/tasks", { token: access, json: { title } });
    await page.waitForSelector(`tbody .open:text-is("${title}")`, { timeout: 15_000 });
  },

  // The network of one person is away for a second, every five seconds, while another one writes.
  async "the network cut every five seconds"(make) {
    const ada = await person("ada");
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const name = `cut-${Date.now().toString(36)}`;
    const { data: room } = await api("POST", "/api/v1/chat/rooms", { token: access, json: { name } });
    await api("POST", `/api/v1/chat/rooms/${room.id}/join`, { token: await token(ada.email) });
    const context = await make();
    const chat = await context.newPage();
    await signIn(chat, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, `chat/${room.id}`);
    await chat.waitForSelector(".said");
    const tasks = await context.newPage();
    await open(tasks, "tasks?sort=-created_at&q=" + name);
    await tasks.waitForSelector("main h1");
    const hers = await token(ada.email);
    const ends = Date.now() + 21_000;
    let said = 0;
    const cut = (async () => {
      while (Date.now() < ends) {
        await new Promise((resolve) => setTimeout(resolve, 4000));
        await context.setOffline(true);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await context.setOffline(false);
      }
    })();
    while (Date.now() < ends) {
      said += 1;
      await api("POST", `/api/v1/chat/rooms/${room.id}/messages`, { token: hers, json: { content: `Number ${said}.` } });
      if (said % 5 === 0) await api("POST", "/api/v1/tasks", { token: access, json: { title: `${name} ${said}` } });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await cut;
    await chat.waitForSelector(`.said li:has-text("Number ${said}.")`, { timeout: 15_000 });
    const numbers = (await chat.locator(".said li").allInnerTexts()).flatMap((text) => /Number (\d+)\./.exec(text)?.[1] ?? []).map(Number);
    check(numbers.join() === Array.from({ length: said }, (_, at) => at + 1).join(), `all are there, once and in order: ${numbers}`);
    await tasks.waitForFunction((wanted) => document.querySelectorAll("tbody tr .open").length === wanted, Math.floor(said / 5), { timeout: 15_000 });
    check(!(await chat.locator(".bar").count()), "the connection is back");
  },
};
