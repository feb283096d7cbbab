//! The conformance kits of this room's ports: that of its stores here, that of `Objects` in
//! [`objects`]. An adapter gives each case of [`CASES`] a fresh [`Fixture`] and knows
//! whether every promise is kept. Failures are panics.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod blobs;
mod chat_files;
mod files;
pub mod objects;
mod product_owners;
mod shares;
mod uploads;

use std::sync::Arc;

pub use self::chat_files::{Said, Say, nothing_said};
use kernel::kit::{moment, nobody, together};
use kernel::{OwnedId, UnitOfWork, UserId};

use crate::{
    file::{Attached, Blob, File, NewBlob, NewFile},
    media::Media,
    outbound::ObjectKey,
    ports::FilesTx,
    text_type::Charset,
    values::{BlobId, FileId, FileKind, FileName, Hash, Visibility},
};

/// A fresh store with some people and tasks in it, and no files.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn FilesTx>>,
    /// Three active accounts.
    pub people: Vec<UserId>,
    /// Accounts that are suspended, closed by their owner, and removed.
    pub shut: [UserId; 3],
    /// A live task of the first of them, which the second is to do.
    pub task: i64,
    /// A deleted task of the same two.
    pub deleted_task: i64,
    /// Something that the first of them owns.
    pub owned: OwnedId,
    /// Writes a chat message with a file.
    pub say: Say,
}

/// Adds a file of a person, for the kits of domains that know files by number only.
pub async fn upload(work: Arc<dyn UnitOfWork<dyn FilesTx>>, owner: UserId) -> FileId {
    let shut = [nobody(); 3];
    let owned = OwnedId::parse(1).unwrap();
    let (people, say) = (vec![owner], nothing_said());
    let fixture = Fixture { work, people, shut, task: 0, deleted_task: 0, owned, say };
    let blob = fixture.keep(1).await;
    fixture.insert(fixture.plain(&blob, "attached.txt")).await.id
}

/// Attaches a file to something that is owned, for the kit of the room that keeps it.
pub async fn attach(
    work: Arc<dyn UnitOfWork<dyn FilesTx>>,
    owner: UserId,
    owned: OwnedId,
    kind: FileKind,
) {
    let shut = [nobody(); 3];
    let (people, say) = (vec![owner], nothing_said());
    let fixture = Fixture { work, people, shut, task: 0, deleted_task: 0, owned, say };
    let blob = fixture.keep(1).await;
    let attached = Some(Attached::Owned(owned));
    fixture.insert(NewFile { kind, attached, ..fixture.plain(&blob, "attached.txt") }).await;
}

kernel::cases! { Fixture;
    files:
        f1_a_file_comes_back_as_it_went_in,
        f2_what_is_not_there_is_missing,
        f3_a_removed_file_is_gone_with_its_links,
        f3_of_many_who_remove_one_file_one_is_given_it,
        f4_every_order_is_the_same_by_number_and_by_cursor,
        f4_every_filter_gives_exactly_what_matches,
        f5_names_are_found_by_the_beginnings_of_their_words,
        f5_names_are_found_by_what_is_inside_of_their_words,
        f6_a_persons_files_come_by_id,
        f7_stranded_are_those_whose_task_is_gone,
        f8_a_saved_file_is_as_it_was_changed_at_its_version,
        f8_of_many_who_save_one_file_none_is_lost;
    blobs:
        b1_new_content_is_kept_under_its_name,
        b2_content_that_is_there_is_counted,
        b2_of_many_who_keep_the_same_all_get_one,
        b3_the_last_release_removes_content_and_variants,
        b4_keeping_and_releasing_simultaneously_loses_nothing,
        b5_a_variant_is_added_once,
        b6_known_are_the_names_that_some_row_has,
        b7_content_comes_by_id,
        g1_usage_is_charged_and_refunded,
        g4_the_total_is_what_all_take,
        g2_of_many_who_charge_simultaneously_none_is_lost,
        g3_nobody_cannot_be_charged;
    shares:
        l1_a_link_comes_back_under_its_file_only,
        l2_there_is_no_link_without_a_file,
        l3_links_that_are_over_are_not_listed,
        l4_a_link_is_taken_back_once,
        l5_pruning_forgets_what_is_over;
    uploads:
        u1_an_upload_comes_back_as_it_was_begun,
        u2_nobody_can_begin_an_upload,
        u3_a_part_is_kept_where_the_upload_ends,
        u3_of_many_who_append_at_one_place_one_wins,
        u4_parts_come_by_their_beginning,
        u5_a_claim_makes_an_upload_whole_once,
        u5_of_many_who_claim_one_upload_one_is_given_its_parts,
        u5_of_one_who_appends_and_one_who_claims_one_wins,
        u6_a_removed_upload_is_gone_with_its_parts,
        u6_of_many_who_remove_one_upload_one_is_given_it,
        u7_uploads_are_found_by_owner_and_by_age,
        u8_known_parts_are_the_names_that_some_part_has;
    product_owners:
        w1_owner_and_assignee_see_a_live_task,
        w2_an_owned_product_is_its_owners_alone,
        w3_an_account_is_open_until_it_is_suspended_or_closed;
    chat_files:
        w4_a_message_shows_its_files_to_those_who_are_in_its_room;
}

/// A transaction, as closures get it.
type Tx = dyn FilesTx;

kernel::fixture!(Fixture: Tx);

impl Fixture {
    async fn keep(&self, number: u8) -> Blob {
        let new = content(number, &format!("first{number}"));
        self.write(move |tx| tx.blobs().keep(&new)).await
    }

    async fn release(&self, id: BlobId) -> Vec<ObjectKey> {
        self.write(move |tx| tx.blobs().release(id)).await
    }

    async fn insert(&self, file: NewFile) -> File {
        self.write(move |tx| tx.files().insert(&file)).await
    }

    async fn get(&self, id: FileId) -> Option<File> {
        self.read(move |tx| tx.files().get(id)).await
    }

    /// A plain file of the first person with this content.
    fn plain(&self, blob: &Blob, name: &str) -> NewFile {
        NewFile {
            blob: blob.id,
            owner: self.people[0],
            name: FileName::tamed(name),
            kind: FileKind::Attachment,
            visibility: Visibility::Private,
            attached: None,
            media: Media::Text,
            text_name: None,
            charset: Charset::Utf8,
            size: blob.size,
            hash: blob.hash,
            pixels: None,
            uploaded_at: moment(0),
        }
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::parse(&format!("blobs/00/{name}")).unwrap()
}

/// Content that is told from others by a number.
fn content(number: u8, name: &str) -> NewBlob {
    NewBlob { hash: Hash::of([number; 32]), size: 1000 + u64::from(number), key: key(name) }
}

fn no_blob() -> BlobId {
    BlobId::parse(4_000_000_000_000_000_000).unwrap()
}

fn no_file() -> FileId {
    FileId::parse(4_000_000_000_000_000_000).unwrap()
}
