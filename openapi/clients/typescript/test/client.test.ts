// The client against a running server, which ALVEOLE_URL names; `make test-clients` starts one.

import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { crc32, deflateSync } from "node:zlib";

import * as alveole from "../src/index.js";
import { Client, type models } from "../src/index.js";
import { Proxy } from "./proxy.js";

const URL = process.env["ALVEOLE_URL"];
assert.ok(URL, "ALVEOLE_URL");
// The server's tokens live 1 s (auth.access_ttl_seconds), and it allows clocks to differ by 5 s.
const EXPIRY_MS = 6200;
const password = "a quiet walk at noon";

/** A PNG with a colour gradient. */
function picture(width = 64, height = 48): Blob {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set([(x * 4) % 256, (y * 5) % 256, 128], y * (1 + width * 3) + 1 + x * 3);
  }
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const parts = [signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Blob(parts.map((part) => Uint8Array.from(part)), { type: "image/png" });
}

const sha256 = async (content: Blob) =>
  createHash("sha256").update(new Uint8Array(await content.arrayBuffer())).digest("hex");

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

interface Person {
  client: Client;
  username: string;
  pairs: (models.Tokens | undefined)[];
  proxy: Proxy;
  /** A second session of the same person, through the proxy. */
  throughProxy: Client;
}

const proxies: Proxy[] = [];
after(() => {
  for (const proxy of proxies) proxy.close();
});

async function person(): Promise<Person> {
  const username = `t${randomUUID().slice(0, 8)}`;
  const pairs: (models.Tokens | undefined)[] = [];
  const client = new Client({ baseUrl: URL, onTokens: (pair) => pairs.push(pair) });
  await client.authRegister({ username, email: `${username}@example.com`, password });
  await client.login({ email: `${username}@example.com`, password });
  const proxy = await Proxy.start(URL ?? "");
  proxies.push(proxy);
  const throughProxy = new Client({ baseUrl: proxy.url });
  await throughProxy.login({ username, password });
  return { client, username, pairs, proxy, throughProxy };
}

function taskOf(event: IteratorResult<alveole.Event, void>): models.Task {
  assert.ok(event.value);
  return event.value.data["data"] as models.Task;
}

describe("the client", { concurrency: true }, () => {
  test("registering and signing in", async () => {
    const { client, username } = await person();
    const me = await client.authMe();
    assert.equal(me.data.username, username);
    await assert.rejects(client.authMe({ if_none_match: me.etag }), alveole.NotModified);
    await assert.rejects(
      client.authRegister({ username, email: "other@example.com", password }),
      (error) =>
        error instanceof alveole.Conflict &&
        error.code === "users.username_taken" &&
        error.errors[0]?.field === "/username",
    );
    await assert.rejects(new Client({ baseUrl: URL }).login({ username, password: "wrong" }), alveole.Unauthorized);
    await client.logout();
    assert.equal(client.tokens, undefined);
    await assert.rejects(client.authMe(), alveole.Unauthorized);
  });

  test("wrong fields are named", async () => {
    const { client } = await person();
    await assert.rejects(
      client.tasksCreate({ title: "" }),
      (error) => error instanceof alveole.BadRequest && error.errors[0]?.field === "/title" && !!error.requestId,
    );
    await assert.rejects(client.tasksRead(2 ** 40), alveole.NotFound);
    await assert.rejects(
      client.adminUsersList(),
      (error) => error instanceof alveole.Forbidden && !!error.permission,
    );
  });

  test("lists are read page after page", async () => {
    const { client } = await person();
    for (let number = 0; number < 7; number += 1) await client.tasksCreate({ title: `Task ${number}` });
    const page = await client.tasksList({ limit: 3, sort: "id" });
    assert.deepEqual(page.data.map((task) => task.title), ["Task 0", "Task 1", "Task 2"]);
    assert.equal(page.nextCursor, undefined);
    const all = await collect(client.tasksListAll({ limit: 3, sort: "id" }));
    assert.deepEqual(all.map((task) => task.title), [0, 1, 2, 3, 4, 5, 6].map((number) => `Task ${number}`));
    assert.deepEqual(await collect(client.tasksListAll({ status: "completed" })), []);
  });

  test("a stale update fails with the present state", async () => {
    const { client } = await person();
    const task = await client.tasksCreate({ title: "Report" });
    await client.tasksPatch(task.data.id, { status: "in_progress" }, { if_match: task.etag });
    const stale = client.tasksPatch(task.data.id, { status: "completed" }, { if_match: task.etag });
    await assert.rejects(
      stale,
      (error) =>
        error instanceof alveole.PreconditionFailed &&
        error.code === "tasks.stale" &&
        error.current["status"] === "in_progress",
    );
  });

  test("an expired token is refreshed once for all callers", async () => {
    const { client, pairs, proxy, throughProxy } = await person();
    await client.tasksCreate({ title: "Before" });
    const stream = throughProxy.tasksEvents();
    await stream.connected;
    await pause(EXPIRY_MS);
    pairs.length = 0;
    const lists = await Promise.all(Array.from({ length: 8 }, () => client.tasksList()));
    assert.deepEqual(lists.map((list) => list.data.length), Array(8).fill(1));
    assert.equal(pairs.length, 1);
    proxy.cut();
    await client.tasksCreate({ title: "After" });
    assert.equal(taskOf(await stream.next()).title, "After");
    stream.close();
    assert.equal((await stream.next()).done, true);
  });

  test("a session that has ended is forgotten", async () => {
    const { client, throughProxy } = await person();
    await client.authLogoutAll();
    await pause(EXPIRY_MS);
    await assert.rejects(throughProxy.authMe(), alveole.Unauthorized);
    assert.equal(throughProxy.tokens, undefined);
  });

  test("a personal access token needs no session", async () => {
    const { client } = await person();
    const made = await client.authTokensCreate({ name: "script", scopes: ["tasks:read"] });
    const script = new Client({ baseUrl: URL, token: made.data.token });
    assert.deepEqual((await script.tasksList()).data, []);
    await assert.rejects(script.tasksCreate({ title: "No" }), alveole.Forbidden);
  });

  test("a request whose answer is lost has one effect", async () => {
    const { client, proxy, throughProxy } = await person();
    proxy.loseAnswers = 2;
    const task = await throughProxy.tasksCreate({ title: "Once" });
    assert.equal(task.replayed, true);
    assert.equal((await client.tasksList()).data.length, 1);
  });

  test("a request that may not be repeated fails", async () => {
    const { proxy, throughProxy } = await person();
    const task = await throughProxy.tasksCreate({ title: "Once" });
    proxy.loseAnswers = 1;
    const change = throughProxy.tasksPatch(task.data.id, { title: "Other" }, { if_match: task.etag });
    await assert.rejects(change, alveole.NetworkError);
  });

  test("an aborted request is not repeated", async () => {
    const { client } = await person();
    const reason = new Error("enough");
    await assert.rejects(client.tasksList({}, { signal: AbortSignal.abort(reason) }), reason);
  });

  test("a stream that is cut loses and repeats nothing", async () => {
    const { client, proxy, throughProxy } = await person();
    const stream = throughProxy.tasksEvents();
    await stream.connected;
    // before the first event, and between events
    proxy.cut();
    const first = await client.tasksCreate({ title: "One" });
    assert.equal(taskOf(await stream.next()).id, first.data.id);
    await client.tasksCreate({ title: "Two\u2028lines" });
    assert.equal(taskOf(await stream.next()).title, "Two\u2028lines");
    proxy.cut();
    for (let number = 0; number < 3; number += 1) await client.tasksCreate({ title: `While away ${number}` });
    for (let number = 0; number < 3; number += 1) {
      assert.equal(taskOf(await stream.next()).title, `While away ${number}`);
    }
    stream.close();
    await client.tasksCreate({ title: "Later" });
    for await (const event of client.tasksEvents({ last_event_id: stream.lastId })) {
      assert.equal((event.data["data"] as models.Task).title, "Later");
      break;
    }
  });

  test("a stream that is refused says so", async () => {
    const stream = new Client({ baseUrl: URL }).tasksEvents();
    await assert.rejects(stream.connected, alveole.Unauthorized);
    await assert.rejects(stream.next(), alveole.Unauthorized);
  });

  test("an upload that is cut goes on where it was", async () => {
    const { proxy, throughProxy } = await person();
    const lines = Array.from({ length: 400_000 }, (_, number) => `line ${String(number).padStart(7, "0")}\n`);
    const content = new File([lines.join("")], "lines.txt", { type: "text/plain" });
    proxy.cutUploadAfter = 2_000_000;
    const offsets: number[] = [];
    const file = await throughProxy.upload(content, { type: "document", onProgress: (at) => offsets.push(at) });
    assert.equal(proxy.cutUploadAfter, undefined, "it was cut");
    assert.ok(offsets.some((offset) => offset > 0 && offset < content.size), String(offsets));
    assert.equal(file.data.sha256, await sha256(content));
    assert.equal(file.data.filename, "lines.txt");
    const stream = await throughProxy.streamFile(file.data.id);
    assert.equal(await sha256(await new Response(stream).blob()), file.data.sha256);
  });

  test("an upload is resumed by its id", async () => {
    const { client, throughProxy } = await person();
    const content = new Blob(["x".repeat(100_000)]);
    const session = await client.startUpload(content, { filename: "x.txt", type: "document" });
    await client.filesUploadsAppend(session.data.id, content.slice(0, 40_000), { upload_offset: 0 });
    const file = await throughProxy.resumeUpload(session.data.id, content);
    assert.equal(file.data.size, content.size);
  });

  test("a photograph goes up and comes down", async () => {
    const { client } = await person();
    const photo = await client.filesUpload({
      file: new File([picture()], "photo.png", { type: "image/png" }),
      type: "image",
    });
    assert.deepEqual([photo.data.width, photo.data.height], [64, 48]);
    const content = await client.filesDownload(photo.data.id);
    assert.equal(content.etag, `"${await sha256(content.data)}"`);
    assert.equal(content.data.type, "image/png");
    await client.usersAvatarReplace({ file: picture() });
    const wrong = client.filesUpload({ file: new File([new Uint8Array([0, 1, 2, 3])], "x.bin"), type: "image" });
    await assert.rejects(wrong, alveole.UnsupportedMediaType);
  });

  test("a PDF is made", async () => {
    const { client } = await person();
    const report = await client.filesGeneratePdf({
      template: "report",
      data: { title: "Third quarter", sections: [{ heading: "Sales" }] },
    });
    assert.equal(report.data.mime_type, "application/pdf");
    const content = await client.filesDownload(report.data.id);
    assert.equal(await content.data.slice(0, 5).text(), "%PDF-");
  });

  test("text comes as it is", async () => {
    const { client } = await person();
    await client.tasksCreate({ title: "Exported" });
    assert.match(await (await client.tasksExport({ format: "csv" })).data.text(), /Exported/);
    assert.equal((await client.health()).data.status, "ok");
  });
});
