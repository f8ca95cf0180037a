//! Opens what the settings name, runs until told to stop, lets sessions finish.
//!
//! Here, and in `cli`, things meet: settings become plain values for the doors.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::annotator::{self, Annotator};
use crate::doors::listener::Listener;
use crate::doors::relay::{
    BehindSettings, ClientSettings, NextHop, NextHopTls, Phase, Tls, prepare_maildir,
};
use crate::doors::smtp;
use crate::event::Events;
use crate::log::Log;
use crate::settings::{Loaded, Relay};

/// Sections that concern `serve`: all of them.
const CONCERNED: [&str; 1] = [""];

/// An error is one of the settings: nothing was served.
pub fn run(loaded: &Loaded) -> anyhow::Result<()> {
    loaded.not_yet(&CONCERNED)?;
    let smtp = smtp_settings(loaded)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let log = Log::start();
    let events = Events::heard_by(vec![log.listener()]);
    let runtime = runtime.context("cannot start")?;
    let served = runtime.block_on(serve(loaded, smtp, events));
    // An annotator past its time limit is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    if served.is_ok() {
        log.finish();
    }
    served
}

async fn serve(loaded: &Loaded, smtp: smtp::Settings, events: Events) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot hear SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot hear SIGINT")?;
    let settings = &loaded.settings;
    let Some(address) = &settings.smtp.listen else {
        return Err(loaded.wrong("smtp.listen", NO_DOOR));
    };
    let listener = Listener::bind(address).await.map_err(|error| {
        loaded.wrong(
            "smtp.listen",
            format!("cannot listen on {address}: {error}"),
        )
    })?;
    let place = listener
        .local_address()
        .map_or(address.to_string(), |place| place.to_string());
    let _ = writeln!(std::io::stderr(), "plainbounce: smtp door open on {place}");
    let annotator = Annotator::new(annotator_settings(loaded));
    let (phase, shutdown) = watch::channel(Phase::Running);
    let mut door = tokio::spawn(smtp::run(smtp, listener, annotator, events, shutdown));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = &mut door => return Ok(()),
    }
    let _ = phase.send(Phase::Draining);
    let limit = settings.serve.shutdown_timeout;
    if tokio::time::timeout(limit, &mut door).await.is_err() {
        let _ = phase.send(Phase::Over);
        // Time for a 421; who does not read it is left.
        if tokio::time::timeout(Duration::from_secs(3), &mut door)
            .await
            .is_err()
        {
            door.abort();
            let _ = door.await;
        }
    }
    Ok(())
}

const NO_DOOR: &str = "no door is open; set it to an address as in \"127.0.0.1:25\"";

/// As the annotator wants them, for `serve` and `annotate` alike.
pub fn annotator_settings(loaded: &Loaded) -> annotator::Settings {
    annotator::Settings {
        name: hostname(&loaded.settings.smtp),
        language: loaded.settings.notice.language,
    }
}

fn smtp_settings(loaded: &Loaded) -> anyhow::Result<smtp::Settings> {
    let (relay, annotate) = (&loaded.settings.smtp, &loaded.settings.annotate);
    if relay.listen.is_none() {
        return Err(loaded.wrong("smtp.listen", NO_DOOR));
    }
    Ok(smtp::Settings {
        hostname: hostname(relay),
        allow_from: relay.allow_from.clone(),
        received: relay.received,
        bare_newline: relay.bare_newline,
        max_connections: relay.max_connections.get(),
        max_recipients: relay.max_recipients,
        max_message_size: relay.max_message_size.0,
        client_timeout: relay.client_timeout,
        behind: behind_settings(loaded)?,
        head_size: usize::try_from(annotate.head_size.0).unwrap_or(usize::MAX),
        time_limit: annotate.time_limit,
    })
}

fn behind_settings(loaded: &Loaded) -> anyhow::Result<BehindSettings> {
    let relay = &loaded.settings.smtp;
    let hostname = hostname(relay);
    match &relay.next_hop {
        None => Err(loaded.wrong("smtp.next_hop", "is required where smtp.listen is set")),
        Some(NextHop::Maildir(folder)) => {
            let unusable =
                |error| loaded.wrong("smtp.next_hop", format!("{}: {error}", folder.display()));
            prepare_maildir(folder).map_err(unusable)?;
            Ok(BehindSettings::Maildir {
                folder: folder.clone(),
                hostname,
            })
        }
        Some(NextHop::Smtp(address)) => Ok(BehindSettings::Smtp(ClientSettings {
            address: address.clone(),
            hostname,
            connect_timeout: relay.next_hop_connect_timeout,
            timeout: relay.next_hop_timeout,
            data_timeout: relay.next_hop_data_timeout,
            tls: next_hop_tls(loaded, address)?,
        })),
        Some(other) => Err(loaded.wrong(
            "smtp.next_hop",
            format!("this version cannot reach {other} yet"),
        )),
    }
}

fn next_hop_tls(loaded: &Loaded, address: &str) -> anyhow::Result<Option<Tls>> {
    let relay = &loaded.settings.smtp;
    let is_local = relay.next_hop.as_ref().is_none_or(NextHop::is_local);
    let usual = if is_local {
        NextHopTls::Off
    } else {
        NextHopTls::Opportunistic
    };
    let tls = relay.next_hop_tls.unwrap_or(usual);
    if relay.next_hop_ca.is_some() && tls != NextHopTls::Require {
        let what = "has a meaning only with smtp.next_hop_tls = \"require\"";
        return Err(loaded.wrong("smtp.next_hop_ca", what));
    }
    let made = match tls {
        NextHopTls::Off => return Ok(None),
        NextHopTls::Opportunistic => Tls::opportunistic(address),
        NextHopTls::Require => Tls::required(address, relay.next_hop_ca.as_deref()),
    };
    let key = relay
        .next_hop_ca
        .as_ref()
        .map_or("smtp.next_hop_tls", |_| "smtp.next_hop_ca");
    made.map(Some).map_err(|error| loaded.wrong(key, error))
}

fn hostname(relay: &Relay) -> String {
    let machines = || gethostname::gethostname().to_string_lossy().into_owned();
    relay.hostname.clone().unwrap_or_else(machines)
}
