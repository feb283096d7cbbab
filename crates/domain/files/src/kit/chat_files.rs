//! What messages of the chat show.

use std::sync::Arc;

use kernel::{BoxFuture, UserId};

use super::Fixture;
use crate::values::FileId;

/// A message with a file, in a room of its own, and how another person stands in that room.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    /// Who wrote it.
    pub author: UserId,
    /// The file.
    pub file: FileId,
    /// The other one.
    pub reader: UserId,
    /// In the words of the chat: `joined`, `left` or `banned`; `None`: they were never there.
    pub state: Option<&'static str>,
    /// Whether the room is private.
    pub is_private: bool,
    /// Whether they joined after it was written.
    pub is_late: bool,
    /// Whether it was deleted.
    pub is_deleted: bool,
}

/// Writes it.
pub type Say = Arc<dyn Fn(Said) -> BoxFuture<'static, ()> + Send + Sync>;

/// Writes nothing, for those who only need files.
pub fn nothing_said() -> Say {
    Arc::new(|_| Box::pin(std::future::ready(())))
}

pub(super) async fn w4_a_message_shows_its_files_to_those_who_are_in_its_room(fixture: Fixture) {
    let (author, reader, stranger) = (fixture.people[0], fixture.people[1], fixture.people[2]);
    let said = |state, is_private, is_late, is_deleted| {
        move |file| Said { author, file, reader, state, is_private, is_late, is_deleted }
    };
    let blob = fixture.keep(1).await;
    for (number, (say, seen)) in [
        (said(Some("joined"), false, false, false), true),
        (said(Some("joined"), false, true, false), true),
        (said(Some("joined"), true, false, false), true),
        (said(Some("joined"), true, true, false), false),
        (said(Some("joined"), false, false, true), false),
        (said(Some("left"), false, false, false), false),
        (said(Some("left"), true, false, false), false),
        (said(Some("banned"), false, false, false), false),
        (said(None, false, false, false), false),
        (said(None, true, false, false), false),
    ]
    .into_iter()
    .enumerate()
    {
        let file = fixture.insert(fixture.plain(&blob, "shown.txt")).await.id;
        let shows = async |user| fixture.read(move |tx| tx.chat_files().shows(user, file)).await;
        assert!(!shows(reader).await, "{number}: nothing was said");
        let said = say(file);
        (fixture.say)(said).await;
        assert_eq!(shows(reader).await, seen, "{said:?}");
        assert!(!shows(stranger).await, "{said:?}");
    }
    // One message that shows it is enough, whatever the others do.
    let file = fixture.insert(fixture.plain(&blob, "shown.txt")).await.id;
    for say in [
        said(Some("left"), false, false, false),
        said(Some("joined"), true, false, false),
        said(Some("joined"), false, false, true),
    ] {
        (fixture.say)(say(file)).await;
    }
    assert!(fixture.read(move |tx| tx.chat_files().shows(reader, file)).await);
}
