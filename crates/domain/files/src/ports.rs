//! What this room needs of a store. Adapters implement these traits and prove it with the `kit`.
#![deny(missing_docs)]

use std::collections::BTreeSet;

use kernel::{CommonTx, OwnedId, Page, PageRequest, SortKey, StoreError, Timestamp, UserId};

use crate::{
    file::{Blob, File, NewBlob, NewFile, NewShare, Share, Variant},
    outbound::ObjectKey,
    query::{FileFilter, FileSort},
    session::{NewSession, Part, UploadSession},
    values::{BlobId, FileId, ShareId, UploadId},
};

/// Keeps files.
///
/// * F1 `get` after `insert` gives an equal file (times to the microsecond, any name);
/// * F2 `insert` reports `Missing("files.owner")`, `Missing("files.blob")` or
///   `Missing("files.product")` for what is not there;
/// * F3 `remove` gives the file it removed, with its links, and `None` when it was not there; of
///   many who remove one file at once, one is given it;
/// * F4 `list` gives exactly the files that match every field of the filter, in the asked order,
///   ties by id in the direction of the last key, without gaps or repeats between pages, whether
///   pages go by number or by cursor; numbered pages count `total`;
/// * F5 names are searched by words as `kernel::search` cuts them, inside of words, too
///   (`query::searched`); nothing in a query is syntax;
/// * F6 `of_owner` gives a person's files behind an id, by id;
/// * F7 `stranded` gives files that are attached to a task that is not there any more, and no
///   others;
/// * F8 `save` stores name, type, visibility and time of change of a file at its version, which grows
///   by one; it reports `Stale` when that version is not current or the file is gone; a search finds
///   the new name and not the old one; of many who `lock` and `save` one file simultaneously, none is
///   lost.
pub trait FileStore {
    /// Adds a file; its version is 1.
    fn insert(&mut self, file: &NewFile) -> Result<File, StoreError>;
    /// A file.
    fn get(&mut self, id: FileId) -> Result<Option<File>, StoreError>;
    /// A file that nobody else changes before the transaction ends.
    fn lock(&mut self, id: FileId) -> Result<Option<File>, StoreError>;
    /// Stores what is said of a file. Errors: `Stale` (F8).
    fn save(&mut self, file: &mut File) -> Result<(), StoreError>;
    /// Removes a file and its links; gives what it was.
    fn remove(&mut self, id: FileId) -> Result<Option<File>, StoreError>;
    /// A page of files.
    fn list(
        &mut self,
        filter: &FileFilter,
        order: &[SortKey<FileSort>],
        page: &PageRequest,
    ) -> Result<Page<File>, StoreError>;
    /// The next files of a person.
    fn of_owner(
        &mut self,
        owner: UserId,
        after: Option<FileId>,
        limit: u32,
    ) -> Result<Vec<File>, StoreError>;
    /// Files whose task is gone, at most `limit`.
    fn stranded(&mut self, limit: u32) -> Result<Vec<File>, StoreError>;
}

/// Keeps what is known of content.
///
/// * B1 `keep` of content that is not there adds it under the given name, with one file that has it;
/// * B2 `keep` of content that is there counts one file more and gives the name it has already; of
///   many who keep the same content at once, all are given one and the same;
/// * B3 `release` counts one file less and gives nothing; from the last one it removes the content
///   and its variants, and gives the names of their objects, which no row has any more;
/// * B4 of one who keeps and one who releases the same content at once, neither is left with a file
///   whose content is gone;
/// * B5 `add_variant` gives false, and changes nothing, when there is one of this name or the
///   content is gone; `variants` gives what was added;
/// * B6 `known` gives exactly those of the names that some row has;
/// * B7 `after` gives content behind an id, by id.
pub trait BlobStore {
    /// Counts a file that has this content.
    fn keep(&mut self, blob: &NewBlob) -> Result<Blob, StoreError>;
    /// Counts a file less; gives the objects that nothing needs any more.
    fn release(&mut self, id: BlobId) -> Result<Vec<ObjectKey>, StoreError>;
    /// Content.
    fn blob(&mut self, id: BlobId) -> Result<Option<Blob>, StoreError>;
    /// Adds a variant.
    fn add_variant(&mut self, id: BlobId, variant: &Variant) -> Result<bool, StoreError>;
    /// The variants of this content, by name.
    fn variants(&mut self, id: BlobId) -> Result<Vec<Variant>, StoreError>;
    /// Which of these names of objects some row has.
    fn known(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError>;
    /// The next content.
    fn after(&mut self, after: Option<BlobId>, limit: u32) -> Result<Vec<Blob>, StoreError>;
}

/// Counts how much room each person takes.
///
/// * G1 `charge` adds and gives the sum, `refund` takes away and never goes below nothing;
/// * G2 of many who charge one person at once, each is given a sum that has all before it;
/// * G3 `charge` of somebody who is not there reports `Missing("files.owner")`;
/// * G4 `total` is the sum of what all people take.
pub trait UsageStore {
    /// Adds bytes; gives how many it are now. Nobody else charges this person before the
    /// transaction ends.
    fn charge(&mut self, user: UserId, bytes: u64) -> Result<u64, StoreError>;
    /// Takes bytes away.
    fn refund(&mut self, user: UserId, bytes: u64) -> Result<(), StoreError>;
    /// How many it are.
    fn usage(&mut self, user: UserId) -> Result<u64, StoreError>;
    /// The bytes of all people.
    fn total(&mut self) -> Result<u64, StoreError>;
}

/// Keeps links by which files are shared.
///
/// * L1 `share` after `insert` gives an equal link, and only under its own file;
/// * L2 `insert` for a file that is not there reports `Missing("shares.file")`;
/// * L3 `list` gives a file's links that are not over, by id;
/// * L4 `revoke` removes a link; false when it was not there;
/// * L5 `prune` forgets what was over before the moment, and nothing else.
pub trait ShareStore {
    /// Adds a link.
    fn insert(&mut self, share: &NewShare) -> Result<Share, StoreError>;
    /// A link of this file.
    fn share(&mut self, file: FileId, id: ShareId) -> Result<Option<Share>, StoreError>;
    /// The links of a file that are not over at `now`, at most 100.
    fn list(&mut self, file: FileId, now: Timestamp) -> Result<Vec<Share>, StoreError>;
    /// Takes a link back.
    fn revoke(&mut self, file: FileId, id: ShareId) -> Result<bool, StoreError>;
    /// Forgets links that were over before `before`, at most `limit`; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Keeps uploads that may come in several requests.
///
/// * U1 `get` after `insert` gives an equal upload, with nothing received;
/// * U2 `insert` for somebody who is not there reports `Missing("files.owner")`;
/// * U3 `append` keeps a part that begins where the upload ends and leaves something to come, moves
///   the end of the upload behind it and its expiry to the given moment, and gives true; otherwise it
///   gives false and changes nothing; of many who append at one place, one is given true;
/// * U4 `parts` gives what was appended, by its beginning;
/// * U5 `claim` of an upload that ends at the given place gives its parts and forgets them, and makes
///   it whole; `None`, and nothing changed, when it ends elsewhere, is whole or is not there; of many
///   who claim one upload, one is given its parts; `conclude` says which file came of it;
/// * U6 `remove` gives an upload and its parts, and `None` when it was not there or, asked for one
///   that is over, is not over yet; of many who remove one, one is given it;
/// * U7 `pending` counts a person's uploads that have no file; `of_owner` gives a person's uploads,
///   by id; `expired` gives those that are over at a moment, and no others;
/// * U8 `known_parts` gives exactly those of the names that some part has.
pub trait UploadStore {
    /// Adds an upload.
    fn insert(&mut self, upload: &NewSession) -> Result<UploadSession, StoreError>;
    /// An upload.
    fn get(&mut self, id: UploadId) -> Result<Option<UploadSession>, StoreError>;
    /// Keeps a part.
    fn append(
        &mut self,
        id: UploadId,
        part: &Part,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// The parts of an upload.
    fn parts(&mut self, id: UploadId) -> Result<Vec<Part>, StoreError>;
    /// Makes an upload whole that ends at `from`; gives its parts. Nobody else changes it before the
    /// transaction ends.
    fn claim(&mut self, id: UploadId, from: u64) -> Result<Option<Vec<ObjectKey>>, StoreError>;
    /// Says which file came of an upload, and until when it is remembered.
    fn conclude(
        &mut self,
        id: UploadId,
        file: FileId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Removes an upload, with `over` only when it expired before that moment.
    fn remove(
        &mut self,
        id: UploadId,
        over: Option<Timestamp>,
    ) -> Result<Option<(UploadSession, Vec<ObjectKey>)>, StoreError>;
    /// How many of a person's uploads have no file.
    fn pending(&mut self, owner: UserId) -> Result<u64, StoreError>;
    /// A person's uploads, at most `limit`.
    fn of_owner(&mut self, owner: UserId, limit: u32) -> Result<Vec<UploadSession>, StoreError>;
    /// Uploads that expired before `before`, at most `limit`.
    fn expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<UploadId>, StoreError>;
    /// Which of these names of objects some part has.
    fn known_parts(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError>;
}

/// What this room asks about accounts and about the things that files are attached to.
///
/// * W1 owner and assignee see a live task, and nobody a deleted one or one that never was; asked
///   about nobody in particular, whether it is there;
/// * W2 a thing that is owned is its owner's and nobody else's;
/// * W3 an account is open unless it is suspended, closed by its owner, removed or was never there.
pub trait ProductOwners {
    /// Whether this person sees the task; with `None`, whether it is there.
    fn sees_task(&mut self, user: Option<UserId>, task: i64) -> Result<bool, StoreError>;
    /// Whether the task is this person's.
    fn owns_task(&mut self, user: UserId, task: i64) -> Result<bool, StoreError>;
    /// Whether this thing is this person's.
    fn owns(&mut self, user: UserId, owned: OwnedId) -> Result<bool, StoreError>;
    /// Whether this account is open.
    fn is_open(&mut self, user: UserId) -> Result<bool, StoreError>;
}

/// What this room asks about the messages of the chat that files are attached to.
///
/// * W4 `shows` is true for a person who is now in a chat room with a message that has the file and is not deleted, if
///   they may see that message: in a private room, one that was written since they joined. It is false for all others:
///   those who left or are banned, and those who were never in the room, also where all may come in.
pub trait ChatFiles {
    /// Whether a message shows this person the file.
    fn shows(&mut self, user: UserId, file: FileId) -> Result<bool, StoreError>;
}

/// This room's face of a transaction.
pub trait FilesTx: CommonTx {
    /// Files.
    fn files(&mut self) -> &mut dyn FileStore;
    /// Content.
    fn blobs(&mut self) -> &mut dyn BlobStore;
    /// Room taken.
    fn usage(&mut self) -> &mut dyn UsageStore;
    /// Links.
    fn shares(&mut self) -> &mut dyn ShareStore;
    /// Uploads that may come in several requests.
    fn uploads(&mut self) -> &mut dyn UploadStore;
    /// What files are attached to.
    fn product_owners(&mut self) -> &mut dyn ProductOwners;
    /// What messages show.
    fn chat_files(&mut self) -> &mut dyn ChatFiles;
}
