// *Try it out* on every operation, as Swagger UI fills it in: no answer may say that what was filled in is wrong.
const { createHmac } = require("node:crypto");
const { writeFileSync, mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { photograph } = require("./picture.cjs");
const ui = require("./ui.cjs");

const { PASSWORD, call } = ui;

// What cannot be filled in, so that a refusal is the right answer: secrets, codes and links that were sent to a
// person, providers, of which this server has none, and handshakes of WebSockets, which a page of forms does not make.
const REFUSED = {
  auth_refresh: 401,
  auth_set_up: 409,
  auth_restore_account: 401,
  auth_two_factor_verify: 401,
  auth_two_factor_enable: 409,
  auth_two_factor_disable: 409,
  auth_two_factor_recovery_codes: 409,
  auth_password_reset: 422,
  auth_email_verify: 422,
  auth_email_confirm: 422,
  auth_token: 400,
  auth_link: 404,
  auth_unlink: 404,
  auth_callback: 404,
  auth_authorize: 404,
  notifications_unsubscribe: 422,
  users_confirm_phone: 422,
  webhooks_receive: 400,
  webhooks_retry: 409,
  rooms_leave: 409,
  chat_socket: 426,
  events_socket: 426,
  // No rule fires here.
  monitoring_alerts_ack: 404,
  monitoring_alerts_silence: 404,
  monitoring_socket: 426,
};

let number = 0;

// An administrator of its own for each operation, because some end the session or the account.
async function administrator(root, name) {
  const username = `${name}try${++number}`;
  const { data } = await call("POST", "/api/v1/auth/register", {
    json: { username, email: `${username}@example.com`, password: PASSWORD },
  });
  await call("PUT", `/api/v1/admin/users/${data.id}`, { token: root, json: { role: "super_admin" } });
  const session = await call("POST", "/api/v1/auth/login", { json: { username, password: PASSWORD } });
  return session.data.access_token;
}

// A form with a picture.
function form() {
  const form = new FormData();
  form.append("file", new Blob([photograph(64, 48)], { type: "image/png" }), "picture.png");
  return form;
}

const SECRET = "a secret of this test";

// A new source of webhooks, as Stripe signs.
async function source(token) {
  const name = `shop-${++number}`;
  const json = { scheme: "stripe", secrets: [SECRET] };
  await call("PUT", `/api/v1/admin/webhooks/sources/${name}`, { token, json });
  return name;
}

// What a source sends: a payment, or something that nothing is done with. Gives the newest row that it leads to.
async function received(token, type, list) {
  // The example of queues has paused it.
  await call("PATCH", "/api/v1/admin/queues/default", { token, json: { paused: false, concurrency: null } });
  const name = await source(token);
  const at = Math.floor(Date.now() / 1000);
  const object = { id: `pi_${number}`, amount: 1999, currency: "eur" };
  const body = JSON.stringify({ id: `evt_${number}`, type, created: at, data: { object } });
  const code = createHmac("sha256", SECRET).update(`${at}.${body}`).digest("hex");
  const headers = { "stripe-signature": `t=${at},v1=${code}`, "content-type": "application/json" };
  await call("POST", `/api/v1/webhooks/${name}`, { headers, body });
  for (let tries = 0; tries < 100; tries++) {
    const { data } = await call("GET", `/api/v1/admin/${list}=${name}`, { token });
    if (data.length) return data[0].id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nothing was received");
}

// A new account.
async function stranger() {
  const username = `other${++number}`;
  const json = { username, email: `${username}@example.com`, password: PASSWORD };
  return (await call("POST", "/api/v1/auth/register", { json })).data.id;
}

// A room of the caller with a message and another member, or an invitation of theirs.
async function chat({ path, operationId }, post, root, me) {
  const user_id = await stranger();
  if (path.includes("/dm/")) return { user_id };
  const room = await post("/chat/rooms", { name: `Room ${++number}` });
  if (path.includes("/invitations/{id}")) {
    // Who invites someone can take it back; to accept, one has to be invited.
    if (operationId === "invitations_decline") return { id: await post(`/chat/rooms/${room}/invitations`, { user_id }) };
    const { data } = await call("POST", "/api/v1/chat/rooms", { token: root, json: { name: `Room ${++number}` } });
    const json = { user_id: await me() };
    return { id: (await call("POST", `/api/v1/chat/rooms/${data.id}/invitations`, { token: root, json })).data.id };
  }
  const message = await post(`/chat/rooms/${room}/messages`, { content: "Hello" });
  if (path.includes("/messages/{id}")) return { id: message, emoji: ":tada:" };
  if (["rooms_members_create", "rooms_invitations_create"].includes(operationId)) return { id: room, body: { user_id } };
  const other = await stranger();
  await post(`/chat/rooms/${room}/members`, { user_id: other });
  return { id: room, room: String(room), user_id: other };
}

// Makes what the path of an operation names, and gives the values of its parameters.
async function furnish(operation, token, root) {
  const { path, operationId } = operation;
  const post = async (path, json) => (await call("POST", `/api/v1${path}`, { token, json })).data.id;
  const upload = async (path) => (await call("POST", `/api/v1${path}`, { token, form: form() })).data.id;
  const product = () => post("/admin/products", { name: `Lamp ${++number}`, price: 100 });
  const begins = (prefix) => path.startsWith(`/api/v1${prefix}`);
  if (operationId === "user_products_create") return { body: { product_id: await product() } };
  if (operationId === "notifications_unsubscribe") return { token: "of-an-email" };
  if (operationId === "rooms_create") return { body: { name: `Room ${++number}` } };
  if (!path.includes("{")) return {};
  if (begins("/chat/")) {
    return chat(operation, post, root, async () => (await call("GET", "/api/v1/auth/me", { token })).data.id);
  }
  if (begins("/tasks/")) {
    const id = await post("/tasks", { title: "Write the report" });
    if (path.includes("{comment_id}")) {
      return { id, comment_id: await post(`/tasks/${id}/comments`, { content: "Soon." }) };
    }
    if (path.includes("{file_id}")) return { id, file_id: await upload(`/tasks/${id}/attachments`) };
    if (operationId === "tasks_restore") await call("DELETE", `/api/v1/tasks/${id}`, { token });
    return { id };
  }
  if (begins("/files/uploads/")) {
    const headers = { "tus-resumable": "1.0.0", "upload-length": String(photograph(64, 48).length) };
    const { headers: answer } = await call("POST", "/api/v1/files/uploads", { token, headers });
    return { id: answer.get("location").split("/").pop() };
  }
  if (begins("/files/")) {
    const id = await upload("/files");
    if (path.endsWith("/variant")) {
      const json = { width: 32, height: 32, fit: "inside" };
      const { data } = await call("POST", `/api/v1/files/${id}/variants`, { token, json });
      return { id, ...Object.fromEntries(new URL(data.url).searchParams) };
    }
    if (!path.includes("share")) return { id };
    const { data } = await call("POST", `/api/v1/files/${id}/share`, { token, json: { expires_in: 3600 } });
    const query = new URL(data.url).searchParams;
    return { id, share_id: data.id, exp: query.get("exp"), sig: query.get("sig") };
  }
  if (begins("/admin/jobs/")) {
    const json = { kind: "tasks.purge", run_at: "2099-01-01T00:00:00Z" };
    const { id } = (await call("POST", "/api/v1/admin/jobs", { token, json })).data.job;
    if (operationId === "jobs_retry") await call("POST", `/api/v1/admin/jobs/${id}/cancel`, { token });
    return { id };
  }
  if (begins("/webhooks/{source}") || begins("/admin/webhooks/sources/")) return { source: await source(token) };
  if (begins("/admin/webhooks/events/")) {
    return { id: await received(token, "customer.created", "webhooks/events?source") };
  }
  if (begins("/admin/payments/")) {
    return { id: await received(token, "payment_intent.payment_failed", "payments?provider") };
  }
  if (begins("/admin/schedules/")) return { schedule: "tasks.purge" };
  if (begins("/webhooks/")) {
    const url = "https://endpoint.invalid/hook";
    const endpoint = await post("/webhooks/endpoints", { url, events: ["task.*"] });
    return { id: begins("/webhooks/deliveries/") ? await post(`/webhooks/endpoints/${endpoint}/test`, {}) : endpoint };
  }
  if (begins("/notifications/")) {
    const { data: me } = await call("GET", "/api/v1/auth/me", { token });
    await call("POST", "/api/v1/tasks", { token: root, json: { title: "Read it", assignee_id: me.id } });
    for (let tries = 0; tries < 100; tries++) {
      const { data } = await call("GET", "/api/v1/notifications", { token });
      if (data.length) return { id: data[0].id };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("no notification came");
  }
  if (begins("/admin/queues/")) return { queue: "default" };
  if (begins("/admin/roles/")) {
    const name = `helpers${++number}`;
    await call("POST", "/api/v1/admin/roles", { token, json: { name, permissions: [] } });
    return { name };
  }
  if (begins("/admin/service-accounts/")) {
    const id = await post("/admin/service-accounts", { username: `bot${++number}` });
    if (!path.includes("{token_id}")) return { id };
    return { id, token_id: await post(`/admin/service-accounts/${id}/tokens`, { name: "x", scopes: ["tasks:read"] }) };
  }
  if (begins("/auth/sessions/")) {
    return { id: (await call("GET", "/api/v1/auth/sessions", { token })).data[0].id };
  }
  if (begins("/auth/tokens/")) return { id: await post("/auth/tokens", { name: "x", scopes: ["tasks:read"] }) };
  if (begins("/admin/categories/")) return { id: await post("/admin/categories", { name: `Lights ${++number}` }) };
  if (path.startsWith("/api/v1/products/{id}/files") || begins("/user-products/")) return { id: await post("/user-products", { product_id: await product() }) };
  if (begins("/admin/products/") || begins("/products/")) return { id: await product() };
  if (begins("/users/") || begins("/admin/users/")) {
    return { id: await stranger() };
  }
  if (begins("/monitoring/alerts/")) return { id: 1 };
  if (begins("/monitoring/rules/")) {
    return { id: await post("/monitoring/rules", { name: `Rule ${++number}`, series: "cpu.total", threshold: 90 }) };
  }
  if (begins("/auth/")) return {};
  throw new Error(`nothing is known of ${path}: say here how to make what it names`);
}

async function tryOut(page, operation, token, root) {
  const { body, ...values } = await furnish(operation, token, root);
  await page.evaluate((token) => window.ui.preauthorizeApiKey("bearer", token), token);
  const block = await ui.opened(page, operation);
  for (const [name, value] of Object.entries(values)) {
    const known = await block.locator(`tr[data-param-name="${name}"]`).count();
    if (known) await ui.fill(block, name, value);
  }
  if (body) {
    const text = block.locator("textarea.body-param__text");
    await text.fill(JSON.stringify({ ...JSON.parse(await text.inputValue()), ...body }));
  }
  const file = block.locator("input[type=file]").first();
  if (await file.count()) await file.setInputFiles(operation.picture);
  const answer = await ui.execute(page, block).catch(async (error) => {
    await ui.shot(page, `stuck-${operation.operationId}`);
    throw error;
  });
  await ui.close(block);
  return answer;
}

// Opens, fills in and executes operations; gives all that is wrong instead of ending with the first.
async function every(page, operations, root, name) {
  const wrong = [];
  const picture = join(mkdtempSync(join(tmpdir(), "alveole-")), "picture.png");
  writeFileSync(picture, photograph(64, 48));
  let tag = "";
  for (const operation of operations.sort((a, b) => a.tag.localeCompare(b.tag))) {
    const { operationId, description, responses } = operation;
    if (JSON.stringify(responses).includes("text/event-stream")) {
      // The page would wait for the end of a stream that has none.
      if (!description.includes("curl -N")) wrong.push(`${operationId}: no curl line in its description`);
      continue;
    }
    if (operation.tag !== tag) {
      // A closed tag is not drawn again with each answer.
      if (tag) await page.locator(`.opblock-tag[data-tag="${tag}"]`).click();
      tag = operation.tag;
    }
    try {
      const token = await administrator(root, name);
      const { status, sent, text } = await tryOut(page, { ...operation, picture }, token, root);
      const right = status < 400 || status === REFUSED[operationId];
      if (!right) wrong.push(`${operationId}: ${status} to ${sent}: ${await text()}`);
    } catch (error) {
      wrong.push(`${operationId}: ${error.message.split("\n")[0]}`);
      if (wrong.length > 10) break;
      await ui.open(page);
      tag = "";
    }
  }
  return wrong;
}

module.exports = { every };
