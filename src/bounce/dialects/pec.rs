//! Italian certified mail (posta elettronica certificata, RFC 6109): what became of a message, in the
//! header for machines and in Italian for people.
//!
//! ```text
//! X-Ricevuta: errore-consegna
//! From: posta-certificata@pec.example.it
//! Subject: AVVISO DI MANCATA CONSEGNA: Verbale
//!
//! Il giorno 12/10/2026 alle ore 11:00:00 (+0200) nel messaggio
//! "Verbale" proveniente da "alice@pec.example.it"
//! e destinato all'utente "bob@pec.example.net"
//! è stato rilevato un errore 5.1.1 - indirizzo non valido.
//! ```
//!
//! RFC 6109 §3.3: `avvenuta-consegna` says that it was delivered, `errore-consegna` that it was not,
//! `preavviso-errore-consegna` that it is late; the others tell of no delivery.

use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    action(letter).is_some()
}

fn action(letter: &Letter<'_>) -> Option<Action> {
    match letter.field("X-Ricevuta")?.trim() {
        "avvenuta-consegna" => Some(Action::Delivered),
        "errore-consegna" => Some(Action::Failed),
        "preavviso-errore-consegna" => Some(Action::Delayed),
        _ => None,
    }
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let action = action(letter)?;
    let start = notes.text.find("destinato all'utente");
    let start = start.or_else(|| notes.text.find("indirizzato a"))?;
    let (at, address) = *addresses_in(&notes.text[start..]).first()?;
    let behind = &notes.text[start + at + address.len()..];
    let said = behind
        .split("\n\n")
        .next()?
        .split("\nIl messaggio")
        .next()?;
    let said = said.trim_start_matches(['"', ' ', '\n']);
    let recipients = vec![ReportedRecipient::told(address, action, said)];
    let host = notes.sender_host();
    let original = letter.field("X-Riferimento-Message-ID");
    let mut report = notes.report(host, recipients)?;
    report.original.message_id = report.original.message_id.or(original);
    Some(report)
}
