//! Files of the sample: notes, tables and pictures. A few contents are uploaded as everybody's are; the
//! other files have one of them under a name of their own.

use std::{sync::Arc, time::Duration};

use adapter_diesel::Db;
use files::{
    Files, FilesTx,
    file::{File, NewBlob, NewFile},
    service::NewUpload,
    values::{FileKind, FileName, Visibility},
};
use kernel::{Actor, Role, StoreError, Timestamp, UnitOfWork, UserId};

use crate::{
    modules::PICTURES,
    seed::{BATCH, Dice, Sample, THINGS},
};

/// Contents that differ.
const CONTENTS: usize = 24;
/// Pixels of a picture.
const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;

/// Adds files, unless the first person has some; says how many.
pub(crate) async fn add(sample: &Sample<'_>) -> anyhow::Result<Option<String>> {
    let work: Arc<dyn UnitOfWork<dyn FilesTx>> = Arc::<Db>::clone(&sample.wired.db);
    let files = &sample.wired.services.files;
    let count = add_files(files, &work, &sample.people, sample.amounts.files, sample.now).await?;
    Ok((count > 0).then(|| format!("{count} files")))
}

/// Adds files; gives how many.
async fn add_files(
    files: &Files,
    work: &Arc<dyn UnitOfWork<dyn FilesTx>>,
    people: &[UserId],
    count: u32,
    now: Timestamp,
) -> anyhow::Result<u32> {
    let Some(first) = people.first().copied() else { return Ok(0) };
    let own = move |tx: &mut (dyn FilesTx + '_)| tx.files().of_owner(first, None, CONTENTS as u32);
    if count == 0 || !work.read::<_, StoreError, _>(own).await?.is_empty() {
        return Ok(0);
    }
    let mut dice = Dice(4);
    let actor = Actor::new(first, Role::User);
    for number in 0..CONTENTS.min(count as usize) {
        let (name, kind, bytes) = content(&mut dice, number);
        let what = NewUpload {
            kind,
            visibility: Visibility::Private,
            name: FileName::tamed(&name),
            declared: None,
            attached: None,
            at_least: bytes.len() as u64,
            kind_follows: false,
        };
        files.keep(&actor, what, bytes.into(), None).await?;
    }
    let templates: Vec<File> = work.read::<_, StoreError, _>(own).await?;
    let mut left = count.saturating_sub(templates.len() as u32);
    while left > 0 {
        let size = left.min(BATCH);
        left -= size;
        let batch: Vec<NewFile> =
            (0..size).filter_map(|_| another(&mut dice, &templates, people, now)).collect();
        work.write::<_, StoreError, _>(move |tx| {
            for file in &batch {
                let Some(blob) = tx.blobs().blob(file.blob)? else { continue };
                tx.blobs().keep(&NewBlob { hash: blob.hash, size: blob.size, key: blob.key })?;
                tx.usage().charge(file.owner, file.size)?;
                tx.files().insert(file)?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(count)
}

/// A file with the content of one of `templates`.
fn another(
    dice: &mut Dice,
    templates: &[File],
    people: &[UserId],
    now: Timestamp,
) -> Option<NewFile> {
    let template = templates.get(dice.roll(templates.len()))?;
    let extension = template.name.extension().unwrap_or_default();
    let name = format!("{} {}.{extension}", dice.pick(&THINGS), 1 + dice.roll(99));
    Some(NewFile {
        blob: template.blob,
        owner: people.get(dice.roll(people.len())).copied()?,
        name: FileName::tamed(&name),
        kind: template.kind,
        visibility: if dice.roll(10) == 0 { Visibility::Public } else { Visibility::Private },
        attached: None,
        media: template.media,
        text_name: template.text_name.clone(),
        charset: template.charset,
        size: template.size,
        hash: template.hash,
        pixels: template.pixels,
        uploaded_at: now.minus(Duration::from_secs(dice.roll(60 * 86_400) as u64)),
    })
}

/// Name, kind and bytes of a content.
fn content(dice: &mut Dice, number: usize) -> (String, FileKind, Vec<u8>) {
    match number % 3 {
        0 if PICTURES => (format!("picture {number}.png"), FileKind::Image, picture(dice)),
        0 | 1 => {
            let lines = (0..40).map(|_| format!("- {}\n", dice.pick(&THINGS)));
            let text = format!("Notes {number}\n\n{}", lines.collect::<String>());
            (format!("notes {number}.txt"), FileKind::Attachment, text.into_bytes())
        }
        _ => {
            let rows =
                (0..200).map(|row| format!("{row},{},{}\n", dice.pick(&THINGS), dice.roll(9000)));
            let text = format!("number,what,amount\n{}", rows.collect::<String>());
            (format!("table {number}.csv"), FileKind::Attachment, text.into_bytes())
        }
    }
}

/// A sky over a hill: a PNG whose pixels are not compressed.
fn picture(dice: &mut Dice) -> Vec<u8> {
    let tone = 40 + dice.roll(150) as u32;
    let hill = 80 + dice.roll(100) as u32;
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        rows.push(0);
        for x in 0..WIDTH {
            let ground = hill + (x.abs_diff(WIDTH / 2)).pow(2) / 400;
            let (red, green, blue) = if y > ground {
                (tone / 2, 90 + tone / 3, 60)
            } else {
                (tone, 120 + y / 3, 230 - y / 4)
            };
            rows.extend([red, green, blue].map(|part| part.min(255) as u8));
        }
    }
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // 8 bits each of red, green and blue
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &stored(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// A zlib stream of blocks that are not compressed (RFC 1950, RFC 1951 §3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.chunks(65_535);
    let last = blocks.len();
    for (number, block) in blocks.enumerate() {
        stream.push(u8::from(number + 1 == last));
        let length = block.len() as u16;
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// Adds a chunk of a PNG, with its check sum.
fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    png.extend(name);
    png.extend(data);
    let mut sum = u32::MAX;
    for byte in name.iter().chain(data) {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    png.extend((!sum).to_be_bytes());
}
