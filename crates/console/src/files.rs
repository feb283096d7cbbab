//! The built files. `web/dist` need not be there: then there is no console, and nothing else changes.

use std::{borrow::Cow, sync::LazyLock};

use actix_web::web::Bytes;
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// Characters of a hash that tell versions from one another.
const VERSION_LENGTH: usize = 16;

/// The page that every path of the console begins with.
pub(crate) struct Index {
    /// Its text; scripts and styles are asked for by their version.
    pub(crate) html: String,
    /// Its entity tag.
    pub(crate) etag: String,
}

/// A file as it is sent.
pub(crate) struct File {
    /// The bytes, coded.
    pub(crate) bytes: Bytes,
    /// How they are coded.
    pub(crate) coding: Option<&'static str>,
    /// What they are.
    pub(crate) media_type: &'static str,
    /// The entity tag.
    pub(crate) etag: String,
}

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let source = Built::get("SOURCE").map(|file| file.data.into_owned()).unwrap_or_default();
    let hash = String::from_utf8(source).unwrap_or_default();
    hash.chars().filter(char::is_ascii_alphanumeric).take(VERSION_LENGTH).collect()
});

static INDEX: LazyLock<Option<Index>> = LazyLock::new(|| {
    let file = Built::get("index.html")?;
    let html = String::from_utf8(file.data.into_owned()).ok()?;
    let etag = format!("\"{}-{}\"", version(), hex(&file.metadata.sha256_hash()));
    Some(Index { html: with_version(&html, version()), etag })
});

/// The version of the built files.
pub(crate) fn version() -> &'static str {
    &VERSION
}

/// The page; none where no console is built.
pub(crate) fn index() -> Option<&'static Index> {
    INDEX.as_ref()
}

/// Lets what the page asks for carry the version in its path. Scripts name one another by relative paths, so
/// they stay in that version.
fn with_version(html: &str, version: &str) -> String {
    let versioned = |attribute: &str| format!("{attribute}=\"/console/v/{version}/");
    html.replace("src=\"/console/", &versioned("src"))
        .replace("href=\"/console/", &versioned("href"))
}

/// The version in a path, and the name of the file.
pub(crate) fn versioned(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix("v/").and_then(|rest| rest.split_once('/')) {
        Some((version, name)) => (Some(version), name),
        None => (None, path),
    }
}

/// Whether a path names a file rather than a screen: its last part has a known ending.
pub(crate) fn names_file(path: &str) -> bool {
    media_type(path).is_some()
}

fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match ending {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// A file, in the best coding that the client takes and that is there.
pub(crate) fn find(name: &str, accept_encoding: &str) -> Option<File> {
    let media_type = media_type(name)?;
    let coded = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(coding, ending)| {
        let file = takes(accept_encoding, coding).then(|| Built::get(&format!("{name}.{ending}")));
        Some((Some(coding), file.flatten()?))
    });
    let (coding, file) = coded.or_else(|| Some((None, Built::get(name)?)))?;
    let etag = format!("\"{}\"", hex(&file.metadata.sha256_hash()));
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(File { bytes, coding, media_type, etag })
}

/// Whether `Accept-Encoding` names a coding and does not refuse it (RFC 9110 §12.5.3).
fn takes(accept_encoding: &str, coding: &str) -> bool {
    accept_encoding.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

fn hex(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    hash.iter().take(VERSION_LENGTH).fold(String::new(), |mut text, byte| {
        let _: std::fmt::Result = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_this_version() {
        let html = r#"<script src="/console/app.js"></script><a href="/docs/">x</a><link href="/console/app.css">"#;
        assert_eq!(
            with_version(html, "12ab"),
            r#"<script src="/console/v/12ab/app.js"></script><a href="/docs/">x</a><link href="/console/v/12ab/app.css">"#
        );
        assert_eq!(versioned("v/12ab/app.js"), (Some("12ab"), "app.js"));
        assert_eq!(versioned("tasks/7"), (None, "tasks/7"));
        assert_eq!(versioned("v/"), (None, "v/"));
    }

    #[test]
    fn screens_and_files_are_told_apart() {
        for file in ["app.js", "v/1/app.css", "icon.svg", "NOTICE.txt"] {
            assert!(names_file(file), "{file}");
        }
        for screen in ["", "tasks", "tasks/7", "users/ada.lovelace", "files/a.b/c"] {
            assert!(!names_file(screen), "{screen}");
        }
    }

    #[test]
    fn a_coding_is_taken_unless_it_is_refused() {
        for (header, br) in [
            ("gzip, deflate, br", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("br; q=0.0", false),
            ("gzip", false),
            ("", false),
        ] {
            assert_eq!(takes(header, "br"), br, "{header}");
        }
    }
}
