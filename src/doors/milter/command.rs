//! What the MTA says (`SMFIC_…`), read from its packets.

use super::wire::{Fault, Packet};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Negotiate(Offer),
    /// Names and values; the names without their braces.
    Macros(Vec<[Vec<u8>; 2]>),
    Connect,
    Hello,
    /// Its first argument, as the client wrote it.
    Mail(Vec<u8>),
    Rcpt(Vec<u8>),
    Data,
    /// An SMTP command that the MTA does not know.
    Unknown,
    Header {
        name: Vec<u8>,
        value: Vec<u8>,
    },
    EndOfHeader,
    Body(Vec<u8>),
    /// With what was left of the body.
    EndOfBody(Vec<u8>),
    Abort,
    Quit,
    /// Quit, and another client's connection comes over the same one to us.
    QuitNewConnection,
}

/// What the MTA can do (`SMFIC_OPTNEG`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub version: u32,
    pub actions: u32,
    pub steps: u32,
}

impl Command {
    pub fn read(packet: Packet) -> Result<Self, Fault> {
        let Packet { letter, data } = packet;
        match letter {
            b'O' => Offer::read(&data).map(Self::Negotiate),
            b'D' => macros(&data).map(Self::Macros),
            b'C' => Ok(Self::Connect),
            b'H' => Ok(Self::Hello),
            b'M' => first(&data).map(Self::Mail),
            b'R' => first(&data).map(Self::Rcpt),
            b'T' => Ok(Self::Data),
            b'U' => Ok(Self::Unknown),
            b'L' => header(&data),
            b'N' => Ok(Self::EndOfHeader),
            b'B' => Ok(Self::Body(data)),
            b'E' => Ok(Self::EndOfBody(data)),
            b'A' => Ok(Self::Abort),
            b'Q' => Ok(Self::Quit),
            b'K' => Ok(Self::QuitNewConnection),
            _ => Err(Fault::UnknownCommand),
        }
    }
}

impl Offer {
    /// What follows the three numbers is for versions to come.
    fn read(data: &[u8]) -> Result<Self, Fault> {
        let number = |at: usize| {
            let bytes = data.get(at..at + 4).and_then(|four| four.try_into().ok());
            bytes.map(u32::from_be_bytes).ok_or(Fault::Malformed)
        };
        Ok(Self {
            version: number(0)?,
            actions: number(4)?,
            steps: number(8)?,
        })
    }
}

/// Strings, each with a NUL behind it.
fn strings(data: &[u8]) -> Result<Vec<&[u8]>, Fault> {
    let Some(data) = data.strip_suffix(b"\0") else {
        return if data.is_empty() {
            Ok(Vec::new())
        } else {
            Err(Fault::Malformed)
        };
    };
    Ok(data.split(|byte| *byte == 0).collect())
}

fn first(data: &[u8]) -> Result<Vec<u8>, Fault> {
    let strings = strings(data)?;
    let first = strings.first().ok_or(Fault::Malformed)?;
    Ok(first.to_vec())
}

fn header(data: &[u8]) -> Result<Command, Fault> {
    match strings(data)?.as_slice() {
        [name, value] if !name.is_empty() => Ok(Command::Header {
            name: name.to_vec(),
            value: value.to_vec(),
        }),
        _ => Err(Fault::Malformed),
    }
}

/// Behind the letter of the command that they belong to.
fn macros(data: &[u8]) -> Result<Vec<[Vec<u8>; 2]>, Fault> {
    let (_, data) = data.split_first().ok_or(Fault::Malformed)?;
    let strings = strings(data)?;
    let (pairs, odd) = strings.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(Fault::Malformed);
    }
    let bare = |name: &[u8]| {
        let braced = name.strip_prefix(b"{").and_then(|n| n.strip_suffix(b"}"));
        braced.unwrap_or(name).to_vec()
    };
    Ok(pairs
        .iter()
        .map(|[name, value]| [bare(name), value.to_vec()])
        .collect())
}
