//! What a user sees, at commands and doors.
#![allow(clippy::unwrap_used)]

mod annotate;
mod calls;
mod dialogues;
mod harness;
mod peers;
mod settings;
mod smtp;
