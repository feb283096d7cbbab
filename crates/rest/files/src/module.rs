//! What the program needs to know of files.

use std::sync::Arc;

use files::{FileId, Files};
use kernel::{Actor, Permission};
use rest::{
    Module,
    dashboard::{Count, CountPart},
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    module::{CorsHeaders, PathParameter},
    problem::Problem,
};

use crate::{
    Failure, RULES, avatar::SetAvatar, codes, documents_codes, dto::FileBody, present, routes,
    uploads::TUS_MAX_SIZE,
};

/// Rows of one page of the export.
const EXPORT_PAGE: u32 = 100;

const OWN: ExportList = ExportList {
    name: "files",
    about: "What is known of their files; each `url` has the content.",
    schema: "files.StoredFile",
};

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("files", "Uploads, downloads, share links, pictures and PDF documents")],
        codes: &[codes::CODES, documents_codes::CODES],
        event_types: files::events::TYPES,
        rules: &[RULES],
        routes,
        parameters: &[
            PathParameter {
                name: "share_id",
                about: "The number of the link",
                example: "1",
                pattern: None,
            },
            PathParameter {
                name: "file_id",
                about: "The number of the file",
                example: "1",
                pattern: None,
            },
        ],
        cors: CorsHeaders {
            request: &[
                "tus-resumable",
                "upload-checksum",
                "upload-length",
                "upload-metadata",
                "upload-offset",
                "x-http-method-override",
            ],
            response: &[
                "tus-checksum-algorithm",
                "tus-extension",
                "tus-max-size",
                "tus-resumable",
                "tus-version",
                "upload-expires",
                "upload-length",
                "upload-metadata",
                "upload-offset",
                "upload-warnings",
            ],
        },
        export_lists: &[OWN],
        counts: &COUNTS,
        ..Module::new("files")
    }
}

/// The module. `set_avatar` makes an uploaded picture that of an account.
pub fn module(files: Arc<Files>, set_avatar: SetAvatar) -> Module {
    let exported = Arc::clone(&files);
    let read = move |actor, after| export(Arc::clone(&exported), actor, after);
    Module {
        count_parts: vec![CountPart::of(&files, &COUNTS, counts)],
        live: vec![
            LiveRule::new("file", Permission::FilesRead).managed_by(Permission::FilesManage),
        ],
        export: vec![ExportPart::new(OWN, read)],
        values: vec![(TUS_MAX_SIZE, files.most_bytes().to_string())],
        ..description()
    }
    .service(files)
    .service(Arc::new(set_avatar))
}

/// On the dashboard.
const COUNTS: [Count; 2] = [
    Count { name: "files_count", about: "Files" },
    Count {
        name: "storage_used_bytes",
        about: "Bytes of all files, with those that unfinished uploads will have",
    },
];

async fn counts(files: Arc<Files>) -> Result<Vec<u64>, Problem> {
    let (count, bytes) = files.totals().await.map_err(present)?;
    Ok(vec![count, bytes])
}

async fn export(
    files: Arc<Files>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let after: Option<FileId> = after.and_then(|raw| raw.parse().ok());
    let found = files.own(&actor, after, EXPORT_PAGE).await.map_err(Failure::from)?;
    let next = found.last().map(|file| file.id.to_string());
    Ok(ExportPage::new(found.iter().map(FileBody::from), next))
}
