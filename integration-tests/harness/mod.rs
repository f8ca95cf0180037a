//! The real program on free ports, and those it talks with.

mod daemon;
mod dialogue;
mod next_hop;
mod peer;
mod postfix;
mod tap;

pub use daemon::{Daemon, filter, program};
pub use dialogue::play;
pub use next_hop::{Act, NextHop};
pub use peer::Peer;
pub use postfix::{HOSTNAME, Postfix, free_port, is_missing as postfix_is_missing};
pub use tap::Tap;

use std::time::{Duration, Instant};

/// Waits for what happens soon in another process; how soon is not asserted.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
