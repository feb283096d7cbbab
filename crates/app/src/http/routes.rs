//! The paths of the API and their methods, taken from the OpenAPI document, so that 404 and 405
//! agree with it by construction.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, de::IgnoredAny};

/// Every path with its methods.
#[derive(Debug, Default)]
pub struct RouteTable {
    rows: Vec<Row>,
    /// Those without a parameter, by the whole path.
    fixed: HashMap<String, String>,
}

#[derive(Debug)]
struct Row {
    template: String,
    segments: Vec<Segment>,
    allow: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Any,
}

impl RouteTable {
    /// Reads the document; what cannot be read has no routes, and the tests notice.
    pub fn of(document: &str) -> Self {
        let paths = serde_json::from_str::<Document>(document).map(|d| d.paths).unwrap_or_default();
        let mut table = Self::default();
        for (path, item) in paths {
            let segments = path.split('/').map(|segment| {
                if segment.starts_with('{') {
                    Segment::Any
                } else {
                    Segment::Fixed(segment.to_owned())
                }
            });
            let allow = methods(&item).join(", ");
            let segments = segments.collect();
            if !path.contains('{') {
                table.fixed.insert(path.clone(), allow.clone());
            }
            table.rows.push(Row { template: path, segments, allow });
        }
        table
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
        self.row(path).map(|row| row.allow.as_str())
    }

    /// The path as it is documented, without the values of its parameters: `/api/v1/tasks/{id}`.
    pub fn template(&self, path: &str) -> Option<&str> {
        self.row(path).map(|row| row.template.as_str())
    }

    fn row(&self, path: &str) -> Option<&Row> {
        let wanted: Vec<&str> = path.split('/').collect();
        let fits = |segments: &[Segment]| {
            segments.len() == wanted.len()
                && segments.iter().zip(&wanted).all(|(segment, text)| match segment {
                    Segment::Fixed(fixed) => fixed == text,
                    Segment::Any => !text.is_empty(),
                })
        };
        // A fixed path goes before one with a parameter, as in the router.
        let parameters =
            |row: &&Row| row.segments.iter().filter(|segment| **segment == Segment::Any).count();
        self.rows.iter().filter(|row| fits(&row.segments)).min_by_key(parameters)
    }
}

/// The methods of a path, by name; what they lead to is skipped.
type Item = BTreeMap<String, Option<IgnoredAny>>;

/// What the table needs of the document.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, Item>,
}

/// The methods of a path; HEAD wherever GET is.
fn methods(item: &Item) -> Vec<String> {
    let mut methods = Vec::new();
    for method in item.keys() {
        methods.push(method.to_uppercase());
        if method == "get" {
            methods.push("HEAD".to_owned());
        }
    }
    methods.push("OPTIONS".to_owned());
    methods
}
