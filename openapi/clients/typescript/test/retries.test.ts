// What is repeated, with which key and after which wait: the answers are made here, so there is no server.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as alveole from "../src/index.js";
import { Client } from "../src/index.js";

/** A client that gets these answers in turn; what it sent, and when. */
function against(...answers: [status: number, retryAfter?: string][]) {
  const sent: { key: string | null; at: number }[] = [];
  const fetch: typeof globalThis.fetch = (_, init) => {
    sent.push({ key: new Headers(init?.headers).get("idempotency-key"), at: performance.now() });
    const [status, retryAfter] = answers.shift() ?? [500];
    const body = status < 300 ? { data: { id: 1 } } : { status, code: "server.overloaded", detail: "Busy." };
    const headers: [string, string][] = retryAfter === undefined ? [] : [["Retry-After", retryAfter]];
    return Promise.resolve(Response.json(body, { status, headers }));
  };
  return { client: new Client({ baseUrl: "http://test", token: "t", fetch }), sent, left: answers };
}

test("a keyed request is repeated with its key after the wait that is asked for", async () => {
  const { client, sent } = against([503, "1"], [429, "0"], [503], [201]);
  await client.tasksCreate({ title: "Report" });
  assert.equal(sent.length, 4);
  assert.equal(new Set(sent.map((one) => one.key)).size, 1);
  assert.ok(sent[0]?.key);
  assert.ok((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0) >= 990);
});

test("a change without a key is repeated after 429 only", async () => {
  const limited = against([429, "0"], [200]);
  await limited.client.tasksPatch(1, { title: "Report" });
  assert.equal(limited.sent.length, 2);
  const busy = against([503, "1"]);
  await assert.rejects(
    busy.client.tasksPatch(1, { title: "Report" }),
    (error) => error instanceof alveole.ServerError && error.code === "server.overloaded" && error.retryAfter === 1,
  );
});

test("retries end, and long waits are left to the caller", async () => {
  const broken = against(...Array<[number, string]>(5).fill([503, "0"]));
  await assert.rejects(broken.client.tasksRead(1), alveole.ServerError);
  assert.equal(broken.left.length, 0);
  const { client } = against([429, "3600"]);
  await assert.rejects(client.tasksRead(1), (error) => error instanceof alveole.TooManyRequests);
});
