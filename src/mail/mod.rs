//! The words of mail as types.

mod envelope;

pub use envelope::{Envelope, ForwardPath, ReversePath};
