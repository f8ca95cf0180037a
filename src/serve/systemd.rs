//! What systemd is told (sd_notify(3)); nothing, where it did not ask.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use sd_notify::NotifyState;

pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Followed by `ready` when it is done.
pub fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// As long as tasks run, the watchdog hears of it (`WatchdogSec=`), twice as often as it asks.
pub async fn keep_alive() {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(limit / 2).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // Who does not listen misses nothing that mail depends on.
    let socket = std::env::var("NOTIFY_SOCKET").unwrap_or_default();
    let _ = match socket.strip_prefix('@') {
        Some(name) => tell_abstract(name, state),
        None => sd_notify::notify(state),
    };
}

/// A socket without a path, as in some containers; `sd-notify` has no words for it.
fn tell_abstract(name: &str, state: &[NotifyState<'_>]) -> io::Result<()> {
    let lines: String = state.iter().map(|one| format!("{one}\n")).collect();
    let socket = UnixDatagram::unbound()?;
    socket.send_to_addr(lines.as_bytes(), &SocketAddr::from_abstract_name(name)?)?;
    Ok(())
}
