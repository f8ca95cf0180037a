//! What systemd is told (sd_notify(3)); nothing, where it did not ask.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
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
    // 0 is none (sd_watchdog_enabled(3)).
    let limit = sd_notify::watchdog_enabled();
    let Some(limit) = limit.filter(|limit| !limit.is_zero()) else {
        return;
    };
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(limit / 2).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    let lines: String = state.iter().map(|one| format!("{one}\n")).collect();
    // Who does not listen misses nothing that mail depends on.
    let _ = send(&lines);
}

/// By a socket of our own: `sd-notify` waits where nobody reads, and mail would with it; and it has
/// no words for a socket without a path, as in some containers.
fn send(lines: &str) -> io::Result<()> {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else {
        return Ok(());
    };
    let address = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&place)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(lines.as_bytes(), &address).map(|_| ())
}
