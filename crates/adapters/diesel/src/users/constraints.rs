//! What breaking the constraints of this domain's tables means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[
        ("users_username_live", "users.username_key", "users.username"),
        ("users_email_live", "users.email_key", "users.email"),
        ("refresh_tokens_digest", "refresh_tokens.digest", "refresh_tokens.digest"),
        (
            "refresh_tokens_generation",
            "refresh_tokens.session_id, refresh_tokens.generation",
            "refresh_tokens.generation",
        ),
        ("tickets_digest", "tickets.digest", "tickets.digest"),
        ("links_digest", "links.digest", "links.digest"),
        ("devices_digest", "devices.user_id, devices.digest", "devices.digest"),
        ("grants_digest", "grants.digest", "grants.digest"),
        ("roles_name", "roles.name", "roles.name"),
        ("challenges_digest", "challenges.digest", "challenges.digest"),
        (
            "recovery_codes_digest",
            "recovery_codes.user_id, recovery_codes.digest",
            "recovery_codes.digest",
        ),
        ("identities_subject", "identities.provider, identities.subject", "identities.subject"),
        ("identities_provider", "identities.user_id, identities.provider", "identities.provider"),
        ("oauth_attempts_state", "oauth_attempts.state", "oauth_attempts.state"),
        ("oauth_grants_code", "oauth_grants.code", "oauth_grants.code"),
    ],
    missing: &[
        ("sessions_user", "sessions.user"),
        ("refresh_tokens_session", "refresh_tokens.session"),
        ("tickets_session", "tickets.session"),
        ("links_user", "links.user"),
        ("email_changes_user", "email_changes.user"),
        ("phone_changes_user", "phone_changes.user"),
        ("devices_user", "devices.user"),
        ("grants_user", "grants.user"),
        ("user_roles_user", "users.id"),
        ("user_roles_role", "roles.name"),
        ("factors_user", "factors.user"),
        ("recovery_codes_user", "recovery_codes.user"),
        ("challenges_user", "challenges.user"),
        ("identities_user", "identities.user"),
        ("oauth_attempts_user", "oauth_attempts.user"),
        ("oauth_grants_user", "oauth_grants.user"),
    ],
};
