//! plainbounce: recognises bounces and adds to each an explanation that a person can read.
//!
//! Each module may use those listed above it, and none below (`integration-tests/layers.rs` reads
//! the `use` lines):
//!
//! ```text
//! mail/         the words of mail as types: Message (bytes, and where each part lies), codes, envelope
//! bounce/       Message → Report: what was reported, by whom, about which recipients
//!   delivery_status.rs (RFC 3464, 6533)   feedback.rs (5965)   receipt.rs (8098)   auto_reply.rs (3834)
//!   dialects/ programs that report their own way   general/ what no dialect knows
//! diagnosis/    Report → Diagnosis: status, cause, how sure, and which rule said so
//!   rules/ what refusing sides say, as TOML   codes/ the registry, and what receivers mean otherwise
//!     own/ the postmaster's rules: files read, words looked for at once, the first that fits
//! notice/       Diagnosis + language → Notice: text and HTML for a person
//!   languages/ one TOML file per language, codes/ what each says of codes   forms/ the templates
//! rewrite/      Message + Notice → Edit: what to change in a message that otherwise stays
//! annotator/    joins these: Envelope + Message in, Outcome out; settings.rs: what notices are like, for whom
//! event.rs      all that can happen to a message in a door
//! ──────── above: no I/O, no async, no clock, no randomness; below: tokio ────────
//! doors/        relay/ (the SMTP and LMTP doors); milter/; pipe.rs (standard input to output)
//! log/          hears events: the one log line, as text or JSON
//! console/      hears events: health checks and metrics by HTTP
//! settings/     file, conf.d, environment → Settings, each value with where it came from
//! serve/        opens what the settings name, runs until told to stop
//! cli/          one file per command
//! main.rs       the command's answer → exit status
//! ```
//!
//! What always holds:
//!
//! - **The middle cannot fail.** What a bounce does not say is `None`. `annotator/` has the only
//!   `catch_unwind`: whatever goes wrong inside, the message goes on as it came.
//! - **Untouched bytes stay untouched.** The answer is an [`Edit`](rewrite::Edit) of the message's
//!   head; nobody puts a message together anew, and what follows the head is never read.
//! - **A relay owns no message.** 250 is the next hop's word, or a file that is safe on the disk.
//! - **Start costs nothing.** `build.rs` makes tables of rules, codes and phrases that lie ready in
//!   the program, and packs languages; no TOML is read and no pattern compiled at run time, but for
//!   the postmaster's own, and of these an expression only when words that it needs were seen.
//! - **Every byte of mail is hostile.** Depth, parts, fields and recipients are bounded; what is
//!   shown of a report is cleaned in `notice/` and escaped by its forms.

// ──────── the core ────────
pub mod mail;

pub mod bounce;

pub mod diagnosis;

pub mod notice;

pub mod rewrite;

pub mod annotator;

pub mod event;
// ──────── tokio ────────
pub mod doors;

pub mod log;

pub mod console;

pub mod settings;

pub mod serve;

pub mod cli;
