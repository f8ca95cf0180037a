//! Where plainbounce is to listen: whether it can, or does already, or who does.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::time::timeout;

use super::Findings;
use crate::doors::listener::{Address, Destination, Stream};
use crate::doors::relay::{Networks, Tls, plain};
use crate::settings::Loaded;

/// For whoever is there to say something.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is spoken at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// SMTP or LMTP, which begin with a greeting.
    Mail,
    /// The same, once TLS is there.
    MailUnderTls,
    /// SMTP or LMTP, once a PROXY header is there.
    MailBehindProxy,
    Milter,
    Http,
}

/// The kinds of places that the settings know, each with its key.
fn places(loaded: &Loaded) -> Vec<(String, &Address, Speaks)> {
    let settings = &loaded.settings;
    let mut places = Vec::new();
    for section in ["smtp", "lmtp"] {
        let relay = settings.relay(section);
        let behind_proxy = relay.proxy_protocol_from != Networks::default();
        let (clear, tls) = match behind_proxy {
            true => (Speaks::MailBehindProxy, Speaks::MailBehindProxy),
            false => (Speaks::Mail, Speaks::MailUnderTls),
        };
        places.push((format!("{section}.listen"), &relay.listen, clear));
        places.push((format!("{section}.tls_listen"), &relay.tls_listen, tls));
    }
    places.push((
        "milter.listen".to_owned(),
        &settings.milter.listen,
        Speaks::Milter,
    ));
    places.push((
        "console.listen".to_owned(),
        &settings.console.listen,
        Speaks::Http,
    ));
    let set = places.into_iter();
    set.filter_map(|(key, address, speaks)| Some((key, address.as_ref()?, speaks)))
        .collect()
}

pub async fn look(loaded: &Loaded, findings: &mut Findings) {
    // Those of ours that were free stay taken, as they will be.
    let mut held = Vec::new();
    let mut seen: Vec<(String, &Address)> = Vec::new();
    for (key, address, speaks) in places(loaded) {
        let place = format!("{key} {address}");
        let bound = match address {
            Address::Tcp(address) => TcpListener::bind(address.as_str())
                .await
                .map(|listener| held.push(listener)),
            Address::Unix(path) => bind_unix(path).await,
        };
        // Of a Unix socket nothing stays that would be in the way.
        let in_use = matches!(&bound, Err(error) if error.kind() == io::ErrorKind::AddrInUse);
        if (in_use || matches!(address, Address::Unix(_)))
            && let Some(other) = door_at(&seen, address).await
        {
            findings.wrong(format!("{place}: {other} is to listen there as well"));
            continue;
        }
        seen.push((key, address));
        let why = match bound {
            Ok(()) => {
                findings.fine(format!("{place}: free"));
                continue;
            }
            Err(error) => error,
        };
        match why.kind() {
            io::ErrorKind::AddrInUse => who_is_there(&place, address, speaks, findings).await,
            io::ErrorKind::PermissionDenied => {
                findings.wrong(format!(
                    "{place}: this user may not listen there ({})",
                    plain(&why)
                ));
            }
            io::ErrorKind::AddrNotAvailable => {
                findings.wrong(format!("{place}: this machine has no such address"));
            }
            _ => findings.wrong(format!("{place}: cannot listen there ({})", plain(&why))),
        }
    }
}

/// The key of the door that takes the place of another.
async fn door_at<'k>(seen: &'k [(String, &Address)], address: &Address) -> Option<&'k str> {
    let places = address.look_up().await.unwrap_or_default();
    for (key, other) in seen {
        let others = other.look_up().await.unwrap_or_default();
        let is_one = |place: &Destination| others.iter().any(|other| is_one_place(place, other));
        if places.iter().any(is_one) {
            return Some(key);
        }
    }
    None
}

fn is_one_place(one: &Destination, other: &Destination) -> bool {
    match (one, other) {
        (Destination::Tcp(one), Destination::Tcp(other)) => {
            let all = one.ip().is_unspecified() || other.ip().is_unspecified();
            one.port() == other.port() && (all || one.ip() == other.ip())
        }
        (one, other) => one == other,
    }
}

/// Nothing stays; what a process that died left behind is in nobody's way, and is left.
async fn bind_unix(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    if !folder.is_dir() {
        let why = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, why));
    }
    match std::fs::symlink_metadata(path) {
        Err(_) => {
            UnixListener::bind(path)?;
            std::fs::remove_file(path)
        }
        Ok(found) if !found.file_type().is_socket() => {
            Err(io::Error::other("there is a file that is no socket"))
        }
        Ok(_) => match tokio::net::UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        },
    }
}

/// Somebody listens: if that is plainbounce, all is well.
async fn who_is_there(place: &str, address: &Address, speaks: Speaks, findings: &mut Findings) {
    let said = timeout(PATIENCE, said(address, speaks)).await;
    let said = said.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    match (said, speaks) {
        (Ok(line), _) if line.ends_with(" plainbounce") => {
            findings.fine(format!(
                "{place}: plainbounce is running there (\"{line}\")"
            ));
        }
        // As plainbounce does, where it is full, or is not to speak with this machine.
        (Ok(line), Speaks::Mail | Speaks::MailUnderTls | Speaks::MailBehindProxy)
            if line.starts_with(['4', '5']) =>
        {
            findings.note(format!(
                "{place}: somebody is running there, and turns this machine away (\"{line}\")"
            ));
        }
        (Ok(line), Speaks::Milter) if line.starts_with('O') => {
            findings.fine(format!("{place}: a milter is running there"));
        }
        (Ok(line), Speaks::Http) if line.starts_with("HTTP/1.") && line.contains(" 200") => {
            findings.fine(format!("{place}: a console is running there"));
        }
        (Ok(line), _) => findings.wrong(format!(
            "{place}: another program is running there; it says \"{line}\""
        )),
        (Err(_), Speaks::MailBehindProxy) => findings.note(format!(
            "{place}: somebody is running there, and waits, as plainbounce does for a PROXY header"
        )),
        (Err(error), _) => findings.wrong(format!(
            "{place}: another program is running there, and it is not plainbounce ({})",
            plain(&error)
        )),
    }
}

/// The beginning of what it says to somebody who speaks as it should.
async fn said(address: &Address, speaks: Speaks) -> io::Result<String> {
    let destination = address.look_up().await?.into_iter().next();
    let destination = destination.ok_or(io::ErrorKind::AddrNotAvailable)?;
    let mut stream = Stream::connect(&destination).await?;
    match speaks {
        Speaks::Mail | Speaks::MailBehindProxy => {}
        Speaks::MailUnderTls => {
            let tls = Tls::opportunistic(&address.to_string()).map_err(io::Error::other)?;
            stream = Stream::Tls(Box::new(tls.connect(stream).await?));
        }
        // SMFIC_OPTNEG, version 6, with every action and nothing left out.
        Speaks::Milter => {
            stream
                .write_all(b"\0\0\0\rO\0\0\0\x06\0\0\x01\xff\0\0\0\0")
                .await?
        }
        Speaks::Http => {
            let request = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n";
            stream.write_all(request).await?;
        }
    }
    stream.flush().await?;
    let mut beginning = vec![0; 512];
    let count = stream.read(&mut beginning).await?;
    beginning.truncate(count);
    if count == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // Of a milter's answer the length, which says nothing, comes first.
    let beginning = match speaks {
        Speaks::Milter => beginning.get(4..).unwrap_or_default(),
        _ => &beginning,
    };
    let text = String::from_utf8_lossy(beginning);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
