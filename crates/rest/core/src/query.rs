//! Reads query parameters, refusing what was not asked for, and the paging ones in particular.

use std::collections::HashSet;
use std::hash::Hash;

use kernel::{
    Cursor, FieldError, PageRequest, Paging, SortKey,
    page::{DEEPEST_ROW, DEFAULT_LIMIT, Direction, MAX_LIMIT, order_text},
};

use super::{fields::Reason, problem::Problem, suggest, url};

/// The parameters that have not been asked for yet, and the faults so far.
pub struct Query {
    pairs: Vec<(String, String)>,
    /// The names that were asked for while there were parameters.
    known: Vec<String>,
    faults: Vec<FieldError>,
}

impl Query {
    /// Splits a query string.
    pub fn parse(raw: &str) -> Self {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut faults = Vec::new();
        for (name, value) in url::pairs(raw) {
            if pairs.iter().any(|(known, _)| *known == name) {
                faults.push(FieldError::new(name, "request.duplicate", "is given twice"));
            } else {
                pairs.push((name, value));
            }
        }
        Self { pairs, known: Vec::new(), faults }
    }

    /// Takes a parameter out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        if !self.pairs.is_empty() {
            self.known.push(name.to_owned());
        }
        let at = self.pairs.iter().position(|(known, _)| known == name)?;
        Some(self.pairs.swap_remove(at).1)
    }

    /// Notes a fault.
    pub fn fault(&mut self, name: &str, code: &'static str, message: impl std::fmt::Display) {
        self.faults.push(FieldError::new(name, code, message));
    }

    /// Fails if there were faults; what was not asked for is left alone.
    pub fn finish_leaving_others(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }

    /// A parameter that must be there.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        if self.pairs.iter().all(|(known, _)| known != name) {
            self.known.push(name.to_owned());
            self.fault(name, "request.missing_field", "must be given");
            return None;
        }
        self.optional(name, read)
    }

    /// A parameter that may be absent.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        let raw = self.take(name)?;
        match read(&raw) {
            Ok(value) => Some(value),
            Err((code, message)) => {
                self.fault(name, code, message);
                None
            }
        }
    }

    /// `sort=-created_at,title`; `default` when it is absent.
    pub fn order<F: Copy + Eq + Hash>(
        &mut self,
        names: &[(&'static str, F)],
        default: &[SortKey<F>],
    ) -> Vec<SortKey<F>> {
        let Some(raw) = self.take("sort") else {
            return default.to_vec();
        };
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        for part in raw.split(',') {
            let (direction, name) = match part.strip_prefix('-') {
                Some(name) => (Direction::Descending, name),
                None => (Direction::Ascending, part),
            };
            let field = names.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
            match field {
                Some(field) if seen.insert(field) => order.push(SortKey { field, direction }),
                _ => {
                    let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                    let message = format!("must name each of {} at most once", known.join(", "));
                    self.fault("sort", "sort.unknown", message);
                    return default.to_vec();
                }
            }
        }
        order
    }

    /// `page`, `limit` and `cursor`, for a list in this order.
    pub fn page<F: Copy + PartialEq>(
        &mut self,
        order: &[SortKey<F>],
        names: &[(&'static str, F)],
    ) -> PageRequest {
        self.page_in_order(&order_text(order, names), order.len())
    }

    /// The same for a list with one order, which has this text and this number of keys.
    pub fn page_in_order(&mut self, order: &str, keys: usize) -> PageRequest {
        let limit = self.optional("limit", |raw| {
            raw.parse::<u32>()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| ("page.limit_invalid", format!("must be 1 to {MAX_LIMIT}")))
        });
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let number = self.optional("page", |raw| {
            let is_number = !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit());
            // However large, it is a page that is too deep.
            let number = is_number.then(|| raw.parse().unwrap_or(u32::MAX)).filter(|n| *n >= 1);
            let number = number.ok_or(("page.number_invalid", "must be a number from 1".into()))?;
            if number.saturating_sub(1).saturating_mul(limit) >= DEEPEST_ROW {
                let message = format!("reaches past row {DEEPEST_ROW}; use `cursor`");
                return Err(("page.too_deep", message));
            }
            Ok(number)
        });
        let cursor = self.optional("cursor", |raw| {
            if raw.is_empty() {
                return Ok(None);
            }
            Cursor::decode(raw)
                .ok()
                .filter(|cursor| cursor.order == order && cursor.values.len() == keys)
                .map(Some)
                .ok_or(("cursor.invalid", "is not a cursor of this list in this order".into()))
        });
        let paging = match (number, cursor) {
            (Some(_), Some(_)) => {
                self.fault("cursor", "page.two_ways", "cannot be used together with `page`");
                Paging::Number(1)
            }
            (number, None) => Paging::Number(number.unwrap_or(1)),
            (None, Some(cursor)) => Paging::Cursor(cursor),
        };
        PageRequest { paging, limit }
    }

    /// Fails if anything was wrong or unknown.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            let hint = suggest::hint(&name, self.known.iter().map(String::as_str));
            let message = format!("is not a parameter of this request{hint}");
            self.fault(&name, "request.unknown_parameter", message);
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_repeated_parameters_are_refused() {
        assert!(Query::parse("x=1").finish().is_err());
        let mut twice = Query::parse("a=1&a=2");
        assert_eq!(twice.take("a"), Some("1".to_owned()));
        assert!(twice.finish().is_err());
        assert!(Query::parse("").finish().is_ok());
    }

    #[test]
    fn an_unknown_parameter_leads_to_the_closest() {
        let mut query = Query::parse("stauts=open");
        assert_eq!((query.take("status"), query.take("limit")), (None, None));
        let refused = query.finish().unwrap_err().to_string();
        assert!(refused.ends_with("; perhaps you mean `status`."), "{refused}");
    }

    #[test]
    fn pages_are_bounded() {
        let ok = |raw: &str| {
            let mut query = Query::parse(raw);
            query.page_in_order("id", 1);
            query.finish().is_ok()
        };
        for raw in ["", "page=1&limit=100", "page=500&limit=20", "cursor="] {
            assert!(ok(raw), "{raw}");
        }
        for raw in [
            "page=0",
            "limit=0",
            "limit=101",
            "page=501&limit=20",
            "page=x",
            "cursor=x",
            "page=1&cursor=",
            "page=-1",
            "page=",
        ] {
            assert!(!ok(raw), "{raw}");
        }
        for raw in ["page=501", "page=4294967295", "page=99999999999999999999999"] {
            let mut query = Query::parse(raw);
            query.page_in_order("id", 1);
            let refused = query.finish().unwrap_err();
            assert!(refused.to_string().contains("use `cursor`"), "{raw}: {refused}");
        }
    }
}
