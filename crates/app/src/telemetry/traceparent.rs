//! `traceparent` of the W3C recommendation Trace Context, read strictly.

use opentelemetry::{
    SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceState},
};

/// Reads version 00: `00-<trace id>-<parent id>-<flags>` in small hexadecimal digits, no id all
/// zeros. Anything else is none, as if there were no header.
pub(super) fn parse(header: &str) -> Option<SpanContext> {
    let mut parts = header.split('-');
    let mut part = |length: usize| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        parts.next().filter(|part| part.len() == length && part.bytes().all(digit))
    };
    let (version, trace, parent, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    if version != "00" || parts.next().is_some() {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(parent).ok()?,
        // The other bits mean nothing in this version.
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

/// Writes it.
pub(super) fn format(context: &SpanContext) -> Option<String> {
    let (trace, span, flags) = (context.trace_id(), context.span_id(), context.trace_flags());
    context.is_valid().then(|| format!("00-{trace}-{span}-{:02x}", flags.to_u8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_was_written_is_read() {
        let context = parse(GOOD).unwrap();
        assert_eq!(context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
        assert!(context.is_sampled() && context.is_remote());
        assert_eq!(format(&context).unwrap(), GOOD);
        let not_taken = parse(&GOOD.replace("-01", "-00")).unwrap();
        assert!(!not_taken.is_sampled());
        // Bits that are not defined yet are taken no notice of.
        assert_eq!(format(&parse(&GOOD.replace("-01", "-ff")).unwrap()).unwrap(), GOOD);
    }

    #[test]
    fn anything_else_is_none() {
        for bad in [
            String::new(),
            "00".to_owned(),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7".to_owned(),
            GOOD.to_uppercase(),
            GOOD.replace("4bf9", "4bF9"),
            GOOD.replace("4bf9", "4bg9"),
            GOOD.replace("4bf9", "+bf9"),
            GOOD.replace("-01", "-1"),
            GOOD.replace("-01", "-001"),
            GOOD.replace("-01", "-+1"),
            GOOD.replace("00-4b", "01-4b"),
            GOOD.replace("00-4b", "ff-4b"),
            GOOD.replace("00-4b", "0-4b"),
            format!("{GOOD}-"),
            format!("{GOOD}-00"),
            format!(" {GOOD}"),
            format!("{GOOD} "),
            GOOD.replace('-', "_"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", "0".repeat(16)),
            "00-4bf92f3577b34da6a3ce929d0e0e47é-00f067aa0ba902b7-01".to_owned(),
        ] {
            assert!(parse(&bad).is_none(), "{bad:?}");
        }
    }
}
