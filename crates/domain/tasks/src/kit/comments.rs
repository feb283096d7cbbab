//! Comments.

use kernel::{Page, PageRequest, Paging, StoreError, Timestamp};

use super::{Fixture, ODD_TEXTS, long, moment};
use crate::{
    task::{Comment, NewComment, Task},
    values::{CommentId, CommentText, TaskId},
};

fn words(text: &str) -> CommentText {
    CommentText::parse(text).unwrap()
}

impl Fixture {
    fn remark(&self, task: &Task, text: &str, created_at: Timestamp) -> NewComment {
        NewComment { task: task.id, author: self.helper(), content: words(text), created_at }
    }

    async fn say(&self, task: &Task, text: &str, at: Timestamp) -> Comment {
        let new = self.remark(task, text, at);
        self.write(move |tx| tx.comments().insert(&new)).await
    }

    async fn said(&self, task: TaskId, id: CommentId) -> Option<Comment> {
        self.read(move |tx| tx.comments().get(task, id)).await
    }

    async fn rewrite(&self, comment: &Comment, text: &str, at: Timestamp) -> Comment {
        let mut comment = comment.clone();
        comment.content = words(text);
        comment.updated_at = at;
        self.write(move |tx| {
            let mut comment = comment.clone();
            tx.comments().save(&mut comment)?;
            Ok(comment)
        })
        .await
    }
}

pub(super) async fn m1_a_comment_comes_back_as_it_went_in(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("t")).await;
    let longest = long(4000);
    let mut last: Option<Comment> = None;
    for text in ODD_TEXTS.into_iter().chain([longest.as_str()]) {
        let comment = fixture.say(&task, text, moment(3)).await;
        let expected = Comment {
            id: comment.id,
            task: task.id,
            author: fixture.helper(),
            content: words(text),
            created_at: moment(3),
            updated_at: moment(3),
            version: 1,
        };
        assert_eq!(comment, expected);
        assert_eq!(fixture.said(task.id, comment.id).await, Some(expected));
        if let Some(last) = last {
            let saved = fixture.rewrite(&last, text, moment(4)).await;
            assert_eq!(fixture.said(task.id, last.id).await, Some(saved));
        }
        last = Some(comment);
    }
}

pub(super) async fn m2_a_save_grows_the_version_and_a_stale_one_changes_nothing(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("t")).await;
    let old = fixture.say(&task, "v1", moment(0)).await;
    let new = fixture.rewrite(&old, "v2", moment(1)).await;
    assert_eq!(new.version, 2);
    let stale = Comment { content: words("stale"), ..old };
    let why = fixture
        .refused(move |tx| {
            let mut comment = stale.clone();
            let answer = tx.comments().save(&mut comment);
            assert_eq!(comment, stale, "the argument stays as it was");
            answer
        })
        .await;
    assert!(matches!(why, StoreError::Stale), "{why:?}");
    assert_eq!(fixture.said(task.id, new.id).await, Some(new));
}

pub(super) async fn m3_a_comment_is_found_only_under_its_task(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("t")).await;
    let other = fixture.insert(fixture.plain("o")).await;
    let comment = fixture.say(&task, "here", moment(0)).await;
    assert_eq!(fixture.said(other.id, comment.id).await, None);
    let (elsewhere, id) = (other.id, comment.id);
    assert!(!fixture.write(move |tx| tx.comments().remove(elsewhere, id)).await);
    assert_eq!(fixture.said(task.id, comment.id).await, Some(comment));
}

pub(super) async fn m4_comments_come_oldest_first_by_number_and_by_cursor(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("t")).await;
    let other = fixture.insert(fixture.plain("o")).await;
    let mut expected = Vec::new();
    for at in [5, 1, 3, 1, 5, 1, 0, 5] {
        fixture.say(&other, "elsewhere", moment(at)).await;
        expected.push(fixture.say(&task, "here", moment(at)).await);
    }
    expected.sort_by_key(|comment| (comment.created_at, comment.id));
    let id = task.id;
    let page = |paging, limit| {
        let request = PageRequest { paging, limit };
        fixture.read(move |tx| tx.comments().list(id, &request))
    };
    for limit in [1, 3, 4, 8, 100] {
        let mut numbered = Vec::new();
        for number in 1.. {
            let page = page(Paging::Number(number), limit).await;
            assert_eq!((page.total, page.next), (Some(8), None));
            if page.items.is_empty() {
                break;
            }
            numbered.extend(page.items);
        }
        assert_eq!(numbered, expected, "by number, limit {limit}");
        let mut followed = Vec::new();
        let mut cursor = None;
        loop {
            let page: Page<Comment> = page(Paging::Cursor(cursor), limit).await;
            assert_eq!(page.total, None);
            followed.extend(page.items);
            cursor = page.next;
            let Some(next) = &cursor else { break };
            assert_eq!(next.order, "created_at");
        }
        assert_eq!(followed, expected, "by cursor, limit {limit}");
    }
    let silent = fixture.insert(fixture.plain("silent")).await.id;
    let request = PageRequest::default();
    let nothing = fixture.read(move |tx| tx.comments().list(silent, &request)).await;
    assert_eq!(nothing, Page { items: vec![], total: Some(0), next: None });
}

pub(super) async fn m5_removing_what_is_not_there_gives_false(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("t")).await;
    let kept = fixture.say(&task, "kept", moment(0)).await;
    let comment = fixture.say(&task, "gone", moment(0)).await;
    let (task, id) = (task.id, comment.id);
    assert!(fixture.write(move |tx| tx.comments().remove(task, id)).await);
    assert!(!fixture.write(move |tx| tx.comments().remove(task, id)).await);
    assert_eq!(fixture.said(task, id).await, None);
    assert_eq!(fixture.said(task, kept.id).await, Some(kept));
}

pub(super) async fn m6_there_is_no_comment_without_a_task(fixture: Fixture) {
    let new = NewComment {
        task: TaskId::parse(4_000_000_000_000_000_000).unwrap(),
        author: fixture.owner(),
        content: words("to nobody"),
        created_at: moment(0),
    };
    let why = fixture.refused(move |tx| tx.comments().insert(&new)).await;
    assert!(matches!(why, StoreError::Missing("comments.task")), "{why:?}");
}

pub(super) async fn m7_what_somebody_wrote_is_found_under_every_task(fixture: Fixture) {
    let (one, two) =
        (fixture.insert(fixture.plain("1")).await, fixture.insert(fixture.plain("2")).await);
    let (author, other) = (fixture.helper(), fixture.owner());
    let mut own = Vec::new();
    for (number, task) in [&one, &two, &one, &two, &two].into_iter().enumerate() {
        own.push(fixture.say(task, "mine", moment(9 - i64::try_from(number).unwrap())).await);
        let theirs = NewComment { author: other, ..fixture.remark(task, "theirs", moment(0)) };
        fixture.write(move |tx| tx.comments().insert(&theirs)).await;
    }
    let of = async |author, after, limit| {
        fixture.read(move |tx| tx.comments().of_author(author, after, limit)).await
    };
    assert_eq!(of(author, None, 100).await, own);
    assert_eq!(of(author, None, 2).await, own[..2]);
    assert_eq!(of(author, Some(own[1].id), 2).await, own[2..4]);
    assert_eq!(of(author, Some(own[4].id), 2).await, []);
    assert_eq!(of(other, None, 100).await.len(), 5);
}
