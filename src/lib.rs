//! plainbounce: recognises bounces and adds to each an explanation that a person can read.

pub mod annotator;
pub mod bounce;
pub mod cli;
pub mod diagnosis;
pub mod mail;
pub mod notice;
pub mod rewrite;
