//! Opens what the settings name, runs until told to stop, lets sessions finish.
//!
//! Here, and in `cli`, things meet: settings become plain values for the doors.

mod doors;
mod reload;
mod sockets;
mod systemd;
mod threads;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, timeout_at};

pub use doors::{Needs, annotator, needs};
use reload::InForce;
use sockets::Sockets;

use crate::console::{self, Metrics};
use crate::doors::listener::Listener;
use crate::doors::milter;
use crate::doors::relay::{self, Phase, Workers};
use crate::event::{Event, Events};
use crate::log::Log;
use crate::settings::Loaded;

/// How often the files are looked at that were read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long who came just before the end may take to begin a message.
const JUST_COME: Duration = Duration::from_secs(1);

/// Sections that concern `serve`: all of them.
const CONCERNED: [&str; 1] = [""];

/// Reads the settings again, from where they were read at first.
pub type Again<'a> = &'a dyn Fn() -> anyhow::Result<Loaded>;

/// An error is one of the settings: nothing was served.
pub fn run(loaded: &Loaded, again: Again<'_>) -> anyhow::Result<()> {
    loaded.not_yet(&CONCERNED)?;
    threads::let_others_finish();
    let log = Log::start(loaded.settings.log.format, loaded.settings.log.addresses);
    let metrics = Arc::new(Metrics::new());
    let events = Events::heard_by(vec![log.listener(), metrics.listener()]);
    let sockets = Sockets::inherited()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("cannot start")?;
    let workers = Arc::new(Workers::start().context("cannot start")?);
    let served = runtime.block_on(serve(loaded, again, sockets, metrics, events, &workers));
    // An annotator past its time limit is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    // The doors had them as well, and are gone.
    if let Some(workers) = Arc::into_inner(workers) {
        workers.stop();
    }
    if served.is_ok() {
        log.finish();
    }
    served
}

async fn serve(
    loaded: &Loaded,
    again: Again<'_>,
    mut sockets: Sockets,
    metrics: Arc<Metrics>,
    events: Events,
    workers: &Arc<Workers>,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot hear SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot hear SIGINT")?;
    let mut hang_up = signal(SignalKind::hangup()).context("cannot hear SIGHUP")?;
    let (phase, shutdown) = watch::channel(Phase::Running);
    let mut in_force = InForce::new(loaded, again, &events)?;
    let running = open_doors(&mut in_force, &mut sockets, &shutdown, workers).await?;
    open_console(loaded, &mut sockets, metrics, &events, shutdown).await?;
    sockets.are_all_used()?;
    systemd::ready();
    tokio::spawn(systemd::keep_alive());
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => {
                systemd::reloading();
                in_force.reload();
                systemd::ready();
            }
            _ = look.tick() => if in_force.has_changed() {
                systemd::reloading();
                in_force.reload();
                systemd::ready();
            }
        }
    }
    systemd::stopping();
    // Before the last session ends, there may be a successor at the same paths.
    drop(sockets);
    stop(in_force.shutdown_timeout, &phase, running).await;
    Ok(())
}

async fn open_doors(
    in_force: &mut InForce<'_>,
    sockets: &mut Sockets,
    shutdown: &watch::Receiver<Phase>,
    workers: &Arc<Workers>,
) -> anyhow::Result<JoinSet<()>> {
    let mut running = JoinSet::new();
    let (loaded, events) = (in_force.began_with, in_force.events);
    let doors = doors::all(loaded, &in_force.annotator(), events)?;
    for (section, settings) in doors.relays {
        let name = settings.protocol.name();
        let entrances = sockets.entrances(loaded, section).await?;
        for entrance in &entrances {
            events.send(&opened(name, &entrance.listener, entrance.tls));
        }
        let (settings, current) = watch::channel(Arc::new(settings));
        running.spawn(relay::run(
            current,
            entrances,
            shutdown.clone(),
            workers.clone(),
        ));
        in_force.open.relays.push((section, settings));
    }
    if let (Some(settings), Some(address)) = (doors.milter, &loaded.settings.milter.listen) {
        let listener = sockets.listen(loaded, "milter.listen", address).await?;
        events.send(&opened("milter", &listener, false));
        let (settings, current) = watch::channel(Arc::new(settings));
        running.spawn(milter::run(current, listener, shutdown.clone()));
        in_force.open.milter = Some(settings);
    }
    Ok(running)
}

fn opened(door: &'static str, listener: &Listener, tls: bool) -> Event {
    let place = listener.place();
    Event::Opened { door, place, tls }
}

async fn open_console(
    loaded: &Loaded,
    sockets: &mut Sockets,
    metrics: Arc<Metrics>,
    events: &Events,
    shutdown: watch::Receiver<Phase>,
) -> anyhow::Result<()> {
    let Some(address) = &loaded.settings.console.listen else {
        return Ok(());
    };
    let listener = sockets.listen(loaded, "console.listen", address).await?;
    let place = listener.place();
    events.send(&opened("console", &listener, false));
    let settings = console::Settings {
        allow_hosts: doors::console_hosts(&loaded.settings.console, &place),
        metrics,
    };
    // To the very end: that no new mail is to come is for it to say.
    tokio::spawn(console::run(settings, listener, shutdown));
    Ok(())
}

async fn stop(limit: Duration, phase: &watch::Sender<Phase>, mut running: JoinSet<()>) {
    let ended = async |running: &mut JoinSet<()>| while running.join_next().await.is_some() {};
    let whole = Instant::now() + limit;
    let just_come = Instant::now() + JUST_COME.min(limit);
    for (next, until) in [(Phase::Draining, just_come), (Phase::Closing, whole)] {
        let _ = phase.send(next);
        if timeout_at(until, ended(&mut running)).await.is_ok() {
            return;
        }
    }
    let _ = phase.send(Phase::Over);
    // Time for a 421; who does not read it is left.
    let last = Duration::from_secs(3);
    if tokio::time::timeout(last, ended(&mut running))
        .await
        .is_err()
    {
        running.shutdown().await;
    }
}
