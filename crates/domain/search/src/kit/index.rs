//! What the index holds and finds.

use kernel::{
    StoreError,
    kit::{ODD_TEXTS, moment},
};

use super::{Fixture, ask, doc, key, numbers, put, remove, seen};
use crate::{
    document::{Document, known_words},
    values::{Kind, Label},
};

const LABELS: [Label; 7] = [
    Label::Public,
    Label::SignedIn,
    Label::Managers(Kind::Tasks),
    Label::User(1),
    Label::User(17),
    Label::Room(1),
    Label::Room(17),
];

pub(super) async fn s1_what_one_may_not_see_is_not_found(fixture: Fixture) {
    // One document for each label of each kind, one for two labels, one for nobody.
    let mut documents = Vec::new();
    for kind in Kind::ALL {
        for label in LABELS {
            let id = documents.len() as i64 + 1;
            let document = Document { key: key(kind, id), ..doc(id, "Secret plan", "of bees") };
            documents.push(seen(&[label], document));
        }
    }
    documents.push(seen(&[Label::User(17), Label::Room(17)], doc(500, "Secret plan", "")));
    documents.push(seen(&[], doc(501, "Secret plan", "")));
    fixture.put(&documents).await;
    for labels in [
        vec![],
        vec![Label::Public],
        vec![Label::User(17)],
        vec![Label::Room(17), Label::Public],
        vec![Label::User(7), Label::Room(7)],
        LABELS.to_vec(),
    ] {
        let all = documents.iter().filter(|document| document.is_seen_by(&labels));
        let mut allowed: Vec<i64> = all.map(|document| document.key.id).collect();
        allowed.sort_unstable_by_key(|id| -id);
        for text in ["secret", "plan secret", "secr", "ecre"] {
            assert_eq!(fixture.found(text, &labels).await, allowed, "{text} for {labels:?}");
        }
    }
    // Neither who may see a document nor its kind is a word of it.
    for text in ["pub", "in", "u17", "r17", "m4", "tasks", "¤pub", "¶tasks", "§secret ¤pub x"] {
        assert!(fixture.found(text, &LABELS).await.is_empty(), "{text}");
    }
    let mut of_users = ask("secret", &LABELS, 100);
    of_users.kinds = vec![Kind::Users];
    let found = fixture.ask(of_users.clone()).await;
    assert_eq!(found.len(), LABELS.len());
    assert!(found.iter().all(|document| document.key.kind == Kind::Users));
    of_users.kinds = vec![];
    assert!(fixture.ask(of_users).await.is_empty(), "of no kind");
}

pub(super) async fn s1_what_one_may_not_see_does_not_count(fixture: Fixture) {
    let hidden = (100..150).map(|id| seen(&[Label::User(1)], doc(id, "Secret plan", "")));
    let shown = (1..=3).map(|id| doc(id, "Secret plan", ""));
    fixture.put(&hidden.chain(shown).collect::<Vec<_>>()).await;
    let found = fixture.ask(ask("secret", &[Label::Public, Label::User(2)], 3)).await;
    assert_eq!(numbers(&found), [3, 2, 1], "newer ones of others take no place");
    let found = fixture.ask(ask("secret", &[Label::Public, Label::User(1)], 3)).await;
    assert_eq!(numbers(&found), [149, 148, 147]);
}

pub(super) async fn s2_documents_come_back_as_they_were_put(fixture: Fixture) {
    let mut documents = Vec::new();
    for (id, text) in (1..).zip(ODD_TEXTS) {
        let title = format!("{text} findme");
        let document = Document::new(key(Kind::Files, id), &title, text, &LABELS, moment(id));
        documents.push(Document { weight: 100, ..document });
    }
    let long = "\u{0}\n🐝".repeat(5000);
    documents.push(Document::new(key(Kind::Users, 1), "Findme", &long, &LABELS, moment(-1)));
    fixture.put(&documents).await;
    let mut found = fixture.ask(ask("findme", &[Label::Managers(Kind::Tasks)], 100)).await;
    found.sort_by_key(|document| (document.key.kind.rank() == 1, document.key.id));
    assert_eq!(found, documents);
}

pub(super) async fn s2_what_is_replaced_or_removed_is_not_found(fixture: Fixture) {
    let key = key(Kind::Tasks, 1);
    let seen_inside = fixture.write(move |tx| {
        put(tx, &doc(1, "Old name", "old words"))?;
        let before = tx.index().find(&ask("old", &[Label::Public], 10))?.len();
        put(tx, &doc(1, "New name", "new words"))?;
        let after = tx.index().find(&ask("old", &[Label::Public], 10))?.len();
        Ok((before, after))
    });
    assert_eq!(seen_inside.await, (1, 0), "in the same transaction");
    assert_eq!(fixture.public("new").await, [1]);
    assert!(fixture.public("old").await.is_empty());
    fixture.put(&[seen(&[Label::User(1)], doc(1, "New name", "newer words"))]).await;
    assert!(fixture.public("new").await.is_empty(), "it is hidden now");
    assert_eq!(fixture.found("newer", &[Label::User(1)]).await, [1]);
    assert!(fixture.found("old", &[Label::User(1)]).await.is_empty());

    fixture.put(&[doc(2, "New bees", "")]).await;
    fixture.write(move |tx| remove(tx, key)).await;
    assert!(fixture.found("newer", &[Label::User(1)]).await.is_empty());
    fixture.write(move |tx| remove(tx, key)).await;
    assert_eq!(fixture.public("new").await, [2], "the other one stays");
    fixture.put(&[doc(1, "New again", "")]).await;
    assert_eq!(fixture.public("new").await, [2, 1]);
    let in_one = fixture.write(move |tx| {
        put(tx, &doc(3, "New and gone", ""))?;
        remove(tx, self::key(Kind::Tasks, 3))
    });
    in_one.await;
    assert_eq!(fixture.public("new").await, [2, 1]);
}

pub(super) async fn s2_what_was_not_committed_is_not_found(fixture: Fixture) {
    fixture.put(&[doc(1, "Steady", "")]).await;
    let refused = fixture.refused(|tx| -> Result<(), StoreError> {
        put(tx, &doc(1, "Shaky", ""))?;
        put(tx, &doc(2, "Shaky", ""))?;
        Err(StoreError::Stale)
    });
    assert!(matches!(refused.await, StoreError::Stale));
    assert!(fixture.public("shaky").await.is_empty());
    assert_eq!(fixture.public("steady").await, [1]);
}

pub(super) async fn s3_every_text_is_behind_a_place(fixture: Fixture) {
    let documents: Vec<_> =
        (1..=7).map(|id| doc(id, &format!("Title{id}"), &format!("body{id}"))).collect();
    fixture.put(&documents).await;
    let (mut place, mut words) = (0, Vec::new());
    loop {
        let texts = fixture.read(move |tx| tx.index().behind(place, 3)).await;
        assert!(texts.len() <= 3);
        assert!(texts.is_sorted_by(|one, two| one.0 < two.0));
        let Some((last, _)) = texts.last() else { break };
        assert!(*last > place);
        place = *last;
        words.extend(texts.iter().flat_map(|(_, text)| known_words(text)));
    }
    let expected = (1..=7).flat_map(|id| [format!("title{id}"), format!("body{id}")]);
    assert_eq!(words, expected.collect::<Vec<_>>());
    // What is written anew is behind.
    fixture.put(&[doc(2, "Other", "words")]).await;
    let texts = fixture.read(move |tx| tx.index().behind(place, 3)).await;
    assert_eq!(known_words(&texts[0].1), ["other", "words"]);
    assert_eq!(texts.len(), 1);
}

pub(super) async fn s4_spellings_are_no_difference(fixture: Fixture) {
    let texts = [
        "Café fermé",
        "系统监控",
        "ＡＢＣ１２３ ﬁancée",
        "USB-C L'Oréal WH-1000XM5",
        "Țepeș Αθήνα Алёна Đà",
        "children's stories",
    ];
    let documents: Vec<_> = (1..).zip(texts).map(|(id, text)| doc(id, text, "")).collect();
    let bodies = (11..).zip(texts).map(|(id, text)| doc(id, "x", text));
    fixture.put(&documents.into_iter().chain(bodies).collect::<Vec<_>>()).await;
    for (text, found) in [
        ("cafe", 1),
        ("FERMÉ café", 1),
        ("监控", 2),
        ("统监", 2),
        ("监", 2),
        ("abc123", 3),
        ("FIANCEE", 3),
        ("usbc", 4),
        ("usb c", 4),
        ("loreal", 4),
        ("wh1000xm5", 4),
        ("tepes", 5),
        ("αθηνα", 5),
        ("алена", 5),
        ("da", 5),
        ("story", 6),
    ] {
        assert_eq!(fixture.public(text).await, [found + 10, found], "{text}");
    }
    // Inside of words of titles only.
    assert_eq!(fixture.public("000xm").await, [4]);
    for nothing in ["控系", "cafes y", "bc12345"] {
        assert!(fixture.public(nothing).await.is_empty(), "{nothing}");
    }
}

pub(super) async fn s5_the_newest_come_first_whatever_the_order_of_writing(fixture: Fixture) {
    let of = |kind, id, at| Document { at: moment(at), key: key(kind, id), ..doc(id, "Bee", "") };
    let written = [
        of(Kind::Messages, 3, 5),
        of(Kind::Users, 9, 1),
        of(Kind::Users, 2, 5),
        of(Kind::Categories, 1, 5),
        of(Kind::Files, 7, -3),
        of(Kind::Users, 10, 5),
        of(Kind::Messages, 4, 5),
        of(Kind::Tasks, 1, 9),
    ];
    let ordered = [(4, 1), (1, 10), (1, 2), (6, 4), (6, 3), (7, 1), (1, 9), (3, 7)];
    fixture.put(&written).await;
    fixture.put(&written[..3]).await;
    for limit in [100, 8, 3, 1] {
        let found = fixture.ask(ask("bee", &[Label::Public], limit)).await;
        let found = found.iter().map(|one| (one.key.kind.rank(), one.key.id));
        let some = &ordered[..ordered.len().min(limit as usize)];
        assert_eq!(found.collect::<Vec<_>>(), some);
    }
}

pub(super) async fn s6_every_query_is_taken(fixture: Fixture) {
    let words = "alpha bravo charlie delta echo foxtrot golf hotel india juliett";
    let chinese = "系统监控设备故障报警处理流程管理平台数据分析报告用户权限设置网络安全检查维护记";
    assert!(chinese.chars().count() <= 40);
    fixture.put(&[doc(1, words, chinese), doc(2, &"w".repeat(64), "alpine")]).await;
    // Somebody who is in hundreds of rooms.
    let mut labels: Vec<Label> = (1..=800).map(Label::Room).collect();
    labels.push(Label::Public);
    assert_eq!(fixture.found(words, &labels).await, [1]);
    assert_eq!(fixture.found(chinese, &labels).await, [1]);
    assert_eq!(fixture.found(&"w".repeat(200), &labels).await, [2], "64 characters count");
    for odd in ["AND", "OR NOT NEAR", "\"", "a:b*", "'&|!", "*"] {
        let Ok(_) = kernel::SearchQuery::parse(odd) else { continue };
        assert!(fixture.found(odd, &[Label::User(1)]).await.is_empty(), "{odd}");
    }
    let found = fixture.ask(ask("a", &labels, 1)).await;
    assert_eq!(found.len(), 1, "no more than it is asked for");
}

pub(super) async fn k1_what_is_indexed_is_read_in_pages(fixture: Fixture) {
    let mut documents: Vec<_> = [5, 1, 9, 3].iter().map(|id| doc(*id, "x", "")).collect();
    documents.push(Document { key: key(Kind::Users, 4), ..doc(4, "x", "") });
    fixture.put(&documents).await;
    let read = async |kind, behind| fixture.read(move |tx| tx.index().keys(kind, behind, 3)).await;
    assert_eq!(read(Kind::Tasks, 0).await, [1, 3, 5]);
    assert_eq!(read(Kind::Tasks, 5).await, [9]);
    assert!(read(Kind::Tasks, 9).await.is_empty());
    assert_eq!(read(Kind::Users, 0).await, [4]);
}
