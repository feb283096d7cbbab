//! Sources: who may send, and with which secrets.

use super::*;

fn put(scheme: Scheme, secrets: &[&str]) -> PutSource {
    PutSource {
        scheme: Some(scheme),
        secrets: Some(secrets.iter().map(|raw| (*raw).to_owned()).collect()),
        ..PutSource::default()
    }
}

fn codes(error: &InboundError) -> Vec<(String, String)> {
    let fields = error.fields().iter();
    fields.map(|fault| (fault.field.clone(), fault.code.clone().into_owned())).collect()
}

impl Fixture {
    fn put(
        &self,
        name: &str,
        expected: Option<i64>,
        put: PutSource,
    ) -> Result<inbound::service::Put, InboundError> {
        block_on(self.inbound.put_source(&self.admin, name, Absent::Add, expected, put))
    }
}

#[test]
fn a_source_is_added_changed_and_removed() {
    let fixture = Fixture::new();
    let added = fixture.put("shop", None, put(Scheme::Hmac, &[SECRET])).unwrap();
    assert!(added.added && added.source.version == 1);
    assert_eq!(added.source.hints, ["body"]);
    assert_ne!(added.source.secrets.0, SECRET.as_bytes(), "secrets are sealed");
    let change = PutSource {
        header: Patch::Set(HeaderName::parse("X-Shop").unwrap()),
        max_bytes: Patch::Set(MaxBytes::parse(77).unwrap()),
        ..PutSource::default()
    };
    let changed = fixture.put("shop", Some(1), change.clone()).unwrap();
    assert!(!changed.added && changed.source.version == 2);
    assert_eq!(changed.source.secrets, added.source.secrets);
    let same = fixture.put("shop", Some(2), change).unwrap();
    assert_eq!(same.source.version, 2, "a no-op writes nothing");
    let stale = fixture.put("shop", Some(1), PutSource::default()).unwrap_err();
    assert!(matches!(&stale, InboundError::Stale(source) if source.version == 2), "{stale:?}");
    let opened = block_on(fixture.inbound.open_source("shop")).unwrap();
    assert_eq!(opened.max_bytes(), 77);
    assert!(opened.headers().contains(&"x-shop"));
    let removed = fixture.inbound.remove_source(&fixture.admin, "shop", Some(1));
    assert!(matches!(block_on(removed), Err(InboundError::Stale(_))));
    block_on(fixture.inbound.remove_source(&fixture.admin, "shop", Some(2))).unwrap();
    let gone = block_on(fixture.inbound.open_source("shop")).unwrap_err();
    assert_eq!(gone.code(), "webhooks.source_not_found");
}

#[test]
fn a_faulty_source_names_every_fault() {
    let fixture = Fixture::new();
    let faults = |put| codes(&fixture.put("shop", None, put).unwrap_err());
    let missing = faults(PutSource::default());
    assert_eq!(missing.len(), 2, "{missing:?}");
    let short = faults(put(Scheme::Hmac, &["short", SECRET, ""]));
    assert_eq!(
        short.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
        ["/secrets/0", "/secrets/2"]
    );
    assert_eq!(faults(put(Scheme::Hmac, &[]))[0].0, "/secrets");
    assert_eq!(faults(put(Scheme::Hmac, &[SECRET; 6]))[0].0, "/secrets");
    assert_eq!(faults(put(Scheme::Standard, &[SECRET]))[0].0, "/secrets/0");
    for name in ["Shop", "endpoints", "deliveries", "event-types"] {
        let refused = fixture.put(name, None, put(Scheme::Hmac, &[SECRET])).unwrap_err();
        assert_eq!(codes(&refused)[0].1, "webhooks.source_name_invalid", "{name}");
    }
    fixture.put("shop", None, put(Scheme::Hmac, &[SECRET])).unwrap();
    let other = PutSource { scheme: Some(Scheme::Github), ..PutSource::default() };
    assert_eq!(codes(&fixture.put("shop", None, other).unwrap_err())[0].0, "/secrets");
    let absent = fixture.inbound.put_source(
        &fixture.admin,
        "none",
        Absent::Refuse,
        None,
        put(Scheme::Hmac, &[SECRET]),
    );
    assert!(matches!(block_on(absent), Err(InboundError::SourceNotFound(_))));
}

#[test]
fn during_a_rotation_the_old_and_the_new_secret_verify() {
    let fixture = Fixture::new();
    let both = ["the first secret, old", "the second secret, new"];
    fixture.put("hook", None, put(Scheme::Hmac, &both)).unwrap();
    for raw in both {
        let source = block_on(fixture.inbound.open_source("hook")).unwrap();
        let secret = Secret::parse(raw, Scheme::Hmac).unwrap();
        let code = inbound::signature::hex_of(&secret, &[b"x"]);
        let headers = Headers::new([("x-signature".to_owned(), code)]);
        fixture.inbound.verify(&source, headers, Bytes::from_static(b"x")).unwrap();
    }
    fixture.put("hook", None, put(Scheme::Hmac, &both[1..])).unwrap();
    let source = block_on(fixture.inbound.open_source("hook")).unwrap();
    let old = Secret::parse(both[0], Scheme::Hmac).unwrap();
    let code = inbound::signature::hex_of(&old, &[b"x"]);
    let headers = Headers::new([("x-signature".to_owned(), code)]);
    let refused = fixture.inbound.verify(&source, headers, Bytes::from_static(b"x")).unwrap_err();
    assert_eq!(refused.code(), "webhooks.signature_invalid");
}

#[test]
fn without_a_key_no_source_can_be_added() {
    let fixture = Fixture::with_seal(None);
    let refused = fixture.put("shop", None, put(Scheme::Hmac, &[SECRET])).unwrap_err();
    assert_eq!(refused.code(), "webhooks.no_encryption_key");
}
