//! SIGHUP: the settings are read anew, and new sessions work with them. All or nothing.

use std::sync::Arc;

use super::doors::{self, OpenDoors};
use super::{Again, CONCERNED};
use crate::event::{Event, Events};
use crate::settings::Loaded;

/// What is opened once, at the start.
const NEEDS_RESTART: [&str; 10] = [
    "smtp.listen",
    "smtp.tls_listen",
    "lmtp.listen",
    "lmtp.tls_listen",
    "milter.listen",
    "console.listen",
    "console.allow_hosts",
    "journal.url",
    "log.format",
    "log.addresses",
];

/// Sessions that are there keep what they began with.
pub fn reload(began_with: &Loaded, again: Again<'_>, open: &OpenDoors, events: &Events) -> Event {
    match try_to(began_with, again, open, events) {
        Ok(needs_restart) => Event::Reloaded {
            refused: None,
            needs_restart,
        },
        Err(error) => Event::Reloaded {
            refused: Some(format!("{error:#}")),
            needs_restart: Vec::new(),
        },
    }
}

fn try_to(
    began_with: &Loaded,
    again: Again<'_>,
    open: &OpenDoors,
    events: &Events,
) -> anyhow::Result<Vec<String>> {
    let loaded = again()?;
    loaded.not_yet(&CONCERNED)?;
    let all = doors::all(&loaded, events)?;
    for (section, settings) in all.relays {
        if let Some((_, door)) = open.relays.iter().find(|(open, _)| *open == section) {
            let old = door.send_replace(Arc::new(settings));
            old.next_hop.close();
        }
    }
    if let (Some(door), Some(settings)) = (&open.milter, all.milter) {
        door.send_replace(Arc::new(settings));
    }
    let changed = |key: &&str| began_with.value(key) != loaded.value(key);
    let keys = NEEDS_RESTART.into_iter().filter(changed);
    Ok(keys.map(str::to_owned).collect())
}
