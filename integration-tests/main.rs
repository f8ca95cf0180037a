//! What a user sees, at commands and doors.
#![allow(clippy::unwrap_used)]

mod access;
mod annotate;
mod books;
mod bounces;
mod calls;
mod check;
mod codes;
mod commands;
mod console;
mod damage;
mod dialogues;
mod ending;
mod full_disk;
mod harness;
mod layers;
mod life;
mod log;
mod milter;
mod next_hops;
mod notices;
mod offers;
mod past_mistakes;
mod peers;
mod places;
mod proxied;
mod rules;
mod settings;
mod slow;
mod smtp;
mod smuggling;
mod tls;
mod twice;
