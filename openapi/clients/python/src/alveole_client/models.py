"""The shapes of the API. Generated from openapi/openapi.json by `make clients`; do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from .parts import FilePart as FilePart

JsonObject: TypeAlias = dict[str, Any]


class Acceptance(TypedDict):
    """That a delivery was taken."""
    received: bool
    """Always true: it is stored."""
    duplicate: bool
    """True when it was stored before."""


class AdministerUser(TypedDict):
    """What an administrator changes."""
    role: NotRequired[UserRole]
    """A new role."""
    status: NotRequired[UserStatus]
    """A new status."""


class Alert(TypedDict):
    """What a series of one replica did against a rule."""
    id: int
    rule_id: int
    """The rule, which may have been deleted since."""
    rule: str
    """What people know the rule by."""
    severity: Severity
    """How bad it is."""
    condition: Condition
    """When the rule is broken."""
    threshold: float
    """The value beyond which it is broken."""
    replica: str | None
    """Whose series it is; null for what all replicas see alike."""
    series: str
    """The series."""
    state: AlertState
    """How far it has come."""
    value: float
    """The value at its last change."""
    cause: MonitoringCause
    """What was busiest when it fired."""
    since: str
    """Since when the rule is broken."""
    fired_at: str | None
    """Since when it fires, or fired."""
    resolved_at: str | None
    """When it was resolved."""
    resolution: NotRequired[Resolution | None]
    flapping: bool
    """True while it changes too often to be worth a notice each time."""
    acked_by: int | None
    """Who has acknowledged it."""
    acked_at: str | None
    """When."""
    silenced_until: str | None
    """Until when it is silenced."""
    version: int
    """Counts the changes, from 1."""

AlertState: TypeAlias = Literal["pending", "firing", "resolved"]
"""How far an alert has come."""


class AllRead(TypedDict):
    """How many were marked as read."""
    read: int
    """Those that were unread before."""


class AssignRoles(TypedDict):
    """The roles that an account is to have."""
    roles: list[str]
    """All that it has from now on besides its base role."""


class AssignTask(TypedDict):
    """Who is to do a task."""
    user_id: int | None
    """An active user, or null for nobody."""


class AttachFile(TypedDict):
    """A file of something that is owned, as a form."""
    type: NotRequired[FileType | None]
    file: FilePart
    """The content, with its name."""


class AttachTaskFile(TypedDict):
    """A file of a task, as a form."""
    file: FilePart
    """The content, with its name."""


class Attempt(TypedDict):
    """An attempt."""
    number: int
    """Counts from 1."""
    at: str
    """When it began."""
    duration_ms: int
    """How long it took, in milliseconds."""
    status: int | None
    """The status of the answer."""
    fault: NotRequired[SendFault | None]
    answer: str
    """The first 4 KiB of the answer."""


class AuditCheck(TypedDict):
    """What a check of the audit trail found."""
    whole: bool
    """Whether every entry follows from the one before it, and both ends are where they were."""
    entries: int | None
    """How many entries there are; null when the trail is not whole."""
    newest: str | None
    """The newest of them, as `ID:HASH`: who notes it down can ask for it later by `expect`. Null without any."""
    flaw: str | None
    """The first flaw, with the entry that has it."""


class AuditEntry(TypedDict):
    """An entry of the audit trail."""
    id: int
    """Its place."""
    at: str
    actor_id: int | None
    """Who, if anybody was signed in."""
    action: str
    """What."""
    target_type: str | None
    """On what: `user`, `task`, `file`, `product`, `queue` …"""
    target_id: int | None
    """On which of them."""
    target_name: str | None
    """On which of them, where things have names."""
    outcome: AuditOutcome
    """How it ended."""
    ip: str | None
    """Where from."""
    request_id: str | None
    """As in the answer and the log."""
    detail: str | None
    """A few more words."""
    previous_hash: str
    """The hash of the entry before it; zeros before the first."""
    hash: str
    """SHA-256 over all of the above; how, is in the documentation of the users room."""

AuditOutcome: TypeAlias = Literal["success", "failure", "denied"]
"""How an act ended."""


class AuthProvider(TypedDict):
    """A provider."""
    name: str
    authorize_url: str
    """Where to send the browser."""


class Block(TypedDict):
    """Someone whom you have blocked."""
    user_id: int
    """The account."""
    username: str | None
    """What they are called; null once the account is gone."""
    created_at: str
    """When."""

CallbackAnswer: TypeAlias = "LoginAnswerResponse | UserResponse"
"""What comes of a return without a front-end."""


class Category(TypedDict):
    """A category."""
    id: int
    name: str
    """What it is called."""
    slug: str
    """What it is called in addresses."""
    parent_id: int | None
    """The category it is below."""
    created_at: str
    updated_at: str
    version: int
    """Counts the changes; the `ETag` without its quotes."""


class ChangeEmail(TypedDict):
    """Another mail address."""
    new_email: str
    """The address to be."""
    current_password: str
    """The present password."""


class ChangePassword(TypedDict):
    """A change of password."""
    current_password: str
    """The present one."""
    new_password: str
    """8 to 128 characters."""


class ChangePhone(TypedDict):
    """A phone number."""
    phone: str
    """The number to be, in E.164: `+`, then 7 to 15 digits, of which the first is not 0."""
    current_password: NotRequired[str]
    """The present password. An account without one needs a fresh sign-in instead."""


class Comment(TypedDict):
    """A comment."""
    id: int
    task_id: int
    """The task it is on."""
    user_id: int
    """Who wrote it."""
    content: str
    """What it says."""
    created_at: str
    """When it was written."""
    updated_at: str
    version: int
    """Counts the changes; the `ETag` without its quotes."""

Condition: TypeAlias = Literal["above", "below", "anomaly"]
"""When a rule is broken."""


class ConfirmPassword(TypedDict):
    """A password, asked for again."""
    password: str
    """The present one."""


class ConfirmPhone(TypedDict):
    """The code of a text message."""
    code: str
    """Its six digits."""


class ConfirmSecondFactor(TypedDict):
    """The password once more, and a code."""
    current_password: NotRequired[str]
    """The present password; an account without one leaves it out."""
    code: str
    """Six digits from the device, or a recovery code."""


class CreateCategory(TypedDict):
    """A new category."""
    name: str
    """What it is called; trimmed."""
    slug: NotRequired[str | None]
    """What it is called in addresses; made from the name when not said."""
    parent_id: NotRequired[int | None]
    """The category it is below; at most 8 lie below one another."""


CreateEndpoint = TypedDict("CreateEndpoint", {
    "url": "str",
    "events": "list[str]",
    "description": NotRequired["str | None"],
    "ordered": NotRequired["bool | None"],
    "rate": NotRequired["int | None"],
    "from": NotRequired["str | None"],
})
"""A new endpoint."""


class CreateOwnedProduct(TypedDict):
    """Something new that the caller owns."""
    product_id: int
    """A product of the catalogue."""
    version: NotRequired[str | None]
    """Which edition of the product; trimmed."""
    serial_number: NotRequired[str | None]
    """The maker's number of this one; trimmed. The same product with the same number, or without one, is entered
    once.
    """
    purchase_date: NotRequired[str | None]
    """When it was bought."""
    purchase_price: NotRequired[int | None]
    """What it cost, in the currency's minor unit."""
    currency: NotRequired[str | None]
    """The currency it was paid in (ISO 4217); the product's when not said."""
    warranty_expires: NotRequired[str | None]
    """The last day of its warranty; reckoned from the day it was bought and the product's warranty when not
    said. Not before the purchase.
    """
    notes: NotRequired[str | None]
    """In more words."""
    status: NotRequired[OwnedProductStatus | None]


class CreatePersonalAccessToken(TypedDict):
    """A token to be made."""
    name: str
    """What to call it."""
    scopes: list[str]
    """Permissions; `GET /authz/explain` lists them. None that the caller does not have."""
    expires_at: NotRequired[str | None]
    """When it ends: at most `auth.token_max_ttl_seconds` from now, which is also when not said."""


class CreateProduct(TypedDict):
    """A new product."""
    name: str
    """What it is called; trimmed."""
    category_id: NotRequired[int | None]
    """Its category."""
    brand: NotRequired[str | None]
    """Who makes it; trimmed."""
    model: NotRequired[str | None]
    """What its maker calls it; trimmed."""
    description: NotRequired[str | None]
    """In more words."""
    price: NotRequired[int | None]
    """What it costs, in the currency's minor unit (cents); only a draft may lack a price."""
    currency: NotRequired[str | None]
    """The currency (ISO 4217); the server's default when not said."""
    stock: NotRequired[int | None]
    """How many there are at first; its ledger opens with them."""
    warranty_months: NotRequired[int | None]
    """How long its warranty lasts; 0 when not said."""
    warranty_conditions: NotRequired[str | None]
    """What the warranty holds for."""
    manufacturer_website: NotRequired[str | None]
    """Where its maker is found: an http or https address."""
    specifications: NotRequired[JsonObject | None]
    """What it can do and is made of: at most 16 KiB, 5 levels and 500 members and items."""
    status: NotRequired[ProductStatus | None]


class CreateRole(TypedDict):
    """A role to be made."""
    name: str
    """A letter a-z, then letters, digits, `_` and `-`."""
    description: NotRequired[str | None]
    """What it is for."""
    permissions: list[str]
    """What it allows; none that the caller does not have."""


class CreateRoom(TypedDict):
    """A new room."""
    name: str
    """1 to 100 characters with a letter among them; unique without regard to case."""
    description: NotRequired[str | None]
    """What it is for."""
    is_private: NotRequired[bool | None]
    """True: only those who are invited find it."""
    slow_mode_seconds: NotRequired[int | None]
    """The time between two messages of one member without a role."""
    retention_days: NotRequired[int | None]
    """How long it keeps messages; as long as it exists without it."""


class CreateRule(TypedDict):
    """A new rule."""
    name: str
    """What people know it by; trimmed."""
    series: str
    """A name, all of a kind (`cpu.*`), or all (`*`). Each series and replica has alerts of its own."""
    condition: NotRequired[Condition | None]
    threshold: NotRequired[float | None]
    """The value beyond which it is broken. An anomaly needs none."""
    clear: NotRequired[float | None]
    """The value that it must come back to; the threshold when absent."""
    for_seconds: NotRequired[int | None]
    """For how long it must be broken before it fires; 0 when absent."""
    clear_for_seconds: NotRequired[int | None]
    """For how long it must be whole before it is resolved; 0 when absent."""
    repeat_seconds: NotRequired[int | None]
    """How often people are reminded; never when absent."""
    severity: NotRequired[Severity | None]
    enabled: NotRequired[bool | None]
    """True when absent."""


class CreateServiceAccount(TypedDict):
    """A service account to be made."""
    username: str
    """3 to 50 letters A-Z, digits or `_ . -`; no dots at its ends, nor two in a row."""
    role: NotRequired[UserRole | None]


class CreateShareLink(TypedDict):
    """How long a link is good."""
    expires_in: int
    """Seconds, at most 30 days."""


class CreateTask(TypedDict):
    """A new task."""
    title: str
    """What is to be done; trimmed."""
    description: NotRequired[str | None]
    """In more words."""
    status: NotRequired[TaskStatus | None]
    priority: NotRequired[TaskPriority | None]
    due_date: NotRequired[str | None]
    """When it should be done."""
    assignee_id: NotRequired[int | None]
    """Who is to do it: an active user."""
    tags: NotRequired[list[str] | None]
    """Labels, 1 to 50 characters each."""


class CreateVariantLink(TypedDict):
    """How a picture is wanted. It is never enlarged."""
    width: int
    """Pixels across, at most."""
    height: int
    """Pixels down, at most."""
    fit: VariantFit
    """How it is fitted into that box."""
    format: NotRequired[VariantFormat | None]


class CursorInfo(TypedDict):
    """Where the next page begins."""
    limit: int
    """Rows a page."""
    next_cursor: str | None
    """The `cursor` of the next page; null on the last one."""


class Dashboard(TypedDict):
    """The counts, each at most ten seconds old."""
    at: str
    """When they were read."""
    active_sessions: int
    """Sessions that have not ended."""
    active_users_day: int
    """Accounts used within a day."""
    active_users_hour: int
    """People who called this server within the last hour. Each server counts for itself."""
    active_users_minute: int
    """People who called this server within the last minute. Each server counts for itself."""
    files_count: int
    """Files."""
    jobs_dead: int
    """Jobs that were given up."""
    jobs_queued: int
    """Jobs that are due or will be."""
    jobs_retrying: int
    """Jobs that failed and will run again."""
    jobs_running: int
    """Jobs that run."""
    jobs_waiting: int
    """Jobs that wait for others."""
    messages_count: int
    """Messages that were sent in the rooms that there are."""
    new_users_today: int
    """Accounts made since the day began, in UTC."""
    products_count: int
    """Products of the catalog."""
    storage_used_bytes: int
    """Bytes of all files, with those that unfinished uploads will have."""
    tasks_count: int
    """Tasks that are not deleted."""
    tracks_count: int
    """Audio tracks; 0 until there is audio."""
    users_count: int
    """Accounts."""

Decimal: TypeAlias = "str | float"
"""A decimal number: `12.5` or, exact at any length, `"12.50"`."""


class Delivery(TypedDict):
    """A delivery."""
    id: int
    endpoint_id: int
    """The endpoint."""
    webhook_id: str
    """The header `webhook-id` of each attempt."""
    type: str
    """The type of the event."""
    event_id: int | None
    """The event; none for a test."""
    cause: WebhookCause
    """Why there is a delivery."""
    state: DeliveryState
    """How far it has come."""
    tries: int
    """Attempts so far."""
    next_attempt_at: str | None
    """The next attempt, while it is pending."""
    created_at: str
    """The time of its creation."""
    finished_at: str | None
    """When it ended."""

DeliveryState: TypeAlias = Literal["pending", "succeeded", "failed", "cancelled"]
"""How far a delivery has come."""


class DependencyState(TypedDict):
    """One dependency."""
    name: str
    kind: str
    """Which kind it is."""
    state: str
    """`up` or `down`."""

DisabledBecause: TypeAlias = Literal["manual", "failing", "gone"]
"""Why an endpoint is disabled."""


class Done(TypedDict):
    """Done"""
    success: Literal[True]
    message: str
    """What was done."""


class EditMessage(TypedDict):
    """A change of a message."""
    content: str
    """What it says from now on."""


class EffectivePreference(TypedDict):
    """How a channel brings notifications of a kind."""
    kind: str
    """What happened."""
    category: str
    """The category of the kind."""
    channel: str
    """The way out of the inbox."""
    mode: str
    """`on`, `off` or `digest`: several together, some time after the first of them."""
    why: str
    """What decided: your preference about the `kind`, the `category` or the `channel`, or, without one, the
    `default` of the kind; by `sms` and `webhook` that is `off`. Nothing changes what is `required`.
    """


class EmailVerification(TypedDict):
    """What became of the account."""
    password_required: bool
    """Whether the account has lost its password, so that a new one must be set."""
    reset_token: NotRequired[str]
    """For `POST /auth/password/reset`; only when a password is required. It works once."""
    expires_in: NotRequired[int]
    """How long `reset_token` works, in seconds."""


EnableEndpoint = TypedDict("EnableEndpoint", {
    "from": NotRequired["str | None"],
})
"""From where an endpoint goes on."""


class EnableSecondFactor(TypedDict):
    """A code."""
    code: str
    """Six digits from the device."""


class Endpoint(TypedDict):
    """An endpoint."""
    id: int
    user_id: int
    """Its owner. It hears what this person may see."""
    url: str
    """Where messages go."""
    events: list[str]
    """The types of events that it hears."""
    description: str
    """For its owner."""
    ordered: bool
    """Whether an event is sent only after the one before succeeded or was given up."""
    rate: int | None
    """Requests a second, at most."""
    state: EndpointState
    """Whether it is served."""
    reason: NotRequired[DisabledBecause | None]
    behind: int
    """How many places of the feed are in front of it; 0 when it keeps up."""
    missed: list[Gap]
    """What was removed from the feed before the endpoint came to it; the latest last."""
    failures: int
    """Failed requests in a row."""
    failing_since: str | None
    """Since when every request fails."""
    waits_until: str | None
    """Nothing is sent before this."""
    last_success_at: str | None
    """The last success."""
    last_failure_at: str | None
    """The last failure."""
    old_secret_until: str | None
    """Until when messages are signed with the secret before, too."""
    created_at: str
    """The time of its creation."""
    updated_at: str
    """The time of its last change."""
    version: int
    """Counts the changes; the `ETag` begins with it."""

EndpointState: TypeAlias = Literal["enabled", "disabled"]
"""Whether an endpoint is served."""


class EnqueueJob(TypedDict):
    """A job of a kind that can be enqueued by hand."""
    kind: str
    """One of `GET /admin/jobs/kinds`."""
    args: NotRequired[JsonObject | None]
    """What the schema of the kind says; an empty object when absent."""
    run_at: NotRequired[str | None]
    """Not before this; now when absent."""
    priority: NotRequired[Priority | None]
    unique_key: NotRequired[str | None]
    """At most one job of the kind that has not ended has this key."""


class Event(TypedDict):
    """An event that another program sent."""
    id: int
    source: str
    """Who sent it."""
    scheme: Scheme
    """How it was signed."""
    external_id: str
    """What the sender calls it."""
    type: str
    """What kind of event it is; `unknown` where the sender says nothing."""
    object: str | None
    """What it is about. Events of one object are processed one at a time."""
    occurred_at: str | None
    """When it happened, by the sender's clock."""
    received_at: str
    """When it came."""
    state: InboundState
    """How far it has come."""
    job_id: int | None
    """The job that processes it; `GET /admin/jobs/{id}` shows its runs and what failed."""
    settled_at: str | None
    """When it reached its state; null while it is received."""


class EventType(TypedDict):
    """A type of event."""
    name: str
    """What endpoints name."""
    description: str
    """When it happens."""
    schema: JsonObject
    """The JSON Schema (draft 2020-12) of `data` in the body of a message. It allows further members: new ones
    may come without a new version of the type.
    """
    example: JsonObject
    """An example of `data`."""


class EventWithContent(TypedDict):
    """An event, and what it said."""
    event: Event
    """The event."""
    headers: list[Header]
    """The headers that are kept."""
    body: str | None
    """The body as text; null where it is not UTF-8."""
    body_base64: str | None
    """The body byte for byte, in base64; null where `body` has it."""


class ExplainedPermission(TypedDict):
    """One permission."""
    permission: str
    """Its name, as in a 403."""
    allows: str
    """What it allows."""
    granted: bool
    """Whether the caller has it, by way of this call."""
    held_by: list[str]
    """The caller's roles that give it; the scopes of a token may still withhold it."""
    roles: list[str]
    """The built-in roles that have it."""


class FeedEvent(TypedDict):
    """An event."""
    id: int
    """Its place in the feed; with `cursor` of the same answer, places of one feed."""
    type: str
    """What happened; the number at the end is the version of `data`'s shape."""
    occurred_at: str
    """When."""
    actor_id: int | None
    """The account that did it; null for background work."""
    data: JsonObject
    """What it happened to, as it was then."""


class FeedEvents(TypedDict):
    """A stretch of the feed."""
    events: list[FeedEvent]
    """What the caller may see of it, oldest first; at most 200."""
    cursor: str
    """Go on with `after` this."""
    more: bool
    """True when there may be more behind the cursor already."""


class FeedHead(TypedDict):
    """Where the feed begins and ends."""
    oldest: str
    """Every event that is kept follows behind it."""
    head: str
    """Only new events follow behind it."""


class FieldError(TypedDict):
    """What is wrong with one field."""
    field: str
    """JSON Pointer into the body, or the name of a parameter"""
    code: ProblemCode
    message: str

FileType: TypeAlias = Literal["manual", "warranty", "invoice", "image", "document", "audio", "avatar", "attachment", "export"]
"""What a file is for."""

FileVisibility: TypeAlias = Literal["private", "public"]
"""Who may read a file."""


class FileWarning(TypedDict):
    """Something that an uploader should know of a file that was kept."""
    code: str
    """Which."""
    message: str
    """In words."""


Gap = TypedDict("Gap", {
    "from": "int",
    "to": "int",
    "at": "str",
})
"""A stretch of the feed that was removed before the endpoint came to it."""


class GeneratePdf(TypedDict):
    """A document to typeset."""
    template: PdfTemplate
    """Which kind of document."""
    data: PdfData
    """What it says, as its template asks. Unknown fields are refused."""
    filename: NotRequired[str | None]
    """What the file is called; made of the template and the title when not said."""
    lang: NotRequired[PdfLanguage | None]
    strict: NotRequired[bool | None]
    """True to have the document refused (422) when no font has one of its characters. When not said, such a
    character is shown as a box with its number, and `warnings` names it.
    """


class Header(TypedDict):
    """A header of a delivery."""
    name: str
    """Lowercase."""
    value: str
    """As it came."""


class Health(TypedDict):
    """Alive."""
    status: str
    """Always `ok`."""
    version: str
    """The version of the program."""


class ImportError(TypedDict):
    """A fault of a row, as the report shows it."""
    row: int
    """The line on which the row begins, as an editor counts them: the head is line 1."""
    column: str
    """The column; empty for the whole row."""
    code: str
    """What is wrong."""
    message: str
    """In words."""


class ImportReport(TypedDict):
    """What came of an import."""
    imported: int
    """Products that were made."""
    updated: int
    """Products that were changed, or were already as the file says."""
    failed: int
    """Rows with faults."""
    errors: list[ImportError]
    """What is wrong with them, by row, at most 1000."""

InboundState: TypeAlias = Literal["received", "processed", "ignored", "superseded", "failed"]
"""How far an event has come."""


class IntegrationProvider(TypedDict):
    """How a provider is, as this replica sees it."""
    what: str
    """What it is asked for: `weather`, `crypto` or `translate`."""
    provider: str
    """Its name."""
    missing: str | None
    """The setting that it lacks."""
    state: IntegrationState
    """Whether it is asked."""
    until: str | None
    """Until when it is left alone."""
    answered: int
    """Calls that were answered since the start."""
    failed: int
    """Calls that failed since the start."""
    last_error: str | None
    """What failed last."""

IntegrationState: TypeAlias = Literal["closed", "half_open", "open", "limited", "parked"]
"""Whether a provider is asked."""


class Invitation(TypedDict):
    """An invitation."""
    id: int
    room_id: int
    """Into this room."""
    room: str
    """What the room is called."""
    user_id: int
    """Who is invited."""
    username: str | None
    """What they are called; null once the account is gone."""
    invited_by: int
    """By whom."""
    created_at: str
    """When."""


class Invite(TypedDict):
    """Someone."""
    user_id: int
    """The account."""


class Job(TypedDict):
    """A job."""
    id: int
    kind: str
    """What it does."""
    queue: str
    """Its queue."""
    priority: Priority
    """Which jobs of the queue come first."""
    state: JobState
    """How far it has come."""
    args: JsonObject
    """What it was given."""
    due_at: str
    """When it may be claimed next; the end of its lease while it runs."""
    enqueued_at: str
    """When it was enqueued, or retried by hand."""
    attempt: int
    """Attempts so far."""
    max_attempts: int
    """Attempts before it is dead."""
    run: int
    """Runs so far, with those that did not count as attempts."""
    worker: str | None
    """The worker that claimed it last."""
    started_at: str | None
    """When it was claimed last."""
    finished_at: str | None
    """When it ended."""
    lane: str | None
    """Jobs of one lane run one at a time, in order."""
    unique_key: str | None
    """At most one job of the kind has this key."""
    batch_id: int | None
    """The follow-up of its batch."""
    pending: int
    """Jobs of its own batch that have not ended."""
    cancel_at: str | None
    """When it was cancelled while it ran."""
    error: str | None
    """What failed last."""
    schedule: str | None
    """The schedule that it is for."""
    tick_at: str | None
    """The tick of the schedule; null when an administrator ran it."""

JobState: TypeAlias = Literal["queued", "retrying", "running", "succeeded", "dead", "cancelled", "waiting"]
"""How far a job has come."""


class JobWithRuns(TypedDict):
    """A job and its last runs."""
    job: Job
    """The job."""
    runs: list[Run]
    """Its last 50 runs, the newest first."""


class Kind(TypedDict):
    """A kind that can be enqueued by hand."""
    kind: str
    """Its name."""
    about: str
    """What it does."""
    queue: str
    """The queue of its jobs."""
    priority: Priority
    """The priority of its jobs."""
    limit: int | None
    """How many run at a time."""
    args_schema: JsonObject
    """The JSON Schema of `args`."""


class LinkProvider(TypedDict):
    """To link a provider."""
    current_password: NotRequired[str]
    """The account's password. An account without one needs a sign-in of the last ten minutes."""
    redirect_uri: NotRequired[str]
    """Where the browser goes in the end, with `linked` or with an `error`: one of `auth.frontend_urls`."""
    state: NotRequired[str]
    """Comes back as it is."""


class LinkedIdentity(TypedDict):
    """An identity at a provider."""
    provider: str
    """Which provider."""
    linked_at: str
    """Since when."""

LogChange: TypeAlias = Literal["message", "edited", "deleted", "reaction_added", "reaction_removed", "joined", "left", "member_changed", "room_changed"]
"""What happened."""


class LogEntry(TypedDict):
    """An entry of the log of a room."""
    seq: int
    """Its place: one more than that of the entry before."""
    type: LogChange
    """What happened."""
    at: str
    actor_id: int | None
    """Who did it; null for background work."""
    user_id: int | None
    """The person it happened to."""
    message_id: int | None
    """The message it happened to."""
    number: int | None
    """The number of that message."""
    detail: str | None
    """The emoji of a reaction, or the role of a member."""
    message: NotRequired[Message | None]


class Login(TypedDict):
    """A sign-in; by `email` or by `username`."""
    email: NotRequired[str]
    """The mail address."""
    username: NotRequired[str]
    """The username."""
    password: str
    """The password."""
    session: NotRequired[SessionKeeper]
    """For pages of a browser: a cookie keeps the refresh token instead of the answer."""

LoginAnswer: TypeAlias = "Tokens | SecondFactorRequired"
"""What a sign-in gives: a pair of tokens, or the question for the second factor."""


class LoginAnswerResponse(TypedDict):
    """LoginAnswerResponse"""
    success: Literal[True]
    data: LoginAnswer


class MarkRead(TypedDict):
    """How far you have read."""
    number: int
    """The number of the last message that you have read. A marker never goes back."""


class Member(TypedDict):
    """A member of a room."""
    room_id: int
    """The room."""
    user_id: int
    """The account."""
    username: str | None
    """What they are called; null once the account is gone."""
    state: MemberState
    """Whether they belong to the room."""
    role: MemberRole
    """What they may do in it."""
    muted_until: str | None
    """They may not write before this."""
    notify: NotRequired[Notify]
    """What you are notified of; absent of others."""
    joined_at: str
    """When they joined the last time."""
    updated_at: str
    """When they were changed."""
    version: int
    """Counts the changes; the `ETag` begins with it."""

MemberRole: TypeAlias = Literal["member", "moderator", "owner"]
"""What a member may do in a room; each may do what those before may."""

MemberState: TypeAlias = Literal["joined", "left", "banned"]
"""Whether someone belongs to a room."""


class Membership(TypedDict):
    """What a room knows of the caller, who is in it."""
    role: MemberRole
    """What you may do in it."""
    notify: Notify
    """What you are notified of."""
    read_number: int
    """The number of the last message that you have read."""
    muted_until: str | None
    """You may not write before this."""
    joined_at: str
    """When you joined the last time."""


class Message(TypedDict):
    """A message."""
    id: int
    """Its number among all messages."""
    room_id: int
    """The room."""
    room: str | None
    """What the room is called; null in the room of two people."""
    number: int
    """Counts the messages of the room, from 1."""
    seq: int
    """The place in the log of the room at which it was sent."""
    from_user: int
    """The author."""
    username: str | None
    """What the author is called; null once the account is gone."""
    to_user: int | None
    """The other one of two people."""
    content: str | None
    """What it says; null once it is deleted."""
    reply_to: int | None
    """The number of the message that it answers."""
    attachments: list[int]
    """The numbers of its files."""
    reactions: NotRequired[list[Reaction]]
    """The reactions to it; absent in logs, where each is an entry."""
    timestamp: str
    """When it was written."""
    edited_at: str | None
    """When it was changed."""
    deleted: bool
    """Whether it was deleted."""
    version: int
    """Counts the changes; the `ETag` begins with it."""


class Metrics(TypedDict):
    """What series did in a stretch of time."""
    step: int
    """From one point to the next, in seconds."""
    series: list[SeriesChart]
    """The series, in the order of `GET /monitoring/series`, each replica by itself."""
    missing: list[str]
    """Replicas that are not in it, or no longer: their part is missing in the sums, too."""

MissedTicks: TypeAlias = Literal["skip", "last", "all"]
"""What becomes of ticks that came while no process ran."""


class MonitoringBusy(TypedDict):
    """Something that was busy."""
    name: str
    """What it is called."""
    percent: float
    """How busy it was, in percent."""


class MonitoringCause(TypedDict):
    """What was busiest: at most three of each."""
    routes: list[MonitoringBusy]
    """Routes, by the part of the time that requests took."""
    jobs: list[MonitoringBusy]
    """Kinds of jobs, by their part of the runs."""
    processes: list[MonitoringBusy]
    """Processes of the machine, by their part of a core."""


class MoveStock(TypedDict):
    """Stock comes or goes."""
    delta: int
    """By how much, less than 0 for what goes; not 0."""
    reason: str
    """Why; trimmed."""


class NewShareLink(TypedDict):
    """A link that opens a file."""
    id: int
    url: str
    """The link. It is shown this once."""
    expires_at: str
    """When it ends."""


class Notification(TypedDict):
    """A notification."""
    id: int
    kind: str
    """What happened."""
    category: str
    """The category of the kind."""
    text: str
    """What happened, in a sentence in your language (`locale`), with the name that the actor has now."""
    subject: NotRequired[Subject | None]
    actor_id: int | None
    """Who did it."""
    params: dict[str, str]
    """What the text is made of."""
    created_at: str
    """When it came."""
    read: bool
    """Whether you read it."""
    read_at: str | None
    """When you read it."""

Notify: TypeAlias = Literal["mentions", "none"]
"""What a member is notified of."""


class OAuthTokenRequest(TypedDict):
    """What is redeemed (RFC 6749 §4.1.3 and §6)."""
    grant_type: str
    """`authorization_code` or `refresh_token`."""
    code: NotRequired[str]
    """The code that came to `redirect_uri`."""
    redirect_uri: NotRequired[str]
    """As it was when the code was asked for."""
    client_id: NotRequired[str]
    """As it was when the code was asked for."""
    code_verifier: NotRequired[str]
    """What `code_challenge` was made of."""
    refresh_token: NotRequired[str]
    """With `grant_type=refresh_token`."""
    session: NotRequired[SessionKeeper]
    """With `grant_type=authorization_code`, for pages of a browser: a cookie keeps the refresh token."""


class OAuthTokens(TypedDict):
    """A pair of tokens (RFC 6749 §5.1)."""
    access_token: str
    """For `Authorization: Bearer …`."""
    token_type: str
    """Always `Bearer`."""
    expires_in: int
    """Life of the access token in seconds."""
    refresh_token: NotRequired[str]
    """For the next pair; works once. Absent when a cookie of the browser keeps it."""

Outcome: TypeAlias = Literal["running", "succeeded", "failed", "postponed", "cancelled", "lost", "handed_back"]
"""How a run ended."""

Overlap: TypeAlias = Literal["skip", "queue", "allow"]
"""What a tick does while the job of an earlier one has not ended."""


class OwnedProduct(TypedDict):
    """Something that the caller owns."""
    id: int
    user_id: int
    """Whose it is."""
    product_id: int
    """What it is."""
    product_name: str
    """What that is called."""
    category_name: str | None
    """What the product's category is called."""
    brand: str
    """Who makes it."""
    model: str
    """What its maker calls it."""
    version: str
    """Which edition of the product."""
    serial_number: str
    """The maker's number of this one."""
    purchase_date: str | None
    """When it was bought."""
    purchase_price: int | None
    """What it cost, in the currency's minor unit."""
    currency: str
    """The currency it was paid in (ISO 4217)."""
    warranty_expires: str | None
    """The last day of its warranty."""
    is_under_warranty: bool
    """Whether its warranty holds today (UTC)."""
    files_count: int
    """How many files are attached to it."""
    docs_count: int
    """How many of them are to be read: manuals, warranties, invoices and documents."""
    notes: str
    """In more words."""
    status: OwnedProductStatus
    """What became of it."""
    created_at: str
    """When it was entered."""
    updated_at: str

OwnedProductStatus: TypeAlias = Literal["active", "sold", "broken", "archived"]
"""What became of something."""


class PageInfo(TypedDict):
    """Where a page is among all."""
    page: int
    """The page, from 1."""
    limit: int
    """Rows a page."""
    total: int
    """All rows that match, at most 10 000."""
    total_exact: NotRequired[bool]
    """False when there are more rows than `total`."""
    pages: int
    """All pages."""

Pagination: TypeAlias = "PageInfo | CursorInfo"
"""Where a page is: by number, or by cursor."""


class Payment(TypedDict):
    """A payment that a provider reported."""
    id: int
    provider: str
    """The source that reported it."""
    external_id: str
    """What the provider calls it."""
    state: PaymentState
    """What became of it."""
    amount: int
    """In the minor unit of the currency."""
    amount_refunded: int
    """How much of it was paid back, in the same unit."""
    currency: str
    """ISO 4217."""
    reference: str | None
    """What it is for: `order_id`, `deal_id` or `reference` of the metadata."""
    user_id: int | None
    """Who paid: `user_id` of the metadata."""
    metadata: dict[str, str]
    """What the seller noted at the provider."""
    occurred_at: str
    """When it came to its state, by the provider's clock."""
    created_at: str
    """When it was reported first."""
    updated_at: str
    """When it was changed last."""
    version: int
    """Counts the changes; the `ETag` without its quotes."""

PaymentState: TypeAlias = Literal["failed", "succeeded", "partially_refunded", "refunded"]
"""What became of a payment."""

PdfAlignment: TypeAlias = Literal["left", "center", "right"]
"""To which side cells are set."""

PdfCell: TypeAlias = "str | float | bool"
"""A cell: a text of at most 2000 characters, a number, true or false, or null for an empty one."""


class PdfColumn(TypedDict):
    """A column."""
    label: str
    """What stands above it."""
    align: NotRequired[PdfAlignment | None]


class PdfContact(TypedDict):
    """A way to reach somebody."""
    label: str
    """Which."""
    value: str
    """The address or the number."""

PdfData: TypeAlias = "PdfInvoice | PdfProfile | PdfReport | PdfTable"
"""What a document says, by its template. At most 1 000 000 characters in all."""


class PdfGrid(TypedDict):
    """Columns and rows."""
    columns: list[PdfColumn]
    """The columns."""
    rows: list[list[PdfCell]]
    """The rows, each with a cell for every column."""


class PdfInvoice(TypedDict):
    """An invoice. Each item is quantity times price, rounded to the currency's minor unit, half a unit away from
    zero; tax is computed and rounded once for each rate, on the sum of its items.
    """
    number: str
    """Its number."""
    date: str
    """When it was written."""
    due_date: NotRequired[str | None]
    """When it is to be paid; not before its date."""
    currency: str
    """ISO 4217; says how many decimals the sums have."""
    seller: PdfParty
    """Who sells."""
    buyer: PdfParty
    """Who buys."""
    items: list[PdfInvoiceItem]
    """What is sold."""
    notes: NotRequired[str | None]
    """What is to be said besides."""


class PdfInvoiceItem(TypedDict):
    """What is sold."""
    description: str
    """In words."""
    quantity: Decimal
    """How many: a decimal, at most 3 decimals, more than 0. A number, or a string for more than 15 digits."""
    unit_price: Decimal
    """The price of one without tax: a decimal, at most 4 decimals; below 0 for what is taken off."""
    tax_rate: NotRequired[Decimal | None]

PdfLanguage: TypeAlias = Literal["en", "fr", "de", "zh-Hans"]
"""What labels are written in."""


class PdfParty(TypedDict):
    """Who sells or buys."""
    name: str
    """Their name."""
    address: NotRequired[list[str] | None]
    """Their address, line by line."""
    tax_id: NotRequired[str | None]
    """Their number at the tax office."""


class PdfProfile(TypedDict):
    """A person or a company."""
    name: str
    """Whose it is."""
    title: NotRequired[str | None]
    """What they are."""
    contact: NotRequired[list[PdfContact] | None]
    """How to reach them."""
    sections: NotRequired[list[PdfProfileSection] | None]
    """The rest."""


class PdfProfileSection(TypedDict):
    """A section of a profile."""
    heading: str
    """What it is about."""
    paragraphs: NotRequired[list[str] | None]
    """In prose, 1 to 10 000 characters each; line breaks are kept."""
    items: NotRequired[list[str] | None]
    """Point by point, after the prose."""


class PdfReport(TypedDict):
    """Titled sections of prose and tables."""
    title: str
    """What it is called."""
    author: NotRequired[str | None]
    """Who wrote it."""
    date: NotRequired[str | None]
    """When."""
    sections: list[PdfReportSection]
    """What it says. All tables together have at most 10 000 rows."""


class PdfReportSection(TypedDict):
    """A section of a report."""
    heading: str
    """What it is about."""
    paragraphs: NotRequired[list[str] | None]
    """In prose, 1 to 10 000 characters each; line breaks are kept."""
    table: NotRequired[PdfGrid | None]


class PdfTable(TypedDict):
    """A table."""
    title: str
    """What it is called."""
    columns: list[PdfColumn]
    """The columns."""
    rows: list[list[PdfCell]]
    """The rows, each with a cell for every column."""

PdfTemplate: TypeAlias = Literal["invoice", "profile", "report", "table"]
"""A kind of document."""


class PendingEmailChange(TypedDict):
    """A change of the mail address that waits to be confirmed."""
    new_email: str
    """The address to be."""
    asked_at: str
    """When it was asked for."""
    expires_at: str
    """When it is void."""


class PendingPhoneChange(TypedDict):
    """A phone number that waits for its code."""
    new_phone: str
    """The number to be."""
    asked_at: str
    """When it was asked for."""
    expires_at: str
    """When it is void."""


class PermissionReport(TypedDict):
    """What the caller may do, and why."""
    user_id: int
    """The caller."""
    role: str
    """The caller's role at this moment."""
    custom_roles: list[str]
    """Roles besides, that somebody made."""
    scopes: list[str] | None
    """What the personal access token of this call names; null when it came with a sign-in."""
    permissions: list[ExplainedPermission]
    """Each permission."""


class PersonalAccessToken(TypedDict):
    """A personal access token, without its secret."""
    id: int
    name: str
    """What its owner calls it."""
    scopes: list[str]
    """The most that it allows: never more than its owner may do at the moment of a call."""
    expires_at: str | None
    """When it can no longer be used; null is never."""
    created_at: str
    last_used_at: str | None
    """When it was last used, as of a minute."""
    last_used_ip: str | None
    """Where it was last used from."""


class PersonalAuditEntry(TypedDict):
    """An entry of the audit trail, as the person it is about may see it: of what others did neither who they are
    nor where they were.
    """
    at: str
    action: str
    """What."""
    outcome: str
    """How it ended: `success`, `failure` or `denied`."""
    ip: str | None
    """Where from."""
    request_id: str | None
    """As in the answer and the log."""
    detail: str | None
    """A few more words."""


class PersonalData(TypedDict):
    """All that is held on one person. Never a hash or a secret."""
    exported_at: str
    """When it was made."""
    profile: User
    """The account."""
    sessions: list[Session]
    """Its open sessions."""
    email_change: NotRequired[PendingEmailChange | None]
    phone_change: NotRequired[PendingPhoneChange | None]
    access_tokens: list[PersonalAccessToken]
    """Personal access tokens, without their secrets."""
    identities: list[PersonalIdentity]
    """Who the person is at other providers."""
    roles: list[str]
    """The names of the roles they have besides their base role."""
    activity: list[PersonalAuditEntry]
    """What the person did, as the audit trail has it, oldest first."""
    about: list[PersonalAuditEntry]
    """What others did about the account, or somebody who was not signed in."""
    assigned_tasks: list[Task]
    """Other people's tasks that are assigned to them."""
    chat_blocks: list[Block]
    """The people whom they have blocked."""
    chat_invitations: list[Invitation]
    """Their invitations into rooms."""
    chat_messages: list[Message]
    """The messages that they wrote."""
    chat_rooms: list[Room]
    """The rooms that they are in."""
    comments: list[Comment]
    """What they wrote on tasks."""
    files: list[StoredFile]
    """What is known of their files; each `url` has the content."""
    notifications: list[Notification]
    """Their notifications."""
    owned_products: list[OwnedProduct]
    """The products they own."""
    payments: list[Payment]
    """Payments that name them as who paid."""
    tasks: list[Task]
    """The tasks they own."""
    webhook_endpoints: list[Endpoint]
    """Their webhook endpoints, without secrets."""


class PersonalIdentity(TypedDict):
    """Who somebody is at another provider."""
    provider: str
    """Which provider."""
    subject: str
    """What that provider calls the person."""
    linked_at: str
    """Since when."""


class Preference(TypedDict):
    """What you chose about a kind, a category, or, with neither, everything."""
    kind: NotRequired[str | None]
    """The kind."""
    category: NotRequired[str | None]
    """The category."""
    channel: str
    """The way out of the inbox."""
    mode: str
    """`on`, `off` or, by email only, `digest`: several together, some time after the first of them."""


class Preferences(TypedDict):
    """What you hear by which channel. The inbox has every notification."""
    effective: list[EffectivePreference]
    """How each channel brings each kind, and why."""
    preferences: list[Preference]
    """What you chose. The most specific counts: kind before category before everything."""


class PreviewedTick(TypedDict):
    """A tick of the near future."""
    at: str
    """When, in UTC."""
    local: str
    """The same as the clocks of the zone show it."""


class Price(TypedDict):
    """The price of one unit."""
    symbol: str
    """What is bought."""
    currency: str
    """What the price is in. A market may know another currency of the same worth, such as USDT for USD."""
    price: str
    """The price, as an exact decimal number."""
    as_of: str | None
    """When it was last seen on the market, where the provider tells."""
    provider: str
    """Who says so."""
    fetched_at: str
    """When we asked."""
    stale: bool
    """True when it is older than a minute, because no provider answers; at most ten minutes."""

Priority: TypeAlias = Literal["low", "normal", "high", "urgent"]
"""Which jobs of a queue come first."""


class Problem(TypedDict):
    """A failure (RFC 9457)."""
    type: str
    """The path of a page that explains it"""
    title: str
    status: int
    detail: str
    """This occurrence, for a person"""
    instance: str
    """The path that was asked for"""
    success: Literal[False]
    code: ProblemCode
    error: str
    """The same as `detail`"""
    request_id: str
    retryable: bool
    """Whether the same request may succeed later"""
    errors: NotRequired[list[FieldError]]
    current: NotRequired[JsonObject]
    """With 412: the present state"""
    permission: NotRequired[str]
    """With 403: the permission that is missing, if it is one"""
    oldest: NotRequired[str]
    """With 410: the cursor behind which everything follows that is kept"""
    head: NotRequired[str]
    """With 410: the cursor behind which only what is new follows"""

ProblemCode: TypeAlias = Literal["auth.already_set_up", "auth.bad_code", "auth.bad_credentials", "auth.bad_link", "auth.bad_mfa_token", "auth.bad_refresh_token", "auth.bad_setup_token", "auth.bad_ticket", "auth.bad_token", "auth.closed", "auth.code_malformed", "auth.login_ambiguous", "auth.login_missing", "auth.missing_permission", "auth.not_signed_in", "auth.overloaded", "auth.page_refused", "auth.permission_unknown", "auth.refresh_reused", "auth.scopes_empty", "auth.session_needed", "auth.session_too_old", "auth.session_unknown", "auth.slow_down", "auth.suspended", "auth.token_expired", "auth.token_expiry_invalid", "auth.token_name_empty", "auth.token_name_too_long", "auth.token_not_found", "auth.tokens_too_many", "auth.too_soon", "auth.two_factor_not_set_up", "auth.two_factor_off", "auth.two_factor_on", "auth.two_factor_required", "auth.two_factor_unavailable", "auth.wrong_code", "auth.wrong_password", "chat.already_member", "chat.attachment_not_found", "chat.attachments_invalid", "chat.banned", "chat.before_invalid", "chat.blocked", "chat.client_id_invalid", "chat.content_length", "chat.description_too_long", "chat.direct_room", "chat.emoji_invalid", "chat.forbidden", "chat.id_reused", "chat.invitation_not_found", "chat.kind_unknown", "chat.last_owner", "chat.malformed", "chat.member_not_found", "chat.member_stale", "chat.message_deleted", "chat.message_not_found", "chat.message_stale", "chat.muted", "chat.name_invalid", "chat.name_taken", "chat.not_member", "chat.notify_unknown", "chat.number_invalid", "chat.oneself", "chat.place_invalid", "chat.reply_not_found", "chat.retention_invalid", "chat.role_unknown", "chat.room_full", "chat.room_invalid", "chat.room_not_found", "chat.room_stale", "chat.search_invalid", "chat.slow_mode_invalid", "chat.state_unknown", "chat.stays_private", "chat.time_invalid", "chat.too_fast", "chat.too_many_blocks", "chat.too_many_invitations", "chat.too_many_reactions", "chat.too_many_rooms", "chat.type_unknown", "chat.typing_where", "chat.unavailable", "chat.user_not_found", "cors.refused", "cursor.invalid", "dry_run.not_supported", "etag.malformed", "events.cursor_expired", "events.cursor_malformed", "events.epoch_changed", "events.subject_invalid", "events.types_invalid", "events.wait_invalid", "files.attached_private", "files.bad_link", "files.bad_picture", "files.busy", "files.checksum_invalid", "files.checksum_mismatch", "files.cut_short", "files.document_align_unknown", "files.document_currency_invalid", "files.document_date_invalid", "files.document_decimal_inexact", "files.document_due_early", "files.document_empty", "files.document_language_unknown", "files.document_price_invalid", "files.document_quantity_invalid", "files.document_row_length", "files.document_tax_rate_invalid", "files.document_template_unknown", "files.document_text_empty", "files.document_text_too_long", "files.document_too_long", "files.document_too_many", "files.edge_invalid", "files.empty", "files.expires_in_invalid", "files.filename_invalid", "files.filename_misleads", "files.fit_unknown", "files.forbidden", "files.form_malformed", "files.format_unknown", "files.glyphs_missing", "files.heic_not_allowed", "files.infected", "files.mime_unknown", "files.no_variant", "files.not_found", "files.over_quota", "files.picture_too_heavy", "files.picture_too_large", "files.range_not_satisfiable", "files.search_invalid", "files.share_not_found", "files.stale", "files.storage_unavailable", "files.too_large", "files.too_many_parts", "files.too_many_uploads", "files.tus_version", "files.two_places", "files.type_mismatch", "files.type_not_allowed", "files.type_unfit", "files.type_unknown", "files.typesetter_busy", "files.unscanned", "files.upload_header", "files.upload_metadata", "files.upload_not_found", "files.upload_offset", "files.upload_too_long", "files.variant_unknown", "files.visibility_unknown", "id.invalid", "idempotency.key_malformed", "idempotency.key_reused", "idempotency.not_taken", "integrations.city_invalid", "integrations.currency_invalid", "integrations.language_invalid", "integrations.language_unsupported", "integrations.not_configured", "integrations.refused", "integrations.symbol_invalid", "integrations.text_invalid", "integrations.unavailable", "integrations.unknown_city", "integrations.unknown_symbol", "internal", "jobs.args_invalid", "jobs.concurrency_invalid", "jobs.count_invalid", "jobs.cron_invalid", "jobs.duplicate", "jobs.invalid", "jobs.kind_unknown", "jobs.limit_invalid", "jobs.missed_unknown", "jobs.not_found", "jobs.overlap_unknown", "jobs.priority_unknown", "jobs.queue_not_found", "jobs.run_at_invalid", "jobs.schedule_not_found", "jobs.stale", "jobs.state", "jobs.state_unknown", "jobs.unique_key_empty", "jobs.unique_key_too_long", "jobs.zone_unknown", "monitoring.alert_not_found", "monitoring.alert_resolved", "monitoring.clear_invalid", "monitoring.condition_unknown", "monitoring.format_unknown", "monitoring.name_empty", "monitoring.name_too_long", "monitoring.number_invalid", "monitoring.range_invalid", "monitoring.rule_not_found", "monitoring.seconds_invalid", "monitoring.series_invalid", "monitoring.severity_unknown", "monitoring.stale", "monitoring.state_unknown", "monitoring.step_invalid", "monitoring.too_many_rules", "monitoring.until_invalid", "notifications.bad_link", "notifications.before_invalid", "notifications.category_unknown", "notifications.channel_unknown", "notifications.day_unknown", "notifications.kind_and_category", "notifications.kind_unknown", "notifications.mode_unknown", "notifications.no_digest", "notifications.not_found", "notifications.stale", "notifications.time_invalid", "notifications.too_many_preferences", "notifications.unread_invalid", "notifications.zone_unknown", "oauth.bad_grant", "oauth.bad_state", "oauth.challenge_invalid", "oauth.denied", "oauth.email_missing", "oauth.email_taken", "oauth.identity_taken", "oauth.last_way_in", "oauth.not_linked", "oauth.only", "oauth.provider_linked", "oauth.provider_refused", "oauth.provider_unavailable", "oauth.provider_unknown", "oauth.redirect_uri_unknown", "page.limit_invalid", "page.number_invalid", "page.too_deep", "page.two_ways", "payments.not_found", "payments.reference_invalid", "payments.state_unknown", "products.brand_too_long", "products.category_cycle", "products.category_in_use", "products.category_name_empty", "products.category_name_too_long", "products.category_not_found", "products.category_stale", "products.category_too_deep", "products.category_unknown", "products.currency_unknown", "products.date_invalid", "products.delta_invalid", "products.files_attached", "products.import_abandoned", "products.import_column_missing", "products.import_column_twice", "products.import_column_unknown", "products.import_malformed", "products.import_mode_unknown", "products.import_not_utf8", "products.import_number", "products.import_product_unknown", "products.import_refused", "products.import_row_malformed", "products.import_too_many_changes", "products.import_too_many_rows", "products.in_use", "products.invalid", "products.model_too_long", "products.name_empty", "products.name_too_long", "products.not_found", "products.owned_not_found", "products.owned_stale", "products.parent_unknown", "products.price_invalid", "products.price_missing", "products.product_unknown", "products.reason_empty", "products.reason_too_long", "products.search_invalid", "products.serial_taken", "products.serial_too_long", "products.slug_invalid", "products.slug_taken", "products.specifications_invalid", "products.stale", "products.status_unknown", "products.stock_insufficient", "products.stock_invalid", "products.stock_limit", "products.text_too_long", "products.too_many_categories", "products.version_too_long", "products.warranty_before_purchase", "products.warranty_filter_unknown", "products.warranty_months_invalid", "products.website_invalid", "rate_limit.exceeded", "request.body_malformed", "request.body_missing", "request.body_timeout", "request.body_too_large", "request.duplicate", "request.head_timeout", "request.head_too_large", "request.header_malformed", "request.invalid", "request.media_type", "request.missing_field", "request.null", "request.timeout", "request.unknown_field", "request.unknown_parameter", "request.unreadable", "request.value", "request.wrong_type", "route.method_not_allowed", "route.not_found", "server.overloaded", "server.shutting_down", "socket.draining", "socket.frame_malformed", "socket.full", "socket.handshake_malformed", "socket.id_invalid", "socket.origin_refused", "socket.too_many_topics", "socket.topics_count", "socket.type_unknown", "socket.upgrade_required", "sort.unknown", "store.contention", "store.duplicate", "store.stale", "store.timeout", "store.unavailable", "tasks.assignee_unknown", "tasks.bulk_empty", "tasks.bulk_too_many", "tasks.comment_not_found", "tasks.comment_stale", "tasks.content_empty", "tasks.content_too_long", "tasks.date_invalid", "tasks.description_too_long", "tasks.due_date_invalid", "tasks.export_format_unknown", "tasks.forbidden", "tasks.invalid", "tasks.not_author", "tasks.not_deleted", "tasks.not_found", "tasks.operation_unknown", "tasks.priority_unknown", "tasks.range_reversed", "tasks.range_too_long", "tasks.search_invalid", "tasks.stale", "tasks.status_unknown", "tasks.tag_empty", "tasks.tag_too_long", "tasks.title_empty", "tasks.title_too_long", "tasks.too_many_tags", "text.nul", "text.too_long", "text.too_short", "users.above_your_role", "users.bio_too_long", "users.custom_role_unknown", "users.email_invalid", "users.email_same", "users.email_taken", "users.invalid", "users.last_super_admin", "users.locale_unknown", "users.name_too_long", "users.not_found", "users.password_common", "users.password_same_as_name", "users.password_too_long", "users.password_too_short", "users.phone_code_malformed", "users.phone_code_void", "users.phone_invalid", "users.phone_same", "users.phone_too_many", "users.phone_unavailable", "users.role_built_in", "users.role_description_too_long", "users.role_name_built_in", "users.role_name_invalid", "users.role_not_found", "users.role_stale", "users.role_taken", "users.role_unknown", "users.roles_full", "users.search_invalid", "users.service_account_limit", "users.session_not_found", "users.stale", "users.status_unknown", "users.too_many_roles", "users.username_invalid", "users.username_taken", "webhooks.delivery_not_found", "webhooks.delivery_state", "webhooks.description_too_long", "webhooks.disabled", "webhooks.event_not_found", "webhooks.event_state", "webhooks.event_state_unknown", "webhooks.event_type_invalid", "webhooks.events_invalid", "webhooks.from_invalid", "webhooks.header_invalid", "webhooks.max_bytes_invalid", "webhooks.no_encryption_key", "webhooks.no_secrets", "webhooks.not_found", "webhooks.only_invalid", "webhooks.overlap_invalid", "webhooks.owner_invalid", "webhooks.rate_invalid", "webhooks.scheme_unknown", "webhooks.secrets_invalid", "webhooks.signature_invalid", "webhooks.signature_missing", "webhooks.source_name_invalid", "webhooks.source_not_found", "webhooks.source_stale", "webhooks.stale", "webhooks.state_unknown", "webhooks.timestamp_outside", "webhooks.too_many", "webhooks.too_many_sources", "webhooks.type_unknown", "webhooks.url_forbidden", "webhooks.url_invalid"]
"""What went wrong, for programs: `<domain>.<what>`. The meaning of a code never changes; releases may add codes."""


class Product(TypedDict):
    """A product."""
    id: int
    name: str
    """What it is called."""
    category_id: int | None
    """Its category."""
    brand: str
    """Who makes it; may be empty."""
    model: str
    """What its maker calls it; may be empty."""
    description: str
    """In more words."""
    price: int | None
    """What it costs, in the currency's minor unit; null for a draft without a price."""
    currency: str
    """The currency (ISO 4217)."""
    stock: int
    """How many there are."""
    warranty_months: int
    """How long its warranty lasts; 0 for none."""
    warranty_conditions: str
    """What the warranty holds for."""
    manufacturer_website: str | None
    """Where its maker is found."""
    specifications: JsonObject
    """What it can do and is made of."""
    status: ProductStatus
    """Whether it is to be had."""
    created_at: str
    updated_at: str
    """When it last changed; movements of stock do not count."""
    version: int
    """Counts the changes; movements of stock do not count. The `ETag` begins with it."""

ProductStatus: TypeAlias = Literal["active", "discontinued", "draft"]
"""Whether a product is to be had."""


class ProviderRedirect(TypedDict):
    """Where to go."""
    authorize_url: str
    """Send the browser here, the same that got this answer."""


class PublicKey(TypedDict):
    """One key (RFC 8037)."""
    kty: str
    """Always `OKP`."""
    crv: str
    """Always `Ed25519`."""
    alg: str
    """The only algorithm of this key: `EdDSA`."""
    use: str
    """Always `sig`: it signs."""
    kid: str
    """Its name in the header of tokens: its thumbprint (RFC 7638)."""
    x: str
    """The key."""


class PublicKeySet(TypedDict):
    """Keys that tokens can be checked with (RFC 7517)."""
    keys: list[PublicKey]
    """The key that signs, those to come, and those of tokens that may still be alive."""


class PutSource(TypedDict):
    """A new source, or a change of one, as a merge patch: an absent field stays, null clears."""
    scheme: NotRequired[Scheme]
    """How it signs. A new source needs it; with another scheme, `secrets` is needed, too."""
    secrets: NotRequired[list[str]]
    """All of its secrets. They replace those that it had, and are not shown again."""
    header: NotRequired[str | None]
    """Where plain signatures are."""
    id_header: NotRequired[str | None]
    """Where plain deliveries have their id."""
    max_bytes: NotRequired[int | None]
    """How many bytes a delivery may have; null: 25 MiB for github, 1 MiB for the others."""


class Queue(TypedDict):
    """A queue."""
    name: str
    paused: bool
    """True when none of its jobs is started."""
    concurrency: int | None
    """How many of its jobs run at a time, over all workers; null: no limit."""
    version: int
    """Counts the changes; the `ETag` without its quotes."""


class QueueStats(TypedDict):
    """What is known of a queue."""
    queue: str
    """The queue."""
    queued: int
    """Jobs that wait for their time and a worker."""
    retrying: int
    """Jobs that failed and wait for their next attempt."""
    running: int
    """Jobs that run."""
    waiting: int
    """Jobs that wait for their lane or their batch."""
    dead: int
    """Jobs that were given up."""
    oldest_due_seconds: float | None
    """For how many seconds the job that is due first has been due."""
    per_minute: float
    """Jobs a minute that succeeded within the last five minutes."""
    p50_ms: float | None
    """Half of those took at most so many milliseconds."""
    p99_ms: float | None
    """Of a hundred of those 99 took at most so many milliseconds."""


QuietHours = TypedDict("QuietHours", {
    "zone": "str",
    "days": "list[str]",
    "from": "str",
    "to": "str",
})
"""Hours in which no email and no text message is sent; they are sent at their end."""


class Reaction(TypedDict):
    """How many people reacted with one emoji."""
    emoji: str
    """The emoji, or a name such as `:tada:`."""
    count: int
    """How many people."""
    mine: bool
    """Whether you are one of them."""


class ReadAll(TypedDict):
    """Which notifications to mark as read."""
    before: NotRequired[str | None]
    """Those that came at this time or before; without it all that are there. Send the time of the newest one
    that you showed, so that none is marked that nobody has seen.
    """


class ReadMarker(TypedDict):
    """How far someone has read a room."""
    room_id: int
    """The room."""
    read_number: int
    """The number of the last message that you have read."""
    unread: int
    """How many messages you have not read."""


class Readiness(TypedDict):
    """Ready to serve, or not."""
    status: str
    """`ready`, `draining` or `unavailable`."""
    dependencies: list[DependencyState]
    """Each dependency."""


class RecoveryCodes(TypedDict):
    """Recovery codes."""
    recovery_codes: list[str]
    """Each works once instead of a code from the device. They are not shown again."""


class RedeemEmailLink(TypedDict):
    """What a letter showed."""
    token: str
    """The token of the link, as the letter shows it."""


class RefreshTokens(TypedDict):
    """A refresh token, or the word that a cookie keeps it."""
    refresh_token: NotRequired[str]
    """As the last sign-in or refresh gave it."""
    session: NotRequired[SessionKeeper]
    """For pages of a browser, instead of the token: it is in the cookie."""


class Register(TypedDict):
    """A new account."""
    username: str
    """3 to 50 letters A-Z, digits or `_ . -`."""
    email: str
    """A mail address."""
    password: str
    """8 to 128 characters."""
    first_name: NotRequired[str | None]
    """May be empty."""
    last_name: NotRequired[str | None]
    """May be empty."""


class RemovePhone(TypedDict):
    """A confirmation that a phone number is to go."""
    current_password: NotRequired[str]
    """The present password. An account without one needs a fresh sign-in instead."""


Replay = TypedDict("Replay", {
    "from": "str",
    "to": NotRequired["str | None"],
    "only": NotRequired["str | None"],
})
"""What is sent again."""


class Replayed(TypedDict):
    """How many are sent again."""
    count: int
    """How many deliveries are due now; at most 1 000 for each call."""


class RequestEmail(TypedDict):
    """Whom a letter is for."""
    email: str
    """The mail address."""


class ResetPassword(TypedDict):
    """A new password, by link."""
    token: str
    """The token of the link, as the letter shows it."""
    new_password: str
    """8 to 128 characters."""

Resolution: TypeAlias = Literal["cleared", "rule_changed", "replica_gone"]
"""Why an alert was resolved."""


class RestoreAccount(TypedDict):
    """A closed account; by `email` or by `username`."""
    email: NotRequired[str]
    """The mail address."""
    username: NotRequired[str]
    """The username."""
    password: str
    """The password."""


class RetriedJobs(TypedDict):
    """How many."""
    count: int
    """Jobs that are due now."""


class RetryJobs(TypedDict):
    """Which jobs to retry."""
    state: str
    """`dead` or `cancelled`."""
    kind: NotRequired[str | None]
    """Of this kind; of all when absent."""
    limit: NotRequired[int | None]
    """At most so many; 1000 when absent."""


class Role(TypedDict):
    """A role."""
    name: str
    """To be given by."""
    description: str
    """What it is for."""
    permissions: list[str]
    """What it allows."""
    built_in: bool
    """Whether it came with the server; such roles decide about rank, and do not change."""
    created_at: str | None
    """When it was made; null for built-in roles."""
    updated_at: str | None
    """When it last changed; null for built-in roles."""


class Room(TypedDict):
    """A room."""
    id: int
    name: str | None
    """What it is called; null in the room of two people."""
    description: str
    """What it is for; may be empty."""
    kind: RoomKind
    """Who finds it."""
    is_private: bool
    """Whether only those who are invited find it."""
    created_by: int
    """The account that created it."""
    member_count: int
    """How many people are in it."""
    number: int
    """The number of its last message."""
    seq: int
    """The place of the last entry of its log."""
    slow_mode_seconds: int
    """The time between two messages of one member without a role."""
    retention_days: int | None
    """How long it keeps messages; null: as long as it exists."""
    last_message_at: str | None
    """When the last message was written."""
    created_at: str
    """The time of its creation."""
    updated_at: str
    """The time of the last change of its own fields."""
    version: int
    """Counts these changes; the `ETag` begins with it."""
    membership: NotRequired[Membership]
    """What it knows of you; absent in lists, and where you are not in it."""

RoomKind: TypeAlias = Literal["public", "private", "direct"]
"""Who finds a room."""


class RoomLog(TypedDict):
    """What you missed in a room."""
    epoch: int
    """The epoch of places: one of another epoch is not trusted any more."""
    seq: int
    """The place of the last entry of the log."""
    number: int
    """The number of the last message."""
    read_number: int
    """The number of the last message that you have read."""
    recovered: bool
    """True when `entries` follow behind `after` without a gap; otherwise read the messages again and go on with
    `cursor`.
    """
    entries: list[LogEntry]
    """In order."""
    cursor: str
    """Go on with `after` this."""
    more: bool
    """True when more follows behind `cursor` already."""


class RotateSecret(TypedDict):
    """How long the secret before still holds."""
    overlap_seconds: NotRequired[int | None]
    """In seconds; a day without it."""


class RotatedSecret(TypedDict):
    """A new secret."""
    secret: str
    """What messages are signed with from now on."""
    old_valid_until: str | None
    """Until when they are signed with the secret before, too."""


class Rule(TypedDict):
    """When people are to know of a series."""
    id: int
    name: str
    """What people know it by."""
    series: str
    """The series that it is about: a name, all of a kind (`cpu.*`), or all (`*`)."""
    condition: Condition
    """When it is broken."""
    threshold: float
    """The value beyond which it is broken. An anomaly has none."""
    clear: float
    """The value that it must come back to."""
    for_seconds: int
    """For how long it must be broken before it fires."""
    clear_for_seconds: int
    """For how long it must be whole before it is resolved."""
    repeat_seconds: int | None
    """How often people are reminded; null: never."""
    severity: Severity
    """How bad it is."""
    enabled: bool
    """False while nothing is evaluated."""
    created_at: str
    """The time of its creation."""
    updated_at: str
    """The time of its last change."""
    version: int
    """Counts the changes; the `ETag` without its quotes."""


class Run(TypedDict):
    """One run of a job."""
    run: int
    """Its number."""
    worker: str
    """The worker."""
    started_at: str
    """When it began."""
    duration_ms: int | None
    """How long it took, in milliseconds; none while it runs, and when it was lost."""
    outcome: Outcome
    """How it ended."""
    error: str | None
    """What failed."""


class Schedule(TypedDict):
    """When jobs of a kind are enqueued by themselves."""
    name: str
    kind: str
    """The kind of its jobs."""
    args: JsonObject
    """What their handler is given."""
    cron: str
    """Minute, hour, day of the month, month and day of the week; or a name such as `@daily`."""
    zone: str
    """The zone of the IANA database in which `cron` is read."""
    enabled: bool
    """False while nothing ticks."""
    missed: MissedTicks
    """What becomes of ticks that came while no process ran."""
    overlap: Overlap
    """What a tick does while the job of an earlier one has not ended."""
    next_at: str | None
    """The next tick; null while nothing ticks."""
    last_at: str | None
    """The last tick that enqueued a job."""
    missed_count: int
    """Ticks that came while no process ran, so far."""
    version: int
    """Counts the changes; the `ETag` begins with it."""


class SchedulePreview(TypedDict):
    """The next ticks of a schedule."""
    cron: str
    """The pattern."""
    zone: str
    """The zone."""
    ticks: list[PreviewedTick]
    """The ticks, in order."""

Scheme: TypeAlias = Literal["stripe", "github", "standard", "hmac"]
"""How a source signs what it sends."""


class SecondFactorRequired(TypedDict):
    """The question for the second factor."""
    mfa_required: bool
    """Always true."""
    mfa_token: str
    """For `POST /auth/2fa/verify`; for nothing else."""
    expires_in: int
    """Its life in seconds."""


class SecondFactorSetup(TypedDict):
    """What a device is told."""
    secret: str
    """To be typed into the device."""
    otpauth_url: str
    """The same as a URL (RFC 6238 with SHA-1, six digits, 30 s)."""
    qr_png: str
    """The URL as a QR code: a PNG as `data:` URL."""

SendFault: TypeAlias = Literal["forbidden", "resolve", "connect", "tls", "timeout", "broken"]
"""Why a request has no answer."""


class SendMessage(TypedDict):
    """A new message."""
    content: str
    """1 to 4000 characters, and not only white space. `@name` names a member, `@all` everyone."""
    reply_to: NotRequired[int | None]
    """The number of the message that it answers."""
    attachments: NotRequired[list[int] | None]
    """Files of yours; members read them as long as they are in the room."""
    client_id: NotRequired[str | None]
    """What you call the message. One that is sent again under the same id is stored once."""


class Series(TypedDict):
    """A series."""
    name: str
    unit: Unit
    """What its numbers are."""


class SeriesChart(TypedDict):
    """What a series did."""
    name: str
    unit: Unit
    """What its numbers are."""
    replica: NotRequired[str]
    """Whose it is; absent for the sum of all replicas, and for what all see alike."""
    points: list[list[float]]
    """In order of time, at most 600: when a point begins, in milliseconds since 1970, and the least, the mean
    and the greatest value until the next one. A point that is not there was not measured.
    """
    usual: NotRequired[Usual]
    """What is usual at this hour, where it is known."""


class Session(TypedDict):
    """A session."""
    id: int
    device: str | None
    """What the client called itself."""
    ip: str | None
    """Where it was last used from."""
    created_at: str
    """When it began."""
    last_used_at: str
    """When it was last refreshed."""
    expires_at: str
    """When it ends unless it is refreshed."""
    current: bool
    """Whether it is the one this call belongs to."""

SessionKeeper: TypeAlias = Literal["cookie"]
"""The word of `session`."""


class SetUp(TypedDict):
    """The first administrator."""
    token: str
    """As the server printed it at its start."""
    username: str
    """3 to 50 letters A-Z, digits or `_ . -`."""
    email: str
    """A mail address."""
    password: str
    """8 to 128 characters."""
    session: NotRequired[SessionKeeper]
    """For pages of a browser, as at the sign-in."""


class SetUpSecondFactor(TypedDict):
    """The password once more."""
    current_password: NotRequired[str]
    """The present password; an account without one leaves it out."""


class Settings(TypedDict):
    """The effective settings, by section. Secrets are left out."""
    settings: JsonObject
    """Each setting by its name, with its value and where that comes from."""


class Setup(TypedDict):
    """Whether the server has an administrator."""
    needed: bool
    """True until somebody made the first administrator."""

Severity: TypeAlias = Literal["info", "warning", "critical"]
"""How bad a broken rule is."""


class ShareLink(TypedDict):
    """A link, without what opens the file."""
    id: int
    created_by: int
    """Who made it."""
    created_at: str
    expires_at: str
    """When it ends."""


class SignedInUser(TypedDict):
    """Who the caller is."""
    user_id: int
    """The account."""
    username: str
    """Its name."""
    role: str
    """Its role at this moment."""
    permissions: list[str]
    """What it allows by way of this call."""
    session_id: int | None
    """The session; null when the call came with a personal access token."""
    token_id: int | None
    """The personal access token; null when the call came with a sign-in."""
    scopes: list[str] | None
    """What that token names."""
    expires_at: str | None
    """When the token ends."""


class Silence(TypedDict):
    """Until when an alert is silenced."""
    until: str
    """A time in the future, and within a year."""


class Source(TypedDict):
    """A program whose deliveries are taken."""
    name: str
    """The last part of its URL."""
    scheme: Scheme
    """How it signs."""
    header: str | None
    """Where plain signatures are; null: `X-Signature`."""
    id_header: str | None
    """Where plain deliveries have their id; null: the digest of the body is the id."""
    max_bytes: int
    """How many bytes a delivery may have."""
    secrets_count: int
    """How many secrets it has."""
    secrets_end_with: list[str]
    """The last four characters of each secret."""
    created_at: str
    """When it was added."""
    updated_at: str
    """When it was changed last."""
    version: int
    """Counts the changes; the `ETag` without its quotes."""


class StockMovement(TypedDict):
    """A movement of stock."""
    id: int
    product_id: int
    """Whose stock."""
    delta: int
    """By how much."""
    balance: int
    """How many there were afterwards."""
    reason: str
    """Why."""
    actor_id: int | None
    """Who said so; null when nobody in particular did."""
    at: str


class StoredFile(TypedDict):
    """A file."""
    id: int
    owner_id: int
    """Whose it is."""
    filename: str
    """Its name: what was sent, without what cannot stand in a name."""
    type: FileType
    """What it is for."""
    mime_type: str
    """Its format, by its content; of a text, the `text/*` that was declared."""
    size: int
    """Bytes."""
    sha256: str
    """SHA-256 of its content; the `ETag` of the download without its quotes."""
    width: int | None
    """Pixels across, of a picture."""
    height: int | None
    """Pixels down, of a picture."""
    product_id: int | None
    """What the owner owns and it is attached to."""
    task_id: int | None
    """The task it is attached to."""
    visibility: FileVisibility
    """Who may read it."""
    uploaded_at: str
    """When it was uploaded."""
    updated_at: str
    url: str
    """Where its content is."""
    version: int
    """Counts the changes; the `ETag` without its quotes."""
    warnings: NotRequired[list[FileWarning]]
    """What of it is not as it was sent or asked for. Only in the answer that created it."""


class Subject(TypedDict):
    """What a notification is about."""
    kind: str
    """What it is."""
    id: int


class Task(TypedDict):
    """A task."""
    id: int
    title: str
    """What is to be done."""
    description: str
    """In more words."""
    status: TaskStatus
    """How far it has come."""
    priority: TaskPriority
    """How much it matters."""
    due_date: str | None
    """When it should be done."""
    user_id: int
    """Whose it is."""
    assignee_id: int | None
    """Who is to do it."""
    tags: list[str]
    """Labels."""
    completed_at: str | None
    """When it was completed."""
    created_at: str
    updated_at: str
    version: int
    """Counts the changes; the `ETag` without its quotes."""


class TaskBulk(TypedDict):
    """A bulk request."""
    operations: list[TaskBulkOperation]
    """What to do, in order; all or none."""

TaskBulkKind: TypeAlias = Literal["create", "update", "delete"]
"""What kind of operation."""


class TaskBulkOperation(TypedDict):
    """One operation."""
    op: TaskBulkKind
    """What kind."""
    id: NotRequired[int]
    """Which task, for update and delete."""
    version: NotRequired[int]
    """The version it must have."""
    data: NotRequired[JsonObject]
    """As for `POST /tasks` or `PATCH /tasks/{id}`."""


class TaskBulkResult(TypedDict):
    """What one operation did."""
    op: TaskBulkKind
    """What kind it was."""
    id: int
    """Which task."""
    task: NotRequired[Task]
    """The task as it is now; absent after a delete."""


class TaskBulkResults(TypedDict):
    """What a bulk request did."""
    results: list[TaskBulkResult]
    """One for each operation, in order."""


class TaskCountsByPriority(TypedDict):
    """How many of each priority."""
    low: int
    medium: int
    high: int


class TaskCountsByStatus(TypedDict):
    """How many in each state."""
    pending: int
    in_progress: int
    completed: int


class TaskDayStats(TypedDict):
    """One day."""
    date: str
    """Which."""
    created: int
    """Tasks made on it."""
    completed: int
    """Tasks completed on it."""
    completion_rate: float
    """Of those made on it, how many are completed by now, 0 to 1."""
    median_completion_seconds: int | None
    """The median time from making to completing, of those completed on it, in seconds."""

TaskPriority: TypeAlias = Literal["low", "medium", "high"]
"""How much a task matters."""


class TaskStats(TypedDict):
    """Statistics."""
    total: int
    """All tasks in sight."""
    by_status: TaskCountsByStatus
    """How many in each state."""
    by_priority: TaskCountsByPriority
    """How many of each priority."""
    overdue: int
    """Due before now and not completed."""
    completion_rate: float
    """Completed of all, 0 to 1."""
    days: list[TaskDayStats]
    """Each day from `from` to `to`."""

TaskStatus: TypeAlias = Literal["pending", "in_progress", "completed"]
"""How far a task has come."""


class TestEndpoint(TypedDict):
    """What a test sends."""
    type: NotRequired[str | None]
    """A type that `GET /webhooks/event-types` lists: its example is sent. Without it, `webhook.test.v1`."""


class Ticket(TypedDict):
    """A ticket."""
    ticket: str
    """Works once, as `?ticket=`."""
    expires_in: int
    """Its life in seconds."""


class Tokens(TypedDict):
    """A pair of tokens."""
    access_token: str
    """For `Authorization: Bearer …`."""
    refresh_token: NotRequired[str]
    """For `POST /auth/refresh`; works once. Absent when a cookie of the browser keeps it."""
    token_type: str
    """Always `Bearer`."""
    expires_in: int
    """Life of the access token in seconds."""
    user: User
    """The account."""


TranslateText = TypedDict("TranslateText", {
    "text": "str",
    "to": "str",
    "from": NotRequired["str | None"],
})
"""A text to translate."""


Translation = TypedDict("Translation", {
    "translation": "str",
    "from": "str | None",
    "to": "str",
    "provider": "str",
    "fetched_at": "str",
    "stale": "bool",
})
"""A translated text."""

Unit: TypeAlias = Literal["percent", "bytes", "bytes_per_second", "per_second", "seconds", "count"]
"""What the numbers of a series are."""


class Unread(TypedDict):
    """What is unread."""
    unread: int
    """Messages in all rooms."""
    mentions: int
    """Mentions in all rooms."""
    rooms: list[UnreadRoom]
    """The rooms with messages that you have not read."""


class UnreadCount(TypedDict):
    """How many notifications are unread."""
    unread: int
    """In all."""
    by_category: dict[str, int]
    """By category; every category is there."""


class UnreadRoom(TypedDict):
    """What is unread in a room."""
    room_id: int
    """The room."""
    room: str | None
    """What it is called; null in the room of two people."""
    kind: RoomKind
    """Who finds it."""
    with_user: int | None
    """The other one of two people."""
    with_username: str | None
    """What they are called."""
    number: int
    """The number of its last message."""
    read_number: int
    """The number of the last message that you have read."""
    unread: int
    """How many messages you have not read."""
    mentions: int
    """Messages that name you, and one for those that name everyone."""


class Unsubscribed(TypedDict):
    """The categories whose emails ended."""
    category: str
    """There are no more emails about it."""
    categories: list[str]
    """Nor about any of these: a digest may be about several."""


class UpdateCategory(TypedDict):
    """A change of a category, as a merge patch: what is absent stays, null clears."""
    name: NotRequired[str]
    """A new name; the slug stays."""
    slug: NotRequired[str]
    """A new slug."""
    parent_id: NotRequired[int | None]
    """Another place in the tree; null puts it at the top."""


class UpdateEndpoint(TypedDict):
    """A change of an endpoint, as a merge patch: an absent field stays, null clears."""
    url: NotRequired[str]
    """A new address."""
    events: NotRequired[list[str]]
    """New types of events, in place of the old ones."""
    description: NotRequired[str | None]
    """A new description; null empties it."""
    ordered: NotRequired[bool]
    """Whether an event waits for the one before."""
    rate: NotRequired[int | None]
    """A new rate; null takes the limit away."""


class UpdateFile(TypedDict):
    """What to change of a file."""
    filename: NotRequired[str]
    """Its name; what it ends in must fit the content."""
    type: NotRequired[FileType]
    """What it is for."""
    visibility: NotRequired[FileVisibility]
    """Who may read it; what is attached to a task or a product stays private."""


class UpdateMember(TypedDict):
    """A change of a member; an absent field stays."""
    role: NotRequired[MemberRole]
    """Another role; owners give it."""
    muted_until: NotRequired[str | None]
    """They may not write before this; null ends it. Moderators mute."""
    banned: NotRequired[bool]
    """True removes them for good, also someone who never was a member; false lets them come back."""
    notify: NotRequired[Notify]
    """What you are notified of; of yourself only."""


class UpdateNotification(TypedDict):
    """A change of a notification."""
    read: bool
    """Whether you read it."""


class UpdateOwnedProduct(TypedDict):
    """A change, as a merge patch: what is absent stays, null clears."""
    version: NotRequired[str | None]
    """Another edition; null empties it."""
    serial_number: NotRequired[str | None]
    """Another number; null empties it."""
    purchase_date: NotRequired[str | None]
    """Another day, not after the end of the warranty, which stays; null removes it."""
    purchase_price: NotRequired[int | None]
    """Another price, in the currency's minor unit; null removes it."""
    currency: NotRequired[str]
    """Another currency (ISO 4217)."""
    warranty_expires: NotRequired[str | None]
    """Another end of the warranty, not before the purchase; null removes it."""
    notes: NotRequired[str | None]
    """Other notes; null empties them."""
    status: NotRequired[OwnedProductStatus]
    """Another status."""


class UpdatePreferences(TypedDict):
    """Preferences: `PUT` replaces all that you chose, `PATCH` adds these to them."""
    preferences: list[Preference]
    """At most one for each kind, category and channel; of several the last counts."""


class UpdateProduct(TypedDict):
    """A change of a product, as a merge patch: what is absent stays, null clears. The stock is moved by `POST
    …/stock`.
    """
    name: NotRequired[str]
    """A new name."""
    category_id: NotRequired[int | None]
    """Another category; null for none."""
    brand: NotRequired[str | None]
    """Another maker; null empties it."""
    model: NotRequired[str | None]
    """Another model; null empties it."""
    description: NotRequired[str | None]
    """A new description; null empties it."""
    price: NotRequired[int | None]
    """A new price, in the currency's minor unit; null removes it from a draft."""
    currency: NotRequired[str]
    """Another currency (ISO 4217)."""
    warranty_months: NotRequired[int]
    """Another length of the warranty."""
    warranty_conditions: NotRequired[str | None]
    """Other conditions; null empties them."""
    manufacturer_website: NotRequired[str | None]
    """Another address; null removes it."""
    specifications: NotRequired[JsonObject | None]
    """Other specifications, as a whole; null empties them."""
    status: NotRequired[ProductStatus]
    """Another status."""


class UpdateProfile(TypedDict):
    """A change of a profile, as a merge patch: what is absent stays, null empties."""
    username: NotRequired[str]
    """A new username."""
    first_name: NotRequired[str | None]
    """A new first name."""
    last_name: NotRequired[str | None]
    """A new last name."""
    bio: NotRequired[str | None]
    """New words about oneself."""
    locale: NotRequired[str]
    """What emails and notifications are written in."""


class UpdateQueue(TypedDict):
    """A change of a queue, as a merge patch: an absent field stays, null clears."""
    paused: NotRequired[bool]
    """Whether none of its jobs is started."""
    concurrency: NotRequired[int | None]
    """How many of its jobs run at a time, over all workers."""


UpdateQuietHours = TypedDict("UpdateQuietHours", {
    "zone": NotRequired["str"],
    "days": NotRequired["list[str]"],
    "from": NotRequired["str"],
    "to": NotRequired["str"],
})
"""Quiet hours; an absent field stays."""


class UpdateRole(TypedDict):
    """A change of a role, as a merge patch: what is absent stays."""
    description: NotRequired[str | None]
    """What it is for."""
    permissions: NotRequired[list[str]]
    """All that it allows from now on."""


class UpdateRoom(TypedDict):
    """A change of a room, as a merge patch: an absent field stays, null clears."""
    name: NotRequired[str]
    """A new name."""
    description: NotRequired[str | None]
    """A new description; null empties it."""
    is_private: NotRequired[bool]
    """A public room may become private, and never public again."""
    slow_mode_seconds: NotRequired[int]
    """Another slow mode."""
    retention_days: NotRequired[int | None]
    """Another retention; null keeps messages as long as the room exists."""


class UpdateRule(TypedDict):
    """A change of a rule, as a merge patch: an absent field stays, null clears."""
    name: NotRequired[str]
    """A new name."""
    series: NotRequired[str]
    """Other series."""
    condition: NotRequired[Condition]
    """Another condition."""
    threshold: NotRequired[float]
    """Another threshold. `clear` moves along where the two are one."""
    clear: NotRequired[float]
    """The value that it must come back to."""
    for_seconds: NotRequired[int]
    """For how long it must be broken before it fires."""
    clear_for_seconds: NotRequired[int]
    """For how long it must be whole before it is resolved."""
    repeat_seconds: NotRequired[int | None]
    """How often people are reminded; null: never."""
    severity: NotRequired[Severity]
    """How bad it is."""
    enabled: NotRequired[bool]
    """Whether it is evaluated."""


class UpdateSchedule(TypedDict):
    """A change of a schedule; an absent field stays."""
    cron: NotRequired[str]
    """Minute, hour, day of the month, month and day of the week; or `@hourly`, `@daily`, `@weekly`, `@monthly`,
    `@yearly`.
    """
    zone: NotRequired[str]
    """A zone of the IANA database."""
    enabled: NotRequired[bool]
    """Whether it ticks."""
    missed: NotRequired[MissedTicks]
    """What becomes of ticks that came while no process ran."""
    overlap: NotRequired[Overlap]
    """What a tick does while the job of an earlier one has not ended."""


class UpdateTask(TypedDict):
    """A change of a task, as a merge patch: what is absent stays, null clears."""
    title: NotRequired[str]
    """A new title."""
    description: NotRequired[str | None]
    """A new description; null empties it."""
    status: NotRequired[TaskStatus]
    """A new status."""
    priority: NotRequired[TaskPriority]
    """A new priority."""
    due_date: NotRequired[str | None]
    """A new due date; null removes it."""
    assignee_id: NotRequired[int | None]
    """A new assignee; null removes it."""
    tags: NotRequired[list[str] | None]
    """New labels; null removes all."""


class UpdateUser(TypedDict):
    """The same, with the mail address; for administrators."""
    username: NotRequired[str]
    """A new username."""
    email: NotRequired[str]
    """A new mail address; it counts as unproven."""
    first_name: NotRequired[str | None]
    """A new first name."""
    last_name: NotRequired[str | None]
    """A new last name."""
    bio: NotRequired[str | None]
    """New words about the person."""
    locale: NotRequired[str]
    """What emails and notifications are written in."""


class UploadAvatar(TypedDict):
    """A picture, as a form."""
    file: FilePart
    """JPEG, PNG, WebP or GIF."""


class UploadFile(TypedDict):
    """A new file, as a form."""
    type: NotRequired[FileType | None]
    visibility: NotRequired[FileVisibility | None]
    file: FilePart
    """The content, with its name."""


class UploadSession(TypedDict):
    """An upload that may come in several requests."""
    id: int
    filename: str
    """What the file will be called."""
    type: FileType
    """What it will be for."""
    visibility: FileVisibility
    """Who will read it."""
    product_id: int | None
    """What the caller owns and it will be attached to."""
    task_id: int | None
    """The task it will be attached to."""
    length: int
    """Bytes of the whole."""
    offset: int
    """Bytes that are kept."""
    file_id: int | None
    """What came of it."""
    created_at: str
    """When it was begun."""
    expires_at: str
    """When it is forgotten unless more comes."""


class User(TypedDict):
    """An account. Others see `id`, `username`, `first_name`, `last_name`, `bio`, `avatar` and `created_at`;
    everything else is there for oneself and for administrators only.
    """
    id: int
    username: str
    """To be found by."""
    email: NotRequired[str]
    """The mail address."""
    role: NotRequired[UserRole]
    """What it may do."""
    status: NotRequired[UserStatus]
    """Whether it may be used."""
    first_name: str
    """May be empty."""
    last_name: str
    """May be empty."""
    bio: str
    """May be empty."""
    avatar: str | None
    """Where the picture is."""
    locale: NotRequired[str]
    """What emails and notifications are written in: `en`, `fr` or `zh-Hans`. New accounts have what `Accept-
    Language` preferred.
    """
    provider: NotRequired[str]
    """Where the account comes from: `local`, `google`, `github`, or `openid` for any other provider; `service`
    is a service account.
    """
    email_verified: NotRequired[bool]
    """Whether the address was proven."""
    phone: str | None
    """Where text messages go, in E.164; null where no number was confirmed."""
    two_factor_enabled: NotRequired[bool]
    """Whether a second factor is asked for."""
    created_at: str
    updated_at: NotRequired[str]
    last_login_at: NotRequired[str | None]
    """When it was last signed in to; null before the first time."""
    purge_at: NotRequired[str]
    """Set when its owner closed it: when it will be removed."""


class UserResponse(TypedDict):
    """UserResponse"""
    success: Literal[True]
    data: User

UserRole: TypeAlias = Literal["user", "moderator", "admin", "super_admin"]
"""The roles."""


class UserRoles(TypedDict):
    """The roles of an account."""
    user_id: int
    """Whose."""
    role: str
    """The base role, which decides about rank."""
    roles: list[Role]
    """The roles besides."""
    permissions: list[str]
    """What all of them allow together."""

UserStatus: TypeAlias = Literal["active", "suspended"]
"""Whether an account may be used."""


class Usual(TypedDict):
    """What is usual for a series at this hour of the week."""
    label: str
    """The hour, in UTC."""
    median: float
    """The median."""
    low: float
    """From here on it is usual."""
    high: float
    """Up to here."""

VariantFit: TypeAlias = Literal["inside", "cover"]
"""How a picture is fitted into a box."""

VariantFormat: TypeAlias = Literal["jpeg", "png", "webp"]
"""What a picture is written in."""


class VariantLink(TypedDict):
    """A link under which a picture is drawn."""
    url: str
    """The link."""


class VerifyEmail(TypedDict):
    """What an email showed, and whose the account is."""
    token: str
    """The token of the link, as the email shows it."""
    password: NotRequired[str]
    """The password of the account; not needed while signed in to it."""


class VerifySecondFactor(TypedDict):
    """The answer to the question for the second factor."""
    mfa_token: str
    """As the sign-in gave it."""
    code: str
    """Six digits from the device, or a recovery code."""
    session: NotRequired[SessionKeeper]
    """For pages of a browser, as at the sign-in."""


class Weather(TypedDict):
    """The weather in a city."""
    city: str
    """The city as the provider knows it."""
    country: str | None
    """Its country, as a code of two letters."""
    temperature: float
    """In degrees Celsius."""
    feels_like: float | None
    """In degrees Celsius."""
    humidity: float | None
    """In per cent."""
    pressure: float | None
    """At sea level, in hectopascal."""
    wind_speed: float | None
    """In metres a second."""
    description: str
    """In a few English words."""
    observed_at: str
    """When it was measured."""
    provider: str
    """Who says so."""
    fetched_at: str
    """When we asked."""
    stale: bool
    """True when it is older than a minute, because no provider answers; at most an hour."""

WebhookCause: TypeAlias = Literal["event", "replay", "test"]
"""Why there is a delivery."""


class WriteComment(TypedDict):
    """What a comment says."""
    content: str
    """1 to 4000 characters; trimmed."""


class CreatedEndpoint(Endpoint):
    """An endpoint with its secret, which is shown this once."""
    secret: str
    """What messages are signed with, for the libraries of Standard Webhooks."""


class DeliveryView(Delivery):
    """A delivery with what is sent, and its attempts."""
    body: str
    """The body of the request, byte for byte."""
    attempts: list[Attempt]
    """The attempts, the first one first."""


class NewPersonalAccessToken(PersonalAccessToken):
    """A personal access token that was just made."""
    token: str
    """For `Authorization: Bearer …`. It is shown this once and not kept."""
