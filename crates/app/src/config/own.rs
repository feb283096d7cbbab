//! Settings of modules from outside.

use super::reader::Reader;

/// A setting of a module from outside: declared once, then read, checked and shown like the built-in
/// ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The name, `section.name`.
    pub name: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number { default: u64, min: u64, max: u64 },
    Text { default: &'static str },
}

impl Setting {
    /// A whole number from `min` to `max`.
    pub const fn number(name: &'static str, default: u64, min: u64, max: u64) -> Self {
        Self { name, kind: Kind::Number { default, min, max } }
    }

    /// Text that is not empty.
    pub const fn text(name: &'static str, default: &'static str) -> Self {
        Self { name, kind: Kind::Text { default } }
    }

    pub(super) fn read(&self, reader: &mut Reader) -> String {
        match self.kind {
            Kind::Number { default, min, max } => {
                reader.number(self.name, default, min, max).to_string()
            }
            Kind::Text { default } => reader.text(self.name, default),
        }
    }
}
