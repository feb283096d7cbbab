//! The rules of the use cases, on the memory adapter.
