//! A look at the next hop, for an operator who wants to know what is there: no mail is sent.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

use super::client::{Encryption, Hop, Settings};
use super::extensions::Extensions;
use super::reply::{self, Expected, NoReply, Reply};
use super::tls::Tls;
use super::wire::Wire;
use crate::doors::listener::{Destination, Stream};

/// What a next hop says of itself.
#[derive(Debug)]
pub struct Seen {
    /// With its code.
    pub greeting: String,
    /// Keywords of its extensions, as it named them.
    pub offers: Vec<String>,
    pub secrecy: Secrecy,
}

#[derive(Debug)]
pub enum Secrecy {
    Clear,
    /// Whoever it is.
    Encrypted,
    /// And its certificate is one for its name, from an authority that is trusted.
    Verified,
    /// It could have been encrypted, and was not to be; why.
    Failed(String),
}

/// As far as a session gets before the first message.
///
/// # Errors
/// In a few words, what kept it from getting there.
pub async fn probe(settings: &Settings, hop: &Hop) -> Result<Seen, String> {
    let looked_up = timeout(settings.connect_timeout, hop.address.look_up()).await;
    let destinations = looked_up
        .map_err(|_| "its name is not found in time".to_owned())?
        .map_err(|error| format!("its name is not found ({})", plain(&error)))?;
    let mut why = "its name has no address".to_owned();
    for destination in destinations {
        match session(settings, hop, &destination).await {
            Err(error) => why = error,
            seen => return seen,
        }
    }
    Err(why)
}

async fn session(
    settings: &Settings,
    hop: &Hop,
    destination: &Destination,
) -> Result<Seen, String> {
    let connected = timeout(settings.connect_timeout, Stream::connect(destination)).await;
    let mut stream = connected
        .map_err(|_| late("there is no connection", settings.connect_timeout))?
        .map_err(|error| format!("there is no connection ({})", plain(&error)))?;
    let mut secrecy = Secrecy::Clear;
    if let Encryption::FromStart(tls) = &hop.encryption {
        stream = secured(settings, tls, stream).await?;
        secrecy = of(tls);
    }
    let mut wire = Wire::new(stream, settings.timeout);
    let greeting = understood(settings, reply::read(&mut wire, Expected::Completion).await)?;
    if !greeting.is_positive() {
        return Err(format!("it takes no mail from here ({})", said(&greeting)));
    }
    let greeting = said(&greeting);
    let mut extensions = hello(settings, hop, &mut wire).await?;
    if let Encryption::Later(tls) = &hop.encryption {
        match start_tls(settings, tls, &extensions, &mut wire).await {
            Ok(true) => {
                extensions = hello(settings, hop, &mut wire).await?;
                secrecy = of(tls);
            }
            Ok(false) => {}
            Err(why) if tls.required => return Err(why),
            Err(why) => secrecy = Secrecy::Failed(why),
        }
    }
    wire.put(b"QUIT\r\n");
    // It has said all that was asked for.
    let _ = wire.flush().await;
    Ok(Seen {
        greeting,
        offers: extensions.keywords(),
        secrecy,
    })
}

fn of(tls: &Tls) -> Secrecy {
    match tls.required {
        true => Secrecy::Verified,
        false => Secrecy::Encrypted,
    }
}

async fn hello(settings: &Settings, hop: &Hop, wire: &mut Wire) -> Result<Extensions, String> {
    let verb = if hop.lmtp { "LHLO" } else { "EHLO" };
    let reply = ask(settings, wire, &format!("{verb} {}", settings.hostname)).await?;
    if reply.is_positive() {
        return Ok(Extensions::of(&reply));
    }
    if hop.lmtp {
        return Err(format!("it speaks no LMTP ({})", said(&reply)));
    }
    let reply = ask(settings, wire, &format!("HELO {}", settings.hostname)).await?;
    match reply.is_positive() {
        true => Ok(Extensions::default()),
        false => Err(format!("it does not want us ({})", said(&reply))),
    }
}

/// Whether it is encrypted from here on; an error where that failed.
async fn start_tls(
    settings: &Settings,
    tls: &Tls,
    extensions: &Extensions,
    wire: &mut Wire,
) -> Result<bool, String> {
    if !extensions.has("STARTTLS") {
        return match tls.required {
            true => Err("it offers no STARTTLS, and that is required".into()),
            false => Ok(false),
        };
    }
    let reply = ask(settings, wire, "STARTTLS").await?;
    if !reply.is_positive() {
        return Err(format!("it refuses STARTTLS ({})", said(&reply)));
    }
    let clear = std::mem::replace(wire, Wire::closed()).into_stream();
    *wire = Wire::new(secured(settings, tls, clear).await?, settings.timeout);
    Ok(true)
}

async fn secured(settings: &Settings, tls: &Tls, stream: Stream) -> Result<Stream, String> {
    let handshake = timeout(settings.timeout, tls.connect(stream)).await;
    let stream = handshake
        .map_err(|_| late("TLS comes to no end", settings.timeout))?
        .map_err(|error| format!("TLS fails ({})", plain(&error)))?;
    Ok(Stream::Tls(Box::new(stream)))
}

async fn ask(settings: &Settings, wire: &mut Wire, command: &str) -> Result<Reply, String> {
    wire.put(command.as_bytes());
    wire.put(b"\r\n");
    understood(settings, reply::read(wire, Expected::Completion).await)
}

fn understood(settings: &Settings, reply: Result<Reply, NoReply>) -> Result<Reply, String> {
    reply.map_err(|no_reply| match no_reply {
        NoReply::Garbage => "what it says is neither SMTP nor LMTP".into(),
        NoReply::Gone | NoReply::Silent | NoReply::Unreachable => {
            late("it hangs up, or is silent", settings.timeout)
        }
    })
}

fn late(what: &str, limit: Duration) -> String {
    format!("{what} within {} seconds", limit.as_secs_f32())
}

/// Without the number that no operator looks up.
pub fn plain(error: &io::Error) -> String {
    let said = error.to_string();
    let words = said.split(" (os error").next();
    words.unwrap_or_default().to_owned()
}

fn said(reply: &Reply) -> String {
    format!("{} {}", reply.code, reply.text())
}
