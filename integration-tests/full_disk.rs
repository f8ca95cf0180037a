//! A Maildir on a disk that has no space left.

use std::path::Path;
use std::process::Command;

use crate::harness::{Daemon, Peer, program, skip};

/// 452, whether the message is a little too big or much; and a small one is taken.
#[test]
fn no_space_for_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let can_mount = on_a_small_disk(&disk).arg("true").output();
    if !can_mount.is_ok_and(|output| output.status.success()) {
        return skip("nobody but root can mount a disk that is soon full");
    }
    let file = folder.path().join("plainbounce.toml");
    let settings = format!(
        "[smtp]\nlisten = \"127.0.0.1:0\"\nnext_hop = \"maildir://{}/alice\"\n",
        disk.display()
    );
    std::fs::write(&file, settings).unwrap();
    let mut command = on_a_small_disk(&disk);
    command.arg(program().get_program());
    command.args(["serve", "--config"]).arg(file);
    let daemon = Daemon::run(command, folder);
    let mut peer = Peer::hello(&daemon.address);
    for lines in [40_000, 2_000_000] {
        peer.envelope();
        peer.ask("DATA", "354");
        peer.message(&b"0123456\r\n".repeat(lines), "452 4.3.1");
    }
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"small\r\n", "250 2.0.0 Ok: delivered as");
}

/// A command that sees 256 KiB there, in a mount namespace of its own.
fn on_a_small_disk(place: &Path) -> Command {
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o size=256k tmpfs \"$0\" && exec \"$@\"";
    command.args(["--mount", "sh", "-c", script]).arg(place);
    command
}
