// What a newcomer does on the page: an account, a task, a photograph and a PDF.
const { mkdtempSync, readFileSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { photograph } = require("./picture.cjs");
const ui = require("./ui.cjs");

// What the link to an answer that the page does not show saves.
async function saved(page, block) {
  const link = block.locator(".live-responses-table a", { hasText: "Download file" });
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: ui.PATIENCE }), link.click()]);
  return readFileSync(await download.path());
}

async function tour(page) {
  const all = await ui.operations();
  // Opens an operation, fills in parameters and a body, and executes it.
  let last;
  const run = async (operationId, { values = {}, body, file, expected }) => {
    // The page draws everything that is open with each answer.
    if (last && last.operationId !== operationId) await ui.close(last.block);
    const operation = all.find((operation) => operation.operationId === operationId);
    const block = await ui.opened(page, operation);
    last = { operationId, block };
    for (const [name, value] of Object.entries(values)) await ui.fill(block, name, value);
    if (body) await block.locator("textarea.body-param__text").fill(JSON.stringify(body));
    if (file) await block.locator("input[type=file]").first().setInputFiles(file);
    const answer = await ui.execute(page, block);
    const text = await answer.text();
    const right = answer.status === expected;
    ui.check(right, `${operationId} is ${expected}${right ? "" : `, not ${answer.status} to ${answer.sent}: ${text}`}`);
    ui.check((await answer.shown()) === String(expected), `the page shows ${expected}`);
    await block.locator(".live-responses-table").scrollIntoViewIfNeeded();
    return { ...answer, block, text, data: text.startsWith("{") ? JSON.parse(text).data : undefined };
  };

  await run("auth_me", { expected: 401 });
  await run("auth_register", { expected: 201 });
  const login = await run("auth_login", { expected: 200 });
  await ui.authorize(page, login.data.access_token);
  await run("auth_me", { expected: 200 });
  await ui.shot(page, "authorized");

  const made = await run("tasks_create", { expected: 201 });
  const id = made.data.id;
  const found = await run("tasks_list", { values: { status: "pending", q: "report" }, expected: 200 });
  ui.check(found.data.length === 1 && found.data[0].id === id, "the filter finds the task");
  const none = await run("tasks_list", { values: { status: "completed", q: "report" }, expected: 200 });
  ui.check(none.data.length === 0, "another filter does not");
  await ui.shot(page, "filtered");

  const tag = made.headers.etag;
  const values = { id, "If-Match": tag };
  await run("tasks_patch", { values, body: { title: "Write the whole report" }, expected: 200 });
  const stale = await run("tasks_patch", { values, body: { title: "Write half of it" }, expected: 412 });
  ui.check(stale.headers.etag !== tag, "the refusal carries the current tag");
  await ui.shot(page, "stale");

  await run("tasks_delete", { values: { id }, expected: 200 });
  await run("tasks_read", { values: { id }, expected: 404 });
  await run("tasks_restore", { values: { id }, expected: 200 });
  await run("tasks_read", { values: { id }, expected: 200 });

  const picture = join(mkdtempSync(join(tmpdir(), "alveole-")), "harbour.png");
  writeFileSync(picture, photograph());
  const file = await run("files_upload", { file: picture, expected: 201 });
  ui.check(file.data.filename === "harbour.png", "the photograph keeps its name");
  const got = await run("files_download", { values: { id: file.data.id }, expected: 200 });
  ui.check(got.headers["content-type"] === "image/png", "it comes back as a PNG");
  const png = await saved(page, got.block);
  ui.check(png.readUInt32BE(16) === 640 && png.readUInt32BE(20) === 480, "in full size");
  await ui.shot(page, "photograph");

  const pdf = await run("files_generate_pdf", { expected: 201 });
  const read = await run("files_download", { values: { id: pdf.data.id }, expected: 200 });
  ui.check(read.headers["content-type"] === "application/pdf", "the document comes as PDF");
  const bytes = await saved(page, read.block);
  ui.check(bytes.subarray(0, 5).toString() === "%PDF-", `the page saves it: ${bytes.length} bytes`);
  await ui.shot(page, "pdf");
}

module.exports = { tour };
