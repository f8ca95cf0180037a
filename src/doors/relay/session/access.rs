//! Who may come in, and for whom they speak: networks, the PROXY header, certificates, XCLIENT.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::proxy::{self, Header};
use super::{Peer, Session, Then, Transaction};
use crate::doors::listener::Stream;
use crate::doors::relay::command::{Attribute, Verb};
use crate::doors::relay::networks::Networks;
use crate::doors::relay::pool::Offer;
use crate::doors::relay::reply::Reply;
use crate::doors::relay::session::Hello;
use crate::doors::relay::settings::Protocol;
use crate::doors::relay::tls::Fingerprint;
use crate::doors::relay::wire::Wire;
use crate::event::{Event, TurnedAway};

/// HAProxy sends its header with the first packet, and a client its handshake soon.
const SOON: Duration = Duration::from_secs(30);

impl Session {
    /// All that comes before the greeting.
    pub(super) async fn come_in(&mut self, tls: bool) -> io::Result<Then> {
        if self.is_from(&self.settings.access.proxy_protocol_from) && !self.proxied().await? {
            return Ok(self.turned_away(TurnedAway::NoProxyHeader));
        }
        self.connected_from = self.peer.address;
        let access = &self.settings.access;
        let is_known = self.is_allowed();
        let by_certificate = self.settings.tls.is_some() && !access.allow_certificates.is_empty();
        self.peer.speaks_for_others = self.is_from(&access.xclient_from);
        self.peer.admitted = is_known;
        let is_seated = self.is_seated();
        if tls && !is_seated {
            // TLS has no words for it before its handshake, which costs us more than them.
            return Ok(self.turned_away(TurnedAway::TooManyConnections));
        }
        if tls {
            // What is to be said is said behind the handshake, of which some may have come with the header.
            let came = self.client.unread().to_vec();
            self.secure(came).await?;
        }
        if !is_known && !by_certificate {
            self.say(&refusal());
            return Ok(self.turned_away(TurnedAway::NotAllowed));
        }
        if !is_seated {
            return Ok(self.too_many());
        }
        Ok(match tls {
            true => self.known_by_certificate(),
            false => Then::GoOn,
        })
    }

    fn too_many(&mut self) -> Then {
        let text = "4.7.0 Too many connections from your address, try again later";
        self.say(&Reply::new(421, text));
        self.turned_away(TurnedAway::TooManyConnections)
    }

    fn turned_away(&mut self, why: TurnedAway) -> Then {
        let door = self.settings.protocol.name();
        self.settings.events.send(&Event::TurnedAway { door, why });
        Then::Close
    }

    pub(super) fn is_from(&self, networks: &Networks) -> bool {
        let address = self.peer.address;
        address.is_some_and(|address| networks.contains(address))
    }

    /// Who reaches a Unix socket may speak: its folder says who does.
    fn is_allowed(&self) -> bool {
        self.peer.address.is_none() || self.is_from(&self.settings.access.allow_from)
    }

    fn is_seated(&mut self) -> bool {
        let limit = self.settings.limits.connections_per_address;
        let address = self.peer.address;
        address.is_none_or(|address| self.seat.is_of(address, limit))
    }

    /// HAProxy's header: whom the connection is really from. False where there is none.
    async fn proxied(&mut self) -> io::Result<bool> {
        self.client.deadline = Some(Instant::now() + self.soon());
        loop {
            self.client.fill().await?;
            match proxy::read(self.client.unread()) {
                Header::Whole { length, source } => {
                    self.client.consume(length);
                    self.client.deadline = None;
                    self.peer.address = source.or(self.peer.address);
                    return Ok(true);
                }
                Header::Part => {}
                Header::None => return Ok(false),
            }
        }
    }

    /// Strangers are to be sooner.
    fn soon(&self) -> Duration {
        let soon = if self.peer.admitted { SOON } else { SOON / 3 };
        soon.min(self.settings.limits.client)
    }

    /// A handshake, of which some may have come; nothing that was said before it counts after it.
    async fn secure(&mut self, came: Vec<u8>) -> io::Result<()> {
        let Some(tls) = self.settings.tls.clone() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let closed = Wire::closed();
        let stream = std::mem::replace(&mut self.client, closed).into_stream();
        let stream = stream.behind(came);
        let secured = timeout(self.soon(), tls.accept(stream)).await;
        let secured = secured.map_err(|_| io::ErrorKind::TimedOut)??;
        let stream = Stream::Tls(Box::new(secured));
        self.client = Wire::new(stream, self.settings.limits.client);
        Ok(())
    }

    /// Who may not speak from where it is may be known by its certificate.
    fn known_by_certificate(&mut self) -> Then {
        let shown = Fingerprint::of_client(self.client.stream());
        let known = &self.settings.access.allow_certificates;
        self.peer.admitted |= shown.is_some_and(|shown| known.contains(&shown));
        if self.peer.admitted {
            return Then::GoOn;
        }
        self.say(&refusal());
        self.turned_away(TurnedAway::NotAllowed)
    }

    pub(super) async fn start_tls(&mut self) -> io::Result<Then> {
        if self.settings.tls.is_none() {
            return Ok(self.refuse(&Reply::new(502, "5.5.1 Command not implemented")));
        }
        if self.client.stream().is_tls() {
            return Ok(self.refuse(&Reply::new(503, "5.5.1 TLS is active already")));
        }
        if !matches!(self.transaction, Transaction::None) {
            return Ok(self.refuse(&Reply::new(503, "5.5.1 Not in the middle of a transaction")));
        }
        // What came behind the command was said in clear, by whoever could say it (CVE-2011-0411,
        // CVE-2021-33515).
        if !self.client.unread().is_empty() {
            let text = "5.5.1 Nothing may be sent behind STARTTLS before its reply";
            self.say(&Reply::new(503, text));
            return Ok(Then::Close);
        }
        self.say(&Reply::new(220, "2.0.0 Ready to start TLS"));
        self.client.flush().await?;
        let (phase, leave) = (self.phase.clone(), self.leaves_in());
        let secured = leave.or_at_a_glance(&phase, self.secure(Vec::new())).await;
        let Some(secured) = secured else {
            return Ok(Then::Close);
        };
        secured?;
        self.hello = None;
        self.behind = None;
        self.peer.queue_id = None;
        // Whom XCLIENT named in clear, anybody may have named.
        if self.peer.address != self.connected_from {
            self.peer.address = self.connected_from;
            self.peer.admitted = self.is_allowed();
            if !self.is_seated() {
                return Ok(self.too_many());
            }
        }
        Ok(self.known_by_certificate())
    }

    /// <https://www.postfix.org/XCLIENT_README.html>: a new session, as from somebody else.
    pub(super) async fn xclient(&mut self, attributes: &[Attribute]) -> Then {
        if !self.peer.speaks_for_others {
            return self.refuse(&Reply::new(550, "5.7.1 You may not speak for others"));
        }
        if matches!(self.transaction, Transaction::Open(_)) {
            return self.refuse(&Reply::new(503, "5.5.1 Not in the middle of a transaction"));
        }
        let mut peer = self.peer.clone();
        let mut hello = None;
        for attribute in attributes {
            if !is_well_formed(attribute) {
                let text = format!(
                    "5.5.4 The value of {} is malformed",
                    shortened(&attribute.name)
                );
                return self.refuse(&Reply::new(501, &text));
            }
            match attribute.name.as_str() {
                "ADDR" => match address(attribute) {
                    Ok(address) => peer.address = address.or(peer.address),
                    Err(()) => return self.refuse(&Reply::new(501, "5.5.4 ADDR is no address")),
                },
                "HELO" => hello = attribute.decoded(),
                "NAME" | "PORT" | "PROTO" | "LOGIN" | "DESTADDR" | "DESTPORT" => {}
                other => {
                    let text = format!("5.5.4 Attribute {} is not known", shortened(other));
                    return self.refuse(&Reply::new(501, &text));
                }
            }
        }
        self.become_another(peer, hello)
    }

    fn become_another(&mut self, peer: Peer, hello: Option<String>) -> Then {
        self.peer = peer;
        self.peer.queue_id = None;
        self.offered = Offer::default();
        self.behind = None;
        self.transaction = Transaction::None;
        let verb = match self.settings.protocol {
            Protocol::Smtp => Verb::Helo,
            Protocol::Lmtp => Verb::Lhlo,
        };
        self.hello = hello.map(|name| Hello { verb, name });
        if !self.is_allowed() {
            self.say(&refusal());
            return self.turned_away(TurnedAway::NotAllowed);
        }
        if !self.is_seated() {
            return self.too_many();
        }
        self.greet();
        Then::GoOn
    }
}

fn refusal() -> Reply {
    Reply::new(550, "5.7.1 This address may not send mail here")
}

/// xtext, or said to be unknown; ports are numbers.
fn is_well_formed(attribute: &Attribute) -> bool {
    if attribute.is_unknown() {
        return true;
    }
    let value = attribute.decoded();
    match (attribute.name.as_str(), value) {
        // Neither goes anywhere from here.
        ("NAME" | "LOGIN", _) => attribute.xtext().is_some(),
        (_, None) => false,
        ("PORT" | "DESTPORT", Some(value)) => {
            value.parse::<u16>().is_ok() && !value.starts_with('+')
        }
        ("PROTO", Some(value)) => {
            ["SMTP", "ESMTP", "LMTP"].contains(&value.to_ascii_uppercase().as_str())
        }
        _ => true,
    }
}

/// `192.0.2.1`, `IPV6:2001:db8::1`; none where it is not known.
fn address(attribute: &Attribute) -> Result<Option<IpAddr>, ()> {
    if attribute.is_unknown() {
        return Ok(None);
    }
    let text = attribute.decoded().ok_or(())?;
    let prefix = text.get(..5).unwrap_or_default();
    let text = if prefix.eq_ignore_ascii_case("IPV6:") {
        &text[5..]
    } else {
        &text
    };
    text.parse()
        .map(|ip: IpAddr| Some(ip.to_canonical()))
        .map_err(|_| ())
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
