//! plainbounce: recognises bounces and adds to each an explanation that a person can read.

pub mod annotator;
pub mod event;
pub mod mail;
pub mod rewrite;

pub mod doors;
pub mod log;
pub mod serve;
pub mod settings;

pub mod cli;
