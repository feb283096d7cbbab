//! What the program needs to know of chat.

use std::sync::Arc;

use chat::{
    Chat, MessageId,
    query::{RoomFilter, Scope},
};
use kernel::{Actor, Cursor, PageRequest, Paging, Permission, page::MAX_LIMIT};
use rest::{
    Module,
    dashboard::{Count, CountPart},
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    module::PathParameter,
    problem::Problem,
};

use crate::{
    Failure, codes,
    dto::{BlockBody, InvitationBody, MessageBody, RoomBody},
    live::{CHANNEL, Live},
    present, routes,
};

const MESSAGES: ExportList = ExportList {
    name: "chat_messages",
    about: "The messages that they wrote.",
    schema: "chat.Message",
};
const ROOMS: ExportList =
    ExportList { name: "chat_rooms", about: "The rooms that they are in.", schema: "chat.Room" };
const INVITATIONS: ExportList = ExportList {
    name: "chat_invitations",
    about: "Their invitations into rooms.",
    schema: "chat.Invitation",
};
const BLOCKS: ExportList = ExportList {
    name: "chat_blocks",
    about: "The people whom they have blocked.",
    schema: "chat.Block",
};

const PARAMETERS: &[PathParameter] = &[
    PathParameter {
        name: "room",
        about: "The number or the name of the room",
        example: "general",
        pattern: Some("^[^/]{1,100}$"),
    },
    PathParameter {
        name: "emoji",
        about: "An emoji, or a name such as `:tada:`",
        example: ":tada:",
        pattern: Some("^[^/]{1,32}$"),
    },
    PathParameter {
        name: "user_id",
        about: "The number of the account",
        example: "2",
        pattern: None,
    },
];

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[
            ("rooms", "Chat rooms, who is in them, and invitations"),
            ("messages", "What is said in rooms and between two people"),
        ],
        codes: &[codes::CODES],
        event_types: chat::events::TYPES,
        routes,
        parameters: PARAMETERS,
        aliases: &[("/rooms", "/chat/rooms")],
        channels: &[CHANNEL],
        export_lists: &[MESSAGES, ROOMS, INVITATIONS, BLOCKS],
        counts: &COUNTS,
        ..Module::new("chat")
    }
}

/// The module.
pub fn module(chat: Arc<Chat>, live: Arc<Live>) -> Module {
    Module {
        consumers: chat.consumers(),
        chores: chat.chores(),
        count_parts: vec![CountPart::of(&chat, &COUNTS, counts)],
        live: rules(&chat),
        export: export(&chat),
        ..description()
    }
    .service(chat)
    .service(live)
}

/// On the dashboard.
const COUNTS: [Count; 1] = [Count {
    name: "messages_count",
    about: "Messages that were sent in the rooms that there are",
}];

async fn counts(chat: Arc<Chat>) -> Result<Vec<u64>, Problem> {
    Ok(vec![chat.count_messages().await.map_err(present)?])
}

/// Who sees events of rooms and messages: those who hold the token of the room, from when they joined a private one.
fn rules(chat: &Arc<Chat>) -> Vec<LiveRule> {
    let (holder, sight) = (Arc::clone(chat), Arc::clone(chat));
    let rooms = LiveRule {
        tokens: Some(Arc::new(move |actor: Actor| {
            let chat = Arc::clone(&holder);
            Box::pin(async move {
                chat.tokens(actor.user).await.map_err(|error| Failure::from(error).into())
            })
        })),
        still_visible: Some(Arc::new(move |actor, past| {
            let chat = Arc::clone(&sight);
            Box::pin(async move {
                let visible = chat.still_visible(&actor, past).await;
                visible.map_err(|error| Failure::from(error).into())
            })
        })),
        ..LiveRule::new("room", Permission::ChatRead)
    };
    vec![rooms, LiveRule::new("message", Permission::ChatRead)]
}

fn export(chat: &Arc<Chat>) -> Vec<ExportPart> {
    let [one, two, three, four] = [0; 4].map(|_| Arc::clone(chat));
    vec![
        ExportPart::new(MESSAGES, move |actor, after| messages(Arc::clone(&one), actor, after)),
        ExportPart::new(ROOMS, move |actor, after| rooms(Arc::clone(&two), actor, after)),
        ExportPart::new(INVITATIONS, move |actor, after| {
            invitations(Arc::clone(&three), actor, after)
        }),
        ExportPart::new(BLOCKS, move |actor, after| blocks(Arc::clone(&four), actor, after)),
    ]
}

async fn messages(
    chat: Arc<Chat>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let after = after.and_then(|raw| raw.parse::<MessageId>().ok());
    let (messages, next) = chat.own_messages(&actor, after).await.map_err(Failure::from)?;
    let rows = messages.iter().map(MessageBody::from);
    Ok(ExportPage::new(rows, next.map(|next| next.to_string())))
}

fn page(after: Option<String>) -> PageRequest {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT }
}

async fn rooms(
    chat: Arc<Chat>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let filter = RoomFilter { scope: Scope::Of(actor.user), kind: None, name_begins: None };
    let page = chat.list(&actor, filter, page(after)).await.map_err(Failure::from)?;
    let rows = page.items.iter().map(RoomBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}

async fn invitations(
    chat: Arc<Chat>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let page = chat.own_invitations(&actor, page(after)).await.map_err(Failure::from)?;
    let rows = page.items.iter().map(InvitationBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}

async fn blocks(
    chat: Arc<Chat>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let page = chat.blocked(&actor, page(after)).await.map_err(Failure::from)?;
    let rows = page.items.iter().map(BlockBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}
