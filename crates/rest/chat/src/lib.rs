#![doc = include_str!("../README.md")]

pub mod codes;
pub mod dto;
pub mod handlers;
pub mod live;

mod module;

use actix_web::http::header;
use chat::ChatError;
use rest::problem::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

use handlers::{invitations, log, members, messages, people, rooms};

/// Registers the operations; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(rooms::list)
        .service(rooms::create)
        .service(rooms::read)
        .service(rooms::update)
        .service(rooms::remove)
        .service(members::join)
        .service(members::leave)
        .service(members::list)
        .service(members::add)
        .service(members::read)
        .service(members::update)
        .service(members::remove)
        .service(invitations::own)
        .service(invitations::list)
        .service(invitations::invite)
        .service(invitations::accept)
        .service(invitations::decline)
        .service(messages::list)
        .service(messages::send)
        .service(messages::direct)
        .service(messages::send_direct)
        .service(messages::read)
        .service(messages::update)
        .service(messages::remove)
        .service(messages::react)
        .service(messages::unreact)
        .service(log::mark_read)
        .service(log::unread)
        .service(log::missed)
        .service(log::export)
        .service(people::blocked)
        .service(people::block)
        .service(people::unblock)
        .service(live::open_socket);
}

rest::failure!(ChatError, present);

/// A stale write gets the current state, and who is too fast hears how long to wait.
pub(crate) fn present(error: ChatError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        ChatError::MissingPermission(permission) => problem.with_permission(permission),
        ChatError::TooFast(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            problem.with_header(header::RETRY_AFTER, &seconds.max(1).to_string())
        }
        ChatError::StaleRoom(room) => {
            let body = dto::RoomBody::from(&**room);
            let tag = dto::etag(room.version, &body);
            problem.with_current(body, tag)
        }
        ChatError::StaleMember(member) => {
            let body = dto::MemberBody::new(member, None, None);
            let tag = dto::etag(member.version, &body);
            problem.with_current(body, tag)
        }
        ChatError::StaleMessage(message) => {
            let body = dto::MessageBody::new(message, None, None, None);
            let tag = dto::etag(message.version, &body);
            problem.with_current(body, tag)
        }
        _ => problem,
    }
}
