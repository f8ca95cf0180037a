//! The real program on free ports, and those it talks with.

mod client;
mod daemon;
mod dialogue;
mod jail;
mod milter_peer;
mod names;
mod next_hop;
mod peer;
mod postfix;
mod tap;

pub use client::Client;
pub use daemon::{Daemon, filter, program};
pub use dialogue::play;
pub use jail::Jail;
pub use milter_peer::{ALL_ACTIONS, ALL_STEPS, MilterPeer};
pub use names::{Names, free_address};
pub use next_hop::{Act, NextHop};
pub use peer::Peer;
pub use postfix::{HOSTNAME, Postfix, free_port, is_missing as postfix_is_missing};
pub use tap::Tap;

use std::io::Write;
use std::time::{Duration, Instant};

/// Waits for what happens soon in another process; how soon is not asserted.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a test needs is not here, and it ends at once; but on a machine that is there to run the
/// tests that must not be.
pub fn skip(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    let test = std::thread::current();
    // Straight to standard error: of a test that passes, nothing that it prints is shown.
    let line = format!("skipped {}: {why}\n", test.name().unwrap_or_default());
    let _ = std::io::stderr().write_all(line.as_bytes());
}
