//! Pages by number and pages by cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How deep numbered pages may go, in rows; past it only a cursor leads further.
pub const DEEPEST_ROW: u32 = 10_000;
/// How far the rows of a list are counted. A total above it only says that there are more.
pub const COUNTED_ROWS: u64 = 10_000;
/// Rows of a page when nobody says otherwise.
pub const DEFAULT_LIMIT: u32 = 20;
/// The greatest page.
pub const MAX_LIMIT: u32 = 100;

/// One sort key: a field and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey<F> {
    /// The field.
    pub field: F,
    /// Smallest first, or greatest first.
    pub direction: Direction,
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// An order as the API writes it (`-created_at,title`). Stores put it into the cursors they make;
/// who reads a cursor from a client compares it with this, so that no cursor is used under another
/// order. A field that `names` lacks is written `?`, which no client can ask for.
pub fn order_text<F: Copy + PartialEq>(
    order: &[SortKey<F>],
    names: &[(&'static str, F)],
) -> String {
    let mut text = String::new();
    for (index, key) in order.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if key.direction == Direction::Descending {
            text.push('-');
        }
        let name = names.iter().find(|(_, field)| *field == key.field);
        text.push_str(name.map_or("?", |(name, _)| name));
    }
    text
}

/// An order that a list always has, because clients cannot choose another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedOrder {
    /// As the API would write it; cursors carry it.
    pub text: &'static str,
    /// The direction of each sort value, the id left out.
    pub directions: &'static [Direction],
    /// The direction of the ids among rows with equal sort values.
    pub tie: Direction,
}

impl FixedOrder {
    /// By id alone, the newest first.
    pub const BY_ID_DESC: Self = Self { text: "-id", directions: &[], tie: Direction::Descending };
    /// By the time of creation, the oldest first.
    pub const BY_CREATION: Self =
        Self { text: "created_at", directions: &[Direction::Ascending], tie: Direction::Ascending };
}

/// The value of a sort key in one row, as a cursor carries it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A number (also times in microseconds, and ranks of statuses).
    Number(i64),
    /// A text, compared by its bytes.
    Text(String),
    /// No value; sorts after every value, in both directions.
    Nothing,
}

/// Where a page begins: behind the row with these sort values and this id. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Names the order it was made for, so that it is refused under another.
    pub order: String,
    /// The row's sort values, one for each key.
    pub values: Vec<SortValue>,
    /// The row's id.
    pub id: i64,
}

/// Why a text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor that this list gave out")]
pub struct CursorError;

impl Cursor {
    /// The text a client carries.
    pub fn encode(&self) -> String {
        let values: Vec<serde_json::Value> = self
            .values
            .iter()
            .map(|place| match place {
                SortValue::Number(n) => (*n).into(),
                SortValue::Text(t) => t.as_str().into(),
                SortValue::Nothing => serde_json::Value::Null,
            })
            .collect();
        let json = serde_json::json!([self.order, values, self.id]);
        URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// Reads what [`Cursor::encode`] wrote; anything else is refused.
    pub fn decode(raw: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(raw).map_err(|_| CursorError)?;
        let (order, values, id): (String, Vec<serde_json::Value>, i64) =
            serde_json::from_slice(&bytes).map_err(|_| CursorError)?;
        let values = values
            .into_iter()
            .map(|value| match value {
                serde_json::Value::Null => Ok(SortValue::Nothing),
                serde_json::Value::String(text) if !text.contains('\0') => {
                    Ok(SortValue::Text(text))
                }
                serde_json::Value::Number(n) => {
                    n.as_i64().map(SortValue::Number).ok_or(CursorError)
                }
                _ => Err(CursorError),
            })
            .collect::<Result<_, _>>()?;
        if order.contains('\0') {
            return Err(CursorError);
        }
        Ok(Self { order, values, id })
    }
}

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// By number, from 1.
    Number(u32),
    /// Behind a cursor; `None` for the first page.
    Cursor(Option<Cursor>),
}

/// A request for one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Which page.
    pub paging: Paging,
    /// Rows a page, 1 ..= [`MAX_LIMIT`].
    pub limit: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { paging: Paging::Number(1), limit: DEFAULT_LIMIT }
    }
}

impl PageRequest {
    /// A text that is the same for equal requests only, for the keys of a cache.
    pub fn key(&self) -> String {
        match &self.paging {
            Paging::Number(number) => format!("{number}/{}", self.limit),
            Paging::Cursor(None) => format!("first/{}", self.limit),
            Paging::Cursor(Some(cursor)) => format!("{}/{}", cursor.encode(), self.limit),
        }
    }

    /// Rows before the page, for numbered pages.
    pub const fn offset(&self) -> u32 {
        match self.paging {
            Paging::Number(page) => page.saturating_sub(1).saturating_mul(self.limit),
            Paging::Cursor(_) => 0,
        }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// All rows that match, at most one more than [`COUNTED_ROWS`]; counted for numbered pages only.
    pub total: Option<u64>,
    /// Where the next page begins; for cursor pages, `None` on the last one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A numbered page. The total is counted only when the page does not tell it by itself: one
    /// that is neither empty nor full is the last one, and an empty first page is all there is.
    ///
    /// # Errors
    ///
    /// Those of `count`.
    pub fn numbered<E>(
        items: Vec<T>,
        request: &PageRequest,
        count: impl FnOnce() -> Result<u64, E>,
    ) -> Result<Self, E> {
        let (got, offset) = (items.len() as u64, u64::from(request.offset()));
        let known = got < u64::from(request.limit) && (got > 0 || offset == 0);
        let total = if known { offset + got } else { count()?.min(COUNTED_ROWS + 1) };
        Ok(Self { items, total: Some(total), next: None })
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), total: self.total, next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place() -> impl Strategy<Value = SortValue> {
        prop_oneof![
            any::<i64>().prop_map(SortValue::Number),
            "[^\0]{0,20}".prop_map(SortValue::Text),
            Just(SortValue::Nothing),
        ]
    }

    #[test]
    fn order_texts_are_as_clients_write_them() {
        let names = [("created_at", 'c'), ("title", 't')];
        let key = |field, direction| SortKey { field, direction };
        let order = [key('c', Direction::Descending), key('t', Direction::Ascending)];
        assert_eq!(order_text(&order, &names), "-created_at,title");
        assert_eq!(order_text(&[], &names), "");
    }

    #[test]
    fn requests_that_differ_have_different_keys() {
        let cursor = Cursor { order: "-id".to_owned(), values: Vec::new(), id: 7 };
        let other = Cursor { id: 8, ..cursor.clone() };
        let pagings = [
            Paging::Number(1),
            Paging::Number(2),
            Paging::Cursor(None),
            Paging::Cursor(Some(cursor)),
            Paging::Cursor(Some(other)),
        ];
        let requests =
            pagings.iter().flat_map(|paging| [5, 6].map(|limit| (paging.clone(), limit)));
        let keys: std::collections::BTreeSet<String> =
            requests.map(|(paging, limit)| PageRequest { paging, limit }.key()).collect();
        assert_eq!(keys.len(), 10, "{keys:?}");
    }

    #[test]
    fn a_total_is_counted_only_when_the_page_does_not_imply_it() {
        let total = |rows: usize, page: u32| {
            let request = PageRequest { paging: Paging::Number(page), limit: 5 };
            let mut counted = false;
            let made = Page::numbered(vec![(); rows], &request, || {
                counted = true;
                Ok::<_, ()>(99)
            });
            (made.unwrap().total, counted)
        };
        assert_eq!(total(0, 1), (Some(0), false), "nothing at all");
        assert_eq!(total(3, 1), (Some(3), false), "the only page");
        assert_eq!(total(3, 2), (Some(8), false), "the last page");
        assert_eq!(total(5, 1), (Some(99), true), "a full page");
        assert_eq!(total(0, 2), (Some(99), true), "a page behind the last");
        let request = PageRequest { paging: Paging::Number(1), limit: 1 };
        let many = Page::numbered(vec![()], &request, || Ok::<_, ()>(1_000_000)).unwrap();
        assert_eq!(many.total, Some(10_001), "a total says that there are more, and no more");
    }

    proptest! {
        #[test]
        fn a_cursor_survives_the_journey(
            order in "[a-z_,-]{0,30}",
            values in proptest::collection::vec(place(), 0..4),
            id in any::<i64>(),
        ) {
            let cursor = Cursor { order, values, id };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        }

        #[test]
        fn no_text_makes_decoding_panic(raw in ".{0,200}") {
            let _ = Cursor::decode(&raw);
        }
    }
}
