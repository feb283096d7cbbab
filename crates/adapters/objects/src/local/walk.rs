//! Walks a folder in the order of names, from where the page before ended.

use std::{fs, io, path::Path};

use files::outbound::{ObjectKey, ObjectStat};

use super::{is_absence, moment};

/// What is known of a file.
pub(super) fn stat_of(about: &fs::Metadata) -> io::Result<ObjectStat> {
    Ok(ObjectStat { size: about.len(), finished_at: moment(about.modified()?) })
}

/// The objects under `prefix` that come after `after`.
pub(super) fn list(
    top: &Path,
    prefix: &str,
    after: Option<&ObjectKey>,
    limit: usize,
) -> io::Result<Vec<(ObjectKey, ObjectStat)>> {
    let mut page = Vec::new();
    let after = after.map_or("", ObjectKey::as_str);
    let mut walk = Walk { after, limit, page: &mut page };
    walk.folder(&top.join(prefix), prefix)?;
    Ok(page)
}

struct Walk<'a> {
    after: &'a str,
    limit: usize,
    page: &'a mut Vec<(ObjectKey, ObjectStat)>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if is_absence(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            // What we did not name is not ours.
            if let Ok(file) = entry?.file_name().into_string() {
                names.push(file);
            }
        }
        // `/` sorts before every other character of a name, so that the order of the names within
        // each folder is the order of the whole names.
        names.sort_unstable();
        for file in names {
            if self.page.len() >= self.limit {
                break;
            }
            let whole = if name.is_empty() { file.clone() } else { format!("{name}/{file}") };
            self.entry(&path.join(&file), whole)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String) -> io::Result<()> {
        // A folder may still hold names behind `after` if `after` is in it; else it is all before.
        let within = self.after.strip_prefix(name.as_str()).is_some_and(|s| s.starts_with('/'));
        if name.as_str() <= self.after && !within {
            return Ok(());
        }
        // It may have gone since the folder was read.
        let about = match fs::metadata(path) {
            Err(error) if is_absence(&error) => return Ok(()),
            about => about?,
        };
        if about.is_dir() {
            return self.folder(path, &name);
        }
        if !within && let Ok(key) = ObjectKey::parse(&name) {
            self.page.push((key, stat_of(&about)?));
        }
        Ok(())
    }
}
