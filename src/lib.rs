//! plainbounce: recognises bounces and adds to each an explanation that a person can read.

pub mod mail;
pub mod rewrite;
pub mod annotator;
