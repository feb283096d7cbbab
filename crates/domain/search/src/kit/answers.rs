//! What is answered by index and sources together.

use kernel::{SearchQuery, kit::moment};

use super::{Fixture, World, doc, key, seen};
use crate::{
    document::Document,
    service::{Answer, CANDIDATES, Question, fill, find, learn, renew, suggest},
    typos::Dictionary,
    values::{Kind, Label},
};

fn question(text: &str, limit: u32) -> Question {
    Question { query: SearchQuery::parse(text).unwrap(), kinds: vec![Kind::Tasks], limit }
}

impl Fixture {
    async fn answer(&self, world: &World, text: &str, labels: &[Label]) -> Answer {
        let (mut world, labels, question) = (world.clone(), labels.to_vec(), question(text, 5));
        self.read(move |tx| {
            let mut dictionary = Dictionary::default();
            learn(tx.index(), &mut dictionary, 0, 10_000)?;
            find(tx.index(), &mut world, &dictionary, &question, &labels)
        })
        .await
    }

    async fn answered(&self, world: &World, text: &str) -> Vec<i64> {
        let answer = self.answer(world, text, &[Label::Public]).await;
        answer.top.iter().map(|hit| hit.key.id).collect()
    }

    /// Fills the index from a world, from the beginning.
    async fn fill(&self, world: &World) {
        for kind in Kind::ALL {
            let mut behind = Some(0);
            while let Some(place) = behind {
                let mut world = world.clone();
                behind = self.write(move |tx| fill(tx.index(), &mut world, kind, place)).await;
            }
        }
    }
}

pub(super) async fn s1_sources_have_the_last_word(fixture: Fixture) {
    let indexed: Vec<_> = (1..=8).map(|id| doc(id, "Hidden widget", "")).collect();
    fixture.put(&indexed).await;
    // The index has not heard yet that two are gone, one is hidden, one is another now.
    let mut world = World::of(&indexed);
    world.0.remove(&key(Kind::Tasks, 8));
    world.0.remove(&key(Kind::Tasks, 7));
    world.0.insert(key(Kind::Tasks, 6), seen(&[Label::User(1)], doc(6, "Hidden widget", "")));
    world.0.insert(key(Kind::Tasks, 5), doc(5, "Something else", ""));
    assert_eq!(fixture.answered(&world, "hidden").await, [4, 3, 2, 1]);
    let mine = fixture.answer(&world, "hidden", &[Label::User(1), Label::Public]).await;
    assert_eq!(mine.top[0].key.id, 6);

    // Words of what one may not see are neither suggested nor found by their neighbours.
    let secret = seen(&[Label::User(1)], doc(20, "Chrysanthemum", ""));
    fixture.put(std::slice::from_ref(&secret)).await;
    world.0.insert(secret.key, secret);
    for text in ["chrysanthemun", "chrys", "hrysanthemum"] {
        assert!(fixture.answered(&world, text).await.is_empty(), "{text}");
        let mut sources = world.clone();
        let suggested = fixture.read(move |tx| {
            let mut dictionary = Dictionary::default();
            learn(tx.index(), &mut dictionary, 0, 10_000)?;
            let question = question(text, 5);
            let mut of = |labels: &[Label]| {
                suggest(tx.index(), &mut sources, &dictionary, &question, labels)
            };
            Ok((of(&[Label::Public])?, of(&[Label::User(1)])?))
        });
        let (others, mine) = suggested.await;
        assert!(others.is_empty(), "{text}");
        assert_eq!(mine, ["Chrysanthemum"], "{text}");
    }
}

pub(super) async fn s2_events_may_come_in_any_order(fixture: Fixture) {
    let one = key(Kind::Tasks, 1);
    let mut world = World::of(&[doc(1, "First words", "")]);
    let renewed = async |world: &World| {
        let mut world = world.clone();
        fixture.write(move |tx| renew(tx.index(), &mut world, one)).await;
    };
    renewed(&world).await;
    renewed(&world).await;
    assert_eq!(fixture.public("words").await, [1], "twice is once");
    world.0.insert(one, doc(1, "Second words", ""));
    renewed(&world).await;
    assert!(fixture.public("first").await.is_empty());
    world.0.insert(one, seen(&[], doc(1, "Second words", "")));
    renewed(&world).await;
    assert!(fixture.public("second").await.is_empty(), "nobody may see it");
    world.0.remove(&one);
    renewed(&world).await;
    renewed(&world).await;
    assert!(fixture.public("words").await.is_empty());

    // Filled from nothing, then again, with some that are gone and some that are new.
    let many: Vec<_> = (1..=450).map(|id| doc(id, &format!("Word{id}"), "")).collect();
    fixture.fill(&World::of(&many)).await;
    for id in [200, 201, 399, 450] {
        assert_eq!(fixture.public(&format!("word{id}")).await, [id]);
    }
    let mut world = World::of(&many[..250]);
    world.0.insert(key(Kind::Users, 3), Document { key: key(Kind::Users, 3), ..doc(3, "Ada", "") });
    fixture.fill(&world).await;
    assert_eq!(fixture.public("word250").await, [250]);
    assert!(fixture.public("word251").await.is_empty());
    assert!(fixture.public("word450").await.is_empty());
    assert_eq!(fixture.public("ada").await, [3]);
}

pub(super) async fn s3_what_is_mistyped_is_found(fixture: Fixture) {
    let documents = [
        doc(1, "Blue widget", "made of aluminium"),
        doc(2, "Wireless headphones", ""),
        doc(3, "Café crème", "une boisson agréable"),
        seen(&[Label::User(1)], doc(4, "Widget of Ada", "")),
    ];
    fixture.put(&documents).await;
    let world = World::of(&documents);
    for (text, found) in [
        ("wigdet", 1),
        ("qidget", 1),
        ("idget", 1),
        ("blue widgte", 1),
        ("alumimium", 1),
        ("haedphonse", 2),
        ("wirelss haedphones", 2),
        ("agreeable", 3),
        ("agrable", 3),
    ] {
        assert_eq!(fixture.answered(&world, text).await, [found], "{text}");
    }
    for text in ["bleu", "wgidte", "gidwet", "creem x"] {
        assert!(fixture.answered(&world, text).await.is_empty(), "{text}");
    }
    let both = fixture.answer(&world, "wigdet", &[Label::User(1), Label::Public]).await;
    assert_eq!(both.top.len(), 2);
}

pub(super) async fn s5_answers_are_ranked(fixture: Fixture) {
    let documents = [
        doc(1, "Solar lamp", ""),
        doc(2, "Lamp that is driven by solar power", ""),
        doc(3, "Solarium lamp", ""),
        doc(4, "Lamp", "It is solar"),
        doc(5, "Hexasolar lamp", ""),
        doc(6, "Solae lamp", ""),
        doc(7, "Unrelated", "solar things, no light"),
    ];
    // The order of writing must not matter.
    let mut written = documents.to_vec();
    written.reverse();
    fixture.put(&written).await;
    let world = World::of(&documents);
    assert_eq!(fixture.answered(&world, "solar lamp").await, [1, 2, 4, 3, 5]);
    let mut again = documents[5].clone();
    again.at = moment(99);
    let twins = [doc(21, "Twin", ""), doc(22, "Twin", ""), again];
    fixture.put(&twins).await;
    let world = World::of(&twins);
    assert_eq!(fixture.answered(&world, "twin").await, [22, 21], "the newer one is first");
    assert_eq!(fixture.answered(&world, "solea lamp").await, [6], "by one edit");
}

pub(super) async fn s6_older_documents_that_answer_better_are_found(fixture: Fixture) {
    // More than are looked at have the beginning, and two old ones have the word.
    let more = i64::from(CANDIDATES) + 20;
    let mut documents: Vec<_> = (10..10 + more).map(|id| doc(id, "Reporting", "weekly")).collect();
    documents.push(doc(1, "Report", ""));
    documents.push(doc(2, "Other", "report"));
    fixture.put(&documents).await;
    let found = fixture.answered(&World::of(&documents), "report").await;
    assert_eq!(found[..2], [1, 2]);
    assert_eq!(found.len(), 5);

    // Nor do many of one kind hide those of another.
    let user = key(Kind::Users, 1);
    let ada = Document { key: user, ..doc(0, "Report of Ada", "") };
    fixture.put(std::slice::from_ref(&ada)).await;
    documents.push(ada);
    let mut world = World::of(&documents);
    let question = Question { kinds: Kind::ALL.to_vec(), ..question("repor", 5) };
    let answer = fixture.read(move |tx| {
        find(tx.index(), &mut world, &Dictionary::default(), &question, &[Label::Public])
    });
    let answer = answer.await;
    assert_eq!(answer.groups.len(), Kind::ALL.len());
    assert_eq!(answer.groups[0].1.len(), 1);
    assert_eq!(answer.top.iter().filter(|hit| hit.key == user).count(), 1, "the first of each");
}
