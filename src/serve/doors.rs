//! Settings → what the doors work with, and what is wrong with them where one does not fit another.

use std::fmt::Display;
use std::sync::Arc;

use tokio::sync::watch;

use crate::annotator::Annotator;
use crate::doors::listener::Address;
use crate::doors::milter;
use crate::doors::relay::{
    Access, BehindSettings, ClientSettings, Encryption, Hop, Limits, NextHop, NextHopTls, Pool,
    Protocol, Settings, Tls, TlsForClients, prepare_maildir,
};
use crate::event::Events;
use crate::settings::{Console, Loaded, Relay, Size};

/// The doors that are open, and where new settings for each go.
#[derive(Default)]
pub struct OpenDoors {
    pub relays: Vec<(&'static str, watch::Sender<Arc<Settings>>)>,
    pub milter: Option<watch::Sender<Arc<milter::Settings>>>,
}

const NO_DOOR: &str = "no door is open; set it to an address as in \"127.0.0.1:25\"";

/// The doors that are to be open.
pub struct Doors {
    /// By their section.
    pub relays: Vec<(&'static str, Settings)>,
    pub milter: Option<milter::Settings>,
}

pub fn all(
    loaded: &Loaded,
    annotator: &watch::Receiver<Annotator>,
    events: &Events,
) -> anyhow::Result<Doors> {
    let mut relays = Vec::new();
    for (section, protocol) in [("smtp", Protocol::Smtp), ("lmtp", Protocol::Lmtp)] {
        let relay = loaded.settings.relay(section);
        if relay.listen.is_some() || relay.tls_listen.is_some() {
            let name = section;
            let section = Section {
                loaded,
                name,
                relay,
            };
            relays.push((name, section.settings(protocol, annotator, events)?));
        }
    }
    let milter = loaded.settings.milter.listen.as_ref();
    let milter = milter.map(|_| milter_settings(loaded, annotator, events));
    if relays.is_empty() && milter.is_none() {
        return Err(loaded.wrong("smtp.listen", NO_DOOR));
    }
    Ok(Doors { relays, milter })
}

/// What a section's door needs before it opens, each right or wrong by itself: for `check`, which
/// opens nothing.
pub struct Needs {
    pub section: &'static str,
    /// Whether there is a certificate.
    pub tls: anyhow::Result<bool>,
    pub next_hop: anyhow::Result<BehindSettings>,
}

/// Of the relaying doors that are to be open.
pub fn needs(loaded: &Loaded) -> Vec<Needs> {
    let sections = ["smtp", "lmtp"].map(|name| Section {
        loaded,
        name,
        relay: loaded.settings.relay(name),
    });
    let is_open = |section: &&Section<'_>| {
        section.relay.listen.is_some() || section.relay.tls_listen.is_some()
    };
    let needs = |section: &Section<'_>| Needs {
        section: section.name,
        tls: section.tls().map(|tls| tls.is_some()),
        next_hop: section.behind(),
    };
    sections.iter().filter(is_open).map(needs).collect()
}

fn milter_settings(
    loaded: &Loaded,
    annotator: &watch::Receiver<Annotator>,
    events: &Events,
) -> milter::Settings {
    let (milter, annotate) = (&loaded.settings.milter, &loaded.settings.annotate);
    milter::Settings {
        senders: milter.senders,
        limits: milter::Limits {
            connections: milter.max_connections.get(),
            message_bytes: bytes(milter.max_message_size),
            silence: milter.timeout,
        },
        head_size: bytes(annotate.head_size),
        time_limit: annotate.time_limit,
        annotator: annotator.clone(),
        events: events.clone(),
    }
}

fn bytes(size: Size) -> usize {
    usize::try_from(size.0).unwrap_or(usize::MAX)
}

/// As the settings have it, for `serve` and `annotate` alike.
///
/// # Errors
/// In one line, where a language, a template or a rule is wrong.
pub fn annotator(loaded: &Loaded) -> anyhow::Result<Annotator> {
    let (smtp, lmtp) = (&loaded.settings.smtp, &loaded.settings.lmtp);
    let name = hostname(if smtp.hostname.is_some() { smtp } else { lmtp });
    loaded.annotator(name).map(Annotator::new)
}

/// Host names under which the console answers: loopback names, and where it listens.
pub fn console_hosts(console: &Console, place: &str) -> Vec<String> {
    let own = place.rsplit_once(':').map_or(place, |(host, _)| host);
    let usual = ["localhost", "127.0.0.1", "[::1]", own].map(str::to_owned);
    let named = console.allow_hosts.as_ref().map(|names| names.0.clone());
    named.unwrap_or(usual.to_vec())
}

/// `[smtp]` or `[lmtp]`.
struct Section<'a> {
    loaded: &'a Loaded,
    name: &'static str,
    relay: &'a Relay,
}

impl Section<'_> {
    fn wrong(&self, key: &str, what: impl Display) -> anyhow::Error {
        self.loaded.wrong(&format!("{}.{key}", self.name), what)
    }

    fn settings(
        &self,
        protocol: Protocol,
        annotator: &watch::Receiver<Annotator>,
        events: &Events,
    ) -> anyhow::Result<Settings> {
        let (relay, annotate) = (self.relay, &self.loaded.settings.annotate);
        Ok(Settings {
            protocol,
            hostname: hostname(relay),
            received: relay.received,
            bare_newline: relay.bare_newline,
            access: Access {
                allow_from: relay.allow_from.clone(),
                allow_certificates: relay.tls_allow_certs.clone(),
                proxy_protocol_from: relay.proxy_protocol_from.clone(),
                xclient_from: relay.xclient_from.clone(),
            },
            limits: limits(relay),
            tls: self.tls()?,
            next_hop: Pool::new(self.prepared(self.behind()?)?),
            trust_next_hop_replies: relay.trust_next_hop_replies,
            head_size: bytes(annotate.head_size),
            time_limit: annotate.time_limit,
            annotator: annotator.clone(),
            events: events.clone(),
        })
    }

    fn tls(&self) -> anyhow::Result<Option<TlsForClients>> {
        let relay = self.relay;
        let (cert, key) = match (&relay.tls_cert, &relay.tls_key) {
            (Some(cert), Some(key)) => (cert, key),
            (Some(_), None) => return Err(self.wrong("tls_cert", "needs tls_key beside it")),
            (None, Some(_)) => return Err(self.wrong("tls_key", "needs tls_cert beside it")),
            (None, None) if relay.tls_listen.is_some() => {
                return Err(self.wrong("tls_listen", "needs tls_cert and tls_key"));
            }
            (None, None) if !relay.tls_allow_certs.is_empty() => {
                return Err(self.wrong("tls_allow_certs", "needs tls_cert and tls_key"));
            }
            (None, None) => return Ok(None),
        };
        let ask = !relay.tls_allow_certs.is_empty();
        let tls = TlsForClients::from_files(cert, key, ask);
        tls.map(Some).map_err(|error| self.wrong("tls_cert", error))
    }

    fn behind(&self) -> anyhow::Result<BehindSettings> {
        let relay = self.relay;
        let hostname = hostname(relay);
        let Some(next_hops) = &relay.next_hop else {
            let what = format!("is required where {}.listen is set", self.name);
            return Err(self.wrong("next_hop", what));
        };
        if let [NextHop::Maildir(folder)] = next_hops.all() {
            let folder = folder.clone();
            return Ok(BehindSettings::Maildir { folder, hostname });
        }
        let hops: anyhow::Result<Vec<Hop>> =
            next_hops.all().iter().map(|hop| self.hop(hop)).collect();
        Ok(BehindSettings::Relay(ClientSettings {
            hops: hops?,
            hostname,
            connect_timeout: relay.next_hop_connect_timeout,
            timeout: relay.next_hop_timeout,
            data_timeout: relay.next_hop_data_timeout,
        }))
    }

    /// A Maildir is made where there is none.
    fn prepared(&self, behind: BehindSettings) -> anyhow::Result<BehindSettings> {
        if let BehindSettings::Maildir { folder, .. } = &behind {
            let unusable = |error| self.wrong("next_hop", format!("{}: {error}", folder.display()));
            prepare_maildir(folder).map_err(unusable)?;
        }
        Ok(behind)
    }

    fn hop(&self, next_hop: &NextHop) -> anyhow::Result<Hop> {
        let (address, lmtp) = match next_hop {
            NextHop::Smtp(address) | NextHop::Smtps(address) => {
                (Address::Tcp(address.clone()), false)
            }
            NextHop::Lmtp(address) => (address.clone(), true),
            NextHop::Maildir(_) => return Err(self.wrong("next_hop", "a maildir:// stands alone")),
        };
        let host = address.to_string();
        let encryption = match (next_hop, self.next_hop_tls(next_hop)) {
            (NextHop::Smtps(_), NextHopTls::Require) => {
                Encryption::FromStart(self.verified(&host)?)
            }
            (NextHop::Smtps(_), _) => Encryption::FromStart(self.unverified(&host)?),
            (_, NextHopTls::Off) => Encryption::None,
            // Nobody listens on a socket, and it has no name that a certificate could have.
            (NextHop::Lmtp(Address::Unix(_)), NextHopTls::Opportunistic) => Encryption::None,
            (_, NextHopTls::Opportunistic) => Encryption::Later(self.unverified(&host)?),
            (_, NextHopTls::Require) => Encryption::Later(self.verified(&host)?),
        };
        Ok(Hop {
            address,
            lmtp,
            encryption,
        })
    }

    /// Said, or what suits the way. With smtps:// a certificate is verified where authorities are
    /// named or the way leaves the machine.
    fn next_hop_tls(&self, next_hop: &NextHop) -> NextHopTls {
        let by_tls = matches!(next_hop, NextHop::Smtps(_));
        match self.relay.next_hop_tls {
            Some(_) | None if by_tls && self.relay.next_hop_ca.is_some() => NextHopTls::Require,
            Some(said) => said,
            None if next_hop.is_local() => NextHopTls::Off,
            None if by_tls => NextHopTls::Require,
            None => NextHopTls::Opportunistic,
        }
    }

    fn verified(&self, host: &str) -> anyhow::Result<Tls> {
        let ca = self.relay.next_hop_ca.as_deref();
        let key = ca.map_or("next_hop_tls", |_| "next_hop_ca");
        Tls::required(host, ca).map_err(|error| self.wrong(key, error))
    }

    fn unverified(&self, host: &str) -> anyhow::Result<Tls> {
        Tls::opportunistic(host).map_err(|error| self.wrong("next_hop_tls", error))
    }
}

fn limits(relay: &Relay) -> Limits {
    let per_address = relay.max_connections_per_address;
    Limits {
        connections: relay.max_connections.get(),
        connections_per_address: per_address.unwrap_or(relay.max_connections).get(),
        commands: relay.max_commands.get(),
        errors: relay.max_errors.get(),
        recipients: relay.max_recipients,
        message_bytes: relay.max_message_size.0,
        command_bytes: bytes(relay.max_command_size),
        client: relay.client_timeout,
        message: relay.message_timeout,
        session: relay.session_timeout,
    }
}

fn hostname(relay: &Relay) -> String {
    let machines = || gethostname::gethostname().to_string_lossy().into_owned();
    relay.hostname.clone().unwrap_or_else(machines)
}
