//! The settings, the rules and all the files that they name are read anew: at SIGHUP, and when the
//! files have changed. All or nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::doors::{self, OpenDoors};
use super::watched::Watched;
use super::{Again, CONCERNED};
use crate::annotator::Annotator;
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

/// What is in force, and where something else goes.
pub struct InForce<'s> {
    pub began_with: &'s Loaded,
    pub again: Again<'s>,
    pub events: &'s Events,
    pub open: OpenDoors,
    pub shutdown_timeout: Duration,
    /// Every message asks here.
    annotator: watch::Sender<Annotator>,
    watches: bool,
    rules_folder: Option<PathBuf>,
    watched: Watched,
}

impl<'s> InForce<'s> {
    pub fn new(
        began_with: &'s Loaded,
        again: Again<'s>,
        events: &'s Events,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            began_with,
            again,
            events,
            open: OpenDoors::default(),
            shutdown_timeout: began_with.settings.serve.shutdown_timeout,
            watches: began_with.settings.rules.watch,
            rules_folder: began_with.rules_folder()?,
            watched: Watched::of(began_with),
            annotator: watch::Sender::new(doors::annotator(began_with)?),
        })
    }

    pub fn annotator(&self) -> watch::Receiver<Annotator> {
        self.annotator.subscribe()
    }

    /// Whether files have changed, and stay as they are now.
    pub fn has_changed(&mut self) -> bool {
        self.watches && self.watched.has_changed()
    }

    /// Sessions that are there keep their settings; the next message of each has the new rules and
    /// words.
    pub fn reload(&mut self) {
        self.watched.take_as_known();
        let event = match self.try_to() {
            Ok(needs_restart) => Event::Reloaded {
                refused: None,
                needs_restart,
            },
            Err(error) => Event::Reloaded {
                refused: Some(format!("{error:#}")),
                needs_restart: Vec::new(),
            },
        };
        self.events.send(&event);
    }

    fn try_to(&mut self) -> anyhow::Result<Vec<String>> {
        let loaded = (self.again)()?;
        loaded.not_yet(&CONCERNED)?;
        let watched = Watched::of(&loaded).and_before(&self.watched);
        let rules_folder = loaded.rules_folder()?;
        if let (Some(gone), None) = (&self.rules_folder, &rules_folder) {
            let gone = gone.display();
            let what = format!("{gone}: is gone; where there are to be no rules, leave it empty");
            return Err(loaded.wrong("rules.folder", what));
        }
        let annotator = doors::annotator(&loaded)?;
        let all = doors::all(&loaded, &self.annotator(), self.events)?;
        self.annotator.send_replace(annotator);
        for (section, settings) in all.relays {
            let mut open = self.open.relays.iter();
            if let Some((_, door)) = open.find(|(open, _)| *open == section) {
                settings.next_hop.follow(&door.borrow().next_hop);
                let old = door.send_replace(Arc::new(settings));
                old.next_hop.close();
            }
        }
        if let (Some(door), Some(settings)) = (&self.open.milter, all.milter) {
            door.send_replace(Arc::new(settings));
        }
        self.shutdown_timeout = loaded.settings.serve.shutdown_timeout;
        self.watches = loaded.settings.rules.watch;
        self.rules_folder = rules_folder;
        self.watched = watched;
        let changed = |key: &&str| self.began_with.value(key) != loaded.value(key);
        let keys = NEEDS_RESTART.into_iter().filter(changed);
        Ok(keys.map(str::to_owned).collect())
    }
}
