//! Stores of files that forget who may see what the chat shows: the case that promises otherwise must fail, or it proves
//! nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chat::{
    ChatTx, Message,
    kit::scene::{Other, Scene},
};
use files::{
    BlobStore, ChatFiles, FileStore, FilesTx, ProductOwners, ShareStore, UploadStore, UsageStore,
    kit::{CASES, Fixture, Said, Say},
};
use kernel::{
    Access, BoxFuture, FileId, OwnedId, StoreError, UnitOfWork, UserId, Work, kit::nobody,
};
use pollster::block_on;

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store (W4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// It keeps its promise.
    Nothing,
    /// A file of any message is shown to all people.
    IgnoresTheMembership,
    /// A file is shown to those who were there when it was sent, also when they are gone.
    KeepsFormerMembers,
    /// A private room shows what was said before one joined.
    ShowsThePast,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn FilesTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn FilesTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

common_of_inner!(PlantedTx);

impl FilesTx for PlantedTx {
    fn files(&mut self) -> &mut dyn FileStore {
        FilesTx::files(&mut self.tx)
    }
    fn blobs(&mut self) -> &mut dyn BlobStore {
        FilesTx::blobs(&mut self.tx)
    }
    fn usage(&mut self) -> &mut dyn UsageStore {
        FilesTx::usage(&mut self.tx)
    }
    fn shares(&mut self) -> &mut dyn ShareStore {
        FilesTx::shares(&mut self.tx)
    }
    fn uploads(&mut self) -> &mut dyn UploadStore {
        FilesTx::uploads(&mut self.tx)
    }
    fn product_owners(&mut self) -> &mut dyn ProductOwners {
        FilesTx::product_owners(&mut self.tx)
    }
    fn chat_files(&mut self) -> &mut dyn ChatFiles {
        self
    }
}

impl ChatFiles for PlantedTx {
    fn shows(&mut self, user: UserId, file: FileId) -> Result<bool, StoreError> {
        let bug = self.bug;
        self.tx.reading(|state| {
            let tables = &state.domains.chat;
            let shows = |message: &Message| {
                let Some(room) = tables.rooms.get(&message.room) else { return false };
                let member = tables.members.get(&(message.room, user));
                let is_there = member
                    .is_some_and(|member| member.is_joined() || bug == Bug::KeepsFormerMembers);
                let hidden = member.is_some_and(|member| message.number <= member.joined_number);
                let is_hidden = room.hides_the_past() && hidden && bug != Bug::ShowsThePast;
                (is_there && !is_hidden) || bug == Bug::IgnoresTheMembership
            };
            let mut with_it =
                tables.messages.values().filter(|message| message.attachments.contains(&file));
            Ok(with_it.any(|message| shows(message)))
        })
    }
}

fn fixture(bug: Bug) -> Fixture {
    let inner = MemoryDb::new();
    let people = ["ada", "grace", "edith"].map(|name| inner.add_person(name).unwrap());
    let chat: Arc<dyn UnitOfWork<dyn ChatTx>> = inner.clone();
    let say: Say = Arc::new(move |said| {
        let Said { author, file, reader, state, is_private, is_late, is_deleted } = said;
        let came = |state| Other { is_late, ..Other::of(reader, state, "mentions", 0) };
        let (other, file) = (state.map(came), Some(file));
        let scene = Scene { other, is_private, file, is_deleted, ..Scene::of(author, 1) };
        let chat = Arc::clone(&chat);
        Box::pin(async move {
            scene.play(chat).await;
        })
    });
    let owned = OwnedId::parse(1).unwrap();
    Fixture {
        work: Arc::new(PlantedDb { inner, bug }),
        people: people.to_vec(),
        shut: [nobody(); 3],
        task: 0,
        deleted_task: 0,
        owned,
        say,
    }
}

#[test]
fn each_bug_of_chat_files_turns_its_case_red() {
    let name = "w4_a_message_shows_its_files_to_those_who_are_in_its_room";
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    let passes =
        |bug| catch_unwind(AssertUnwindSafe(|| block_on((case.run)(fixture(bug))))).is_ok();
    assert!(passes(Bug::Nothing), "without a bug it passes");
    for bug in [Bug::IgnoresTheMembership, Bug::KeepsFormerMembers, Bug::ShowsThePast] {
        assert!(!passes(bug), "{bug:?}");
    }
}
