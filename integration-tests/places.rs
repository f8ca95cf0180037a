//! How many may be in at a time.

use crate::harness::{Daemon, NextHop, eventually};

/// Who is sent away has had no place to give back.
#[test]
fn one_too_many_takes_no_place_and_gives_none() {
    let next_hop = NextHop::start();
    for section in ["smtp", "lmtp"] {
        let more = "max_connections = 1\nmax_connections_per_address = 5";
        let daemon = Daemon::open(section, "127.0.0.1:0", &next_hop.url, more);
        let mut first = daemon.connect();
        first.expect("220");
        for _ in 0..3 {
            daemon.connect().expect("421 4.3.2");
        }
        first.ask("QUIT", "221");
        drop(first);
        eventually("its place is free again", || {
            daemon.connect().line().starts_with("220")
        });
    }
}
