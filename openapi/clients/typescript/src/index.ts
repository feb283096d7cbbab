// A typed client for Alveole.

export { Client, type UploadOptions } from "./client.js";
export * from "./errors.js";
export { type Event, EventStream } from "./events.js";
export type * as models from "./models.js";
export { type CallOptions, type ClientOptions, Page, Reply } from "./transport.js";
