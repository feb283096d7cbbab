// Resumable uploads (tus 1.0): a piece at a time; what broke goes on from the place that the server has.
import { signal } from "@preact/signals";
import { online, raw } from "../../api/http";
import { OfflineError, type ApiError } from "../../api/problem";
import { reason } from "../../ui/Toast";

export interface Upload {
  key: string;
  name: string;
  size: number;
  sent: number;
  state: "sending" | "waiting" | "done" | "failed";
  error?: string;
}

export const uploads = signal<readonly Upload[]>([]);

const BASE = "/api/v1/files/uploads";
const PIECE = 1 << 20;
const VERSION = { "tus-resumable": "1.0.0" };
const STORED = "alveole.upload.";

function set(key: string, change: Partial<Upload>): void {
  uploads.value = uploads.peek().map((one) => (one.key === key ? { ...one, ...change } : one));
}

export function dismiss(key: string): void {
  uploads.value = uploads.peek().filter((one) => one.key !== key);
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

async function create(file: File): Promise<string> {
  const metadata = [`filename ${base64(file.name)}`, ...(file.type ? [`filetype ${base64(file.type)}`] : [])].join(",");
  const response = await raw("POST", BASE, undefined, {
    headers: { ...VERSION, "upload-length": String(file.size), "upload-metadata": metadata, "idempotency-key": crypto.randomUUID() },
  });
  return new URL(response.headers.get("location") ?? "", location.origin).pathname;
}

async function offsetOf(address: string): Promise<number> {
  const response = await raw("HEAD", address, undefined, { headers: VERSION });
  return Number(response.headers.get("upload-offset")) || 0;
}

function back(): Promise<void> {
  if (online.peek()) return new Promise((resolve) => setTimeout(resolve, 500));
  return new Promise((resolve) => {
    const stop = online.subscribe((is) => {
      if (!is) return;
      setTimeout(() => stop());
      resolve();
    });
  });
}

async function transfer(file: File, key: string): Promise<void> {
  const stored = `${STORED}${file.name}.${file.size}.${file.lastModified}`;
  let address = localStorage.getItem(stored);
  let offset = 0;
  let known = false;
  while (!known || offset < file.size) {
    try {
      if (!address) {
        address = await create(file);
        localStorage.setItem(stored, address);
        known = true;
        if (file.size === 0) break;
      } else if (!known) {
        offset = await offsetOf(address);
        known = true;
        if (offset >= file.size) break;
      }
      set(key, { state: "sending", sent: offset });
      const piece = file.slice(offset, offset + PIECE);
      const response = await raw("PATCH", address, piece, { headers: { ...VERSION, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" } });
      offset = Number(response.headers.get("upload-offset")) || offset + piece.size;
      set(key, { sent: offset });
    } catch (error) {
      const status = (error as ApiError).status;
      if (error instanceof OfflineError) {
        set(key, { state: "waiting" });
        await back();
      } else if (known && status === 409) {
        // The server has another place than we think: ask it.
      } else if (address && !known && (status === 404 || status === 410)) {
        address = null;
        localStorage.removeItem(stored);
        continue;
      } else {
        localStorage.removeItem(stored);
        throw error;
      }
      known = false;
    }
  }
  localStorage.removeItem(stored);
}

export async function upload(file: File, done: () => unknown): Promise<void> {
  const key = crypto.randomUUID();
  uploads.value = [{ key, name: file.name, size: file.size, sent: 0, state: "sending" }, ...uploads.peek()];
  try {
    await transfer(file, key);
    set(key, { state: "done", sent: file.size });
    await done();
  } catch (error) {
    set(key, { state: "failed", error: reason(error) });
  }
}
