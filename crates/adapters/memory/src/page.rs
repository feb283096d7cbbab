//! Pages, the same for every table: sort, then cut by number or behind a cursor.

use std::{cmp::Ordering, sync::Arc};

use kernel::{
    Cursor, Page, PageRequest, Paging, SortKey, StoreError,
    page::{Direction, FixedOrder, SortValue, order_text},
};

/// An order, whatever its fields mean.
pub(crate) struct Order {
    /// As the API writes it; cursors carry it.
    text: String,
    /// One direction for each place.
    directions: Vec<Direction>,
    /// The direction of the ids among equal places: that of the last key.
    tie: Direction,
}

impl Order {
    /// By these keys, then by id.
    pub(crate) fn by<F: Copy + PartialEq>(
        keys: &[SortKey<F>],
        names: &[(&'static str, F)],
    ) -> Self {
        let directions: Vec<Direction> = keys.iter().map(|key| key.direction).collect();
        Self {
            text: order_text(keys, names),
            tie: directions.last().copied().unwrap_or(Direction::Ascending),
            directions,
        }
    }

    /// The order that a list always has.
    pub(crate) fn fixed(order: FixedOrder) -> Self {
        let FixedOrder { text, directions, tie } = order;
        Self { text: text.to_owned(), directions: directions.to_vec(), tie }
    }

    fn compare(&self, a: (&[SortValue], i64), b: (&[SortValue], i64)) -> Ordering {
        let values = a.0.iter().zip(b.0).zip(&self.directions);
        for ((left, right), direction) in values {
            let ordering = match (left, right) {
                (SortValue::Nothing, SortValue::Nothing) => Ordering::Equal,
                // Absent values come last, whichever end comes first.
                (SortValue::Nothing, _) => Ordering::Greater,
                (_, SortValue::Nothing) => Ordering::Less,
                (left, right) => directed(left.cmp(right), *direction),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        directed(a.1.cmp(&b.1), self.tie)
    }
}

fn directed(ordering: Ordering, direction: Direction) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

/// One page of `rows`. `at` gives a row's places and id.
///
/// That a cursor was made for this order is the caller's to check (`kernel::page::order_text`), because
/// it is a fault of the request; one that cannot be compared at all is refused here.
pub(crate) fn cut<'a, T: Clone + 'a>(
    rows: impl Iterator<Item = &'a Arc<T>>,
    order: &Order,
    at: impl Fn(&T) -> (Vec<SortValue>, i64),
    page: &PageRequest,
) -> Result<Page<T>, StoreError> {
    let mut rows: Vec<(Vec<SortValue>, i64, &Arc<T>)> = rows
        .map(|row| {
            let (values, id) = at(row);
            (values, id, row)
        })
        .collect();
    rows.sort_unstable_by(|a, b| order.compare((&a.0, a.1), (&b.0, b.1)));
    let limit = page.limit as usize;
    match &page.paging {
        Paging::Number(_) => {
            let total = rows.len() as u64;
            let items = rows
                .into_iter()
                .skip(page.offset() as usize)
                .take(limit)
                .map(|(_, _, row)| (**row).clone())
                .collect();
            Ok(Page { items, total: Some(total), next: None })
        }
        Paging::Cursor(cursor) => {
            let start = match cursor {
                None => 0,
                Some(cursor) if cursor.values.len() == order.directions.len() => {
                    let behind = (cursor.values.as_slice(), cursor.id);
                    rows.partition_point(|row| {
                        order.compare((&row.0, row.1), behind) != Ordering::Greater
                    })
                }
                Some(_) => {
                    return Err(StoreError::Internal(
                        "the cursor was made for another order".to_owned(),
                    ));
                }
            };
            let more = rows.len().saturating_sub(start) > limit;
            rows.drain(..start);
            rows.truncate(limit);
            let next = rows.last().filter(|_| more).map(|(values, id, _)| Cursor {
                order: order.text.clone(),
                values: values.clone(),
                id: *id,
            });
            Ok(Page {
                items: rows.into_iter().map(|(_, _, row)| (**row).clone()).collect(),
                total: None,
                next,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sort values, the first of them sometimes absent, and an id.
    type Row = (Option<i64>, &'static str, i64);

    fn rows() -> Vec<Arc<Row>> {
        let mut rows = Vec::new();
        for id in 1..=24 {
            let number = (id % 4 > 0).then_some(id % 4);
            let text = if id % 3 == 0 { "x" } else { "y" };
            rows.push(Arc::new((number, text, id)));
        }
        rows
    }

    fn at(row: &Row) -> (Vec<SortValue>, i64) {
        let number = row.0.map_or(SortValue::Nothing, SortValue::Number);
        (vec![number, SortValue::Text(row.1.to_owned())], row.2)
    }

    fn orders() -> Vec<Order> {
        use Direction::{Ascending, Descending};
        let directions = [Ascending, Descending];
        let pairs = directions.iter().flat_map(|a| directions.map(|b| vec![*a, b]));
        let order =
            |pair: Vec<Direction>| Order { text: "n,t".to_owned(), tie: pair[1], directions: pair };
        pairs.map(order).collect()
    }

    fn ids(page: &Page<Row>) -> Vec<i64> {
        page.items.iter().map(|row| row.2).collect()
    }

    fn by_number(rows: &[Arc<Row>], order: &Order, limit: u32) -> Vec<i64> {
        let mut all = Vec::new();
        for number in 1.. {
            let request = PageRequest { paging: Paging::Number(number), limit };
            let page = cut(rows.iter(), order, at, &request).unwrap();
            assert_eq!((page.total, &page.next), (Some(rows.len() as u64), &None));
            if page.items.is_empty() {
                break;
            }
            all.extend(ids(&page));
        }
        all
    }

    fn by_cursor(rows: &[Arc<Row>], order: &Order, limit: u32) -> Vec<i64> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let request = PageRequest { paging: Paging::Cursor(cursor), limit };
            let page = cut(rows.iter(), order, at, &request).unwrap();
            assert_eq!(page.total, None);
            all.extend(ids(&page));
            cursor = page.next;
            if cursor.is_none() {
                return all;
            }
        }
    }

    #[test]
    fn both_ways_of_paging_give_every_row_once_in_the_same_order() {
        let rows = rows();
        for order in orders() {
            let whole = by_number(&rows, &order, 100);
            assert_eq!(whole.len(), rows.len());
            for limit in [1, 5, 8, 24] {
                assert_eq!(by_number(&rows, &order, limit), whole);
                assert_eq!(by_cursor(&rows, &order, limit), whole);
            }
        }
    }

    #[test]
    fn absent_values_come_last_in_both_directions() {
        for order in orders() {
            let whole = by_number(&rows(), &order, 100);
            assert!(whole[18..].iter().all(|id| id % 4 == 0), "{whole:?}");
        }
    }

    #[test]
    fn a_cursor_leads_on_when_its_row_is_gone() {
        let rows = rows();
        for order in orders() {
            let whole = by_number(&rows, &order, 100);
            let request = PageRequest { paging: Paging::Cursor(None), limit: 7 };
            let cursor = cut(rows.iter(), &order, at, &request).unwrap().next;
            let left: Vec<_> = rows.iter().filter(|row| row.2 != whole[6]).cloned().collect();
            let request = PageRequest { paging: Paging::Cursor(cursor), limit: 100 };
            assert_eq!(ids(&cut(left.iter(), &order, at, &request).unwrap()), whole[7..]);
        }
    }

    #[test]
    fn a_page_of_nothing_is_empty_and_the_last() {
        for order in orders() {
            assert!(by_cursor(&[], &order, 5).is_empty());
            assert!(by_number(&[], &order, 5).is_empty());
        }
    }

    #[test]
    fn a_cursor_with_other_places_is_refused() {
        let cursor = Cursor { order: String::new(), values: Vec::new(), id: 1 };
        let request = PageRequest { paging: Paging::Cursor(Some(cursor)), limit: 5 };
        assert!(cut(rows().iter(), &orders()[0], at, &request).is_err());
    }
}
