// The shapes of the API. Generated from openapi/openapi.json by `make clients`; do not edit.

export type JsonObject = Record<string, unknown>;

/** That a delivery was taken. */
export interface Acceptance {
  /** Always true: it is stored. */
  received: boolean;
  /** True when it was stored before. */
  duplicate: boolean;
}

/** What an administrator changes. */
export interface AdministerUser {
  /** A new role. */
  role?: UserRole;
  /** A new status. */
  status?: UserStatus;
}

/** What a series of one replica did against a rule. */
export interface Alert {
  id: number;
  /** The rule, which may have been deleted since. */
  rule_id: number;
  /** What people know the rule by. */
  rule: string;
  /** How bad it is. */
  severity: Severity;
  /** When the rule is broken. */
  condition: Condition;
  /** The value beyond which it is broken. */
  threshold: number;
  /** Whose series it is; null for what all replicas see alike. */
  replica: string | null;
  /** The series. */
  series: string;
  /** How far it has come. */
  state: AlertState;
  /** The value at its last change. */
  value: number;
  /** What was busiest when it fired. */
  cause: MonitoringCause;
  /** Since when the rule is broken. */
  since: string;
  /** Since when it fires, or fired. */
  fired_at: string | null;
  /** When it was resolved. */
  resolved_at: string | null;
  resolution?: Resolution | null;
  /** True while it changes too often to be worth a notice each time. */
  flapping: boolean;
  /** Who has acknowledged it. */
  acked_by: number | null;
  /** When. */
  acked_at: string | null;
  /** Until when it is silenced. */
  silenced_until: string | null;
  /** Counts the changes, from 1. */
  version: number;
}

/** How far an alert has come. */
export type AlertState = "pending" | "firing" | "resolved";

/** How many were marked as read. */
export interface AllRead {
  /** Those that were unread before. */
  read: number;
}

/** The roles that an account is to have. */
export interface AssignRoles {
  /** All that it has from now on besides its base role. */
  roles: string[];
}

/** Who is to do a task. */
export interface AssignTask {
  /** An active user, or null for nobody. */
  user_id: number | null;
}

/** A file of something that is owned, as a form. */
export interface AttachFile {
  type?: FileType | null;
  /** The content, with its name. */
  file: Blob;
}

/** A file of a task, as a form. */
export interface AttachTaskFile {
  /** The content, with its name. */
  file: Blob;
}

/** An attempt. */
export interface Attempt {
  /** Counts from 1. */
  number: number;
  /** When it began. */
  at: string;
  /** How long it took, in milliseconds. */
  duration_ms: number;
  /** The status of the answer. */
  status: number | null;
  fault?: SendFault | null;
  /** The first 4 KiB of the answer. */
  answer: string;
}

/** What a check of the audit trail found. */
export interface AuditCheck {
  /** Whether every entry follows from the one before it, and both ends are where they were. */
  whole: boolean;
  /** How many entries there are; null when the trail is not whole. */
  entries: number | null;
  /** The newest of them, as `ID:HASH`: who notes it down can ask for it later by `expect`. Null without any. */
  newest: string | null;
  /** The first flaw, with the entry that has it. */
  flaw: string | null;
}

/** An entry of the audit trail. */
export interface AuditEntry {
  /** Its place. */
  id: number;
  at: string;
  /** Who, if anybody was signed in. */
  actor_id: number | null;
  /** What. */
  action: string;
  /** On what: `user`, `task`, `file`, `product`, `queue` … */
  target_type: string | null;
  /** On which of them. */
  target_id: number | null;
  /** On which of them, where things have names. */
  target_name: string | null;
  /** How it ended. */
  outcome: AuditOutcome;
  /** Where from. */
  ip: string | null;
  /** As in the answer and the log. */
  request_id: string | null;
  /** A few more words. */
  detail: string | null;
  /** The hash of the entry before it; zeros before the first. */
  previous_hash: string;
  /** SHA-256 over all of the above; how, is in the documentation of the users room. */
  hash: string;
}

/** How an act ended. */
export type AuditOutcome = "success" | "failure" | "denied";

/** A provider. */
export interface AuthProvider {
  name: string;
  /** Where to send the browser. */
  authorize_url: string;
}

/** Someone whom you have blocked. */
export interface Block {
  /** The account. */
  user_id: number;
  /** What they are called; null once the account is gone. */
  username: string | null;
  /** When. */
  created_at: string;
}

/** What comes of a return without a front-end. */
export type CallbackAnswer = LoginAnswerResponse | UserResponse;

/** A category. */
export interface Category {
  id: number;
  /** What it is called. */
  name: string;
  /** What it is called in addresses. */
  slug: string;
  /** The category it is below. */
  parent_id: number | null;
  created_at: string;
  updated_at: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** Another mail address. */
export interface ChangeEmail {
  /** The address to be. */
  new_email: string;
  /** The present password. */
  current_password: string;
}

/** A change of password. */
export interface ChangePassword {
  /** The present one. */
  current_password: string;
  /** 8 to 128 characters. */
  new_password: string;
}

/** A phone number. */
export interface ChangePhone {
  /** The number to be, in E.164: `+`, then 7 to 15 digits, of which the first is not 0. */
  phone: string;
  /** The present password. An account without one needs a fresh sign-in instead. */
  current_password?: string;
}

/** A comment. */
export interface Comment {
  id: number;
  /** The task it is on. */
  task_id: number;
  /** Who wrote it. */
  user_id: number;
  /** What it says. */
  content: string;
  /** When it was written. */
  created_at: string;
  updated_at: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** When a rule is broken. */
export type Condition = "above" | "below" | "anomaly";

/** A password, asked for again. */
export interface ConfirmPassword {
  /** The present one. */
  password: string;
}

/** The code of a text message. */
export interface ConfirmPhone {
  /** Its six digits. */
  code: string;
}

/** The password once more, and a code. */
export interface ConfirmSecondFactor {
  /** The present password; an account without one leaves it out. */
  current_password?: string;
  /** Six digits from the device, or a recovery code. */
  code: string;
}

/** A new category. */
export interface CreateCategory {
  /** What it is called; trimmed. */
  name: string;
  /** What it is called in addresses; made from the name when not said. */
  slug?: string | null;
  /** The category it is below; at most 8 lie below one another. */
  parent_id?: number | null;
}

/** A new endpoint. */
export interface CreateEndpoint {
  /** Where messages go: https, on the public Internet. */
  url: string;
  /** Types of events, such as `task.created.v1`, `task.*`, or `*` for all. */
  events: string[];
  /** For you. */
  description?: string | null;
  /** Send an event only after the one before succeeded or was given up. */
  ordered?: boolean | null;
  /** Requests a second, at most. */
  rate?: number | null;
  /** A cursor of the feed to begin behind; without it, the endpoint hears what happens next. */
  from?: string | null;
}

/** Something new that the caller owns. */
export interface CreateOwnedProduct {
  /** A product of the catalogue. */
  product_id: number;
  /** Which edition of the product; trimmed. */
  version?: string | null;
  /** The maker's number of this one; trimmed. The same product with the same number, or without one, is entered once. */
  serial_number?: string | null;
  /** When it was bought. */
  purchase_date?: string | null;
  /** What it cost, in the currency's minor unit. */
  purchase_price?: number | null;
  /** The currency it was paid in (ISO 4217); the product's when not said. */
  currency?: string | null;
  /** The last day of its warranty; reckoned from the day it was bought and the product's warranty when not said. Not before the purchase. */
  warranty_expires?: string | null;
  /** In more words. */
  notes?: string | null;
  status?: OwnedProductStatus | null;
}

/** A token to be made. */
export interface CreatePersonalAccessToken {
  /** What to call it. */
  name: string;
  /** Permissions; `GET /authz/explain` lists them. None that the caller does not have. */
  scopes: string[];
  /** When it ends: at most `auth.token_max_ttl_seconds` from now, which is also when not said. */
  expires_at?: string | null;
}

/** A new product. */
export interface CreateProduct {
  /** What it is called; trimmed. */
  name: string;
  /** Its category. */
  category_id?: number | null;
  /** Who makes it; trimmed. */
  brand?: string | null;
  /** What its maker calls it; trimmed. */
  model?: string | null;
  /** In more words. */
  description?: string | null;
  /** What it costs, in the currency's minor unit (cents); only a draft may lack a price. */
  price?: number | null;
  /** The currency (ISO 4217); the server's default when not said. */
  currency?: string | null;
  /** How many there are at first; its ledger opens with them. */
  stock?: number | null;
  /** How long its warranty lasts; 0 when not said. */
  warranty_months?: number | null;
  /** What the warranty holds for. */
  warranty_conditions?: string | null;
  /** Where its maker is found: an http or https address. */
  manufacturer_website?: string | null;
  /** What it can do and is made of: at most 16 KiB, 5 levels and 500 members and items. */
  specifications?: JsonObject | null;
  status?: ProductStatus | null;
}

/** A role to be made. */
export interface CreateRole {
  /** A letter a-z, then letters, digits, `_` and `-`. */
  name: string;
  /** What it is for. */
  description?: string | null;
  /** What it allows; none that the caller does not have. */
  permissions: string[];
}

/** A new room. */
export interface CreateRoom {
  /** 1 to 100 characters with a letter among them; unique without regard to case. */
  name: string;
  /** What it is for. */
  description?: string | null;
  /** True: only those who are invited find it. */
  is_private?: boolean | null;
  /** The time between two messages of one member without a role. */
  slow_mode_seconds?: number | null;
  /** How long it keeps messages; as long as it exists without it. */
  retention_days?: number | null;
}

/** A new rule. */
export interface CreateRule {
  /** What people know it by; trimmed. */
  name: string;
  /** A name, all of a kind (`cpu.*`), or all (`*`). Each series and replica has alerts of its own. */
  series: string;
  condition?: Condition | null;
  /** The value beyond which it is broken. An anomaly needs none. */
  threshold?: number | null;
  /** The value that it must come back to; the threshold when absent. */
  clear?: number | null;
  /** For how long it must be broken before it fires; 0 when absent. */
  for_seconds?: number | null;
  /** For how long it must be whole before it is resolved; 0 when absent. */
  clear_for_seconds?: number | null;
  /** How often people are reminded; never when absent. */
  repeat_seconds?: number | null;
  severity?: Severity | null;
  /** True when absent. */
  enabled?: boolean | null;
}

/** A service account to be made. */
export interface CreateServiceAccount {
  /** 3 to 50 letters A-Z, digits or `_ . -`; no dots at its ends, nor two in a row. */
  username: string;
  role?: UserRole | null;
}

/** How long a link is good. */
export interface CreateShareLink {
  /** Seconds, at most 30 days. */
  expires_in: number;
}

/** A new task. */
export interface CreateTask {
  /** What is to be done; trimmed. */
  title: string;
  /** In more words. */
  description?: string | null;
  status?: TaskStatus | null;
  priority?: TaskPriority | null;
  /** When it should be done. */
  due_date?: string | null;
  /** Who is to do it: an active user. */
  assignee_id?: number | null;
  /** Labels, 1 to 50 characters each. */
  tags?: string[] | null;
}

/** How a picture is wanted. It is never enlarged. */
export interface CreateVariantLink {
  /** Pixels across, at most. */
  width: number;
  /** Pixels down, at most. */
  height: number;
  /** How it is fitted into that box. */
  fit: VariantFit;
  format?: VariantFormat | null;
}

/** An endpoint with its secret, which is shown this once. */
export type CreatedEndpoint = Endpoint & {
  /** What messages are signed with, for the libraries of Standard Webhooks. */
  secret: string;
};

/** Where the next page begins. */
export interface CursorInfo {
  /** Rows a page. */
  limit: number;
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}

/** The counts, each at most ten seconds old. */
export interface Dashboard {
  /** When they were read. */
  at: string;
  /** Sessions that have not ended. */
  active_sessions: number;
  /** Accounts used within a day. */
  active_users_day: number;
  /** People who called this server within the last hour. Each server counts for itself. */
  active_users_hour: number;
  /** People who called this server within the last minute. Each server counts for itself. */
  active_users_minute: number;
  /** Files. */
  files_count: number;
  /** Jobs that were given up. */
  jobs_dead: number;
  /** Jobs that are due or will be. */
  jobs_queued: number;
  /** Jobs that failed and will run again. */
  jobs_retrying: number;
  /** Jobs that run. */
  jobs_running: number;
  /** Jobs that wait for others. */
  jobs_waiting: number;
  /** Messages that were sent in the rooms that there are. */
  messages_count: number;
  /** Accounts made since the day began, in UTC. */
  new_users_today: number;
  /** Products of the catalog. */
  products_count: number;
  /** Bytes of all files, with those that unfinished uploads will have. */
  storage_used_bytes: number;
  /** Tasks that are not deleted. */
  tasks_count: number;
  /** Audio tracks; 0 until there is audio. */
  tracks_count: number;
  /** Accounts. */
  users_count: number;
}

/** A decimal number: `12.5` or, exact at any length, `"12.50"`. */
export type Decimal = string | number;

/** A delivery. */
export interface Delivery {
  id: number;
  /** The endpoint. */
  endpoint_id: number;
  /** The header `webhook-id` of each attempt. */
  webhook_id: string;
  /** The type of the event. */
  type: string;
  /** The event; none for a test. */
  event_id: number | null;
  /** Why there is a delivery. */
  cause: WebhookCause;
  /** How far it has come. */
  state: DeliveryState;
  /** Attempts so far. */
  tries: number;
  /** The next attempt, while it is pending. */
  next_attempt_at: string | null;
  /** The time of its creation. */
  created_at: string;
  /** When it ended. */
  finished_at: string | null;
}

/** How far a delivery has come. */
export type DeliveryState = "pending" | "succeeded" | "failed" | "cancelled";

/** A delivery with what is sent, and its attempts. */
export type DeliveryView = Delivery & {
  /** The body of the request, byte for byte. */
  body: string;
  /** The attempts, the first one first. */
  attempts: Attempt[];
};

/** One dependency. */
export interface DependencyState {
  name: string;
  /** Which kind it is. */
  kind: string;
  /** `up` or `down`. */
  state: string;
}

/** Why an endpoint is disabled. */
export type DisabledBecause = "manual" | "failing" | "gone";

export interface Done {
  success: true;
  /** What was done. */
  message: string;
}

/** A change of a message. */
export interface EditMessage {
  /** What it says from now on. */
  content: string;
}

/** How a channel brings notifications of a kind. */
export interface EffectivePreference {
  /** What happened. */
  kind: string;
  /** The category of the kind. */
  category: string;
  /** The way out of the inbox. */
  channel: string;
  /** `on`, `off` or `digest`: several together, some time after the first of them. */
  mode: string;
  /** What decided: your preference about the `kind`, the `category` or the `channel`, or, without one, the `default` of the kind; by `sms` and `webhook` that is `off`. Nothing changes what is `required`. */
  why: string;
}

/** What became of the account. */
export interface EmailVerification {
  /** Whether the account has lost its password, so that a new one must be set. */
  password_required: boolean;
  /** For `POST /auth/password/reset`; only when a password is required. It works once. */
  reset_token?: string;
  /** How long `reset_token` works, in seconds. */
  expires_in?: number;
}

/** From where an endpoint goes on. */
export interface EnableEndpoint {
  /** `cursor` (where it stood still, the default), `now`, or a cursor of the feed. */
  from?: string | null;
}

/** A code. */
export interface EnableSecondFactor {
  /** Six digits from the device. */
  code: string;
}

/** An endpoint. */
export interface Endpoint {
  id: number;
  /** Its owner. It hears what this person may see. */
  user_id: number;
  /** Where messages go. */
  url: string;
  /** The types of events that it hears. */
  events: string[];
  /** For its owner. */
  description: string;
  /** Whether an event is sent only after the one before succeeded or was given up. */
  ordered: boolean;
  /** Requests a second, at most. */
  rate: number | null;
  /** Whether it is served. */
  state: EndpointState;
  reason?: DisabledBecause | null;
  /** How many places of the feed are in front of it; 0 when it keeps up. */
  behind: number;
  /** What was removed from the feed before the endpoint came to it; the latest last. */
  missed: Gap[];
  /** Failed requests in a row. */
  failures: number;
  /** Since when every request fails. */
  failing_since: string | null;
  /** Nothing is sent before this. */
  waits_until: string | null;
  /** The last success. */
  last_success_at: string | null;
  /** The last failure. */
  last_failure_at: string | null;
  /** Until when messages are signed with the secret before, too. */
  old_secret_until: string | null;
  /** The time of its creation. */
  created_at: string;
  /** The time of its last change. */
  updated_at: string;
  /** Counts the changes; the `ETag` begins with it. */
  version: number;
}

/** Whether an endpoint is served. */
export type EndpointState = "enabled" | "disabled";

/** A job of a kind that can be enqueued by hand. */
export interface EnqueueJob {
  /** One of `GET /admin/jobs/kinds`. */
  kind: string;
  /** What the schema of the kind says; an empty object when absent. */
  args?: JsonObject | null;
  /** Not before this; now when absent. */
  run_at?: string | null;
  priority?: Priority | null;
  /** At most one job of the kind that has not ended has this key. */
  unique_key?: string | null;
}

/** An event that another program sent. */
export interface Event {
  id: number;
  /** Who sent it. */
  source: string;
  /** How it was signed. */
  scheme: Scheme;
  /** What the sender calls it. */
  external_id: string;
  /** What kind of event it is; `unknown` where the sender says nothing. */
  type: string;
  /** What it is about. Events of one object are processed one at a time. */
  object: string | null;
  /** When it happened, by the sender's clock. */
  occurred_at: string | null;
  /** When it came. */
  received_at: string;
  /** How far it has come. */
  state: InboundState;
  /** The job that processes it; `GET /admin/jobs/{id}` shows its runs and what failed. */
  job_id: number | null;
  /** When it reached its state; null while it is received. */
  settled_at: string | null;
}

/** A type of event. */
export interface EventType {
  /** What endpoints name. */
  name: string;
  /** When it happens. */
  description: string;
  /** The JSON Schema (draft 2020-12) of `data` in the body of a message. It allows further members: new ones may come without a new version of the type. */
  schema: JsonObject;
  /** An example of `data`. */
  example: JsonObject;
}

/** An event, and what it said. */
export interface EventWithContent {
  /** The event. */
  event: Event;
  /** The headers that are kept. */
  headers: Header[];
  /** The body as text; null where it is not UTF-8. */
  body: string | null;
  /** The body byte for byte, in base64; null where `body` has it. */
  body_base64: string | null;
}

/** One permission. */
export interface ExplainedPermission {
  /** Its name, as in a 403. */
  permission: string;
  /** What it allows. */
  allows: string;
  /** Whether the caller has it, by way of this call. */
  granted: boolean;
  /** The caller's roles that give it; the scopes of a token may still withhold it. */
  held_by: string[];
  /** The built-in roles that have it. */
  roles: string[];
}

/** An event. */
export interface FeedEvent {
  /** Its place in the feed; with `cursor` of the same answer, places of one feed. */
  id: number;
  /** What happened; the number at the end is the version of `data`'s shape. */
  type: string;
  /** When. */
  occurred_at: string;
  /** The account that did it; null for background work. */
  actor_id: number | null;
  /** What it happened to, as it was then. */
  data: JsonObject;
}

/** A stretch of the feed. */
export interface FeedEvents {
  /** What the caller may see of it, oldest first; at most 200. */
  events: FeedEvent[];
  /** Go on with `after` this. */
  cursor: string;
  /** True when there may be more behind the cursor already. */
  more: boolean;
}

/** Where the feed begins and ends. */
export interface FeedHead {
  /** Every event that is kept follows behind it. */
  oldest: string;
  /** Only new events follow behind it. */
  head: string;
}

/** What is wrong with one field. */
export interface FieldError {
  /** JSON Pointer into the body, or the name of a parameter */
  field: string;
  code: ProblemCode;
  message: string;
}

/** What a file is for. */
export type FileType = "manual" | "warranty" | "invoice" | "image" | "document" | "audio" | "avatar" | "attachment" | "export";

/** Who may read a file. */
export type FileVisibility = "private" | "public";

/** Something that an uploader should know of a file that was kept. */
export interface FileWarning {
  /** Which. */
  code: string;
  /** In words. */
  message: string;
}

/** A stretch of the feed that was removed before the endpoint came to it. */
export interface Gap {
  /** The first event that is missing. */
  from: number;
  /** The last one. */
  to: number;
  /** When that was found. */
  at: string;
}

/** A document to typeset. */
export interface GeneratePdf {
  /** Which kind of document. */
  template: PdfTemplate;
  /** What it says, as its template asks. Unknown fields are refused. */
  data: PdfData;
  /** What the file is called; made of the template and the title when not said. */
  filename?: string | null;
  lang?: PdfLanguage | null;
  /** True to have the document refused (422) when no font has one of its characters. When not said, such a character is shown as a box with its number, and `warnings` names it. */
  strict?: boolean | null;
}

/** A header of a delivery. */
export interface Header {
  /** Lowercase. */
  name: string;
  /** As it came. */
  value: string;
}

/** Alive. */
export interface Health {
  /** Always `ok`. */
  status: string;
  /** The version of the program. */
  version: string;
}

/** A fault of a row, as the report shows it. */
export interface ImportError {
  /** The line on which the row begins, as an editor counts them: the head is line 1. */
  row: number;
  /** The column; empty for the whole row. */
  column: string;
  /** What is wrong. */
  code: string;
  /** In words. */
  message: string;
}

/** What came of an import. */
export interface ImportReport {
  /** Products that were made. */
  imported: number;
  /** Products that were changed, or were already as the file says. */
  updated: number;
  /** Rows with faults. */
  failed: number;
  /** What is wrong with them, by row, at most 1000. */
  errors: ImportError[];
}

/** How far an event has come. */
export type InboundState = "received" | "processed" | "ignored" | "superseded" | "failed";

/** How a provider is, as this replica sees it. */
export interface IntegrationProvider {
  /** What it is asked for: `weather`, `crypto` or `translate`. */
  what: string;
  /** Its name. */
  provider: string;
  /** The setting that it lacks. */
  missing: string | null;
  /** Whether it is asked. */
  state: IntegrationState;
  /** Until when it is left alone. */
  until: string | null;
  /** Calls that were answered since the start. */
  answered: number;
  /** Calls that failed since the start. */
  failed: number;
  /** What failed last. */
  last_error: string | null;
}

/** Whether a provider is asked. */
export type IntegrationState = "closed" | "half_open" | "open" | "limited" | "parked";

/** An invitation. */
export interface Invitation {
  id: number;
  /** Into this room. */
  room_id: number;
  /** What the room is called. */
  room: string;
  /** Who is invited. */
  user_id: number;
  /** What they are called; null once the account is gone. */
  username: string | null;
  /** By whom. */
  invited_by: number;
  /** When. */
  created_at: string;
}

/** Someone. */
export interface Invite {
  /** The account. */
  user_id: number;
}

/** A job. */
export interface Job {
  id: number;
  /** What it does. */
  kind: string;
  /** Its queue. */
  queue: string;
  /** Which jobs of the queue come first. */
  priority: Priority;
  /** How far it has come. */
  state: JobState;
  /** What it was given. */
  args: JsonObject;
  /** When it may be claimed next; the end of its lease while it runs. */
  due_at: string;
  /** When it was enqueued, or retried by hand. */
  enqueued_at: string;
  /** Attempts so far. */
  attempt: number;
  /** Attempts before it is dead. */
  max_attempts: number;
  /** Runs so far, with those that did not count as attempts. */
  run: number;
  /** The worker that claimed it last. */
  worker: string | null;
  /** When it was claimed last. */
  started_at: string | null;
  /** When it ended. */
  finished_at: string | null;
  /** Jobs of one lane run one at a time, in order. */
  lane: string | null;
  /** At most one job of the kind has this key. */
  unique_key: string | null;
  /** The follow-up of its batch. */
  batch_id: number | null;
  /** Jobs of its own batch that have not ended. */
  pending: number;
  /** When it was cancelled while it ran. */
  cancel_at: string | null;
  /** What failed last. */
  error: string | null;
  /** The schedule that it is for. */
  schedule: string | null;
  /** The tick of the schedule; null when an administrator ran it. */
  tick_at: string | null;
}

/** How far a job has come. */
export type JobState = "queued" | "retrying" | "running" | "succeeded" | "dead" | "cancelled" | "waiting";

/** A job and its last runs. */
export interface JobWithRuns {
  /** The job. */
  job: Job;
  /** Its last 50 runs, the newest first. */
  runs: Run[];
}

/** A kind that can be enqueued by hand. */
export interface Kind {
  /** Its name. */
  kind: string;
  /** What it does. */
  about: string;
  /** The queue of its jobs. */
  queue: string;
  /** The priority of its jobs. */
  priority: Priority;
  /** How many run at a time. */
  limit: number | null;
  /** The JSON Schema of `args`. */
  args_schema: JsonObject;
}

/** To link a provider. */
export interface LinkProvider {
  /** The account's password. An account without one needs a sign-in of the last ten minutes. */
  current_password?: string;
  /** Where the browser goes in the end, with `linked` or with an `error`: one of `auth.frontend_urls`. */
  redirect_uri?: string;
  /** Comes back as it is. */
  state?: string;
}

/** An identity at a provider. */
export interface LinkedIdentity {
  /** Which provider. */
  provider: string;
  /** Since when. */
  linked_at: string;
}

/** What happened. */
export type LogChange = "message" | "edited" | "deleted" | "reaction_added" | "reaction_removed" | "joined" | "left" | "member_changed" | "room_changed";

/** An entry of the log of a room. */
export interface LogEntry {
  /** Its place: one more than that of the entry before. */
  seq: number;
  /** What happened. */
  type: LogChange;
  at: string;
  /** Who did it; null for background work. */
  actor_id: number | null;
  /** The person it happened to. */
  user_id: number | null;
  /** The message it happened to. */
  message_id: number | null;
  /** The number of that message. */
  number: number | null;
  /** The emoji of a reaction, or the role of a member. */
  detail: string | null;
  message?: Message | null;
}

/** A sign-in; by `email` or by `username`. */
export interface Login {
  /** The mail address. */
  email?: string;
  /** The username. */
  username?: string;
  /** The password. */
  password: string;
  /** For pages of a browser: a cookie keeps the refresh token instead of the answer. */
  session?: SessionKeeper;
}

/** What a sign-in gives: a pair of tokens, or the question for the second factor. */
export type LoginAnswer = Tokens | SecondFactorRequired;

export interface LoginAnswerResponse {
  success: true;
  data: LoginAnswer;
}

/** How far you have read. */
export interface MarkRead {
  /** The number of the last message that you have read. A marker never goes back. */
  number: number;
}

/** A member of a room. */
export interface Member {
  /** The room. */
  room_id: number;
  /** The account. */
  user_id: number;
  /** What they are called; null once the account is gone. */
  username: string | null;
  /** Whether they belong to the room. */
  state: MemberState;
  /** What they may do in it. */
  role: MemberRole;
  /** They may not write before this. */
  muted_until: string | null;
  /** What you are notified of; absent of others. */
  notify?: Notify;
  /** When they joined the last time. */
  joined_at: string;
  /** When they were changed. */
  updated_at: string;
  /** Counts the changes; the `ETag` begins with it. */
  version: number;
}

/** What a member may do in a room; each may do what those before may. */
export type MemberRole = "member" | "moderator" | "owner";

/** Whether someone belongs to a room. */
export type MemberState = "joined" | "left" | "banned";

/** What a room knows of the caller, who is in it. */
export interface Membership {
  /** What you may do in it. */
  role: MemberRole;
  /** What you are notified of. */
  notify: Notify;
  /** The number of the last message that you have read. */
  read_number: number;
  /** You may not write before this. */
  muted_until: string | null;
  /** When you joined the last time. */
  joined_at: string;
}

/** A message. */
export interface Message {
  /** Its number among all messages. */
  id: number;
  /** The room. */
  room_id: number;
  /** What the room is called; null in the room of two people. */
  room: string | null;
  /** Counts the messages of the room, from 1. */
  number: number;
  /** The place in the log of the room at which it was sent. */
  seq: number;
  /** The author. */
  from_user: number;
  /** What the author is called; null once the account is gone. */
  username: string | null;
  /** The other one of two people. */
  to_user: number | null;
  /** What it says; null once it is deleted. */
  content: string | null;
  /** The number of the message that it answers. */
  reply_to: number | null;
  /** The numbers of its files. */
  attachments: number[];
  /** The reactions to it; absent in logs, where each is an entry. */
  reactions?: Reaction[];
  /** When it was written. */
  timestamp: string;
  /** When it was changed. */
  edited_at: string | null;
  /** Whether it was deleted. */
  deleted: boolean;
  /** Counts the changes; the `ETag` begins with it. */
  version: number;
}

/** What series did in a stretch of time. */
export interface Metrics {
  /** From one point to the next, in seconds. */
  step: number;
  /** The series, in the order of `GET /monitoring/series`, each replica by itself. */
  series: SeriesChart[];
  /** Replicas that are not in it, or no longer: their part is missing in the sums, too. */
  missing: string[];
}

/** What becomes of ticks that came while no process ran. */
export type MissedTicks = "skip" | "last" | "all";

/** Something that was busy. */
export interface MonitoringBusy {
  /** What it is called. */
  name: string;
  /** How busy it was, in percent. */
  percent: number;
}

/** What was busiest: at most three of each. */
export interface MonitoringCause {
  /** Routes, by the part of the time that requests took. */
  routes: MonitoringBusy[];
  /** Kinds of jobs, by their part of the runs. */
  jobs: MonitoringBusy[];
  /** Processes of the machine, by their part of a core. */
  processes: MonitoringBusy[];
}

/** Stock comes or goes. */
export interface MoveStock {
  /** By how much, less than 0 for what goes; not 0. */
  delta: number;
  /** Why; trimmed. */
  reason: string;
}

/** A personal access token that was just made. */
export type NewPersonalAccessToken = PersonalAccessToken & {
  /** For `Authorization: Bearer …`. It is shown this once and not kept. */
  token: string;
};

/** A link that opens a file. */
export interface NewShareLink {
  id: number;
  /** The link. It is shown this once. */
  url: string;
  /** When it ends. */
  expires_at: string;
}

/** A notification. */
export interface Notification {
  id: number;
  /** What happened. */
  kind: string;
  /** The category of the kind. */
  category: string;
  /** What happened, in a sentence in your language (`locale`), with the name that the actor has now. */
  text: string;
  subject?: Subject | null;
  /** Who did it. */
  actor_id: number | null;
  /** What the text is made of. */
  params: Record<string, string>;
  /** When it came. */
  created_at: string;
  /** Whether you read it. */
  read: boolean;
  /** When you read it. */
  read_at: string | null;
}

/** What a member is notified of. */
export type Notify = "mentions" | "none";

/** What is redeemed (RFC 6749 §4.1.3 and §6). */
export interface OAuthTokenRequest {
  /** `authorization_code` or `refresh_token`. */
  grant_type: string;
  /** The code that came to `redirect_uri`. */
  code?: string;
  /** As it was when the code was asked for. */
  redirect_uri?: string;
  /** As it was when the code was asked for. */
  client_id?: string;
  /** What `code_challenge` was made of. */
  code_verifier?: string;
  /** With `grant_type=refresh_token`. */
  refresh_token?: string;
  /** With `grant_type=authorization_code`, for pages of a browser: a cookie keeps the refresh token. */
  session?: SessionKeeper;
}

/** A pair of tokens (RFC 6749 §5.1). */
export interface OAuthTokens {
  /** For `Authorization: Bearer …`. */
  access_token: string;
  /** Always `Bearer`. */
  token_type: string;
  /** Life of the access token in seconds. */
  expires_in: number;
  /** For the next pair; works once. Absent when a cookie of the browser keeps it. */
  refresh_token?: string;
}

/** How a run ended. */
export type Outcome = "running" | "succeeded" | "failed" | "postponed" | "cancelled" | "lost" | "handed_back";

/** What a tick does while the job of an earlier one has not ended. */
export type Overlap = "skip" | "queue" | "allow";

/** Something that the caller owns. */
export interface OwnedProduct {
  id: number;
  /** Whose it is. */
  user_id: number;
  /** What it is. */
  product_id: number;
  /** What that is called. */
  product_name: string;
  /** What the product's category is called. */
  category_name: string | null;
  /** Who makes it. */
  brand: string;
  /** What its maker calls it. */
  model: string;
  /** Which edition of the product. */
  version: string;
  /** The maker's number of this one. */
  serial_number: string;
  /** When it was bought. */
  purchase_date: string | null;
  /** What it cost, in the currency's minor unit. */
  purchase_price: number | null;
  /** The currency it was paid in (ISO 4217). */
  currency: string;
  /** The last day of its warranty. */
  warranty_expires: string | null;
  /** Whether its warranty holds today (UTC). */
  is_under_warranty: boolean;
  /** How many files are attached to it. */
  files_count: number;
  /** How many of them are to be read: manuals, warranties, invoices and documents. */
  docs_count: number;
  /** In more words. */
  notes: string;
  /** What became of it. */
  status: OwnedProductStatus;
  /** When it was entered. */
  created_at: string;
  updated_at: string;
}

/** What became of something. */
export type OwnedProductStatus = "active" | "sold" | "broken" | "archived";

/** Where a page is among all. */
export interface PageInfo {
  /** The page, from 1. */
  page: number;
  /** Rows a page. */
  limit: number;
  /** All rows that match, at most 10 000. */
  total: number;
  /** False when there are more rows than `total`. */
  total_exact?: boolean;
  /** All pages. */
  pages: number;
}

/** Where a page is: by number, or by cursor. */
export type Pagination = PageInfo | CursorInfo;

/** A payment that a provider reported. */
export interface Payment {
  id: number;
  /** The source that reported it. */
  provider: string;
  /** What the provider calls it. */
  external_id: string;
  /** What became of it. */
  state: PaymentState;
  /** In the minor unit of the currency. */
  amount: number;
  /** How much of it was paid back, in the same unit. */
  amount_refunded: number;
  /** ISO 4217. */
  currency: string;
  /** What it is for: `order_id`, `deal_id` or `reference` of the metadata. */
  reference: string | null;
  /** Who paid: `user_id` of the metadata. */
  user_id: number | null;
  /** What the seller noted at the provider. */
  metadata: Record<string, string>;
  /** When it came to its state, by the provider's clock. */
  occurred_at: string;
  /** When it was reported first. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** What became of a payment. */
export type PaymentState = "failed" | "succeeded" | "partially_refunded" | "refunded";

/** To which side cells are set. */
export type PdfAlignment = "left" | "center" | "right";

/** A cell: a text of at most 2000 characters, a number, true or false, or null for an empty one. */
export type PdfCell = string | number | boolean;

/** A column. */
export interface PdfColumn {
  /** What stands above it. */
  label: string;
  align?: PdfAlignment | null;
}

/** A way to reach somebody. */
export interface PdfContact {
  /** Which. */
  label: string;
  /** The address or the number. */
  value: string;
}

/** What a document says, by its template. At most 1 000 000 characters in all. */
export type PdfData = PdfInvoice | PdfProfile | PdfReport | PdfTable;

/** Columns and rows. */
export interface PdfGrid {
  /** The columns. */
  columns: PdfColumn[];
  /** The rows, each with a cell for every column. */
  rows: PdfCell[][];
}

/** An invoice. Each item is quantity times price, rounded to the currency's minor unit, half a unit away from zero; tax is computed and rounded once for each rate, on the sum of its items. */
export interface PdfInvoice {
  /** Its number. */
  number: string;
  /** When it was written. */
  date: string;
  /** When it is to be paid; not before its date. */
  due_date?: string | null;
  /** ISO 4217; says how many decimals the sums have. */
  currency: string;
  /** Who sells. */
  seller: PdfParty;
  /** Who buys. */
  buyer: PdfParty;
  /** What is sold. */
  items: PdfInvoiceItem[];
  /** What is to be said besides. */
  notes?: string | null;
}

/** What is sold. */
export interface PdfInvoiceItem {
  /** In words. */
  description: string;
  /** How many: a decimal, at most 3 decimals, more than 0. A number, or a string for more than 15 digits. */
  quantity: Decimal;
  /** The price of one without tax: a decimal, at most 4 decimals; below 0 for what is taken off. */
  unit_price: Decimal;
  tax_rate?: Decimal | null;
}

/** What labels are written in. */
export type PdfLanguage = "en" | "fr" | "de" | "zh-Hans";

/** Who sells or buys. */
export interface PdfParty {
  /** Their name. */
  name: string;
  /** Their address, line by line. */
  address?: string[] | null;
  /** Their number at the tax office. */
  tax_id?: string | null;
}

/** A person or a company. */
export interface PdfProfile {
  /** Whose it is. */
  name: string;
  /** What they are. */
  title?: string | null;
  /** How to reach them. */
  contact?: PdfContact[] | null;
  /** The rest. */
  sections?: PdfProfileSection[] | null;
}

/** A section of a profile. */
export interface PdfProfileSection {
  /** What it is about. */
  heading: string;
  /** In prose, 1 to 10 000 characters each; line breaks are kept. */
  paragraphs?: string[] | null;
  /** Point by point, after the prose. */
  items?: string[] | null;
}

/** Titled sections of prose and tables. */
export interface PdfReport {
  /** What it is called. */
  title: string;
  /** Who wrote it. */
  author?: string | null;
  /** When. */
  date?: string | null;
  /** What it says. All tables together have at most 10 000 rows. */
  sections: PdfReportSection[];
}

/** A section of a report. */
export interface PdfReportSection {
  /** What it is about. */
  heading: string;
  /** In prose, 1 to 10 000 characters each; line breaks are kept. */
  paragraphs?: string[] | null;
  table?: PdfGrid | null;
}

/** A table. */
export interface PdfTable {
  /** What it is called. */
  title: string;
  /** The columns. */
  columns: PdfColumn[];
  /** The rows, each with a cell for every column. */
  rows: PdfCell[][];
}

/** A kind of document. */
export type PdfTemplate = "invoice" | "profile" | "report" | "table";

/** A change of the mail address that waits to be confirmed. */
export interface PendingEmailChange {
  /** The address to be. */
  new_email: string;
  /** When it was asked for. */
  asked_at: string;
  /** When it is void. */
  expires_at: string;
}

/** A phone number that waits for its code. */
export interface PendingPhoneChange {
  /** The number to be. */
  new_phone: string;
  /** When it was asked for. */
  asked_at: string;
  /** When it is void. */
  expires_at: string;
}

/** What the caller may do, and why. */
export interface PermissionReport {
  /** The caller. */
  user_id: number;
  /** The caller's role at this moment. */
  role: string;
  /** Roles besides, that somebody made. */
  custom_roles: string[];
  /** What the personal access token of this call names; null when it came with a sign-in. */
  scopes: string[] | null;
  /** Each permission. */
  permissions: ExplainedPermission[];
}

/** A personal access token, without its secret. */
export interface PersonalAccessToken {
  id: number;
  /** What its owner calls it. */
  name: string;
  /** The most that it allows: never more than its owner may do at the moment of a call. */
  scopes: string[];
  /** When it can no longer be used; null is never. */
  expires_at: string | null;
  created_at: string;
  /** When it was last used, as of a minute. */
  last_used_at: string | null;
  /** Where it was last used from. */
  last_used_ip: string | null;
}

/** An entry of the audit trail, as the person it is about may see it: of what others did neither who they are nor where they were. */
export interface PersonalAuditEntry {
  at: string;
  /** What. */
  action: string;
  /** How it ended: `success`, `failure` or `denied`. */
  outcome: string;
  /** Where from. */
  ip: string | null;
  /** As in the answer and the log. */
  request_id: string | null;
  /** A few more words. */
  detail: string | null;
}

/** All that is held on one person. Never a hash or a secret. */
export interface PersonalData {
  /** When it was made. */
  exported_at: string;
  /** The account. */
  profile: User;
  /** Its open sessions. */
  sessions: Session[];
  email_change?: PendingEmailChange | null;
  phone_change?: PendingPhoneChange | null;
  /** Personal access tokens, without their secrets. */
  access_tokens: PersonalAccessToken[];
  /** Who the person is at other providers. */
  identities: PersonalIdentity[];
  /** The names of the roles they have besides their base role. */
  roles: string[];
  /** What the person did, as the audit trail has it, oldest first. */
  activity: PersonalAuditEntry[];
  /** What others did about the account, or somebody who was not signed in. */
  about: PersonalAuditEntry[];
  /** Other people's tasks that are assigned to them. */
  assigned_tasks: Task[];
  /** The people whom they have blocked. */
  chat_blocks: Block[];
  /** Their invitations into rooms. */
  chat_invitations: Invitation[];
  /** The messages that they wrote. */
  chat_messages: Message[];
  /** The rooms that they are in. */
  chat_rooms: Room[];
  /** What they wrote on tasks. */
  comments: Comment[];
  /** What is known of their files; each `url` has the content. */
  files: StoredFile[];
  /** Their notifications. */
  notifications: Notification[];
  /** The products they own. */
  owned_products: OwnedProduct[];
  /** Payments that name them as who paid. */
  payments: Payment[];
  /** The tasks they own. */
  tasks: Task[];
  /** Their webhook endpoints, without secrets. */
  webhook_endpoints: Endpoint[];
}

/** Who somebody is at another provider. */
export interface PersonalIdentity {
  /** Which provider. */
  provider: string;
  /** What that provider calls the person. */
  subject: string;
  /** Since when. */
  linked_at: string;
}

/** What you chose about a kind, a category, or, with neither, everything. */
export interface Preference {
  /** The kind. */
  kind?: string | null;
  /** The category. */
  category?: string | null;
  /** The way out of the inbox. */
  channel: string;
  /** `on`, `off` or, by email only, `digest`: several together, some time after the first of them. */
  mode: string;
}

/** What you hear by which channel. The inbox has every notification. */
export interface Preferences {
  /** How each channel brings each kind, and why. */
  effective: EffectivePreference[];
  /** What you chose. The most specific counts: kind before category before everything. */
  preferences: Preference[];
}

/** A tick of the near future. */
export interface PreviewedTick {
  /** When, in UTC. */
  at: string;
  /** The same as the clocks of the zone show it. */
  local: string;
}

/** The price of one unit. */
export interface Price {
  /** What is bought. */
  symbol: string;
  /** What the price is in. A market may know another currency of the same worth, such as USDT for USD. */
  currency: string;
  /** The price, as an exact decimal number. */
  price: string;
  /** When it was last seen on the market, where the provider tells. */
  as_of: string | null;
  /** Who says so. */
  provider: string;
  /** When we asked. */
  fetched_at: string;
  /** True when it is older than a minute, because no provider answers; at most ten minutes. */
  stale: boolean;
}

/** Which jobs of a queue come first. */
export type Priority = "low" | "normal" | "high" | "urgent";

/** A failure (RFC 9457). */
export interface Problem {
  /** The path of a page that explains it */
  type: string;
  title: string;
  status: number;
  /** This occurrence, for a person */
  detail: string;
  /** The path that was asked for */
  instance: string;
  success: false;
  code: ProblemCode;
  /** The same as `detail` */
  error: string;
  request_id: string;
  /** Whether the same request may succeed later */
  retryable: boolean;
  errors?: FieldError[];
  /** With 412: the present state */
  current?: JsonObject;
  /** With 403: the permission that is missing, if it is one */
  permission?: string;
  /** With 410: the cursor behind which everything follows that is kept */
  oldest?: string;
  /** With 410: the cursor behind which only what is new follows */
  head?: string;
}

/** What went wrong, for programs: `<domain>.<what>`. The meaning of a code never changes; releases may add codes. */
export type ProblemCode = "auth.already_set_up" | "auth.bad_code" | "auth.bad_credentials" | "auth.bad_link" | "auth.bad_mfa_token" | "auth.bad_refresh_token" | "auth.bad_setup_token" | "auth.bad_ticket" | "auth.bad_token" | "auth.closed" | "auth.code_malformed" | "auth.login_ambiguous" | "auth.login_missing" | "auth.missing_permission" | "auth.not_signed_in" | "auth.overloaded" | "auth.page_refused" | "auth.permission_unknown" | "auth.refresh_reused" | "auth.scopes_empty" | "auth.session_needed" | "auth.session_too_old" | "auth.session_unknown" | "auth.slow_down" | "auth.suspended" | "auth.token_expired" | "auth.token_expiry_invalid" | "auth.token_name_empty" | "auth.token_name_too_long" | "auth.token_not_found" | "auth.tokens_too_many" | "auth.too_soon" | "auth.two_factor_not_set_up" | "auth.two_factor_off" | "auth.two_factor_on" | "auth.two_factor_required" | "auth.two_factor_unavailable" | "auth.wrong_code" | "auth.wrong_password" | "chat.already_member" | "chat.attachment_not_found" | "chat.attachments_invalid" | "chat.banned" | "chat.before_invalid" | "chat.blocked" | "chat.client_id_invalid" | "chat.content_length" | "chat.description_too_long" | "chat.direct_room" | "chat.emoji_invalid" | "chat.forbidden" | "chat.id_reused" | "chat.invitation_not_found" | "chat.kind_unknown" | "chat.last_owner" | "chat.malformed" | "chat.member_not_found" | "chat.member_stale" | "chat.message_deleted" | "chat.message_not_found" | "chat.message_stale" | "chat.muted" | "chat.name_invalid" | "chat.name_taken" | "chat.not_member" | "chat.notify_unknown" | "chat.number_invalid" | "chat.oneself" | "chat.place_invalid" | "chat.reply_not_found" | "chat.retention_invalid" | "chat.role_unknown" | "chat.room_full" | "chat.room_invalid" | "chat.room_not_found" | "chat.room_stale" | "chat.search_invalid" | "chat.slow_mode_invalid" | "chat.state_unknown" | "chat.stays_private" | "chat.time_invalid" | "chat.too_fast" | "chat.too_many_blocks" | "chat.too_many_invitations" | "chat.too_many_reactions" | "chat.too_many_rooms" | "chat.type_unknown" | "chat.typing_where" | "chat.unavailable" | "chat.user_not_found" | "cors.refused" | "cursor.invalid" | "dry_run.not_supported" | "etag.malformed" | "events.cursor_expired" | "events.cursor_malformed" | "events.epoch_changed" | "events.subject_invalid" | "events.types_invalid" | "events.wait_invalid" | "files.attached_private" | "files.bad_link" | "files.bad_picture" | "files.busy" | "files.checksum_invalid" | "files.checksum_mismatch" | "files.cut_short" | "files.document_align_unknown" | "files.document_currency_invalid" | "files.document_date_invalid" | "files.document_decimal_inexact" | "files.document_due_early" | "files.document_empty" | "files.document_language_unknown" | "files.document_price_invalid" | "files.document_quantity_invalid" | "files.document_row_length" | "files.document_tax_rate_invalid" | "files.document_template_unknown" | "files.document_text_empty" | "files.document_text_too_long" | "files.document_too_long" | "files.document_too_many" | "files.edge_invalid" | "files.empty" | "files.expires_in_invalid" | "files.filename_invalid" | "files.filename_misleads" | "files.fit_unknown" | "files.forbidden" | "files.form_malformed" | "files.format_unknown" | "files.glyphs_missing" | "files.heic_not_allowed" | "files.infected" | "files.mime_unknown" | "files.no_variant" | "files.not_found" | "files.over_quota" | "files.picture_too_heavy" | "files.picture_too_large" | "files.range_not_satisfiable" | "files.search_invalid" | "files.share_not_found" | "files.stale" | "files.storage_unavailable" | "files.too_large" | "files.too_many_parts" | "files.too_many_uploads" | "files.tus_version" | "files.two_places" | "files.type_mismatch" | "files.type_not_allowed" | "files.type_unfit" | "files.type_unknown" | "files.typesetter_busy" | "files.unscanned" | "files.upload_header" | "files.upload_metadata" | "files.upload_not_found" | "files.upload_offset" | "files.upload_too_long" | "files.variant_unknown" | "files.visibility_unknown" | "id.invalid" | "idempotency.key_malformed" | "idempotency.key_reused" | "idempotency.not_taken" | "integrations.city_invalid" | "integrations.currency_invalid" | "integrations.language_invalid" | "integrations.language_unsupported" | "integrations.not_configured" | "integrations.refused" | "integrations.symbol_invalid" | "integrations.text_invalid" | "integrations.unavailable" | "integrations.unknown_city" | "integrations.unknown_symbol" | "internal" | "jobs.args_invalid" | "jobs.concurrency_invalid" | "jobs.count_invalid" | "jobs.cron_invalid" | "jobs.duplicate" | "jobs.invalid" | "jobs.kind_unknown" | "jobs.limit_invalid" | "jobs.missed_unknown" | "jobs.not_found" | "jobs.overlap_unknown" | "jobs.priority_unknown" | "jobs.queue_not_found" | "jobs.run_at_invalid" | "jobs.schedule_not_found" | "jobs.stale" | "jobs.state" | "jobs.state_unknown" | "jobs.unique_key_empty" | "jobs.unique_key_too_long" | "jobs.zone_unknown" | "monitoring.alert_not_found" | "monitoring.alert_resolved" | "monitoring.clear_invalid" | "monitoring.condition_unknown" | "monitoring.format_unknown" | "monitoring.name_empty" | "monitoring.name_too_long" | "monitoring.number_invalid" | "monitoring.range_invalid" | "monitoring.rule_not_found" | "monitoring.seconds_invalid" | "monitoring.series_invalid" | "monitoring.severity_unknown" | "monitoring.stale" | "monitoring.state_unknown" | "monitoring.step_invalid" | "monitoring.too_many_rules" | "monitoring.until_invalid" | "notifications.bad_link" | "notifications.before_invalid" | "notifications.category_unknown" | "notifications.channel_unknown" | "notifications.day_unknown" | "notifications.kind_and_category" | "notifications.kind_unknown" | "notifications.mode_unknown" | "notifications.no_digest" | "notifications.not_found" | "notifications.stale" | "notifications.time_invalid" | "notifications.too_many_preferences" | "notifications.unread_invalid" | "notifications.zone_unknown" | "oauth.bad_grant" | "oauth.bad_state" | "oauth.challenge_invalid" | "oauth.denied" | "oauth.email_missing" | "oauth.email_taken" | "oauth.identity_taken" | "oauth.last_way_in" | "oauth.not_linked" | "oauth.only" | "oauth.provider_linked" | "oauth.provider_refused" | "oauth.provider_unavailable" | "oauth.provider_unknown" | "oauth.redirect_uri_unknown" | "page.limit_invalid" | "page.number_invalid" | "page.too_deep" | "page.two_ways" | "payments.not_found" | "payments.reference_invalid" | "payments.state_unknown" | "products.brand_too_long" | "products.category_cycle" | "products.category_in_use" | "products.category_name_empty" | "products.category_name_too_long" | "products.category_not_found" | "products.category_stale" | "products.category_too_deep" | "products.category_unknown" | "products.currency_unknown" | "products.date_invalid" | "products.delta_invalid" | "products.files_attached" | "products.import_abandoned" | "products.import_column_missing" | "products.import_column_twice" | "products.import_column_unknown" | "products.import_malformed" | "products.import_mode_unknown" | "products.import_not_utf8" | "products.import_number" | "products.import_product_unknown" | "products.import_refused" | "products.import_row_malformed" | "products.import_too_many_changes" | "products.import_too_many_rows" | "products.in_use" | "products.invalid" | "products.model_too_long" | "products.name_empty" | "products.name_too_long" | "products.not_found" | "products.owned_not_found" | "products.owned_stale" | "products.parent_unknown" | "products.price_invalid" | "products.price_missing" | "products.product_unknown" | "products.reason_empty" | "products.reason_too_long" | "products.search_invalid" | "products.serial_taken" | "products.serial_too_long" | "products.slug_invalid" | "products.slug_taken" | "products.specifications_invalid" | "products.stale" | "products.status_unknown" | "products.stock_insufficient" | "products.stock_invalid" | "products.stock_limit" | "products.text_too_long" | "products.too_many_categories" | "products.version_too_long" | "products.warranty_before_purchase" | "products.warranty_filter_unknown" | "products.warranty_months_invalid" | "products.website_invalid" | "rate_limit.exceeded" | "request.body_malformed" | "request.body_missing" | "request.body_timeout" | "request.body_too_large" | "request.duplicate" | "request.head_timeout" | "request.head_too_large" | "request.header_malformed" | "request.invalid" | "request.media_type" | "request.missing_field" | "request.null" | "request.timeout" | "request.unknown_field" | "request.unknown_parameter" | "request.unreadable" | "request.value" | "request.wrong_type" | "route.method_not_allowed" | "route.not_found" | "server.overloaded" | "server.shutting_down" | "socket.draining" | "socket.frame_malformed" | "socket.full" | "socket.handshake_malformed" | "socket.id_invalid" | "socket.origin_refused" | "socket.too_many_topics" | "socket.topics_count" | "socket.type_unknown" | "socket.upgrade_required" | "sort.unknown" | "store.contention" | "store.duplicate" | "store.stale" | "store.timeout" | "store.unavailable" | "tasks.assignee_unknown" | "tasks.bulk_empty" | "tasks.bulk_too_many" | "tasks.comment_not_found" | "tasks.comment_stale" | "tasks.content_empty" | "tasks.content_too_long" | "tasks.date_invalid" | "tasks.description_too_long" | "tasks.due_date_invalid" | "tasks.export_format_unknown" | "tasks.forbidden" | "tasks.invalid" | "tasks.not_author" | "tasks.not_deleted" | "tasks.not_found" | "tasks.operation_unknown" | "tasks.priority_unknown" | "tasks.range_reversed" | "tasks.range_too_long" | "tasks.search_invalid" | "tasks.stale" | "tasks.status_unknown" | "tasks.tag_empty" | "tasks.tag_too_long" | "tasks.title_empty" | "tasks.title_too_long" | "tasks.too_many_tags" | "text.nul" | "text.too_long" | "text.too_short" | "users.above_your_role" | "users.bio_too_long" | "users.custom_role_unknown" | "users.email_invalid" | "users.email_same" | "users.email_taken" | "users.invalid" | "users.last_super_admin" | "users.locale_unknown" | "users.name_too_long" | "users.not_found" | "users.password_common" | "users.password_same_as_name" | "users.password_too_long" | "users.password_too_short" | "users.phone_code_malformed" | "users.phone_code_void" | "users.phone_invalid" | "users.phone_same" | "users.phone_too_many" | "users.phone_unavailable" | "users.role_built_in" | "users.role_description_too_long" | "users.role_name_built_in" | "users.role_name_invalid" | "users.role_not_found" | "users.role_stale" | "users.role_taken" | "users.role_unknown" | "users.roles_full" | "users.search_invalid" | "users.service_account_limit" | "users.session_not_found" | "users.stale" | "users.status_unknown" | "users.too_many_roles" | "users.username_invalid" | "users.username_taken" | "webhooks.delivery_not_found" | "webhooks.delivery_state" | "webhooks.description_too_long" | "webhooks.disabled" | "webhooks.event_not_found" | "webhooks.event_state" | "webhooks.event_state_unknown" | "webhooks.event_type_invalid" | "webhooks.events_invalid" | "webhooks.from_invalid" | "webhooks.header_invalid" | "webhooks.max_bytes_invalid" | "webhooks.no_encryption_key" | "webhooks.no_secrets" | "webhooks.not_found" | "webhooks.only_invalid" | "webhooks.overlap_invalid" | "webhooks.owner_invalid" | "webhooks.rate_invalid" | "webhooks.scheme_unknown" | "webhooks.secrets_invalid" | "webhooks.signature_invalid" | "webhooks.signature_missing" | "webhooks.source_name_invalid" | "webhooks.source_not_found" | "webhooks.source_stale" | "webhooks.stale" | "webhooks.state_unknown" | "webhooks.timestamp_outside" | "webhooks.too_many" | "webhooks.too_many_sources" | "webhooks.type_unknown" | "webhooks.url_forbidden" | "webhooks.url_invalid";

/** A product. */
export interface Product {
  id: number;
  /** What it is called. */
  name: string;
  /** Its category. */
  category_id: number | null;
  /** Who makes it; may be empty. */
  brand: string;
  /** What its maker calls it; may be empty. */
  model: string;
  /** In more words. */
  description: string;
  /** What it costs, in the currency's minor unit; null for a draft without a price. */
  price: number | null;
  /** The currency (ISO 4217). */
  currency: string;
  /** How many there are. */
  stock: number;
  /** How long its warranty lasts; 0 for none. */
  warranty_months: number;
  /** What the warranty holds for. */
  warranty_conditions: string;
  /** Where its maker is found. */
  manufacturer_website: string | null;
  /** What it can do and is made of. */
  specifications: JsonObject;
  /** Whether it is to be had. */
  status: ProductStatus;
  created_at: string;
  /** When it last changed; movements of stock do not count. */
  updated_at: string;
  /** Counts the changes; movements of stock do not count. The `ETag` begins with it. */
  version: number;
}

/** Whether a product is to be had. */
export type ProductStatus = "active" | "discontinued" | "draft";

/** Where to go. */
export interface ProviderRedirect {
  /** Send the browser here, the same that got this answer. */
  authorize_url: string;
}

/** One key (RFC 8037). */
export interface PublicKey {
  /** Always `OKP`. */
  kty: string;
  /** Always `Ed25519`. */
  crv: string;
  /** The only algorithm of this key: `EdDSA`. */
  alg: string;
  /** Always `sig`: it signs. */
  use: string;
  /** Its name in the header of tokens: its thumbprint (RFC 7638). */
  kid: string;
  /** The key. */
  x: string;
}

/** Keys that tokens can be checked with (RFC 7517). */
export interface PublicKeySet {
  /** The key that signs, those to come, and those of tokens that may still be alive. */
  keys: PublicKey[];
}

/** A new source, or a change of one, as a merge patch: an absent field stays, null clears. */
export interface PutSource {
  /** How it signs. A new source needs it; with another scheme, `secrets` is needed, too. */
  scheme?: Scheme;
  /** All of its secrets. They replace those that it had, and are not shown again. */
  secrets?: string[];
  /** Where plain signatures are. */
  header?: string | null;
  /** Where plain deliveries have their id. */
  id_header?: string | null;
  /** How many bytes a delivery may have; null: 25 MiB for github, 1 MiB for the others. */
  max_bytes?: number | null;
}

/** A queue. */
export interface Queue {
  name: string;
  /** True when none of its jobs is started. */
  paused: boolean;
  /** How many of its jobs run at a time, over all workers; null: no limit. */
  concurrency: number | null;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** What is known of a queue. */
export interface QueueStats {
  /** The queue. */
  queue: string;
  /** Jobs that wait for their time and a worker. */
  queued: number;
  /** Jobs that failed and wait for their next attempt. */
  retrying: number;
  /** Jobs that run. */
  running: number;
  /** Jobs that wait for their lane or their batch. */
  waiting: number;
  /** Jobs that were given up. */
  dead: number;
  /** For how many seconds the job that is due first has been due. */
  oldest_due_seconds: number | null;
  /** Jobs a minute that succeeded within the last five minutes. */
  per_minute: number;
  /** Half of those took at most so many milliseconds. */
  p50_ms: number | null;
  /** Of a hundred of those 99 took at most so many milliseconds. */
  p99_ms: number | null;
}

/** Hours in which no email and no text message is sent; they are sent at their end. */
export interface QuietHours {
  /** Where the hours are meant, by a name of the time zone database. */
  zone: string;
  /** The days on which they begin; none: there are no quiet hours. */
  days: string[];
  /** The first quiet minute. */
  from: string;
  /** The first minute that is not quiet; when it is not later than `from`, on the next day. */
  to: string;
}

/** How many people reacted with one emoji. */
export interface Reaction {
  /** The emoji, or a name such as `:tada:`. */
  emoji: string;
  /** How many people. */
  count: number;
  /** Whether you are one of them. */
  mine: boolean;
}

/** Which notifications to mark as read. */
export interface ReadAll {
  /** Those that came at this time or before; without it all that are there. Send the time of the newest one that you showed, so that none is marked that nobody has seen. */
  before?: string | null;
}

/** How far someone has read a room. */
export interface ReadMarker {
  /** The room. */
  room_id: number;
  /** The number of the last message that you have read. */
  read_number: number;
  /** How many messages you have not read. */
  unread: number;
}

/** Ready to serve, or not. */
export interface Readiness {
  /** `ready`, `draining` or `unavailable`. */
  status: string;
  /** Each dependency. */
  dependencies: DependencyState[];
}

/** Recovery codes. */
export interface RecoveryCodes {
  /** Each works once instead of a code from the device. They are not shown again. */
  recovery_codes: string[];
}

/** What a letter showed. */
export interface RedeemEmailLink {
  /** The token of the link, as the letter shows it. */
  token: string;
}

/** A refresh token, or the word that a cookie keeps it. */
export interface RefreshTokens {
  /** As the last sign-in or refresh gave it. */
  refresh_token?: string;
  /** For pages of a browser, instead of the token: it is in the cookie. */
  session?: SessionKeeper;
}

/** A new account. */
export interface Register {
  /** 3 to 50 letters A-Z, digits or `_ . -`. */
  username: string;
  /** A mail address. */
  email: string;
  /** 8 to 128 characters. */
  password: string;
  /** May be empty. */
  first_name?: string | null;
  /** May be empty. */
  last_name?: string | null;
}

/** A confirmation that a phone number is to go. */
export interface RemovePhone {
  /** The present password. An account without one needs a fresh sign-in instead. */
  current_password?: string;
}

/** What is sent again. */
export interface Replay {
  /** A cursor of the feed, or an event's id; what follows behind it is sent. */
  from: string;
  /** The last event that is sent; the end of the feed without it. */
  to?: string | null;
  /** `failed` (the default) or `all`. */
  only?: string | null;
}

/** How many are sent again. */
export interface Replayed {
  /** How many deliveries are due now; at most 1 000 for each call. */
  count: number;
}

/** Whom a letter is for. */
export interface RequestEmail {
  /** The mail address. */
  email: string;
}

/** A new password, by link. */
export interface ResetPassword {
  /** The token of the link, as the letter shows it. */
  token: string;
  /** 8 to 128 characters. */
  new_password: string;
}

/** Why an alert was resolved. */
export type Resolution = "cleared" | "rule_changed" | "replica_gone";

/** A closed account; by `email` or by `username`. */
export interface RestoreAccount {
  /** The mail address. */
  email?: string;
  /** The username. */
  username?: string;
  /** The password. */
  password: string;
}

/** How many. */
export interface RetriedJobs {
  /** Jobs that are due now. */
  count: number;
}

/** Which jobs to retry. */
export interface RetryJobs {
  /** `dead` or `cancelled`. */
  state: string;
  /** Of this kind; of all when absent. */
  kind?: string | null;
  /** At most so many; 1000 when absent. */
  limit?: number | null;
}

/** A role. */
export interface Role {
  /** To be given by. */
  name: string;
  /** What it is for. */
  description: string;
  /** What it allows. */
  permissions: string[];
  /** Whether it came with the server; such roles decide about rank, and do not change. */
  built_in: boolean;
  /** When it was made; null for built-in roles. */
  created_at: string | null;
  /** When it last changed; null for built-in roles. */
  updated_at: string | null;
}

/** A room. */
export interface Room {
  id: number;
  /** What it is called; null in the room of two people. */
  name: string | null;
  /** What it is for; may be empty. */
  description: string;
  /** Who finds it. */
  kind: RoomKind;
  /** Whether only those who are invited find it. */
  is_private: boolean;
  /** The account that created it. */
  created_by: number;
  /** How many people are in it. */
  member_count: number;
  /** The number of its last message. */
  number: number;
  /** The place of the last entry of its log. */
  seq: number;
  /** The time between two messages of one member without a role. */
  slow_mode_seconds: number;
  /** How long it keeps messages; null: as long as it exists. */
  retention_days: number | null;
  /** When the last message was written. */
  last_message_at: string | null;
  /** The time of its creation. */
  created_at: string;
  /** The time of the last change of its own fields. */
  updated_at: string;
  /** Counts these changes; the `ETag` begins with it. */
  version: number;
  /** What it knows of you; absent in lists, and where you are not in it. */
  membership?: Membership;
}

/** Who finds a room. */
export type RoomKind = "public" | "private" | "direct";

/** What you missed in a room. */
export interface RoomLog {
  /** The epoch of places: one of another epoch is not trusted any more. */
  epoch: number;
  /** The place of the last entry of the log. */
  seq: number;
  /** The number of the last message. */
  number: number;
  /** The number of the last message that you have read. */
  read_number: number;
  /** True when `entries` follow behind `after` without a gap; otherwise read the messages again and go on with `cursor`. */
  recovered: boolean;
  /** In order. */
  entries: LogEntry[];
  /** Go on with `after` this. */
  cursor: string;
  /** True when more follows behind `cursor` already. */
  more: boolean;
}

/** How long the secret before still holds. */
export interface RotateSecret {
  /** In seconds; a day without it. */
  overlap_seconds?: number | null;
}

/** A new secret. */
export interface RotatedSecret {
  /** What messages are signed with from now on. */
  secret: string;
  /** Until when they are signed with the secret before, too. */
  old_valid_until: string | null;
}

/** When people are to know of a series. */
export interface Rule {
  id: number;
  /** What people know it by. */
  name: string;
  /** The series that it is about: a name, all of a kind (`cpu.*`), or all (`*`). */
  series: string;
  /** When it is broken. */
  condition: Condition;
  /** The value beyond which it is broken. An anomaly has none. */
  threshold: number;
  /** The value that it must come back to. */
  clear: number;
  /** For how long it must be broken before it fires. */
  for_seconds: number;
  /** For how long it must be whole before it is resolved. */
  clear_for_seconds: number;
  /** How often people are reminded; null: never. */
  repeat_seconds: number | null;
  /** How bad it is. */
  severity: Severity;
  /** False while nothing is evaluated. */
  enabled: boolean;
  /** The time of its creation. */
  created_at: string;
  /** The time of its last change. */
  updated_at: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** One run of a job. */
export interface Run {
  /** Its number. */
  run: number;
  /** The worker. */
  worker: string;
  /** When it began. */
  started_at: string;
  /** How long it took, in milliseconds; none while it runs, and when it was lost. */
  duration_ms: number | null;
  /** How it ended. */
  outcome: Outcome;
  /** What failed. */
  error: string | null;
}

/** When jobs of a kind are enqueued by themselves. */
export interface Schedule {
  name: string;
  /** The kind of its jobs. */
  kind: string;
  /** What their handler is given. */
  args: JsonObject;
  /** Minute, hour, day of the month, month and day of the week; or a name such as `@daily`. */
  cron: string;
  /** The zone of the IANA database in which `cron` is read. */
  zone: string;
  /** False while nothing ticks. */
  enabled: boolean;
  /** What becomes of ticks that came while no process ran. */
  missed: MissedTicks;
  /** What a tick does while the job of an earlier one has not ended. */
  overlap: Overlap;
  /** The next tick; null while nothing ticks. */
  next_at: string | null;
  /** The last tick that enqueued a job. */
  last_at: string | null;
  /** Ticks that came while no process ran, so far. */
  missed_count: number;
  /** Counts the changes; the `ETag` begins with it. */
  version: number;
}

/** The next ticks of a schedule. */
export interface SchedulePreview {
  /** The pattern. */
  cron: string;
  /** The zone. */
  zone: string;
  /** The ticks, in order. */
  ticks: PreviewedTick[];
}

/** How a source signs what it sends. */
export type Scheme = "stripe" | "github" | "standard" | "hmac";

/** The question for the second factor. */
export interface SecondFactorRequired {
  /** Always true. */
  mfa_required: boolean;
  /** For `POST /auth/2fa/verify`; for nothing else. */
  mfa_token: string;
  /** Its life in seconds. */
  expires_in: number;
}

/** What a device is told. */
export interface SecondFactorSetup {
  /** To be typed into the device. */
  secret: string;
  /** The same as a URL (RFC 6238 with SHA-1, six digits, 30 s). */
  otpauth_url: string;
  /** The URL as a QR code: a PNG as `data:` URL. */
  qr_png: string;
}

/** Why a request has no answer. */
export type SendFault = "forbidden" | "resolve" | "connect" | "tls" | "timeout" | "broken";

/** A new message. */
export interface SendMessage {
  /** 1 to 4000 characters, and not only white space. `@name` names a member, `@all` everyone. */
  content: string;
  /** The number of the message that it answers. */
  reply_to?: number | null;
  /** Files of yours; members read them as long as they are in the room. */
  attachments?: number[] | null;
  /** What you call the message. One that is sent again under the same id is stored once. */
  client_id?: string | null;
}

/** A series. */
export interface Series {
  name: string;
  /** What its numbers are. */
  unit: Unit;
}

/** What a series did. */
export interface SeriesChart {
  name: string;
  /** What its numbers are. */
  unit: Unit;
  /** Whose it is; absent for the sum of all replicas, and for what all see alike. */
  replica?: string;
  /** In order of time, at most 600: when a point begins, in milliseconds since 1970, and the least, the mean and the greatest value until the next one. A point that is not there was not measured. */
  points: number[][];
  /** What is usual at this hour, where it is known. */
  usual?: Usual;
}

/** A session. */
export interface Session {
  id: number;
  /** What the client called itself. */
  device: string | null;
  /** Where it was last used from. */
  ip: string | null;
  /** When it began. */
  created_at: string;
  /** When it was last refreshed. */
  last_used_at: string;
  /** When it ends unless it is refreshed. */
  expires_at: string;
  /** Whether it is the one this call belongs to. */
  current: boolean;
}

/** The word of `session`. */
export type SessionKeeper = "cookie";

/** The first administrator. */
export interface SetUp {
  /** As the server printed it at its start. */
  token: string;
  /** 3 to 50 letters A-Z, digits or `_ . -`. */
  username: string;
  /** A mail address. */
  email: string;
  /** 8 to 128 characters. */
  password: string;
  /** For pages of a browser, as at the sign-in. */
  session?: SessionKeeper;
}

/** The password once more. */
export interface SetUpSecondFactor {
  /** The present password; an account without one leaves it out. */
  current_password?: string;
}

/** The effective settings, by section. Secrets are left out. */
export interface Settings {
  /** Each setting by its name, with its value and where that comes from. */
  settings: JsonObject;
}

/** Whether the server has an administrator. */
export interface Setup {
  /** True until somebody made the first administrator. */
  needed: boolean;
}

/** How bad a broken rule is. */
export type Severity = "info" | "warning" | "critical";

/** A link, without what opens the file. */
export interface ShareLink {
  id: number;
  /** Who made it. */
  created_by: number;
  created_at: string;
  /** When it ends. */
  expires_at: string;
}

/** Who the caller is. */
export interface SignedInUser {
  /** The account. */
  user_id: number;
  /** Its name. */
  username: string;
  /** Its role at this moment. */
  role: string;
  /** What it allows by way of this call. */
  permissions: string[];
  /** The session; null when the call came with a personal access token. */
  session_id: number | null;
  /** The personal access token; null when the call came with a sign-in. */
  token_id: number | null;
  /** What that token names. */
  scopes: string[] | null;
  /** When the token ends. */
  expires_at: string | null;
}

/** Until when an alert is silenced. */
export interface Silence {
  /** A time in the future, and within a year. */
  until: string;
}

/** A program whose deliveries are taken. */
export interface Source {
  /** The last part of its URL. */
  name: string;
  /** How it signs. */
  scheme: Scheme;
  /** Where plain signatures are; null: `X-Signature`. */
  header: string | null;
  /** Where plain deliveries have their id; null: the digest of the body is the id. */
  id_header: string | null;
  /** How many bytes a delivery may have. */
  max_bytes: number;
  /** How many secrets it has. */
  secrets_count: number;
  /** The last four characters of each secret. */
  secrets_end_with: string[];
  /** When it was added. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** A movement of stock. */
export interface StockMovement {
  id: number;
  /** Whose stock. */
  product_id: number;
  /** By how much. */
  delta: number;
  /** How many there were afterwards. */
  balance: number;
  /** Why. */
  reason: string;
  /** Who said so; null when nobody in particular did. */
  actor_id: number | null;
  at: string;
}

/** A file. */
export interface StoredFile {
  id: number;
  /** Whose it is. */
  owner_id: number;
  /** Its name: what was sent, without what cannot stand in a name. */
  filename: string;
  /** What it is for. */
  type: FileType;
  /** Its format, by its content; of a text, the `text/*` that was declared. */
  mime_type: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of its content; the `ETag` of the download without its quotes. */
  sha256: string;
  /** Pixels across, of a picture. */
  width: number | null;
  /** Pixels down, of a picture. */
  height: number | null;
  /** What the owner owns and it is attached to. */
  product_id: number | null;
  /** The task it is attached to. */
  task_id: number | null;
  /** Who may read it. */
  visibility: FileVisibility;
  /** When it was uploaded. */
  uploaded_at: string;
  updated_at: string;
  /** Where its content is. */
  url: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
  /** What of it is not as it was sent or asked for. Only in the answer that created it. */
  warnings?: FileWarning[];
}

/** What a notification is about. */
export interface Subject {
  /** What it is. */
  kind: string;
  id: number;
}

/** A task. */
export interface Task {
  id: number;
  /** What is to be done. */
  title: string;
  /** In more words. */
  description: string;
  /** How far it has come. */
  status: TaskStatus;
  /** How much it matters. */
  priority: TaskPriority;
  /** When it should be done. */
  due_date: string | null;
  /** Whose it is. */
  user_id: number;
  /** Who is to do it. */
  assignee_id: number | null;
  /** Labels. */
  tags: string[];
  /** When it was completed. */
  completed_at: string | null;
  created_at: string;
  updated_at: string;
  /** Counts the changes; the `ETag` without its quotes. */
  version: number;
}

/** A bulk request. */
export interface TaskBulk {
  /** What to do, in order; all or none. */
  operations: TaskBulkOperation[];
}

/** What kind of operation. */
export type TaskBulkKind = "create" | "update" | "delete";

/** One operation. */
export interface TaskBulkOperation {
  /** What kind. */
  op: TaskBulkKind;
  /** Which task, for update and delete. */
  id?: number;
  /** The version it must have. */
  version?: number;
  /** As for `POST /tasks` or `PATCH /tasks/{id}`. */
  data?: JsonObject;
}

/** What one operation did. */
export interface TaskBulkResult {
  /** What kind it was. */
  op: TaskBulkKind;
  /** Which task. */
  id: number;
  /** The task as it is now; absent after a delete. */
  task?: Task;
}

/** What a bulk request did. */
export interface TaskBulkResults {
  /** One for each operation, in order. */
  results: TaskBulkResult[];
}

/** How many of each priority. */
export interface TaskCountsByPriority {
  low: number;
  medium: number;
  high: number;
}

/** How many in each state. */
export interface TaskCountsByStatus {
  pending: number;
  in_progress: number;
  completed: number;
}

/** One day. */
export interface TaskDayStats {
  /** Which. */
  date: string;
  /** Tasks made on it. */
  created: number;
  /** Tasks completed on it. */
  completed: number;
  /** Of those made on it, how many are completed by now, 0 to 1. */
  completion_rate: number;
  /** The median time from making to completing, of those completed on it, in seconds. */
  median_completion_seconds: number | null;
}

/** How much a task matters. */
export type TaskPriority = "low" | "medium" | "high";

/** Statistics. */
export interface TaskStats {
  /** All tasks in sight. */
  total: number;
  /** How many in each state. */
  by_status: TaskCountsByStatus;
  /** How many of each priority. */
  by_priority: TaskCountsByPriority;
  /** Due before now and not completed. */
  overdue: number;
  /** Completed of all, 0 to 1. */
  completion_rate: number;
  /** Each day from `from` to `to`. */
  days: TaskDayStats[];
}

/** How far a task has come. */
export type TaskStatus = "pending" | "in_progress" | "completed";

/** What a test sends. */
export interface TestEndpoint {
  /** A type that `GET /webhooks/event-types` lists: its example is sent. Without it, `webhook.test.v1`. */
  type?: string | null;
}

/** A ticket. */
export interface Ticket {
  /** Works once, as `?ticket=`. */
  ticket: string;
  /** Its life in seconds. */
  expires_in: number;
}

/** A pair of tokens. */
export interface Tokens {
  /** For `Authorization: Bearer …`. */
  access_token: string;
  /** For `POST /auth/refresh`; works once. Absent when a cookie of the browser keeps it. */
  refresh_token?: string;
  /** Always `Bearer`. */
  token_type: string;
  /** Life of the access token in seconds. */
  expires_in: number;
  /** The account. */
  user: User;
}

/** A text to translate. */
export interface TranslateText {
  /** The text. */
  text: string;
  /** The language wanted. */
  to: string;
  /** The language of the text; without it the provider finds out. */
  from?: string | null;
}

/** A translated text. */
export interface Translation {
  /** The text in the language asked for. */
  translation: string;
  /** The language of the original, as given or found out. */
  from: string | null;
  /** The language asked for. */
  to: string;
  /** Who translated it. */
  provider: string;
  /** When we asked. */
  fetched_at: string;
  /** True when it is older than a minute, because no provider answers; at most thirty days. */
  stale: boolean;
}

/** What the numbers of a series are. */
export type Unit = "percent" | "bytes" | "bytes_per_second" | "per_second" | "seconds" | "count";

/** What is unread. */
export interface Unread {
  /** Messages in all rooms. */
  unread: number;
  /** Mentions in all rooms. */
  mentions: number;
  /** The rooms with messages that you have not read. */
  rooms: UnreadRoom[];
}

/** How many notifications are unread. */
export interface UnreadCount {
  /** In all. */
  unread: number;
  /** By category; every category is there. */
  by_category: Record<string, number>;
}

/** What is unread in a room. */
export interface UnreadRoom {
  /** The room. */
  room_id: number;
  /** What it is called; null in the room of two people. */
  room: string | null;
  /** Who finds it. */
  kind: RoomKind;
  /** The other one of two people. */
  with_user: number | null;
  /** What they are called. */
  with_username: string | null;
  /** The number of its last message. */
  number: number;
  /** The number of the last message that you have read. */
  read_number: number;
  /** How many messages you have not read. */
  unread: number;
  /** Messages that name you, and one for those that name everyone. */
  mentions: number;
}

/** The categories whose emails ended. */
export interface Unsubscribed {
  /** There are no more emails about it. */
  category: string;
  /** Nor about any of these: a digest may be about several. */
  categories: string[];
}

/** A change of a category, as a merge patch: what is absent stays, null clears. */
export interface UpdateCategory {
  /** A new name; the slug stays. */
  name?: string;
  /** A new slug. */
  slug?: string;
  /** Another place in the tree; null puts it at the top. */
  parent_id?: number | null;
}

/** A change of an endpoint, as a merge patch: an absent field stays, null clears. */
export interface UpdateEndpoint {
  /** A new address. */
  url?: string;
  /** New types of events, in place of the old ones. */
  events?: string[];
  /** A new description; null empties it. */
  description?: string | null;
  /** Whether an event waits for the one before. */
  ordered?: boolean;
  /** A new rate; null takes the limit away. */
  rate?: number | null;
}

/** What to change of a file. */
export interface UpdateFile {
  /** Its name; what it ends in must fit the content. */
  filename?: string;
  /** What it is for. */
  type?: FileType;
  /** Who may read it; what is attached to a task or a product stays private. */
  visibility?: FileVisibility;
}

/** A change of a member; an absent field stays. */
export interface UpdateMember {
  /** Another role; owners give it. */
  role?: MemberRole;
  /** They may not write before this; null ends it. Moderators mute. */
  muted_until?: string | null;
  /** True removes them for good, also someone who never was a member; false lets them come back. */
  banned?: boolean;
  /** What you are notified of; of yourself only. */
  notify?: Notify;
}

/** A change of a notification. */
export interface UpdateNotification {
  /** Whether you read it. */
  read: boolean;
}

/** A change, as a merge patch: what is absent stays, null clears. */
export interface UpdateOwnedProduct {
  /** Another edition; null empties it. */
  version?: string | null;
  /** Another number; null empties it. */
  serial_number?: string | null;
  /** Another day, not after the end of the warranty, which stays; null removes it. */
  purchase_date?: string | null;
  /** Another price, in the currency's minor unit; null removes it. */
  purchase_price?: number | null;
  /** Another currency (ISO 4217). */
  currency?: string;
  /** Another end of the warranty, not before the purchase; null removes it. */
  warranty_expires?: string | null;
  /** Other notes; null empties them. */
  notes?: string | null;
  /** Another status. */
  status?: OwnedProductStatus;
}

/** Preferences: `PUT` replaces all that you chose, `PATCH` adds these to them. */
export interface UpdatePreferences {
  /** At most one for each kind, category and channel; of several the last counts. */
  preferences: Preference[];
}

/** A change of a product, as a merge patch: what is absent stays, null clears. The stock is moved by `POST …/stock`. */
export interface UpdateProduct {
  /** A new name. */
  name?: string;
  /** Another category; null for none. */
  category_id?: number | null;
  /** Another maker; null empties it. */
  brand?: string | null;
  /** Another model; null empties it. */
  model?: string | null;
  /** A new description; null empties it. */
  description?: string | null;
  /** A new price, in the currency's minor unit; null removes it from a draft. */
  price?: number | null;
  /** Another currency (ISO 4217). */
  currency?: string;
  /** Another length of the warranty. */
  warranty_months?: number;
  /** Other conditions; null empties them. */
  warranty_conditions?: string | null;
  /** Another address; null removes it. */
  manufacturer_website?: string | null;
  /** Other specifications, as a whole; null empties them. */
  specifications?: JsonObject | null;
  /** Another status. */
  status?: ProductStatus;
}

/** A change of a profile, as a merge patch: what is absent stays, null empties. */
export interface UpdateProfile {
  /** A new username. */
  username?: string;
  /** A new first name. */
  first_name?: string | null;
  /** A new last name. */
  last_name?: string | null;
  /** New words about oneself. */
  bio?: string | null;
  /** What emails and notifications are written in. */
  locale?: string;
}

/** A change of a queue, as a merge patch: an absent field stays, null clears. */
export interface UpdateQueue {
  /** Whether none of its jobs is started. */
  paused?: boolean;
  /** How many of its jobs run at a time, over all workers. */
  concurrency?: number | null;
}

/** Quiet hours; an absent field stays. */
export interface UpdateQuietHours {
  /** See `QuietHours`. */
  zone?: string;
  /** See `QuietHours`; empty ends them. */
  days?: string[];
  /** See `QuietHours`. */
  from?: string;
  /** See `QuietHours`. */
  to?: string;
}

/** A change of a role, as a merge patch: what is absent stays. */
export interface UpdateRole {
  /** What it is for. */
  description?: string | null;
  /** All that it allows from now on. */
  permissions?: string[];
}

/** A change of a room, as a merge patch: an absent field stays, null clears. */
export interface UpdateRoom {
  /** A new name. */
  name?: string;
  /** A new description; null empties it. */
  description?: string | null;
  /** A public room may become private, and never public again. */
  is_private?: boolean;
  /** Another slow mode. */
  slow_mode_seconds?: number;
  /** Another retention; null keeps messages as long as the room exists. */
  retention_days?: number | null;
}

/** A change of a rule, as a merge patch: an absent field stays, null clears. */
export interface UpdateRule {
  /** A new name. */
  name?: string;
  /** Other series. */
  series?: string;
  /** Another condition. */
  condition?: Condition;
  /** Another threshold. `clear` moves along where the two are one. */
  threshold?: number;
  /** The value that it must come back to. */
  clear?: number;
  /** For how long it must be broken before it fires. */
  for_seconds?: number;
  /** For how long it must be whole before it is resolved. */
  clear_for_seconds?: number;
  /** How often people are reminded; null: never. */
  repeat_seconds?: number | null;
  /** How bad it is. */
  severity?: Severity;
  /** Whether it is evaluated. */
  enabled?: boolean;
}

/** A change of a schedule; an absent field stays. */
export interface UpdateSchedule {
  /** Minute, hour, day of the month, month and day of the week; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. */
  cron?: string;
  /** A zone of the IANA database. */
  zone?: string;
  /** Whether it ticks. */
  enabled?: boolean;
  /** What becomes of ticks that came while no process ran. */
  missed?: MissedTicks;
  /** What a tick does while the job of an earlier one has not ended. */
  overlap?: Overlap;
}

/** A change of a task, as a merge patch: what is absent stays, null clears. */
export interface UpdateTask {
  /** A new title. */
  title?: string;
  /** A new description; null empties it. */
  description?: string | null;
  /** A new status. */
  status?: TaskStatus;
  /** A new priority. */
  priority?: TaskPriority;
  /** A new due date; null removes it. */
  due_date?: string | null;
  /** A new assignee; null removes it. */
  assignee_id?: number | null;
  /** New labels; null removes all. */
  tags?: string[] | null;
}

/** The same, with the mail address; for administrators. */
export interface UpdateUser {
  /** A new username. */
  username?: string;
  /** A new mail address; it counts as unproven. */
  email?: string;
  /** A new first name. */
  first_name?: string | null;
  /** A new last name. */
  last_name?: string | null;
  /** New words about the person. */
  bio?: string | null;
  /** What emails and notifications are written in. */
  locale?: string;
}

/** A picture, as a form. */
export interface UploadAvatar {
  /** JPEG, PNG, WebP or GIF. */
  file: Blob;
}

/** A new file, as a form. */
export interface UploadFile {
  type?: FileType | null;
  visibility?: FileVisibility | null;
  /** The content, with its name. */
  file: Blob;
}

/** An upload that may come in several requests. */
export interface UploadSession {
  id: number;
  /** What the file will be called. */
  filename: string;
  /** What it will be for. */
  type: FileType;
  /** Who will read it. */
  visibility: FileVisibility;
  /** What the caller owns and it will be attached to. */
  product_id: number | null;
  /** The task it will be attached to. */
  task_id: number | null;
  /** Bytes of the whole. */
  length: number;
  /** Bytes that are kept. */
  offset: number;
  /** What came of it. */
  file_id: number | null;
  /** When it was begun. */
  created_at: string;
  /** When it is forgotten unless more comes. */
  expires_at: string;
}

/** An account. Others see `id`, `username`, `first_name`, `last_name`, `bio`, `avatar` and `created_at`; everything else is there for oneself and for administrators only. */
export interface User {
  id: number;
  /** To be found by. */
  username: string;
  /** The mail address. */
  email?: string;
  /** What it may do. */
  role?: UserRole;
  /** Whether it may be used. */
  status?: UserStatus;
  /** May be empty. */
  first_name: string;
  /** May be empty. */
  last_name: string;
  /** May be empty. */
  bio: string;
  /** Where the picture is. */
  avatar: string | null;
  /** What emails and notifications are written in: `en`, `fr` or `zh-Hans`. New accounts have what `Accept-Language` preferred. */
  locale?: string;
  /** Where the account comes from: `local`, `google`, `github`, or `openid` for any other provider; `service` is a service account. */
  provider?: string;
  /** Whether the address was proven. */
  email_verified?: boolean;
  /** Where text messages go, in E.164; null where no number was confirmed. */
  phone: string | null;
  /** Whether a second factor is asked for. */
  two_factor_enabled?: boolean;
  created_at: string;
  updated_at?: string;
  /** When it was last signed in to; null before the first time. */
  last_login_at?: string | null;
  /** Set when its owner closed it: when it will be removed. */
  purge_at?: string;
}

export interface UserResponse {
  success: true;
  data: User;
}

/** The roles. */
export type UserRole = "user" | "moderator" | "admin" | "super_admin";

/** The roles of an account. */
export interface UserRoles {
  /** Whose. */
  user_id: number;
  /** The base role, which decides about rank. */
  role: string;
  /** The roles besides. */
  roles: Role[];
  /** What all of them allow together. */
  permissions: string[];
}

/** Whether an account may be used. */
export type UserStatus = "active" | "suspended";

/** What is usual for a series at this hour of the week. */
export interface Usual {
  /** The hour, in UTC. */
  label: string;
  /** The median. */
  median: number;
  /** From here on it is usual. */
  low: number;
  /** Up to here. */
  high: number;
}

/** How a picture is fitted into a box. */
export type VariantFit = "inside" | "cover";

/** What a picture is written in. */
export type VariantFormat = "jpeg" | "png" | "webp";

/** A link under which a picture is drawn. */
export interface VariantLink {
  /** The link. */
  url: string;
}

/** What an email showed, and whose the account is. */
export interface VerifyEmail {
  /** The token of the link, as the email shows it. */
  token: string;
  /** The password of the account; not needed while signed in to it. */
  password?: string;
}

/** The answer to the question for the second factor. */
export interface VerifySecondFactor {
  /** As the sign-in gave it. */
  mfa_token: string;
  /** Six digits from the device, or a recovery code. */
  code: string;
  /** For pages of a browser, as at the sign-in. */
  session?: SessionKeeper;
}

/** The weather in a city. */
export interface Weather {
  /** The city as the provider knows it. */
  city: string;
  /** Its country, as a code of two letters. */
  country: string | null;
  /** In degrees Celsius. */
  temperature: number;
  /** In degrees Celsius. */
  feels_like: number | null;
  /** In per cent. */
  humidity: number | null;
  /** At sea level, in hectopascal. */
  pressure: number | null;
  /** In metres a second. */
  wind_speed: number | null;
  /** In a few English words. */
  description: string;
  /** When it was measured. */
  observed_at: string;
  /** Who says so. */
  provider: string;
  /** When we asked. */
  fetched_at: string;
  /** True when it is older than a minute, because no provider answers; at most an hour. */
  stale: boolean;
}

/** Why there is a delivery. */
export type WebhookCause = "event" | "replay" | "test";

/** What a comment says. */
export interface WriteComment {
  /** 1 to 4000 characters; trimmed. */
  content: string;
}
