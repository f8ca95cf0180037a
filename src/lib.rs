//! plainbounce: recognises bounces and adds to each an explanation that a person can read.

// ──────── the core: no I/O, no async, no clock, no randomness ────────
pub mod mail;

pub mod bounce;

pub mod diagnosis;

pub mod notice;

pub mod rewrite;

pub mod annotator;

pub mod event;
// ──────── below: tokio ────────
pub mod doors;

pub mod log;

pub mod settings;

pub mod serve;

pub mod cli;
