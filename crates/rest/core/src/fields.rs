//! Reads a JSON object field by field and collects every fault, so that a client hears all of them
//! at once. What was not asked for is unknown, and refused.

use kernel::{FieldError, Patch, SearchQuery, text::TextError};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{problem::Problem, suggest};

/// Why a value was not taken: a code and words that follow the field's name.
pub type Reason = (&'static str, String);

/// A JSON object whose top-level names are each given once.
struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Object;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if map.contains_key(&name) {
                        return Err(serde::de::Error::custom(format!("`{name}` is given twice")));
                    }
                    map.insert(name, value);
                }
                Ok(Object(map))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

/// The fields of a JSON object that have not been asked for yet, and the faults so far.
pub struct Fields {
    map: Map<String, Value>,
    /// The names that were asked for while there were fields.
    known: Vec<String>,
    base: String,
    faults: Vec<FieldError>,
}

impl Fields {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Problem::field(
                "",
                "request.body_missing",
                "the body must be a JSON object",
            ));
        }
        match serde_json::from_slice::<Object>(body) {
            Ok(Object(map)) => {
                let mut faults = Vec::new();
                for (name, value) in &map {
                    find_nul(&format!("/{}", escaped(name)), name, value, &mut faults);
                }
                // What else is wrong with such a body does not matter: no client means it.
                if !faults.is_empty() {
                    return Err(Problem::invalid(faults));
                }
                Ok(Self { map, known: Vec::new(), base: String::new(), faults })
            }
            Err(error) => Err(Problem::field(
                "",
                "request.body_malformed",
                format!("the body cannot be read: {error}"),
            )),
        }
    }

    /// Reads an object inside a body; `base` is its JSON Pointer.
    pub fn nested(value: Value, base: String) -> Result<Self, FieldError> {
        match value {
            Value::Object(map) => Ok(Self { map, known: Vec::new(), base, faults: Vec::new() }),
            other => Err(wrong_type(base, "an object", &other)),
        }
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.base, escaped(name))
    }

    /// Notes a fault of a field.
    pub fn fault(&mut self, name: &str, code: &'static str, message: impl std::fmt::Display) {
        self.faults.push(FieldError::new(self.pointer(name), code, message));
    }

    /// Notes faults that were found elsewhere, pointers complete.
    pub fn faults(&mut self, faults: impl IntoIterator<Item = FieldError>) {
        self.faults.extend(faults);
    }

    /// Takes a field's value out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        if !self.map.is_empty() {
            self.known.push(name.to_owned());
        }
        self.map.remove(name)
    }

    fn read<T>(
        &mut self,
        name: &str,
        value: Value,
        read: impl FnOnce(Value) -> Result<T, Misread>,
    ) -> Option<T> {
        match read(value) {
            Ok(value) => Some(value),
            Err(misread) => {
                let pointer = self.pointer(name);
                self.note(pointer, misread);
                None
            }
        }
    }

    fn note(&mut self, pointer: String, misread: Misread) {
        match misread {
            Misread::Reason((code, message)) => {
                self.faults.push(FieldError::new(pointer, code, message));
            }
            Misread::Type(wanted, found) => self.faults.push(wrong_type(pointer, wanted, &found)),
            Misread::Items(items) => {
                for (index, misread) in items {
                    self.note(format!("{pointer}/{index}"), misread);
                }
            }
        }
    }

    /// A field that must be there and not null.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Misread>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => self.read(name, value, read),
            None => {
                self.fault(name, "request.missing_field", "must be given");
                None
            }
        }
    }

    /// A field that may be absent or null.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Misread>,
    ) -> Option<T> {
        match self.take(name) {
            None | Some(Value::Null) => None,
            Some(value) => self.read(name, value, read),
        }
    }

    /// A field of a merge patch that can be cleared.
    pub fn patch<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Misread>,
    ) -> Patch<T> {
        match self.take(name) {
            None => Patch::Keep,
            Some(Value::Null) => Patch::Clear,
            Some(value) => self.read(name, value, read).map_or(Patch::Keep, Patch::Set),
        }
    }

    /// A field of a merge patch that cannot be cleared.
    pub fn keep<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Misread>,
    ) -> Option<T> {
        match self.take(name) {
            None => None,
            Some(Value::Null) => {
                self.fault(name, "request.null", "must not be null");
                None
            }
            Some(value) => self.read(name, value, read),
        }
    }

    /// The faults, unknown fields included.
    pub fn close(mut self) -> Vec<FieldError> {
        let unknown: Vec<String> = self.map.keys().cloned().collect();
        for name in unknown {
            let hint = suggest::hint(&name, self.known.iter().map(String::as_str));
            let message = format!("is not a field of this request{hint}");
            self.fault(&name, "request.unknown_field", message);
        }
        self.faults
    }

    /// What was read, if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        let faults = self.close();
        match value {
            Some(value) if faults.is_empty() => Ok(value),
            _ => Err(Problem::invalid(faults)),
        }
    }
}

/// A name as a part of a JSON Pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Notes every text with the NUL character, which no value may have, at whatever depth.
fn find_nul(pointer: &str, name: &str, value: &Value, faults: &mut Vec<FieldError>) {
    let is_text_with_nul = matches!(value, Value::String(text) if text.contains('\0'));
    if name.contains('\0') || is_text_with_nul {
        let pointer = pointer.replace('\0', "\u{fffd}");
        faults.push(FieldError::new(pointer, "text.nul", "must not contain the NUL character"));
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                find_nul(&format!("{pointer}/{}", escaped(name)), name, value, faults);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_nul(&format!("{pointer}/{index}"), "", item, faults);
            }
        }
        _ => {}
    }
}

/// Why a value could not be read.
pub enum Misread {
    /// It is of the right type, and refused.
    Reason(Reason),
    /// It is of another type than the one named.
    Type(&'static str, Value),
    /// Some of its items could not be read.
    Items(Vec<(usize, Misread)>),
}

fn wrong_type(field: String, wanted: &str, found: &Value) -> FieldError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    FieldError::new(field, "request.wrong_type", format!("must be {wanted}, not {found}"))
}

/// Reads a string by `parse`.
pub fn string<T>(
    parse: impl FnOnce(&str) -> Result<T, Reason>,
) -> impl FnOnce(Value) -> Result<T, Misread> {
    move |value| match value {
        Value::String(text) => parse(&text).map_err(Misread::Reason),
        other => Err(Misread::Type("a string", other)),
    }
}

/// Reads a whole number by `parse`.
pub fn integer<T>(
    parse: impl FnOnce(i64) -> Result<T, Reason>,
) -> impl FnOnce(Value) -> Result<T, Misread> {
    move |value| match value.as_i64() {
        Some(number) => parse(number).map_err(Misread::Reason),
        None => Err(Misread::Type("a whole number", value)),
    }
}

/// Reads an array of strings, each by `parse`.
pub fn strings<T>(
    parse: impl Fn(&str) -> Result<T, Reason>,
) -> impl FnOnce(Value) -> Result<Vec<T>, Misread> {
    move |value| match value {
        Value::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            let mut misread = Vec::new();
            for (index, item) in items.into_iter().enumerate() {
                match item {
                    Value::String(text) => match parse(&text) {
                        Ok(value) => values.push(value),
                        Err(reason) => misread.push((index, Misread::Reason(reason))),
                    },
                    other => misread.push((index, Misread::Type("a string", other))),
                }
            }
            if misread.is_empty() { Ok(values) } else { Err(Misread::Items(misread)) }
        }
        other => Err(Misread::Type("an array of strings", other)),
    }
}

/// The codes of one kind of text.
pub struct TextCodes {
    /// It is empty.
    pub empty: &'static str,
    /// It is too long.
    pub too_long: &'static str,
}

impl TextCodes {
    /// The reason in these codes.
    pub fn reason(&self, error: TextError) -> Reason {
        let code = match error {
            TextError::Empty => self.empty,
            TextError::TooShort { .. } => "text.too_short",
            TextError::TooLong { .. } => self.too_long,
            TextError::Nul => "text.nul",
        };
        (code, error.to_string())
    }
}

/// Reads a search by words.
pub fn search(code: &'static str) -> impl Fn(&str) -> Result<SearchQuery, Reason> {
    move |raw| SearchQuery::parse(raw).map_err(|error| (code, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> Result<String, Reason> {
        if raw.is_empty() {
            Err(("tasks.title_empty", "must not be empty".into()))
        } else {
            Ok(raw.into())
        }
    }

    #[test]
    fn all_errors_are_reported_together() {
        let body = br#"{"title": "", "due": 5, "tags": ["a", 1], "typo/x": true}"#;
        let mut fields = Fields::parse(body).unwrap();
        let title = fields.required("title", string(text));
        let due = fields.optional("due", string(text));
        let tags = fields.optional("tags", strings(text));
        let missing = fields.required("missing", string(text));
        assert!(title.is_none() && due.is_none() && tags.is_none() && missing.is_none());
        let faults: Vec<(String, String)> = fields
            .close()
            .into_iter()
            .map(|fault| (fault.field, fault.code.into_owned()))
            .collect();
        let expected = [
            ("/title", "tasks.title_empty"),
            ("/due", "request.wrong_type"),
            ("/tags/1", "request.wrong_type"),
            ("/missing", "request.missing_field"),
            ("/typo~1x", "request.unknown_field"),
        ];
        assert_eq!(faults, expected.map(|(f, c)| (f.to_owned(), c.to_owned())));
    }

    #[test]
    fn null_clears_absent_keeps() {
        let mut fields = Fields::parse(br#"{"a": null, "b": "x", "d": null}"#).unwrap();
        assert_eq!(fields.patch("a", string(text)), Patch::Clear);
        assert_eq!(fields.patch("b", string(text)), Patch::Set("x".to_owned()));
        assert_eq!(fields.patch("c", string(text)), Patch::Keep);
        assert_eq!(fields.keep("d", string(text)), None);
        assert_eq!(fields.close().len(), 1);
    }

    #[test]
    fn a_name_given_twice_is_refused() {
        assert!(Fields::parse(br#"{"a": 1, "a": 2}"#).is_err());
        assert!(Fields::parse(b"[]").is_err());
        assert!(Fields::parse(b"").is_err());
        assert!(Fields::parse(b"{\"a\": 1} x").is_err());
    }
}
