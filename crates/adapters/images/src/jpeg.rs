//! The markers of a JPEG. The decoder fills up what is missing with grey and says nothing; somebody
//! who sent half a picture should hear of it.

use files::outbound::PictureError;

/// What the markers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outline {
    /// Decoded in several passes, which keeps all coefficients in memory.
    pub(crate) progressive: bool,
    /// Colours: 1, 3 or 4.
    pub(crate) components: u8,
    /// Pixels across.
    pub(crate) width: u16,
    /// Pixels down.
    pub(crate) height: u16,
    /// Samples of all colours together for each pixel, in hundredths: 300 where no colour is halved.
    pub(crate) samples: u16,
}

/// Samples for each pixel, in hundredths, from the components of a frame.
fn samples(components: &[u8]) -> u16 {
    let areas: Vec<u16> = components
        .chunks(3)
        .filter_map(|one| one.get(1))
        .map(|f| u16::from(f >> 4) * u16::from(f & 15))
        .collect();
    let most = areas.iter().copied().max().unwrap_or(1).max(1);
    areas.iter().sum::<u16>() * 100 / most
}

/// Walks from marker to marker, to the end of the picture.
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline, PictureError> {
    let broken = |why: &str| PictureError::Broken(why.to_owned());
    let cut = || broken("it is cut short");
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or_else(|| broken("it is no JPEG"))?;
    let mut outline = Outline::default();
    loop {
        // In a scan, FF 00 is a byte of data and FF D0 to FF D7 are waymarks. Between segments there
        // is nothing but fill bytes in a good file; decoders step over what else is there.
        let at = rest
            .windows(2)
            .position(|pair| matches!(pair, [0xFF, 0x01..=0xCF | 0xD8..=0xFE]))
            .ok_or_else(cut)?;
        let (marker, after) = match rest.get(at + 1..) {
            Some([marker, after @ ..]) => (*marker, after),
            _ => return Err(cut()),
        };
        match marker {
            0xD9 => return Ok(outline),
            // without a length, or of no meaning
            0x01..=0xBF | 0xD8 => rest = after,
            _ => {
                let length = match after {
                    [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
                    _ => return Err(cut()),
                };
                let segment = after.get(..length).ok_or_else(cut)?;
                let frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
                if frame {
                    outline.progressive = matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE);
                    outline.components = segment.get(7).copied().unwrap_or(0);
                    if let [_, _, _, h1, h0, w1, w0, ..] = segment {
                        outline.height = u16::from_be_bytes([*h1, *h0]);
                        outline.width = u16::from_be_bytes([*w1, *w0]);
                    }
                    outline.samples = samples(segment.get(8..).unwrap_or_default());
                }
                rest = after.get(length.max(2)..).ok_or_else(cut)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halved_colours_have_fewer_samples() {
        assert_eq!(samples(&[1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]), 300);
        assert_eq!(samples(&[1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]), 150);
        assert_eq!(samples(&[1, 0x11, 0]), 100);
        assert_eq!(samples(&[]), 0);
    }

    #[test]
    fn the_end_is_found_behind_data_that_looks_like_it() {
        let app = [0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 0xFF, 0xD9];
        let frame = [0xFF, 0xC2, 0, 11, 8, 0, 1, 0, 1, 3, 0, 0, 0];
        let scan = [0xFF, 0xDA, 0, 3, 0, 1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 0xFF, 0xFF];
        let whole = [&[0xFF, 0xD8][..], &app, &frame, &scan, &[0xFF, 0xD9]].concat();
        let expected =
            Outline { progressive: true, components: 3, width: 1, height: 1, samples: 0 };
        assert_eq!(outline(&whole), Ok(expected));
        assert_eq!(outline(&[&whole[..], b"what some cameras add"].concat()), Ok(expected));
        for end in 0..whole.len() {
            assert!(outline(&whole[..end]).is_err(), "{end}");
        }
    }
}
