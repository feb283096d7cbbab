//! Words that older rules left are cut again.

use std::sync::Arc;

use kernel::{PageRequest, SearchQuery, StoreError, UnitOfWork, kit::moment, page::Paging};
use libtest_mimic::Trial;
use tasks::{
    TasksTx,
    commands::CreateTask,
    query::{DEFAULT_ORDER, TaskFilter, Visibility},
    task::NewTask,
    values::Title,
};

use crate::{
    Engine,
    engines::execute,
    fixture::{Fixture, block_on, people},
};

const TASKS: usize = 450;

pub(crate) fn trials((name, make): Engine) -> Vec<Trial> {
    vec![Trial::test(format!("{name}::words::words_of_older_rules_are_cut_again"), move || {
        words_of_older_rules_are_cut_again(&make());
        Ok(())
    })]
}

fn words_of_older_rules_are_cut_again(fixture: &Fixture) {
    let db = fixture.ready();
    let owner = people(&db).0[0];
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = db.clone();
    let titled = |title: &str| {
        let command = CreateTask::titled(Title::parse(title).unwrap());
        NewTask::from_command(&command, owner, moment(0))
    };
    let new: Vec<NewTask> =
        (0..TASKS).map(|number| titled(&format!("系统监控 {number}"))).collect();
    let made: Result<_, StoreError> = block_on(work.write(move |tx| {
        new.iter().map(|new| tx.tasks().insert(new)).collect::<Result<Vec<_>, _>>()
    }));
    let first = made.unwrap().remove(0);
    let found = |text: &str| {
        let filter = TaskFilter {
            text: Some(SearchQuery::parse(text).unwrap()),
            ..TaskFilter::all(Visibility::All, moment(0))
        };
        let page = PageRequest { paging: Paging::Number(1), limit: 1 };
        let listed: Result<_, StoreError> =
            block_on(work.read_slow(move |tx| tx.tasks().list(&filter, &DEFAULT_ORDER, &page)));
        listed.unwrap().total
    };
    assert_eq!(block_on(db.renew_search_words()).unwrap(), 5, "a new database has tables");
    assert_eq!(found("监控"), Some(TASKS as u64));

    // As rows were before: one word for the whole of a Chinese title, under rules of before.
    let aged = match fixture {
        Fixture::Sqlite(_) => "UPDATE tasks_words SET words = 'old'",
        Fixture::Postgres(_) => "UPDATE tasks SET words = array_to_tsvector(ARRAY['old'])",
    };
    for sql in [aged, "UPDATE search_rules SET rules = 1"] {
        execute(fixture, sql).unwrap();
    }
    assert_eq!((found("监控"), found("old")), (Some(0), Some(TASKS as u64)));

    // Two processes share the work, beside someone who changes a task.
    let other = fixture.open();
    let renewed = std::thread::scope(|scope| {
        let renewals = [&db, &other].map(|db| scope.spawn(|| block_on(db.renew_search_words())));
        let mut task = first;
        task.title = Title::parse("茶壶").unwrap();
        let saved: Result<(), StoreError> =
            block_on(work.write(move |tx| tx.tasks().save(&mut task.clone())));
        saved.unwrap();
        renewals.map(|renewal| renewal.join().unwrap().unwrap())
    });
    assert!(renewed.iter().any(|tables| *tables > 0), "{renewed:?}");
    assert_eq!(
        (found("监控"), found("茶壶"), found("old")),
        (Some(TASKS as u64 - 1), Some(1), Some(0))
    );
    assert_eq!(block_on(db.renew_search_words()).unwrap(), 0);
}
