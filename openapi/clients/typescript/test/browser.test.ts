// The client in a browser, on a page of another origin: what CORS allows it to send and to read.
// ALVEOLE_PAGE_PORT is the port of that origin, which the server's `cors.allowed_origins` lists.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { test } from "node:test";

import { chromium } from "playwright-core";

import { Proxy } from "./proxy.js";

const URL = process.env["ALVEOLE_URL"] ?? "";
const PORT = Number(process.env["ALVEOLE_PAGE_PORT"]);
const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const folders = (process.env["PATH"] ?? "").split(delimiter);
const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((file) => existsSync(file));
const executablePath = process.env["CHROMIUM"] ?? found;
const skip = executablePath ? false : "there is no Chromium, or CHROMIUM does not name it";

test("a page of another origin signs in, follows events and uploads", { skip, timeout: 120_000 }, async () => {
  const proxy = await Proxy.start(URL);
  const pages = createServer((request, response) => {
    const name = /^\/(\w+\.js)$/.exec(request.url ?? "")?.[1];
    if (!name) return void response.setHeader("Content-Type", "text/html").end("<!doctype html><title>Page</title>");
    void readFile(join(import.meta.dirname, "../src", name)).then((source) =>
      response.setHeader("Content-Type", "text/javascript").end(source),
    );
  }).listen(PORT, "127.0.0.1");
  const browser = await chromium.launch({
    executablePath: executablePath ?? "",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${PORT}/`);
    await page.exposeFunction("cut", () => proxy.cut());
    const result = await page.evaluate(async (baseUrl) => {
      const module = "/index.js";
      const { Client } = (await import(module)) as typeof import("../src/index.js");
      const { cut } = globalThis as unknown as { cut: () => Promise<void> };
      const client = new Client({ baseUrl });
      const username = `b${crypto.randomUUID().slice(0, 8)}`;
      const password = "a quiet walk at noon";
      await client.authRegister({ username, email: `${username}@example.com`, password });
      await client.login({ username, password });

      const events = client.tasksEvents();
      await events.connected;
      await cut();
      const task = await client.tasksCreate({ title: "Report" });
      const event = await events.next();
      events.close();

      const canvas = new OffscreenCanvas(80, 60);
      const context = canvas.getContext("2d");
      context?.fillRect(10, 10, 40, 30);
      const photo = new File([await canvas.convertToBlob({ type: "image/jpeg" })], "photo.jpg", { type: "image/jpeg" });
      const small = await client.filesUpload({ file: photo, type: "image" });
      const large = await client.upload(photo, { type: "image" });
      const content = await client.filesDownload(large.data.id);
      const bitmap = await createImageBitmap(content.data);
      return {
        // Browsers ask for compressed answers, whose tags name the coding.
        version: task.etag?.replace(/;\w+"$/, '"'),
        event: event.value ? event.value.name : "none",
        small: [small.data.mime_type, small.data.width],
        large: [large.data.mime_type, bitmap.width, bitmap.height],
      };
    }, proxy.url);
    assert.deepEqual(result, {
      version: '"1"',
      event: "task.created.v1",
      small: ["image/jpeg", 80],
      large: ["image/jpeg", 80, 60],
    });
  } finally {
    await browser.close();
    pages.close();
    proxy.close();
  }
});
