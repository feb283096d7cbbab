//! Words that were replaced (`docs/ARCHITECTURE.md`, Vocabulary) do not come back.

use std::fs;

use crate::{files, mentions, nothing, short};

/// Identifiers that are gone, and what to write instead. Only unambiguous ones: a word that also has
/// its usual meaning somewhere is left to the reviewer.
const REPLACED: &[(&str, &str)] = &[
    ("Announced", "InvalidationBus"),
    ("Bell", "Notifier"),
    ("ChainLink", "ChainEntry"),
    ("Coded", "Cached"),
    ("Counted", "MeasuredCache"),
    ("Deed", "AuditedAction"),
    ("Fate", "Retry"),
    ("Fault", "DomainError"),
    ("FieldFault", "FieldError"),
    ("FileSeal", "HmacLinkSigner"),
    ("Govern", "Administer"),
    ("Grant", "PersonalAccessToken or AuthorizationCode"),
    ("GrantId", "TokenId"),
    ("GrantStore", "TokenStore"),
    ("Ground", "Fixture"),
    ("Haste", "Force"),
    ("Haystack", "SearchDocument"),
    ("Headed", "HeadRequest"),
    ("Holding", "OwnedProductView"),
    ("Holdings", "PersonalData"),
    ("House", "TestApp or Fixture"),
    ("Hub", "LiveFeed"),
    ("LiveGrant", "LiveToken"),
    ("Loops", "Drivers"),
    ("MailError", "SendError"),
    ("MailFault", "EmailError"),
    ("MailId", "EmailId"),
    ("MailQueue", "EmailQueue"),
    ("MakeGrant", "MakeToken"),
    ("MakeMachine", "CreateServiceAccount"),
    ("NewGrant", "NewToken"),
    ("NewMovement", "NewStockMovement"),
    ("NewOwned", "NewOwnedProduct"),
    ("Papers", "AttachedFiles"),
    ("Places", "ProductOwners"),
    ("Receipt", "IdempotencyRecord"),
    ("Receipts", "IdempotencyStore"),
    ("RowFault", "RowError"),
    ("Ruling", "LimitDecision"),
    ("Settled", "Outcome"),
    ("Settlement", "AccountResolution"),
    ("Sketch", "Derivative"),
    ("Slip", "IdempotencyKey"),
    ("Spot", "RowRef"),
    ("Tally", "TaskCounts"),
    ("Trail", "AuditLog"),
    ("TriesStore", "LoginThrottleStore"),
    ("census", "record_metrics"),
    ("doubles::", "fakes::"),
    ("files_room", "files_service"),
    ("keep_audit", "retain_audit"),
    ("kernel::bench", "kernel::kit"),
    ("kernel::fault", "kernel::error"),
    ("kernel::mail", "kernel::email"),
    ("kernel::once", "kernel::idempotency"),
    ("note_alone", "record_alone"),
    ("settle", "run_once, mark_processed, deliver …"),
    ("shelves", "pages"),
    ("spell", "order_text"),
    ("spelled", "order"),
    ("still_welcome", "still_valid"),
    ("sweep", "prune"),
    ("tell_words", "flush_search_index"),
    ("words_of", "search_text, tokens, permission_names …"),
    ("write_down", "record"),
];

/// What a line says in code and in comments; what is in its string literals is left out, because names
/// of the contract and of tables stay.
fn without_strings(line: &str) -> String {
    let (mut text, mut inside, mut escaped) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            '"' if !escaped => inside = !inside,
            _ if !inside => text.push(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    text
}

/// The replaced identifiers of one line.
fn replaced(line: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let line = without_strings(line);
    REPLACED.iter().filter(move |(old, _)| mentions(&line, old))
}

#[test]
fn replaced_words_do_not_come_back() {
    let mut findings = Vec::new();
    for path in ["crates", "tests"].into_iter().flat_map(|folder| files(folder, "rs")) {
        if path.ends_with("architecture/words.rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        // The names of schemas are public and stay.
        let lines = source.lines().enumerate().filter(|(_, line)| !line.contains("schema(as ="));
        for (number, line) in lines {
            for (old, new) in replaced(line) {
                findings.push(format!("{}:{}: {old} → {new}", short(&path), number + 1));
            }
        }
    }
    nothing(findings, "use the new word");
}

#[test]
fn a_replaced_word_is_found_where_it_stands_alone() {
    let found = |line: &str| replaced(line).map(|(old, _)| *old).collect::<Vec<_>>();
    assert_eq!(found("    let spot: Spot = Spot::new();"), ["Spot"]);
    assert_eq!(found("/// Like [`kernel::mail`]."), ["kernel::mail"]);
    assert_eq!(found("use crate::{Grant, GrantId};"), ["Grant", "GrantId"]);
    assert_eq!(found("struct Spotlight; fn sweeper(authorization_Grant: u8) {}"), [""; 0]);
    assert_eq!(found(r#"let name = "Fault \" Slip";"#), [""; 0], "texts are not judged");
    assert_eq!(found(r#"call("a", Slip, "b")"#), ["Slip"]);
}

#[test]
fn the_list_is_in_order_and_names_each_word_once() {
    assert!(REPLACED.is_sorted_by(|(a, _), (b, _)| a < b));
}
