//! How good the answers are: documents and judged queries in English, French and Chinese.

use std::sync::Arc;

use kernel::{SearchQuery, UnitOfWork, kit::moment};
use memory::MemoryDb;
use pollster::block_on;
use search::{
    Dictionary, DocKey, Document, Kind, Label, Question, SearchTx,
    kit::World,
    service::{fill, find, learn},
};

/// The best answer counts three times as much as others.
const BEST: f64 = 3.0;
/// What is asked of all queries.
const ENOUGH: f64 = 0.85;

/// A query, and the documents that answer it with how well they do.
type Judged = (String, Vec<(i64, f64)>);

fn set() -> (Vec<Document>, Vec<Judged>) {
    let (mut documents, mut judged) = (Vec::new(), Vec::new());
    let lines = include_str!("judged.txt").lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<&str> = lines.collect();
    for pair in lines.chunks(2) {
        let [document, queries] = pair else { panic!("a document without queries: {pair:?}") };
        let (number, texts) = document.split_once(' ').unwrap();
        let (title, body) = texts.split_once(" :: ").unwrap();
        let id: i64 = number.parse().unwrap();
        let key = DocKey { kind: Kind::Products, id };
        documents.push(Document::new(key, title, body, &[Label::Public], moment(id)));
        for query in queries.split(" ; ") {
            let mut parts = query.split(" +");
            let text = parts.next().unwrap().to_owned();
            let others = parts.map(|other| (other.parse().unwrap(), 1.0));
            judged.push((text, std::iter::once((id, BEST)).chain(others).collect()));
        }
    }
    (documents, judged)
}

fn gain(grades: impl Iterator<Item = f64>) -> f64 {
    (2_u32..).zip(grades.take(10)).map(|(at, grade)| grade / f64::from(at).log2()).sum()
}

#[test]
fn judged_queries_are_answered_well() {
    let (documents, judged) = set();
    assert!(judged.len() >= 200, "{} queries", judged.len());
    let work: Arc<dyn UnitOfWork<dyn SearchTx>> = MemoryDb::new();
    let world = World::of(&documents);
    let mut sources = world.clone();
    let filled = work.write(move |tx| fill(tx.index(), &mut sources, Kind::Products, 0));
    let filled: Result<_, kernel::StoreError> = block_on(filled);
    assert_eq!(filled.unwrap(), Some(documents.len() as i64));
    let (mut total, mut worse) = (0.0, Vec::new());
    let count = judged.len();
    for (text, grades) in judged {
        let query = SearchQuery::parse(&text).unwrap();
        let question = Question { query, kinds: vec![Kind::Products], limit: 10 };
        let mut sources = world.clone();
        let answer = work.read(move |tx| {
            let mut dictionary = Dictionary::default();
            learn(tx.index(), &mut dictionary, 0, 1000)?;
            find(tx.index(), &mut sources, &dictionary, &question, &[Label::Public])
        });
        let answer: Result<_, kernel::StoreError> = block_on(answer);
        let found: Vec<i64> = answer.unwrap().top.iter().map(|hit| hit.key.id).collect();
        let grade = |id: &i64| grades.iter().find(|(one, _)| one == id).map_or(0.0, |one| one.1);
        let quality = gain(found.iter().map(grade)) / gain(grades.iter().map(|one| one.1));
        total += quality;
        if quality < 1.0 {
            worse.push(format!("{quality:.2} {text}: {found:?}, wanted {grades:?}"));
        }
    }
    let mean = total / count as f64;
    assert!(mean >= ENOUGH, "{mean:.3}\n{}", worse.join("\n"));
}
