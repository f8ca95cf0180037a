//! Standard input to standard output, for `annotate`. No message is ever eaten: whatever goes wrong
//! inside, the same bytes come out.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::message_id;
use crate::annotator::{Annotator, Outcome, Summary};
use crate::event::{self, Durations, Event, Events, MessagePassed};
use crate::mail::Envelope;

const PIECE: usize = 64 << 10;

pub struct Settings {
    pub head_size: usize,
    pub time_limit: Duration,
}

/// Notes of a message that went on as it came because something went wrong inside.
const FAULTS: [&str; 4] = [
    "time-limit",
    "annotator-failed",
    "no-thread",
    "a fault inside plainbounce",
];

/// Passes one message; what went wrong inside, if something did. An error is one of input or output:
/// what could be read went out before it.
pub fn run(
    settings: &Settings,
    mut input: impl Read,
    mut output: impl Write,
    annotator: &Annotator,
    events: &Events,
) -> io::Result<Option<&'static str>> {
    let began = Instant::now();
    let (head, read) = read_head(&mut input, settings.head_size);
    // One byte more than the head may be says that it is not all.
    let whole = read.is_ok() && head.len() <= settings.head_size;
    let head = Arc::new(head);
    let outcome = match read {
        Ok(()) => annotate(settings, annotator, head.clone(), whole),
        Err(_) => untouched("input-failed"),
    };
    let seen = head.len().min(settings.head_size);
    let (edited, end, summary) = match outcome {
        Outcome::Annotated(edit, summary) => {
            (Some(edit.apply_to_head(&head[..seen])), edit.end, summary)
        }
        Outcome::Untouched(summary) => (None, Vec::new(), summary),
    };
    output.write_all(edited.as_deref().unwrap_or(&head[..seen]))?;
    output.write_all(&head[seen..])?;
    read?;
    let rest = if whole {
        0
    } else {
        stream(&mut input, &mut output)?
    };
    output.write_all(&end)?;
    output.flush()?;
    let fault = summary.note.filter(|note| FAULTS.contains(note));
    let grown = edited
        .as_ref()
        .map_or(0, |edited| edited.len() as i64 - seen as i64);
    events.send(&Event::MessagePassed(MessagePassed {
        id: message_id(),
        client_id: None,
        door: "pipe",
        peer: None,
        reverse_path: None,
        forward_paths: Vec::new(),
        size_bytes: head.len() as u64 + rest,
        added_bytes: grown + end.len() as i64,
        outcome: match edited {
            Some(_) => event::Outcome::Annotated,
            None => event::Outcome::Untouched,
        },
        summary,
        reply: None,
        durations: Durations {
            whole: began.elapsed(),
            ..Durations::default()
        },
    }));
    Ok(fault)
}

/// Up to one byte more than the head may be, and whether reading went well.
fn read_head(input: &mut impl Read, head_size: usize) -> (Vec<u8>, io::Result<()>) {
    let mut head = Vec::with_capacity(head_size.min(PIECE));
    let limit = u64::try_from(head_size)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let read = input.take(limit).read_to_end(&mut head);
    (head, read.map(drop))
}

/// In a thread of its own, which is left behind when its time is up.
fn annotate(
    settings: &Settings,
    annotator: &Annotator,
    head: Arc<Vec<u8>>,
    whole: bool,
) -> Outcome {
    if settings.time_limit.is_zero() {
        return untouched("time-limit");
    }
    let (answer, answered) = channel();
    let annotator = annotator.clone();
    let head_size = settings.head_size;
    let asked = std::thread::Builder::new().spawn(move || {
        let seen = &head[..head.len().min(head_size)];
        // Nobody may be listening any more.
        let _ = answer.send(annotator.annotate(&Envelope::default(), seen, whole));
    });
    if asked.is_err() {
        return untouched("no-thread");
    }
    match answered.recv_timeout(settings.time_limit) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => untouched("time-limit"),
        Err(RecvTimeoutError::Disconnected) => untouched("annotator-failed"),
    }
}

fn untouched(note: &'static str) -> Outcome {
    Outcome::Untouched(Summary {
        note: Some(note),
        ..Summary::default()
    })
}

fn stream(input: &mut impl Read, output: &mut impl Write) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    let mut passed = 0;
    loop {
        match input.read(&mut piece) {
            Ok(0) => return Ok(passed),
            Ok(count) => {
                output.write_all(&piece[..count])?;
                passed += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
