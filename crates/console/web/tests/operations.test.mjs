// Each operation of the document has a place in the console: a screen that calls it, or the explorer, which has a form
// for each. Those that only the explorer has are named here, so that leaving one out is a decision.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import "./setup";

const { operationsOf } = await import("../src/screens/explorer/spec");

const WEB = join(dirname(fileURLToPath(import.meta.url)), "..");
const document = JSON.parse(readFileSync(join(WEB, "../../../openapi/openapi.json"), "utf8"));

/** The sources, with their constants for beginnings of paths written out. */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    if (!/\.tsx?$/.test(entry.name) || entry.name === "schema.d.ts") return [];
    let text = readFileSync(path, "utf8");
    for (const [, name, begin] of text.matchAll(/const ([A-Z]+) = "(\/api\/v1\/[^"]*)"/g)) text = text.replaceAll(`\${${name}}`, begin);
    return [text];
  });
}

const source = sources(join(WEB, "src")).join("\n");
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function isCalled({ method, path }) {
  const typed = new RegExp(`\\.${method.toUpperCase()}\\("${quoted(path)}"`);
  const written = path.split(/\{[^}]+\}/).map(quoted).join("\\$\\{[^}]+\\}");
  return typed.test(source) || new RegExp(`["\`]${written}["\`?]`).test(source);
}

const EXPLORER_ONLY = {
  "the same as PATCH, or as PUT, which a screen calls": [
    "admin_categories_update", "admin_products_update", "admin_roles_update", "admin_users_roles_assign_patch", "admin_users_update", "files_update",
    "messages_update", "notifications_update", "queues_update", "rooms_mark_read_patch", "rooms_members_update", "rooms_update", "schedules_update",
    "tasks_assign_patch", "tasks_comments_update", "tasks_update", "user_products_update", "users_avatar_replace_patch", "users_update",
    "webhooks_update",
  ],
  "reads one of what a screen reads as a list": [
    "messages_read", "notifications_read", "products_read", "rooms_invitations_list", "rooms_members_read", "tasks_comments_read",
    "users_list_others", "auth_me", "payments_read", "webhook_sources_read",
  ],
  "for programs: streams, links, keys, receivers": [
    "auth_authorize", "auth_callback", "chat_socket", "events_follow", "events_head", "files_shared", "files_variant", "files_variants_sign", "jwks",
    "metrics", "rooms_log", "tasks_events", "webhooks_event_types", "webhooks_receive",
  ],
  "done in a letter's link": [
    "auth_email_confirm", "auth_email_verify", "auth_restore_account", "notifications_unsubscribe",
  ],
  "at an address that the screen was given": [
    "admin_service_accounts_tokens_delete", "auth_tokens_delete", "files_uploads_append", "files_uploads_delete", "files_uploads_read",
  ],
  rare: [
    "auth_email_resend", "auth_identities", "auth_link", "auth_register", "auth_unlink",
    "chat_blocks", "crypto_read", "notifications_delete", "rooms_delete",
    "rooms_export", "rooms_members_create", "rooms_members_delete", "rooms_patch", "tasks_assign", "tasks_comments_patch", "translate",
    "translate_read", "users_avatar_delete", "users_avatar_replace", "users_block", "users_change_phone", "users_confirm_phone", "users_export_me",
    "users_remove_phone", "users_unblock", "weather_read", "webhook_sources_delete", "webhook_sources_list", "webhook_sources_put",
    "webhook_sources_update",
  ],
};

describe("operations", () => {
  const all = operationsOf(document);
  it("are all in the explorer", () => {
    const methods = ["get", "post", "put", "patch", "delete", "head"];
    const ids = Object.values(document.paths).flatMap((item) => methods.flatMap((method) => item[method]?.operationId ?? []));
    expect(all.map(({ id }) => id).sort()).toEqual(ids.sort());
  });
  it("are each called by a screen, or said to be for the explorer alone", () => {
    const unseen = all.filter((one) => !isCalled(one)).map(({ id }) => id);
    expect(unseen.sort()).toEqual(Object.values(EXPLORER_ONLY).flat().sort());
  });
});
