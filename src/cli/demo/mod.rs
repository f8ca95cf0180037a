//! `plainbounce demo`: the whole thing on one machine. The SMTP door stands in front of a Maildir
//! in a temporary folder; the samples come in through it, and what came in and out is shown.

mod samples;
mod show;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use lettre::{SmtpTransport, Transport};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;

use crate::annotator::{self, Annotator};
use crate::doors::listener::{Address, Listener};
use crate::doors::relay::{
    self, Access, BareNewline, BehindSettings, Entrance, Limits, Networks, Phase, Pool, Protocol,
    Settings,
};
use crate::event::{Event, Events, MessagePassed};
use samples::{SAMPLES, Sample};

const NAME: &str = "demo.example.org";
const ADDRESS: &str = "127.0.0.1:2525";
/// Where that one is taken.
const ANY_PORT: &str = "127.0.0.1:0";

pub fn run(asked: &super::Demo) -> Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    let folder = tempfile::Builder::new()
        .prefix("plainbounce-demo-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    runtime.block_on(demonstrate(folder, asked.once))?;
    Ok(ExitCode::SUCCESS)
}

async fn demonstrate(folder: TempDir, once: bool) -> Result<()> {
    let listener = listen().await?;
    let port = listener.local_address().context("no local address")?.port();
    let maildir = folder.path().join("Maildir");
    let (heard, mut events) = unbounded_channel();
    let (phase, shutdown) = watch::channel(Phase::Running);
    let events_to = Events::heard_by(vec![Arc::new(move |event: &Event| {
        if let Event::MessagePassed(passed) = event {
            let _ = heard.send(passed.clone());
        }
    })]);
    let (_settings, settings) = watch::channel(Arc::new(door_settings(maildir.clone(), events_to)));
    let entrance = Entrance {
        listener,
        tls: false,
    };
    let door = tokio::spawn(relay::run(
        settings,
        vec![entrance],
        shutdown,
        Arc::default(),
    ));

    let mut shown = show::Gallery::new(folder.path(), maildir);
    shown.say_hello(port);
    for sample in SAMPLES {
        send(sample, port).await?;
        let passed = events.recv().await.context("the door closed")?;
        shown.show(Some(sample), &passed)?;
    }
    if once {
        shown.say_where(&folder.keep());
    } else {
        shown.say_how_to_send(port);
        show_until_interrupted(&mut shown, &mut events).await?;
        shown.say_goodbye();
    }
    let _ = phase.send(Phase::Draining);
    let _ = tokio::time::timeout(Duration::from_secs(1), door).await;
    Ok(())
}

/// What is sent by hand is shown in the same way.
async fn show_until_interrupted(
    shown: &mut show::Gallery,
    events: &mut UnboundedReceiver<MessagePassed>,
) -> Result<()> {
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            _ = &mut interrupted => return Ok(()),
            passed = events.recv() => match passed {
                Some(passed) => shown.show(None, &passed)?,
                None => return Ok(()),
            },
        }
    }
}

async fn listen() -> Result<Listener> {
    let bind = async |address: &str| Listener::bind(&Address::Tcp(address.to_owned())).await;
    match bind(ADDRESS).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => bind(ANY_PORT).await,
        bound => bound,
    }
    .with_context(|| format!("cannot listen on {ADDRESS}"))
}

fn door_settings(folder: PathBuf, events: Events) -> Settings {
    let hostname = NAME.to_owned();
    let annotator = Annotator::new(annotator::Settings::named(&hostname));
    Settings {
        protocol: Protocol::Smtp,
        hostname: hostname.clone(),
        received: true,
        bare_newline: BareNewline::Reject,
        access: Access {
            allow_from: Networks::loopback_and_private(),
            allow_certificates: Vec::new(),
            proxy_protocol_from: Networks::default(),
            xclient_from: Networks::default(),
        },
        limits: Limits::default(),
        tls: None,
        next_hop: Pool::new(BehindSettings::Maildir { folder, hostname }),
        trust_next_hop_replies: false,
        head_size: 1 << 20,
        time_limit: Duration::from_secs(1),
        annotator: watch::channel(annotator).1,
        events,
    }
}

/// By SMTP, as any mail system would, with the null reverse path of a report.
async fn send(sample: &'static Sample, port: u16) -> Result<()> {
    let sent = tokio::task::spawn_blocking(move || {
        let to = vec![sample.forward_path.parse()?];
        let envelope = lettre::address::Envelope::new(None, to)?;
        let transport = SmtpTransport::builder_dangerous("127.0.0.1")
            .port(port)
            .build();
        let lines = sample.text.replace('\n', "\r\n");
        // lettre ends the last line itself
        transport.send_raw(&envelope, lines.trim_end_matches("\r\n").as_bytes())?;
        Ok::<_, anyhow::Error>(())
    });
    sent.await?
        .with_context(|| format!("{} was not taken", sample.name))
}
