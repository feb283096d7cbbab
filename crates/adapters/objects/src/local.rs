//! Objects in a folder. What is being written is a file of its own in `staged`, and becomes an
//! object by being renamed into `objects` once its bytes are on the disk: so an object is whole or
//! not there, whatever breaks off.

mod walk;

use std::{
    fs::{self, File, OpenOptions},
    hash::{BuildHasher as _, RandomState},
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use files::outbound::{ObjectError, ObjectKey, ObjectReader, ObjectStat, ObjectWriter, Objects};
use kernel::Timestamp;
use tokio::task::JoinHandle;

/// What is gathered before the disk is asked: fewer hops between threads, and little memory.
const WRITE_BLOCK: usize = 1 << 20;
/// What is read at once.
const READ_BLOCK: u64 = 1 << 17;

/// Objects in a folder of this machine; the folder is nobody else's.
#[derive(Debug, Clone)]
pub struct FolderObjects {
    objects: Arc<Path>,
    staged: Arc<Path>,
}

impl FolderObjects {
    /// Opens a folder; makes it, open to nobody else, if it is not there. Fails if it cannot be
    /// written.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, ObjectError> {
        let folder = folder.as_ref();
        let (objects, staged) = (folder.join("objects"), folder.join("staged"));
        make_folders(&objects).map_err(failure)?;
        make_folders(&staged).map_err(failure)?;
        let opened = Self { objects: Arc::from(objects), staged: Arc::from(staged) };
        // To be told now and not at the first upload.
        let trial = opened.fresh_staged();
        create(&trial).and_then(|file| file.sync_all()).map_err(failure)?;
        fs::remove_file(&trial).map_err(failure)?;
        Ok(opened)
    }

    /// Clears away what was begun and not touched for `age`: what a process left that was killed.
    /// Gives how many. Whoever writes touches its file at least every mebibyte.
    pub async fn clear_staged(&self, age: Duration) -> Result<u64, ObjectError> {
        let staged = Arc::clone(&self.staged);
        blocking(move || {
            let mut cleared = 0;
            for entry in fs::read_dir(&staged)? {
                let entry = entry?;
                // It may be gone by now: finished, or given up.
                let Ok(about) = entry.metadata() else { continue };
                let touched = about.modified()?;
                let idle = SystemTime::now().duration_since(touched).unwrap_or_default();
                if idle >= age && fs::remove_file(entry.path()).is_ok() {
                    cleared += 1;
                }
            }
            Ok(cleared)
        })
        .await
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.objects.join(key.as_str())
    }

    /// A name that no other writer has, in this process or another one.
    fn fresh_staged(&self) -> PathBuf {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let chance = RandomState::new().hash_one(count);
        self.staged.join(format!("{}_{count}_{chance:016x}", std::process::id()))
    }
}

#[async_trait]
impl Objects for FolderObjects {
    async fn begin(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let (path, staged) = (self.path(key), self.fresh_staged());
        let made = staged.clone();
        let file = blocking(move || create(&made)).await?;
        Ok(Box::new(Writer {
            staged: Staged(staged),
            path,
            top: Arc::clone(&self.objects),
            waiting: Vec::new(),
            size: 0,
            file: Disk::Idle(file),
        }))
    }

    async fn open(
        &self,
        key: &ObjectKey,
        span: Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, ObjectError> {
        let (path, name) = (self.path(key), key.as_str().to_owned());
        let first = tokio::task::spawn_blocking(move || {
            let mut file = File::open(&path).map_err(|error| unread(error, &name))?;
            let about = file.metadata().map_err(failure)?;
            if !about.is_file() {
                return Err(ObjectError::Missing(name));
            }
            if span.start > span.end || span.end > about.len() {
                return Err(ObjectError::OutOfRange);
            }
            file.seek(SeekFrom::Start(span.start)).map_err(failure)?;
            // Most files are sent whole by this one trip to the disk.
            read_block(file, span.end - span.start).map_err(failure)
        });
        let (block, rest) = first.await.map_err(|error| lost(&error))??;
        Ok(Box::new(Reader { block: Some(block), ahead: rest.map(read_ahead) }))
    }

    async fn stat(&self, key: &ObjectKey) -> Result<Option<ObjectStat>, ObjectError> {
        let path = self.path(key);
        blocking(move || match fs::metadata(&path) {
            Ok(about) if about.is_file() => walk::stat_of(&about).map(Some),
            Ok(_) => Ok(None),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let path = self.path(key);
        // That it was deleted need not survive a crash: whoever collects will find it again.
        blocking(move || match fs::remove_file(&path) {
            Err(error) if !is_absence(&error) => Err(error),
            _ => Ok(()),
        })
        .await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<(ObjectKey, ObjectStat)>, ObjectError> {
        let (top, prefix) = (Arc::clone(&self.objects), prefix.to_owned());
        let after = after.cloned();
        blocking(move || walk::list(&top, &prefix, after.as_ref(), limit)).await
    }
}

/// The file of a writer.
enum Disk {
    Idle(File),
    Busy(JoinHandle<std::io::Result<File>>),
    /// A write failed; why was told already.
    Broken,
}

/// A name in `staged`, freed when it is given up.
struct Staged(PathBuf);

impl Drop for Staged {
    fn drop(&mut self) {
        // After `finish` it is not there any more. What cannot be removed is swept later.
        let _ = fs::remove_file(&self.0);
    }
}

struct Writer {
    staged: Staged,
    path: PathBuf,
    top: Arc<Path>,
    waiting: Vec<Bytes>,
    size: usize,
    file: Disk,
}

impl Writer {
    /// The file, when what was handed to the disk before is written.
    async fn idle(&mut self) -> Result<File, ObjectError> {
        match std::mem::replace(&mut self.file, Disk::Broken) {
            Disk::Idle(file) => Ok(file),
            Disk::Busy(job) => job.await.map_err(|error| lost(&error))?.map_err(failure),
            Disk::Broken => Err(ObjectError::Internal("written to after a failure".to_owned())),
        }
    }

    fn take(&mut self) -> Vec<Bytes> {
        self.size = 0;
        std::mem::take(&mut self.waiting)
    }
}

fn write_all(file: &mut File, pieces: &[Bytes]) -> std::io::Result<()> {
    pieces.iter().try_for_each(|piece| file.write_all(piece))
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError> {
        self.size += chunk.len();
        self.waiting.push(chunk);
        if self.size >= WRITE_BLOCK {
            // The disk works while the next block comes in, one block behind at most.
            let mut file = self.idle().await?;
            let pieces = self.take();
            self.file = Disk::Busy(tokio::task::spawn_blocking(move || {
                write_all(&mut file, &pieces)?;
                Ok(file)
            }));
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        let mut file = self.idle().await?;
        let (pieces, staged) = (self.take(), self.staged.0.clone());
        let (path, top) = (self.path.clone(), Arc::clone(&self.top));
        blocking(move || {
            write_all(&mut file, &pieces)?;
            file.sync_all()?;
            let folder = path.parent().unwrap_or(&top);
            make_folders(folder)?;
            fs::rename(&staged, &path)?;
            // The entry has to survive, and those of the folders that it may have made.
            for made in folder.ancestors().take_while(|made| made.starts_with(&top)) {
                File::open(made)?.sync_all()?;
            }
            Ok(())
        })
        .await
    }
}

/// What a block of reading comes to: the block, and the rest if there is one.
type Block = (Bytes, Option<(File, u64)>);

struct Reader {
    /// What is there already.
    block: Option<Bytes>,
    /// The next block, being read while the one before is sent.
    ahead: Option<JoinHandle<std::io::Result<Block>>>,
}

fn read_block(mut file: File, left: u64) -> std::io::Result<Block> {
    let wanted = left.min(READ_BLOCK);
    let mut block = Vec::with_capacity(wanted as usize);
    let got = (&mut file).take(wanted).read_to_end(&mut block)? as u64;
    if got < wanted {
        return Err(std::io::Error::new(ErrorKind::UnexpectedEof, "the object was cut short"));
    }
    let rest = (left > wanted).then_some((file, left - wanted));
    Ok((Bytes::from(block), rest))
}

fn read_ahead((file, left): (File, u64)) -> JoinHandle<std::io::Result<Block>> {
    tokio::task::spawn_blocking(move || read_block(file, left))
}

#[async_trait]
impl ObjectReader for Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        if let Some(block) = self.block.take().filter(|block| !block.is_empty()) {
            return Ok(Some(block));
        }
        let Some(ahead) = self.ahead.take() else { return Ok(None) };
        let (block, rest) = ahead.await.map_err(|error| lost(&error))?.map_err(failure)?;
        self.ahead = rest.map(read_ahead);
        Ok(Some(block))
    }
}

/// Makes a folder and those above it, for this account only.
fn make_folders(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file that was not there, for this account only.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Work of the disk, off the threads that serve requests. It runs to its end even if nobody waits
/// for it any more.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ObjectError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| lost(&error))?.map_err(failure)
}

fn is_absence(error: &std::io::Error) -> bool {
    // Below what is a file, nothing is there either.
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}

fn unread(error: std::io::Error, name: &str) -> ObjectError {
    if is_absence(&error) { ObjectError::Missing(name.to_owned()) } else { failure(error) }
}

fn failure(error: std::io::Error) -> ObjectError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ObjectError::Full(error.to_string()),
        _ => ObjectError::Internal(error.to_string()),
    }
}

fn lost(error: &tokio::task::JoinError) -> ObjectError {
    ObjectError::Internal(format!("the disk's work was lost: {error}"))
}

/// A moment as the rest of the house keeps it.
fn moment(time: SystemTime) -> Timestamp {
    let micros = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
    let micros = i64::try_from(micros).unwrap_or_default();
    Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN)
}
