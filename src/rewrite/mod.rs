//! Message + Notice → Edit.

mod edit;

pub use edit::{Edit, Splice};
