//! What is agreed with the MTA: never more than it offers.

use super::Senders;
use super::command::Offer;
use super::wire::{Fault, Wire};

const OLDEST: u32 = 2;
const NEWEST: u32 = 6;

// SMFIF_…: what may be done to a message.
const ADD_HEADERS: u32 = 0x01;
const CHANGE_BODY: u32 = 0x02;
const CHANGE_HEADERS: u32 = 0x10;
const CHANGES: u32 = ADD_HEADERS | CHANGE_BODY | CHANGE_HEADERS;
/// SMFIF_SETSYMLIST: which macros come is ours to say.
const CHOOSE_MACROS: u32 = 0x100;

/// For each stage (`SMFIM_…`): connect, HELO, MAIL, RCPT, DATA, end of message, end of header. An
/// empty list might be taken for none.
const MACROS: [&str; 7] = ["j _", "j", "i {mail_addr}", "{rcpt_addr}", "i", "i", "i"];

// SMFIP_NO…: what need not be told.
const NO_CONNECT: u32 = 0x01;
const NO_HELLO: u32 = 0x02;
const NO_UNKNOWN: u32 = 0x100;
const NO_DATA: u32 = 0x200;

// SMFIP_NR_…: what is not answered.
const SILENT_HEADER: u32 = 0x80;
const SILENT_CONNECT: u32 = 0x1000;
const SILENT_HELLO: u32 = 0x2000;
const SILENT_MAIL: u32 = 0x4000;
const SILENT_RCPT: u32 = 0x8000;
const SILENT_DATA: u32 = 0x1_0000;
const SILENT_UNKNOWN: u32 = 0x2_0000;

/// SMFIP_HDR_LEADSPC: the value of a header field is all that stands behind the colon.
const LEADING_SPACE: u32 = 0x10_0000;

const WANTED: u32 = NO_CONNECT
    | NO_HELLO
    | NO_UNKNOWN
    | NO_DATA
    | SILENT_HEADER
    | SILENT_CONNECT
    | SILENT_HELLO
    | SILENT_MAIL
    | SILENT_RCPT
    | SILENT_DATA
    | SILENT_UNKNOWN
    | LEADING_SPACE;

/// What both sides keep to, as long as the connection lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Whether a message may be changed at all.
    pub changes: bool,
    steps: u32,
}

/// A command that may be left without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    Connect,
    Hello,
    Mail,
    Rcpt,
    Data,
    Unknown,
    Header,
}

impl Agreed {
    pub fn with(offer: Offer, senders: Senders, wire: &mut Wire) -> Result<Self, Fault> {
        if offer.version < OLDEST {
            return Err(Fault::Version);
        }
        let version = offer.version.min(NEWEST);
        let actions = offer.actions & (CHANGES | CHOOSE_MACROS);
        let wanted = match senders {
            Senders::All => WANTED,
            Senders::Systems => WANTED & !SILENT_MAIL,
        };
        let steps = offer.steps & wanted;
        let numbers = [version, actions, steps].map(u32::to_be_bytes);
        let mut answer = numbers.as_flattened().to_vec();
        if actions & CHOOSE_MACROS != 0 {
            for (stage, names) in (0_u32..).zip(MACROS) {
                answer.extend_from_slice(&stage.to_be_bytes());
                answer.extend_from_slice(names.as_bytes());
                answer.push(0);
            }
        }
        wire.put(b'O', &[&answer]);
        Ok(Self {
            changes: actions & CHANGES == CHANGES,
            steps,
        })
    }

    /// Whether the MTA waits for an answer to it.
    pub fn waits_after(self, command: Answered) -> bool {
        let silent = match command {
            Answered::Connect => SILENT_CONNECT,
            Answered::Hello => SILENT_HELLO,
            Answered::Mail => SILENT_MAIL,
            Answered::Rcpt => SILENT_RCPT,
            Answered::Data => SILENT_DATA,
            Answered::Unknown => SILENT_UNKNOWN,
            Answered::Header => SILENT_HEADER,
        };
        self.steps & silent == 0
    }

    /// Whether values come, and are sent, with the space behind the colon.
    pub fn has_leading_space(self) -> bool {
        self.steps & LEADING_SPACE != 0
    }
}
