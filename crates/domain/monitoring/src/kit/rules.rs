//! Cases of `RuleStore`.

use std::time::Duration;

use kernel::{
    BoxFuture, Cursor, PageRequest, Paging, StoreError,
    kit::{ODD_TEXTS, long, moment, together},
};

use super::Fixture;
use crate::{
    rule::{LONGEST, NewRule, Rule, RuleContent},
    values::{Condition, Pattern, RuleId, RuleName, Severity},
};

fn content(name: &str) -> RuleContent {
    RuleContent {
        name: RuleName::parse(name).unwrap(),
        series: Pattern::parse("cpu.total").unwrap(),
        condition: Condition::Above,
        threshold: 90.0,
        clear: 80.0,
        held_for: Duration::from_secs(300),
        clear_for: Duration::from_secs(60),
        repeat: Some(Duration::from_hours(1)),
        severity: Severity::Warning,
        enabled: true,
    }
}

/// Every field at its extremes.
fn extremes() -> Vec<RuleContent> {
    let mut all: Vec<RuleContent> = ODD_TEXTS.iter().map(|text| content(text)).collect();
    all.push(RuleContent {
        name: RuleName::parse(&long(RuleName::MAX)).unwrap(),
        series: Pattern::parse("*").unwrap(),
        condition: Condition::Below,
        threshold: f64::MIN,
        clear: f64::MAX,
        held_for: Duration::ZERO,
        clear_for: LONGEST,
        repeat: None,
        severity: Severity::Critical,
        enabled: false,
    });
    all.push(RuleContent {
        series: Pattern::parse(&format!("{}.*", "x".repeat(60))).unwrap(),
        condition: Condition::Anomaly,
        threshold: -0.1,
        clear: f64::MIN_POSITIVE,
        held_for: LONGEST,
        clear_for: Duration::ZERO,
        repeat: Some(LONGEST),
        severity: Severity::Info,
        ..content("x")
    });
    all
}

impl Fixture {
    async fn rule(&self, content: RuleContent) -> Rule {
        let new = NewRule { content, created_at: moment(3) };
        self.write(move |tx| tx.rules().insert(&new)).await
    }

    async fn get_rule(&self, id: RuleId) -> Option<Rule> {
        self.read(move |tx| tx.rules().get(id)).await
    }

    async fn save_rule(&self, rule: &Rule) -> Result<Rule, StoreError> {
        let rule = rule.clone();
        self.work
            .write(move |tx| {
                let mut rule = rule.clone();
                tx.rules().save(&mut rule)?;
                Ok(rule)
            })
            .await
    }
}

pub(super) async fn r1_a_rule_comes_back_as_it_went_in(fixture: Fixture) {
    let mut saved = fixture.rule(content("before")).await;
    for content in extremes() {
        let rule = fixture.rule(content.clone()).await;
        assert_eq!((&rule.content, rule.version), (&content, 1));
        assert_eq!((rule.created_at, rule.updated_at), (moment(3), moment(3)));
        assert_eq!(fixture.get_rule(rule.id).await.as_ref(), Some(&rule));
        let id = rule.id;
        assert_eq!(fixture.write(move |tx| tx.rules().lock(id)).await, Some(rule));
        let changed = Rule { content, updated_at: moment(123_456), ..saved };
        saved = fixture.save_rule(&changed).await.unwrap();
        assert_eq!(saved, Rule { version: changed.version + 1, ..changed });
        assert_eq!(fixture.get_rule(saved.id).await.as_ref(), Some(&saved));
    }
    assert_eq!(fixture.get_rule(RuleId::parse(i64::MAX).unwrap()).await, None);
}

pub(super) async fn r2_a_stale_save_and_a_stale_remove_change_nothing(fixture: Fixture) {
    let old = fixture.rule(content("v1")).await;
    let new = fixture.save_rule(&old).await.unwrap();
    for version in [1, 3, 0, i64::MAX] {
        let stale = Rule { content: content("stale"), version, ..old.clone() };
        let removed = stale.clone();
        let why = fixture
            .refused(move |tx| {
                let mut rule = stale.clone();
                let answer = tx.rules().save(&mut rule);
                assert_eq!(rule, stale, "the argument stays as it was");
                answer
            })
            .await;
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        let why = fixture.refused(move |tx| tx.rules().remove(&removed)).await;
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        assert_eq!(fixture.get_rule(old.id).await.as_ref(), Some(&new));
    }
    let removed = new.clone();
    fixture.write(move |tx| tx.rules().remove(&removed)).await;
    assert_eq!(fixture.get_rule(new.id).await, None);
    let why = fixture.refused(move |tx| tx.rules().remove(&new)).await;
    assert!(matches!(why, StoreError::Stale), "{why:?}");
}

pub(super) async fn r3_of_many_that_change_one_version_one_succeeds(fixture: Fixture) {
    let work = &fixture.work;
    for _ in 0..3 {
        let read = fixture.rule(content("read by all")).await;
        let one = |number: usize| {
            let mut rule = read.clone();
            rule.content = content(&number.to_string());
            let future: BoxFuture<'_, Result<(), StoreError>> = Box::pin(work.write(move |tx| {
                if number == 0 {
                    tx.rules().remove(&rule)
                } else {
                    tx.rules().save(&mut rule.clone())
                }
            }));
            future
        };
        let outcomes = together((0..8).map(one).collect()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let is_stale = |o: &&Result<(), StoreError>| matches!(o, Err(StoreError::Stale));
        assert_eq!(outcomes.iter().filter(is_stale).count(), 7, "{outcomes:?}");
    }
}

pub(super) async fn r4_rules_come_in_the_order_of_their_creation(fixture: Fixture) {
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(fixture.rule(content(&number.to_string())).await);
    }
    assert_eq!(fixture.read(|tx| tx.rules().all()).await, made);
    let page = async |paging: Paging| {
        let request = PageRequest { paging, limit: 3 };
        fixture.read(move |tx| tx.rules().list(&request)).await
    };
    let second = page(Paging::Number(2)).await;
    assert_eq!((&second.items[..], second.total), (&made[3..6], Some(7)));
    let (mut seen, mut cursor) = (Vec::new(), None::<Cursor>);
    loop {
        let page = page(Paging::Cursor(cursor)).await;
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(seen, made);
}
