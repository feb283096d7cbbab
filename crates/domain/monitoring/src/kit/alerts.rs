//! Cases of `AlertStore`.

use kernel::{
    BoxFuture, Cursor, Page, PageRequest, Paging, StoreError, UserId,
    kit::{ODD_TEXTS, long, moment, together},
};

use super::Fixture;
use crate::{
    alert::{Alert, AlertContent, Busy, Cause},
    query::AlertFilter,
    values::{
        AlertId, AlertState, Condition, Replica, Resolution, RuleId, RuleName, SeriesName, Severity,
    },
};

fn content(rule: i64) -> AlertContent {
    AlertContent {
        rule: RuleId::parse(rule).unwrap(),
        rule_name: RuleName::parse("CPU").unwrap(),
        severity: Severity::Warning,
        condition: Condition::Above,
        threshold: 90.0,
        replica: Some(Replica::parse("a:1").unwrap()),
        series: SeriesName::parse("cpu.total").unwrap(),
        state: AlertState::Pending,
        value: 91.5,
        cause: Cause::default(),
        since: moment(1),
        fired_at: None,
        clear_since: None,
        resolved_at: None,
        resolution: None,
        changes: Vec::new(),
        flapping: false,
        notified_at: None,
        acked: None,
        silenced: None,
    }
}

fn resolved(rule: i64, at: i64) -> AlertContent {
    AlertContent {
        state: AlertState::Resolved,
        fired_at: Some(moment(2)),
        resolved_at: Some(moment(at)),
        resolution: Some(Resolution::Cleared),
        ..content(rule)
    }
}

/// Every field at its extremes.
fn extremes() -> Vec<AlertContent> {
    let user = UserId::parse(i64::MAX).unwrap();
    let busy = |text: &str| Busy { name: text.to_owned(), percent: 0.1 };
    let mut all = Vec::new();
    for (number, text) in (1..).zip(ODD_TEXTS) {
        all.push(AlertContent {
            rule_name: RuleName::parse(text).unwrap(),
            cause: Cause { routes: vec![busy(text); 3], jobs: vec![busy(text)], processes: vec![] },
            ..content(number)
        });
    }
    all.push(AlertContent {
        rule: RuleId::parse(i64::MAX).unwrap(),
        rule_name: RuleName::parse(&long(RuleName::MAX)).unwrap(),
        severity: Severity::Critical,
        condition: Condition::Anomaly,
        threshold: f64::MIN,
        replica: None,
        series: SeriesName::parse(&"x".repeat(64)).unwrap(),
        state: AlertState::Resolved,
        value: f64::MAX,
        cause: Cause::default(),
        since: moment(-5),
        fired_at: Some(moment(6)),
        clear_since: Some(moment(7)),
        resolved_at: Some(moment(8)),
        resolution: Some(Resolution::ReplicaGone),
        changes: vec![moment(9), moment(10)],
        flapping: true,
        notified_at: Some(moment(11)),
        acked: Some((user, moment(12))),
        silenced: Some((user, moment(13))),
    });
    all
}

impl Fixture {
    async fn alert(&self, content: AlertContent) -> Alert {
        self.write(move |tx| tx.alerts().insert(&content)).await
    }

    async fn get_alert(&self, id: AlertId) -> Option<Alert> {
        self.read(move |tx| tx.alerts().get(id)).await
    }

    async fn save_alert(&self, alert: &Alert) -> Result<Alert, StoreError> {
        let alert = alert.clone();
        self.work
            .write(move |tx| {
                let mut alert = alert.clone();
                tx.alerts().save(&mut alert)?;
                Ok(alert)
            })
            .await
    }

    async fn alerts(&self, filter: AlertFilter, paging: Paging) -> Page<Alert> {
        let request = PageRequest { paging, limit: 3 };
        self.read(move |tx| tx.alerts().list(filter, &request)).await
    }
}

pub(super) async fn a1_an_alert_comes_back_as_it_went_in(fixture: Fixture) {
    let mut saved = fixture.alert(content(500)).await;
    for content in extremes() {
        let alert = fixture.alert(content.clone()).await;
        assert_eq!((&alert.content, alert.version), (&content, 1));
        assert_eq!(fixture.get_alert(alert.id).await.as_ref(), Some(&alert));
        let id = alert.id;
        assert_eq!(fixture.write(move |tx| tx.alerts().lock(id)).await, Some(alert));
        let rule = RuleId::parse(500).unwrap();
        let changed = Alert { content: AlertContent { rule, ..content }, ..saved };
        saved = fixture.save_alert(&changed).await.unwrap();
        assert_eq!(saved, Alert { version: changed.version + 1, ..changed });
        assert_eq!(fixture.get_alert(saved.id).await.as_ref(), Some(&saved));
    }
    assert_eq!(fixture.get_alert(AlertId::parse(i64::MAX).unwrap()).await, None);
}

pub(super) async fn a2_a_stale_save_and_a_stale_remove_change_nothing(fixture: Fixture) {
    let old = fixture.alert(content(1)).await;
    let new = fixture.save_alert(&old).await.unwrap();
    for version in [1, 3, i64::MAX] {
        let stale = Alert { version, ..old.clone() };
        let why = fixture.save_alert(&stale).await.unwrap_err();
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        let why = fixture.refused(move |tx| tx.alerts().remove(&stale)).await;
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        assert_eq!(fixture.get_alert(old.id).await.as_ref(), Some(&new));
    }
    let removed = new.clone();
    fixture.write(move |tx| tx.alerts().remove(&removed)).await;
    assert_eq!(fixture.get_alert(new.id).await, None);
}

pub(super) async fn a3_one_alert_of_a_series_is_open(fixture: Fixture) {
    let is_duplicate = |why: &StoreError| matches!(why, StoreError::Duplicate("monitoring.alert"));
    let open = fixture.alert(content(1)).await;
    for state in [AlertState::Pending, AlertState::Firing] {
        let second = AlertContent { state, ..content(1) };
        let why = fixture.refused(move |tx| tx.alerts().insert(&second)).await;
        assert!(is_duplicate(&why), "{why:?}");
    }
    let past = fixture.alert(resolved(1, 5)).await;
    fixture.alert(content(2)).await;
    fixture.alert(AlertContent { replica: None, ..content(1) }).await;
    let other = SeriesName::parse("load.1").unwrap();
    fixture.alert(AlertContent { series: other, ..content(1) }).await;
    let mut again = past.clone();
    again.content.state = AlertState::Pending;
    let why = fixture.save_alert(&again).await.unwrap_err();
    assert!(is_duplicate(&why), "{why:?}");
    let closed = Alert { content: resolved(1, 6), ..open };
    fixture.save_alert(&closed).await.unwrap();
    fixture.save_alert(&again).await.unwrap();
}

pub(super) async fn a4_current_are_the_open_ones_and_those_resolved_of_late(fixture: Fixture) {
    fixture.alert(resolved(1, 5)).await;
    let pending = fixture.alert(content(1)).await;
    let late = fixture.alert(resolved(1, 10)).await;
    let firing = AlertContent { state: AlertState::Firing, ..content(2) };
    let firing = fixture.alert(firing).await;
    let current = fixture.read(|tx| tx.alerts().current(moment(10))).await;
    assert_eq!(current, [pending, late, firing]);
}

pub(super) async fn a5_a_list_shows_the_newest_first_and_what_its_filter_names(fixture: Fixture) {
    let mut made = Vec::new();
    for rule in 1..=7 {
        let severity = if rule % 2 == 0 { Severity::Critical } else { Severity::Info };
        let one = if rule > 5 { resolved(rule, rule) } else { content(rule) };
        made.insert(0, fixture.alert(AlertContent { severity, ..one }).await);
    }
    let all = AlertFilter::default();
    let second = fixture.alerts(all, Paging::Number(2)).await;
    assert_eq!((&second.items[..], second.total), (&made[3..6], Some(7)));
    let (mut seen, mut cursor) = (Vec::new(), None::<Cursor>);
    loop {
        let page = fixture.alerts(all, Paging::Cursor(cursor)).await;
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(seen, made);
    let open = AlertFilter { state: Some(AlertState::Pending), ..all };
    let page = fixture.alerts(open, Paging::Number(1)).await;
    assert_eq!((&page.items[..], page.total), (&made[2..5], Some(5)));
    let both = AlertFilter { severity: Some(Severity::Critical), ..open };
    let page = fixture.alerts(both, Paging::Number(1)).await;
    assert_eq!(page.items, [made[3].clone(), made[5].clone()]);
    assert_eq!(page.total, Some(2));
}

pub(super) async fn a6_pruning_removes_alerts_resolved_long_ago_and_no_others(fixture: Fixture) {
    for at in [3, 1, 2, 9] {
        fixture.alert(resolved(1, at)).await;
    }
    let open = fixture.alert(content(1)).await;
    let prune = async |limit| fixture.write(move |tx| tx.alerts().prune(moment(3), limit)).await;
    assert_eq!((prune(1).await, prune(9).await, prune(9).await), (1, 1, 0));
    let left = fixture.read(|tx| tx.alerts().current(moment(0))).await;
    let times: Vec<_> = left.iter().map(|alert| alert.content.resolved_at).collect();
    assert_eq!(times, [Some(moment(3)), Some(moment(9)), None]);
    assert_eq!(left.last(), Some(&open));
}

pub(super) async fn a7_of_many_that_change_one_version_one_succeeds(fixture: Fixture) {
    let work = &fixture.work;
    for rule in 1..4 {
        let read = fixture.alert(content(rule)).await;
        let one = |number: usize| {
            let mut alert = read.clone();
            alert.content.value = number as f64;
            let future: BoxFuture<'_, Result<(), StoreError>> =
                Box::pin(work.write(move |tx| tx.alerts().save(&mut alert.clone())));
            future
        };
        let outcomes = together((0..8).map(one).collect()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    }
}
