//! What a server survives in a container with little memory.

use std::{io::Write as _, thread};

use alveole_tests::{Answer, Backend, Client, Container, Server};
use flate2::{Compression, Crc, write::ZlibEncoder};
use jpeg_encoder::{ColorType, Encoder};

const LIMIT: u64 = 512 << 20;

/// A PNG of one colour: small as a file, large in memory.
fn bomb(edge: u32) -> Vec<u8> {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut crc = Crc::new();
        crc.update(name);
        crc.update(data);
        let length = u32::try_from(data.len()).unwrap();
        [&length.to_be_bytes(), &name[..], data, &crc.sum().to_be_bytes()].concat()
    };
    let edges = edge.to_be_bytes();
    let header = [&edges[..], &edges, &[8, 2, 0, 0, 0]].concat();
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::default());
    let row = vec![0; 1 + edge as usize * 3];
    for _ in 0..edge {
        pixels.write_all(&row).unwrap();
    }
    let pixels = pixels.finish().unwrap();
    let parts = [chunk(b"IHDR", &header), chunk(b"IDAT", &pixels), chunk(b"IEND", &[])].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &parts].concat()
}

/// A photograph as a camera of 24 megapixels takes it.
fn photograph() -> Vec<u8> {
    let (width, height) = (6000_u16, 4000_u16);
    let pixels: Vec<u8> = (0..u32::from(height))
        .flat_map(|y| {
            (0..u32::from(width)).flat_map(move |x| {
                let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 28;
                [x / 24 + grain, y / 16 + grain, (x + y) / 40 + grain].map(|one| one as u8)
            })
        })
        .collect();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 85).encode(&pixels, width, height, ColorType::Rgb).unwrap();
    bytes
}

fn upload(client: &Client, name: &str, content: &[u8]) -> Answer {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let form = [head.as_bytes(), content, b"\r\n--x--\r\n"].concat();
    let request = client.request("POST", "/api/v1/files?type=image");
    request.raw("multipart/form-data; boundary=x", &form).send()
}

pub(crate) fn fifty_pictures_leave_a_small_container_alive(backend: Backend) {
    if backend == Backend::Postgres {
        // Nothing here touches the database; one run is enough.
        return;
    }
    let container = Container::new(LIMIT);
    let server = match &container {
        Ok(container) => Server::contained(backend, container),
        Err(why) => {
            eprintln!("SKIPPED in part: no control group ({why}); only the peak is measured");
            let quarter = (LIMIT / 4).to_string();
            Server::with(backend, &[("ALVEOLE__IMAGES__MEMORY_BYTES", &quarter)])
        }
    };
    let ada = server.person("ada");
    let (bomb, photograph) = (bomb(7000), photograph());
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    assert!(photograph.len() < 10 << 20, "{}", photograph.len());
    thread::scope(|scope| {
        for number in 0..50 {
            let (client, bomb, photograph) = (&ada.client, &bomb, &photograph);
            scope.spawn(move || {
                if number % 25 == 0 {
                    let kept = upload(client, "photograph.jpg", photograph).expect(201);
                    assert_eq!(kept.at("/data/width"), 4096);
                } else {
                    upload(client, "bomb.png", bomb).problem(413, "files.picture_too_heavy");
                }
            });
        }
    });
    let peak = server.peak_memory();
    let group = container.as_ref().ok().and_then(Container::peak);
    eprintln!("peak: {} MiB, group: {:?} MiB", peak >> 20, group.map(|bytes| bytes >> 20));
    assert!(peak < LIMIT, "{} MiB", peak >> 20);
    server.anonymous().get("/health").expect(200);
}
