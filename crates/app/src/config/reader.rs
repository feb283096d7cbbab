//! Reads typed settings out of the gathered layers, noting every fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use serde_json::{Map, Value};

use super::{ConfigError, layers::Setting};

/// What is shown in the place of a secret.
const HIDDEN: &str = "(set)";
/// What is shown in the place of a part of it.
const ELLIPSIS: char = '…';

/// The settings that have not been asked for yet, the faults so far, and what was read.
pub(super) struct Reader {
    settings: BTreeMap<String, Setting>,
    faults: Vec<String>,
    effective: Map<String, Value>,
    known: Vec<String>,
}

impl Reader {
    pub(super) fn new(settings: BTreeMap<String, Setting>, faults: Vec<String>) -> Self {
        Self { settings, faults, effective: Map::new(), known: Vec::new() }
    }

    pub(super) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Takes the settings out that need one of these features, which the program was built without; each is a fault.
    pub(super) fn refuse(&mut self, absent: &[(&str, &[&str])]) {
        for (feature, prefixes) in absent {
            let needs = |key: &str| prefixes.iter().any(|prefix| key.starts_with(prefix));
            for (key, setting) in self.settings.extract_if(.., |key, _| needs(key)) {
                self.faults.push(format!(
                    "{key} ({}) needs the feature `{feature}`, which this program was built without",
                    setting.source
                ));
            }
        }
    }

    /// Takes a setting out; a wrong type is a fault.
    fn take(&mut self, key: &str) -> Option<(String, String)> {
        self.known.push(key.to_owned());
        let setting = self.settings.remove(key)?;
        match setting.value {
            Value::String(text) => Some((text, setting.source)),
            Value::Number(number) => Some((number.to_string(), setting.source)),
            Value::Bool(flag) => Some((flag.to_string(), setting.source)),
            Value::Null => None,
            _ => {
                self.faults.push(format!("{key} ({}) must be a single value", setting.source));
                None
            }
        }
    }

    fn show(&mut self, key: &str, value: Value) {
        let mut parts: Vec<&str> = key.split('.').collect();
        let name = parts.pop().unwrap_or_default();
        let mut section = &mut self.effective;
        for part in parts {
            let inner = section.entry(part).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            section = inner;
        }
        section.insert(name.to_owned(), value);
    }

    /// The names between `prefix` and the next dot, of settings that somebody gave.
    pub(super) fn names_below(&self, prefix: &str) -> BTreeSet<String> {
        let below = self.settings.keys().filter_map(|key| key.strip_prefix(prefix));
        below.filter_map(|rest| rest.split_once('.')).map(|(name, _)| name.to_owned()).collect()
    }

    pub(super) fn text(&mut self, key: &str, default: &str) -> String {
        let value = match self.take(key) {
            Some((text, source)) if text.trim().is_empty() => {
                self.faults.push(format!("{key} ({source}) must not be empty"));
                default.to_owned()
            }
            Some((text, _)) => text.trim().to_owned(),
            None => default.to_owned(),
        };
        self.show(key, value.as_str().into());
        value
    }

    /// A text that must be understood by somebody else later on.
    pub(super) fn checked<E: Display>(
        &mut self,
        key: &str,
        default: &str,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> String {
        let source = self.settings.get(key).map(|setting| setting.source.clone());
        let faults = self.faults.len();
        let value = self.text(key, default);
        // An empty text was told of already.
        if let (Some(source), Err(error)) = (source, check(&value))
            && self.faults.len() == faults
        {
            self.faults.push(format!("{key} ({source}) {error}, not {value:?}"));
        }
        value
    }

    pub(super) fn number(&mut self, key: &str, default: u64, min: u64, max: u64) -> u64 {
        let words = format!("a whole number from {min} to {max}");
        self.number_if(key, default, |number| (min..=max).contains(&number), &words)
    }

    /// A number of which `words` say what it must be.
    pub(super) fn number_if(
        &mut self,
        key: &str,
        default: u64,
        is_right: impl Fn(u64) -> bool,
        words: &str,
    ) -> u64 {
        let value = match self.take(key) {
            None => default,
            Some((raw, source)) => match raw.trim().parse::<u64>() {
                Ok(number) if is_right(number) => number,
                _ => {
                    self.faults.push(format!("{key} ({source}) must be {words}, not {raw:?}"));
                    default
                }
            },
        };
        self.show(key, value.into());
        value
    }

    pub(super) fn word<T: Copy>(
        &mut self,
        key: &str,
        default: &'static str,
        words: &[(&'static str, T); 2],
    ) -> T {
        let [fallback, _] = *words;
        let given = self.take(key);
        let find = |wanted: &str| words.iter().find(|(word, _)| *word == wanted).copied();
        let chosen = match &given {
            Some((raw, source)) => find(raw.trim()).or_else(|| {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                self.faults.push(format!(
                    "{key} ({source}) must be one of {}, not {raw:?}",
                    known.join(", ")
                ));
                None
            }),
            None => None,
        };
        let (word, value) = chosen.or_else(|| find(default)).unwrap_or(fallback);
        self.show(key, word.parse::<bool>().map_or_else(|_| word.into(), Value::from));
        value
    }

    pub(super) fn parsed<T, E: Display>(
        &mut self,
        key: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> T
    where
        T: Copy + super::Fallback,
    {
        let (raw, source) =
            self.take(key).unwrap_or_else(|| (default.to_owned(), "default".to_owned()));
        self.show(key, raw.as_str().into());
        match parse(raw.trim()) {
            Ok(value) => value,
            Err(error) => {
                self.faults.push(format!("{key} ({source}) {error}, not {raw:?}"));
                T::fallback()
            }
        }
    }

    /// A text that may hold a password: checked, and never shown whole.
    pub(super) fn secret_parsed<E: Display>(
        &mut self,
        key: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<String, E>,
    ) -> String {
        let (raw, source) =
            self.take(key).unwrap_or_else(|| (default.to_owned(), "default".to_owned()));
        self.show(key, without_password(&raw).into());
        if self.is_hidden(key, &raw, &source) {
            return default.to_owned();
        }
        match parse(raw.trim()) {
            Ok(value) => value,
            Err(error) => {
                self.faults.push(format!("{key} ({source}) {error}"));
                default.to_owned()
            }
        }
    }

    /// As [`Reader::secret_parsed`], where there need not be any.
    pub(super) fn optional_secret_parsed<E: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<String, E>,
    ) -> Option<String> {
        let Some((raw, source)) = self.take(key) else {
            self.show(key, Value::Null);
            return None;
        };
        self.show(key, without_password(&raw).into());
        if self.is_hidden(key, &raw, &source) {
            return None;
        }
        parse(raw.trim())
            .map_err(|error| self.faults.push(format!("{key} ({source}) {error}")))
            .ok()
    }

    pub(super) fn optional<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some((raw, source)) = self.take(key) else {
            self.show(key, Value::Null);
            return None;
        };
        self.show(key, raw.as_str().into());
        match parse(raw.trim()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.faults.push(format!("{key} ({source}) {error}, not {raw:?}"));
                None
            }
        }
    }

    /// A text that may be known without being said.
    pub(super) fn optional_or<E: Display>(
        &mut self,
        key: &str,
        known: Option<&str>,
        parse: impl Fn(&str) -> Result<String, E>,
    ) -> Option<String> {
        let given = self.optional(key, parse);
        if let (None, Some(known)) = (&given, known) {
            self.show(key, known.into());
            return Some(known.to_owned());
        }
        given
    }

    /// A secret and where it came from.
    pub(super) fn secret(&mut self, key: &str) -> Option<(String, String)> {
        let secret = self.take(key);
        self.show(key, if secret.is_some() { HIDDEN.into() } else { Value::Null });
        secret.filter(|(raw, source)| raw != HIDDEN || !self.is_hidden(key, raw, source))
    }

    /// Whether a value is what is shown in the place of a secret, which is a fault: it is not the secret.
    fn is_hidden(&mut self, key: &str, raw: &str, source: &str) -> bool {
        let hidden = raw == HIDDEN || raw.contains(ELLIPSIS);
        if hidden {
            self.faults.push(format!(
                "{key} ({source}) is what `config print` shows in the place of a secret: set the secret"
            ));
        }
        hidden
    }

    /// A list: an array in the file, separated by commas elsewhere.
    pub(super) fn list<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        self.list_if(key, parse, |_| Ok(()))
    }

    /// A list whose items fit together.
    pub(super) fn list_if<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
        check: impl Fn(&[T]) -> Result<(), &'static str>,
    ) -> Vec<T> {
        let faults = self.faults.len();
        self.known.push(key.to_owned());
        let (items, source) = match self.settings.remove(key) {
            None => (Vec::new(), String::new()),
            Some(Setting { value: Value::Array(items), source }) => (
                items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect(),
                source,
            ),
            Some(Setting { value: Value::Null, source }) => (Vec::new(), source),
            Some(Setting { value: Value::String(text), source }) => {
                (text.split(',').map(|item| item.trim().to_owned()).collect(), source)
            }
            Some(Setting { source, .. }) => {
                self.faults.push(format!("{key} ({source}) must be a list"));
                (Vec::new(), source)
            }
        };
        let items: Vec<String> =
            items.into_iter().filter(|item: &String| !item.is_empty()).collect();
        self.show(key, items.clone().into());
        let mut values = Vec::new();
        for item in items {
            match parse(&item) {
                Ok(value) => values.push(value),
                Err(error) => self.faults.push(format!("{key} ({source}) {error}, not {item:?}")),
            }
        }
        // What is wrong by itself is said once.
        if self.faults.len() == faults
            && let Err(error) = check(&values)
        {
            self.faults.push(format!("{key} ({source}) {error}"));
        }
        values
    }

    /// What was read, or every fault, unknown settings included.
    pub(super) fn finish(mut self) -> Result<Value, ConfigError> {
        for (key, setting) in &self.settings {
            let hint = hint(&self.known, key);
            self.faults.push(format!("{key} ({}) is no setting{hint}", setting.source));
        }
        if self.faults.is_empty() {
            Ok(Value::Object(self.effective))
        } else {
            Err(ConfigError { faults: self.faults })
        }
    }
}

/// `postgres://user:…@host/db`; what follows a `?` may hold a password too. What cannot be read
/// for certain is not shown at all.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let bare = |text: &str| match text.split_once('?') {
        Some((text, _)) => format!("{text}?…"),
        None => text.to_owned(),
    };
    match rest.rsplit_once('@') {
        None => format!("{scheme}://{}", bare(rest)),
        Some((login, _)) if login.contains('?') => format!("{scheme}://…"),
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:…@{}", bare(host)),
            None => format!("{scheme}://{login}@{}", bare(host)),
        },
    }
}

/// Sections of parts that this version does not have.
const NOT_YET: [&str; 2] = ["nats", "monitoring"];

/// What was probably meant.
fn hint(known: &[String], given: &str) -> String {
    let (section, name) = given.split_once('.').unwrap_or(("", given));
    if NOT_YET.contains(&section) {
        return format!(": this version has no part called {section}");
    }
    let same_name = |key: &&String| key.split_once('.').is_some_and(|(_, known)| known == name);
    let near = known
        .iter()
        .map(|key| (distance(key, given), key))
        .filter(|(distance, _)| *distance <= 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
        .or_else(|| known.iter().find(same_name));
    near.map(|key| format!("; did you mean {key}?")).unwrap_or_default()
}

/// How many letters have to be put in, taken out or changed to make one text of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut last = i + 1;
        for ((right, above), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            last = (above + 1).min(last + 1).min(diagonal + usize::from(left != *right));
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
