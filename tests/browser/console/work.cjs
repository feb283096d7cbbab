// Tasks, files and people.
const { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, BASE, api, axe, check, person, sha256, shot, signIn, tabTo, token } = require("./kit.cjs");

const unique = (what) => `${what} ${Date.now().toString(36)}`;

module.exports = {
  async "tasks in two tabs"(make) {
    const context = await make();
    const page = await context.newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "tasks");
    const other = await context.newPage();
    await other.goto(page.url());
    await other.waitForSelector("tbody tr .open");
    // The second tab follows events once its socket is open.
    await other.waitForTimeout(600);

    await page.click("button:has-text('New task')");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog [aria-invalid=true]");
    await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "title");
    await shot(page, "task-refused");
    await axe(page, "a refused form");
    const title = unique("Water the plants");
    await page.fill("dialog [name=title]", title);
    await page.fill("dialog [name=tags]", "home, garden");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector(`tbody .open:text-is("${title}")`);
    await other.waitForSelector(`tbody .open:text-is("${title}")`);

    // Both open it; the second to save chooses between both versions.
    for (const each of [page, other]) {
      await each.click(`tbody .open:text-is("${title}")`);
      await each.waitForSelector("dialog [name=title]");
    }
    await page.fill("dialog [name=description]", "The first writes this.");
    await page.selectOption("dialog [name=priority]", "high");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector(".toast");
    await other.fill("dialog [name=description]", "The second writes that.");
    await other.click("dialog button[type=submit]");
    await other.waitForSelector(".conflict");
    await shot(other, "conflict");
    await axe(other, "the choice of versions");
    const rows = await other.locator(".conflict tbody tr").allInnerTexts();
    check(rows.length === 2, `the fields that differ are shown: ${rows.join(" | ")}`);
    await other.click("button:has-text('Save my choice')");
    await other.waitForSelector(".conflict", { state: "detached" });
    await other.waitForSelector(".toast");
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const id = new URL(other.url()).searchParams.get("open");
    const { data } = await api("GET", `/api/v1/tasks/${id}`, { token: access });
    check(data.description === "The second writes that." && data.priority === "high", "each field has the version that was chosen");

    // Deleting can be undone.
    await other.click("dialog button[aria-label=Delete]");
    await other.click("dialog .button.danger:has-text('Delete')");
    await other.waitForSelector(`tbody .open:text-is("${title}")`, { state: "detached" });
    await other.click(".toast button:has-text('Undo')");
    await other.waitForSelector(`tbody .open:text-is("${title}")`);
  },

  async "tasks in bulk and on the board"(make) {
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const tag = `bulk${Date.now().toString(36)}`;
    const operations = Array.from({ length: 12 }, (_, at) => ({ op: "create", data: { title: `Bulk ${at + 1}`, tags: [tag] } }));
    await api("POST", "/api/v1/tasks/bulk", { token: access, json: { operations } });
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, `tasks?tag=${tag}`);
    await page.waitForSelector("tbody tr .open");
    await page.click("tbody tr:nth-child(1) [type=checkbox]");
    await page.click("tbody tr:nth-child(3) [type=checkbox]", { modifiers: ["Shift"] });
    check((await page.locator("tbody tr[aria-selected=true]").count()) === 3, "shift chooses a range");
    await page.click(".bulk button:has-text('Status')");
    await page.click("[role=menuitem]:has-text('Completed')");
    await page.waitForSelector(".bulk", { state: "detached" });
    await page.waitForFunction(() => document.querySelectorAll("tbody .badge.ok").length === 3);
    await shot(page, "tasks-bulk");
    await page.click("button:has-text('Board')");
    await page.waitForSelector(".lane .tile");
    await page.locator(".lane >> nth=0 >> .tile >> nth=0").dragTo(page.locator(".lane >> nth=1"));
    await page.waitForSelector(".lane >> nth=1 >> .tile");
    await axe(page, "the board");
    await shot(page, "tasks-board");
    await page.click("button:has-text('List')");
    await page.waitForSelector("tbody tr .open");
    await page.click("thead [type=checkbox]");
    await page.click(".bulk button:has-text('Delete')");
    check(await page.locator("dialog .button.danger[aria-disabled=true]").count(), "above ten rows their number has to be written");
    await page.fill("dialog input", "12");
    await page.click("dialog .button.danger");
    await page.waitForSelector(".empty");
  },

  async "tasks by keyboard"(make) {
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "tasks");
    await page.waitForSelector("tbody tr .open");
    await tabTo(page, () => document.activeElement?.textContent === "New task", "the button for a new task");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog [name=title]");
    const title = unique("Written by keyboard");
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`tbody .open:text-is("${title}")`);
    check(await page.evaluate(() => document.activeElement?.textContent === "New task"), "the focus goes back to where it was");
    await tabTo(page, () => document.activeElement?.classList.contains("open") && document.activeElement?.tagName === "BUTTON", "the first task");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog [role=tab]");
    await tabTo(page, () => document.activeElement?.getAttribute("role") === "tab", "the tabs", 10);
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector("dialog [name=content]");
    await tabTo(page, () => document.activeElement?.getAttribute("name") === "content", "the comment", 10);
    await page.keyboard.type("Said by keyboard");
    await tabTo(page, () => document.activeElement?.getAttribute("type") === "submit", "the button", 5);
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog .lines li");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    check(!page.url().includes("open="), "the address follows");
  },

  async "an upload that breaks goes on"(make) {
    const context = await make();
    const page = await context.newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "files");
    await page.waitForSelector(".tiles, .empty");
    const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, at) => `line ${at} of a text that is sent in pieces\n`).join(""));
    const name = `${unique("long").replaceAll(" ", "-")}.txt`;
    let pieces = 0;
    await page.route("**/files/uploads/*", (route) => {
      if (route.request().method() !== "PATCH") return route.continue();
      pieces += 1;
      // The second piece never arrives, and neither does the question that follows.
      return pieces === 2 ? route.abort("connectionreset") : route.continue();
    });
    await page.setInputFiles("input[type=file]", { name, mimeType: "text/plain", buffer: bytes });
    await page.waitForSelector(".lines [role=status]:has-text('Uploaded')", { timeout: 15_000 });
    check(pieces >= 4, `it went on in pieces (${pieces})`);
    await page.click(`.tiles .open[title="${name}"]`);
    await page.waitForSelector(`dialog dd:text-is("${sha256(bytes)}")`);
    await shot(page, "file");
    await axe(page, "a file");
    await page.click("dialog [role=tab]:has-text('Links')");
    await page.click("dialog button[type=submit]");
    const link = await page.locator("dialog pre").innerText();
    const shared = Buffer.from(await (await fetch(link)).arrayBuffer());
    check(sha256(shared) === sha256(bytes), "the link gives the same bytes without sign-in");
    await page.click("dialog button:has-text('Revoke')");
    await page.waitForSelector("dialog button:has-text('Revoke')", { state: "detached" });
    check((await fetch(link)).status >= 400, "a revoked link gives nothing");
  },

  async "suspending ends her session"(make) {
    const ada = await person("ada");
    const hers = await (await make()).newPage();
    await signIn(hers, ada.email);
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, `users?search=${ada.username}`);
    await page.click(`tbody .open:has-text("${ada.username}")`);
    await page.waitForSelector("dialog [name=username]");
    await shot(page, "user");
    await axe(page, "a user");
    await page.click("dialog .dialog-head [aria-haspopup=menu]");
    await page.click("[role=menuitem]:has-text('Suspend')");
    const began = Date.now();
    await page.click("dialog .button.danger:has-text('Suspend')");
    await hers.waitForSelector("input[name=password]", { timeout: 10_000 });
    check(Date.now() - began < 6500, `her tab is out in time (${Date.now() - began} ms)`);
    await shot(hers, "suspended");
    await page.waitForSelector("dialog .banner.warn");
    await page.click("dialog [role=tab]:has-text('Role')");
    await page.waitForSelector("dialog [name=role]");
    await page.click("dialog [role=tab]:has-text('Audit')");
    await page.waitForSelector("dialog .lines li");
  },

  async "a thing one owns"(make) {
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const name = unique("Kettle");
    await api("POST", "/api/v1/admin/products", { token: access, json: { name, brand: "Acme", price: 4900, stock: 3, warranty_months: 24, status: "active" } });
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "products");
    await page.click("header button:has-text('Add a product')");
    await page.fill("dialog input[type=search]", name);
    await page.click(`dialog .lines li:has-text("${name}") button`);
    await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "serial_number");
    await page.keyboard.type("K-0042");
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    await page.fill("dialog [name=purchase_date]", day);
    await page.fill("dialog [name=warranty_expires]", "2001-01-01");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog [aria-invalid=true]");
    await page.fill("dialog [name=warranty_expires]", "");
    await page.fill("dialog [name=purchase_price]", "4500");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector(`tbody tr:has-text("${name}"):has-text("K-0042"):has-text("holds")`);
    await page.click(`tbody .open:text-is("${name}")`);
    await page.waitForSelector("dialog [name=notes]");
    await page.fill("dialog [name=notes]", "In the kitchen.");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector(".toast:has-text('Saved')");
    await page.click("dialog [role=tab]:has-text('Files')");
    await page.setInputFiles("dialog input[type=file]", { name: "invoice.txt", mimeType: "text/plain", buffer: Buffer.from("Paid.\n") });
    await page.waitForSelector("dialog .lines li:has-text('invoice.txt')");
    await shot(page, "owned");
    await axe(page, "a thing one owns");
    await page.keyboard.press("Escape");
    await page.selectOption("select[aria-label=Warranty]", "active");
    await page.waitForSelector(`tbody .open:text-is("${name}")`);
    await page.selectOption("select[aria-label=Warranty]", "expired");
    await page.waitForSelector(".empty");
  },

  async "a report becomes a PDF"(make) {
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "files");
    await page.click("button:has-text('New document')");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog [aria-invalid=true], dialog [role=alert]");
    const title = unique("Stock");
    await page.fill("dialog [name=title]", title);
    await page.selectOption("dialog [name=template]", "table");
    await page.fill("dialog [name=data]", 'Article,Pieces\n"Lamp, large",12\n灯,7');
    await shot(page, "new-document");
    await axe(page, "a new document");
    await page.click("dialog button[type=submit]");
    await page.waitForSelector("dialog.sheet [name=filename]");
    const id = new URL(page.url()).searchParams.get("open");
    const access = await token(ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    const answer = await fetch(`${BASE}/api/v1/files/${id}/download`, { headers: { authorization: `Bearer ${access}` } });
    check(answer.headers.get("content-type") === "application/pdf" && (await answer.text()).startsWith("%PDF-"), "it is a PDF");
  },
};
