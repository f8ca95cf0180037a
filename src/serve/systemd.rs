//! What systemd is told (sd_notify(3)); nothing, where it did not ask.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use sd_notify::NotifyState;

/// Whether this process is a unit's own (`SYSTEMD_EXEC_PID`, systemd.exec(5); since 248).
pub fn has_started_us() -> bool {
    let is_ours = |id: std::ffi::OsString| id == *std::process::id().to_string();
    std::env::var_os("SYSTEMD_EXEC_PID").is_some_and(is_ours)
        || std::env::var_os("NOTIFY_SOCKET").is_some()
}

/// Said until it is heard: who does not hear it may stop us.
pub fn ready() {
    if is_waiting(tell(&[NotifyState::Ready])) {
        tokio::spawn(async {
            while is_waiting(tell(&[NotifyState::Ready])) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
    }
}

/// Whether nobody reads what is there already.
fn is_waiting(told: io::Result<()>) -> bool {
    told.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Followed by `ready` when it is done.
pub fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        let _ = tell(&[NotifyState::Reloading, now]);
    }
}

pub fn stopping() {
    let _ = tell(&[NotifyState::Stopping]);
}

/// As long as tasks run, the watchdog hears of it (`WatchdogSec=`), twice as often as it asks.
pub async fn keep_alive() {
    // 0 is none (sd_watchdog_enabled(3)).
    let limit = sd_notify::watchdog_enabled();
    let Some(limit) = limit.filter(|limit| !limit.is_zero()) else {
        return;
    };
    loop {
        // Who does not listen misses nothing that mail depends on.
        let _ = tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(limit / 2).await;
    }
}

/// By a socket of our own: `sd-notify` waits where nobody reads, and mail would with it; and it has
/// no words for a socket without a path, as in some containers.
fn tell(state: &[NotifyState<'_>]) -> io::Result<()> {
    let lines: String = state.iter().map(|one| format!("{one}\n")).collect();
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else {
        return Ok(());
    };
    let address = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&place)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(lines.as_bytes(), &address)?;
    Ok(())
}
