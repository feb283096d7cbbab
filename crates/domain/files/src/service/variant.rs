//! Pictures in sizes that somebody asks for: drawn when they are fetched, and not kept. What may be
//! drawn is signed, so that nobody has work done here for sizes that nobody uses.

use kernel::{Actor, Permission};
use sha2::{Digest as _, Sha256};

use super::{
    Content, Edition, Files,
    download::{Found, Source, named},
};
use crate::{
    error::FileError,
    file::{Blob, File},
    media::Media,
    outbound::{Fit, PictureFormat, Rendering},
    policy,
    values::{FileId, FileName, Hash},
};

/// An edge of what is drawn on demand, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge(u32);

impl Edge {
    /// The longest.
    pub const LONGEST: u32 = 2048;

    /// The only way in: 1 to [`Self::LONGEST`].
    pub fn parse(raw: i64) -> Option<Self> {
        u32::try_from(raw).ok().filter(|edge| (1..=Self::LONGEST).contains(edge)).map(Self)
    }

    /// Pixels.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// How a picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Pixels across, at most.
    pub width: Edge,
    /// Pixels down, at most.
    pub height: Edge,
    /// How it is fitted into the box.
    pub fit: Fit,
    /// What it is written in; that of the file when nothing is said.
    pub format: Option<PictureFormat>,
}

impl Wanted {
    /// What is signed: how and where it is fetched, and everything that says what is drawn.
    fn message(&self, path: &str) -> String {
        let format = self.format.map_or("", PictureFormat::as_str);
        let (width, height, fit) = (self.width.0, self.height.0, self.fit.as_str());
        format!("GET\n{path}\n{width}\n{height}\n{fit}\n{format}")
    }
}

/// A picture that is to be drawn for somebody who may have it.
#[derive(Debug)]
pub struct Derivative {
    /// The file.
    pub file: File,
    /// The name to send it by.
    pub name: FileName,
    /// The entity tag.
    pub hash: Hash,
    blob: Blob,
    source: PictureFormat,
    rendering: Rendering,
}

impl Files {
    /// The signature of a link under which a picture is drawn in this size, at `path`. It opens
    /// nothing: who fetches the picture needs the same right as for a download.
    pub async fn sign_variant(
        &self,
        actor: &Actor,
        id: FileId,
        wanted: Wanted,
        path: &str,
    ) -> Result<String, FileError> {
        actor.require(Permission::FilesRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let file = tx.files().get(id)?.ok_or(FileError::NotFound(id))?;
                policy::may_see(tx, Some(&actor), &file)?;
                file.media.picture().map(|_| ()).ok_or(FileError::NoVariant)
            })
            .await?;
        Ok(Hash::of(self.signer.sign(&wanted.message(path))).to_string())
    }

    /// What is to be drawn for a caller, or for anybody, who comes by a link; nothing is drawn yet.
    /// A link without all it needs is none.
    pub async fn derivative(
        &self,
        actor: Option<&Actor>,
        id: FileId,
        path: &str,
        link: Option<(Wanted, String)>,
    ) -> Result<Derivative, FileError> {
        let found = self.found(actor, id, Edition::Original).await?;
        let (wanted, signature) = link.ok_or(FileError::BadLink)?;
        let mac = Hash::parse(&signature).ok_or(FileError::BadLink)?;
        if !self.signer.verify(&wanted.message(path), mac.as_bytes()) {
            return Err(FileError::BadLink);
        }
        let Found { file, blob, .. } = found;
        let source = file.media.picture().ok_or(FileError::NoVariant)?;
        let format = wanted.format.unwrap_or(source).written();
        let (width, height) = (wanted.width.0, wanted.height.0);
        let rendering = Rendering { width, height, fit: wanted.fit, format: Some(format) };
        Ok(Derivative {
            name: named(&file.name, Media::of_picture(format)),
            hash: self.tag_of(&blob, rendering, format),
            file,
            blob,
            source,
            rendering,
        })
    }

    /// Draws it.
    pub async fn drawn(&self, derivative: Derivative) -> Result<Content, FileError> {
        let Derivative { file, name, hash, blob, source, rendering } = derivative;
        let picture = self.draw_one(file.id, &blob, source, rendering).await?;
        let media = Media::of_picture(picture.format);
        Ok(Content {
            file,
            name,
            media,
            content_type: media.as_str().to_owned(),
            size: picture.bytes.len() as u64,
            hash,
            bytes: Source::Drawn(picture.bytes),
        })
    }

    /// Equal tags are of equal bytes: the same source and rendering give the same, as long as they
    /// are drawn in the same style.
    fn tag_of(&self, blob: &Blob, rendering: Rendering, format: PictureFormat) -> Hash {
        let Rendering { width, height, fit, .. } = rendering;
        let (fit, format, style) = (fit.as_str(), format.as_str(), &self.settings.style);
        let mut hash = Sha256::new();
        hash.update(blob.hash.as_bytes());
        hash.update(format!("\n{width}\n{height}\n{fit}\n{format}\n{style}"));
        Hash::of(hash.finalize().into())
    }
}
