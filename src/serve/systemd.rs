//! What systemd is told (sd_notify(3)); nothing, where it did not ask.

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
    let _ = sd_notify::notify(state);
}
