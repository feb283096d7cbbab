//! What the port promises, tried with pictures that are made here: good ones and hostile ones.

mod hostile;
mod made;
mod promises;
