//! The codes of webhooks.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "webhooks.delivery_not_found",
        404,
        "No such delivery",
        "It does not exist, is no longer kept, or belongs to the endpoint of another person.",
    ),
    code(
        "webhooks.delivery_state",
        409,
        "Delivery cannot be retried",
        "Only a delivery that failed or was cancelled is retried, and no test.",
    ),
    code(
        "webhooks.description_too_long",
        400,
        "Description too long",
        "A description has at most 500 characters.",
    ),
    code("webhooks.disabled", 422, "Endpoint disabled", "Enable the endpoint first."),
    code(
        "webhooks.events_invalid",
        400,
        "Types of events malformed",
        "Name 1 to 50 types, such as `task.created.v1`, `task.*`, or `*` for all.",
    ),
    code(
        "webhooks.from_invalid",
        400,
        "Place malformed",
        "Name a cursor of the feed, such as an `X-Feed-Cursor`, or an event's id; to enable, also `cursor` or `now`.",
    ),
    code(
        "webhooks.no_secrets",
        503,
        "Secrets cannot be kept",
        "The server has no key to keep the secrets of endpoints with (`auth.encryption_key`), or another one.",
    ),
    code(
        "webhooks.not_found",
        404,
        "No such endpoint",
        "It does not exist, or belongs to another person.",
    ),
    code(
        "webhooks.only_invalid",
        400,
        "Unknown choice",
        "Deliveries are replayed that `failed`, or `all`.",
    ),
    code(
        "webhooks.overlap_invalid",
        400,
        "Overlap out of range",
        "The old secret holds for 0 to 604 800 seconds more.",
    ),
    code(
        "webhooks.owner_invalid",
        400,
        "Owner malformed",
        "Name an account by its number, or `*` for everyone.",
    ),
    code(
        "webhooks.rate_invalid",
        400,
        "Rate out of range",
        "A rate is 1 to 1 000 requests a second.",
    ),
    code(
        "webhooks.stale",
        412,
        "Endpoint changed meanwhile",
        "`If-Match` names an old version; `current` is the endpoint as it is now.",
    ),
    code(
        "webhooks.state_unknown",
        400,
        "Unknown state",
        "A delivery is `pending`, `succeeded`, `failed` or `cancelled`.",
    ),
    code("webhooks.too_many", 409, "Too many endpoints", "One person has at most 50 endpoints."),
    code(
        "webhooks.type_unknown",
        400,
        "Unknown type of event",
        "`GET /webhooks/event-types` lists the types that there are.",
    ),
    code(
        "webhooks.url_forbidden",
        400,
        "Address forbidden",
        "An endpoint must be on the public Internet, whatever the notation of its address.",
    ),
    code(
        "webhooks.url_invalid",
        400,
        "URL malformed",
        "Give an absolute URL of at most 2 048 bytes, in production with https, without credentials and fragment.",
    ),
];
