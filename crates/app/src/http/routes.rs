//! The paths of the API and their methods, taken from the OpenAPI document, so that 404 and 405
//! agree with it by construction.

use utoipa::openapi::{OpenApi, path::PathItem};

use std::collections::HashMap;

/// Every path with its methods.
#[derive(Debug, Default)]
pub struct RouteTable {
    rows: Vec<(Vec<Segment>, String)>,
    /// Those without a parameter, by the whole path.
    fixed: HashMap<String, String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Any,
}

impl RouteTable {
    /// Reads the document.
    pub fn of(document: &OpenApi) -> Self {
        let rows = document.paths.paths.iter().map(|(path, item)| {
            let segments = path.split('/').map(|segment| {
                if segment.starts_with('{') {
                    Segment::Any
                } else {
                    Segment::Fixed(segment.to_owned())
                }
            });
            (segments.collect(), methods(item).join(", "))
        });
        let fixed = document.paths.paths.iter().filter(|(path, _)| !path.contains('{'));
        Self {
            rows: rows.collect(),
            fixed: fixed.map(|(path, item)| (path.clone(), methods(item).join(", "))).collect(),
        }
    }

    /// The `Allow` header of a fixed path that does not take `method`. The router would try such a
    /// request on a sister route with a parameter (`/tasks/bulk` on `/tasks/{id}`).
    pub fn refuses(&self, method: &str, path: &str) -> Option<&str> {
        let allow = self.fixed.get(path)?;
        let takes = allow.split(", ").any(|known| known == method);
        (!takes).then_some(allow.as_str())
    }

    /// The `Allow` header of a path; `None` when the path is not there at all.
    pub fn allow(&self, path: &str) -> Option<&str> {
        let wanted: Vec<&str> = path.split('/').collect();
        let fits = |segments: &[Segment]| {
            segments.len() == wanted.len()
                && segments.iter().zip(&wanted).all(|(segment, text)| match segment {
                    Segment::Fixed(fixed) => fixed == text,
                    Segment::Any => !text.is_empty(),
                })
        };
        // A fixed path goes before one with a parameter, as in the router.
        let mut rows: Vec<_> = self.rows.iter().filter(|(segments, _)| fits(segments)).collect();
        rows.sort_by_key(|(segments, _)| segments.iter().filter(|s| **s == Segment::Any).count());
        rows.first().map(|(_, allow)| allow.as_str())
    }
}

/// The methods of a path; HEAD wherever GET is.
pub fn methods(item: &PathItem) -> Vec<&'static str> {
    let mut methods = Vec::new();
    let has = [
        ("GET", item.get.is_some()),
        ("HEAD", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    methods.extend(has.into_iter().filter(|(_, there)| *there).map(|(name, _)| name));
    methods.push("OPTIONS");
    methods
}
