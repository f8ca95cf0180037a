//! Certificates, and what is behind the doors.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::Findings;
use crate::doors::listener::{Address, Destination};
use crate::doors::relay::{
    BehindSettings, ClientSettings, Encryption, Hop, Secrecy, Seen, plain, probe,
};
use crate::serve::{self, Needs};
use crate::settings::Loaded;

/// An operator waits for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn look(loaded: &Loaded, findings: &mut Findings) {
    for Needs {
        section,
        tls,
        next_hop,
    } in serve::needs(loaded)
    {
        match tls {
            Ok(true) => findings.fine(format!(
                "{section}.tls_cert: certificate and key fit each other"
            )),
            Ok(false) => {}
            Err(error) => findings.wrong(format!("{error:#}")),
        }
        match next_hop {
            Ok(BehindSettings::Maildir { folder, .. }) => maildir(section, &folder, findings),
            Ok(BehindSettings::Relay(relay)) => {
                if verifies_nothing(loaded, section, &relay) {
                    findings.note(format!(
                        "{section}.next_hop_ca: has no effect, as no certificate is verified without \
                         {section}.next_hop_tls = \"require\""
                    ));
                }
                let listen = loaded.settings.relay(section).listen.as_ref();
                for hop in &relay.hops {
                    if let Some(listen) = listen
                        && is_reached_by(listen, &hop.address).await
                    {
                        findings.wrong(format!(
                            "{section}.next_hop {}: that is {section}.listen, and mail would go round \
                             in a circle",
                            hop.address
                        ));
                    } else {
                        server(section, &relay, hop, findings).await;
                    }
                }
            }
            Err(error) => findings.wrong(format!("{error:#}")),
        }
    }
}

fn verifies_nothing(loaded: &Loaded, section: &str, relay: &ClientSettings) -> bool {
    let verifies = |hop: &Hop| match &hop.encryption {
        Encryption::None => false,
        Encryption::Later(tls) | Encryption::FromStart(tls) => tls.required,
    };
    loaded.settings.relay(section).next_hop_ca.is_some() && !relay.hops.iter().any(verifies)
}

/// Whether what is sent to one address comes to who listens on the other.
async fn is_reached_by(listen: &Address, hop: &Address) -> bool {
    let (Ok(listen), Ok(hop)) = (listen.look_up().await, hop.look_up().await) else {
        return false;
    };
    let same = |one: &Destination, other: &Destination| match (one, other) {
        (Destination::Tcp(one), Destination::Tcp(other)) => {
            let here = one.ip().is_unspecified() && other.ip().is_loopback();
            one.port() == other.port() && (here || one.ip() == other.ip())
        }
        (one, other) => one == other,
    };
    listen
        .iter()
        .any(|one| hop.iter().any(|hop| same(one, hop)))
}

async fn server(section: &str, relay: &ClientSettings, hop: &Hop, findings: &mut Findings) {
    let relay = ClientSettings {
        connect_timeout: relay.connect_timeout.min(PATIENCE),
        timeout: relay.timeout.min(PATIENCE),
        ..relay.clone()
    };
    let place = format!("{section}.next_hop {}", hop.address);
    let Seen {
        greeting,
        offers,
        secrecy,
    } = match probe(&relay, hop).await {
        Ok(seen) => seen,
        Err(why) => return findings.wrong(format!("{place}: {why}")),
    };
    let offers = match offers.as_slice() {
        [] => "no extensions".to_owned(),
        offers => offers.join(" "),
    };
    findings.fine(format!(
        "{place}: answers \"{greeting}\", and offers {offers}"
    ));
    match secrecy {
        Secrecy::Clear if !matches!(hop.encryption, Encryption::None) => {
            findings.note(format!(
                "{place}: it offers no STARTTLS; mail goes there in clear"
            ));
        }
        Secrecy::Clear => {}
        Secrecy::Encrypted => findings.fine(format!(
            "{place}: TLS works; its certificate is not looked at"
        )),
        Secrecy::Verified => findings.fine(format!("{place}: TLS works, with a good certificate")),
        Secrecy::Failed(why) => {
            findings.note(format!("{place}: {why}; mail goes there in clear"));
        }
    }
}

fn maildir(section: &str, folder: &Path, findings: &mut Findings) {
    let place = format!("{section}.next_hop maildir://{}", folder.display());
    let parent = folder.parent().unwrap_or(folder);
    if !folder.exists() {
        return match parent.is_dir() {
            true => findings.fine(format!(
                "{place}: is not there yet, and is made at the start"
            )),
            false => findings.wrong(format!("{place}: there is no {}", parent.display())),
        };
    }
    match try_to_write(&folder.join("tmp")) {
        Ok(()) => findings.fine(format!("{place}: can be written")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            findings.note(format!(
                "{place}: is no Maildir yet, and becomes one at the start"
            ));
        }
        Err(error) => findings.wrong(format!("{place}: cannot be written ({})", plain(&error))),
    }
}

/// Nothing stays.
fn try_to_write(tmp: &Path) -> io::Result<()> {
    let path = tmp.join(format!("plainbounce-check.{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    fs::remove_file(&path)
}
