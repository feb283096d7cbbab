//! The languages of emails and notifications.

crate::words!(
    /// A language that emails and notifications are written in.
    Locale {
        /// English.
        En = 0 "en",
        /// French.
        Fr = 1 "fr",
        /// Chinese in simplified characters.
        ZhHans = 2 "zh-Hans",
    }
);

impl Locale {
    /// What is written in when nothing is known of the reader.
    pub const DEFAULT: Self = Self::En;

    /// The language of a tag such as `fr-CA`. Chinese in traditional characters is none of ours.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-').map(str::to_ascii_lowercase);
        let language = parts.next()?;
        let is_traditional = |part: String| ["hant", "tw", "hk", "mo"].contains(&part.as_str());
        match language.as_str() {
            "en" => Some(Self::En),
            "fr" => Some(Self::Fr),
            "zh" if !parts.any(is_traditional) => Some(Self::ZhHans),
            _ => None,
        }
    }

    /// The language that a header `Accept-Language` prefers.
    pub fn preferred(accepted: &str) -> Option<Self> {
        preferred(accepted, Self::of_tag)
    }
}

/// What a header `Accept-Language` prefers of what `of_tag` knows. Of languages that it likes as well the
/// first; what cannot be read of it is passed over.
pub fn preferred<T>(accepted: &str, of_tag: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut best: Option<(f32, T)> = None;
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(language) = parts.next().and_then(&of_tag) else { continue };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
        let Ok(quality) = quality else { continue };
        if quality > best.as_ref().map_or(0.0, |(best, _)| *best) {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_prefers_the_first_of_the_best() {
        for (header, expected) in [
            ("fr-CA, en;q=0.8", Some(Locale::Fr)),
            ("de, en;q=0.3, zh-CN;q=0.9", Some(Locale::ZhHans)),
            ("zh-Hans-SG", Some(Locale::ZhHans)),
            ("zh-TW, zh-Hant", None),
            ("fr;q=0, en;q=0.1", Some(Locale::En)),
            ("en, fr", Some(Locale::En)),
            ("fr;q=x, *, ,;;", None),
            ("", None),
        ] {
            assert_eq!(Locale::preferred(header), expected, "{header:?}");
        }
    }
}
