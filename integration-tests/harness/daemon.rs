//! The real program, `serve`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};

use super::{Peer, eventually};

/// The program, without what the environment of the tests says about it.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plainbounce"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PLAINBOUNCE__") {
            command.env_remove(name);
        }
    }
    command
}

/// What a command makes of its standard input.
pub fn filter(mut command: Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

pub struct Daemon {
    child: Child,
    pub address: String,
    /// What it wrote to standard error so far.
    pub said: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl Daemon {
    /// In front of a next hop; `more` is TOML for the section `[smtp]` and those after it.
    pub fn start(next_hop: &str, more: &str) -> Self {
        Self::open("smtp", "127.0.0.1:0", next_hop, more)
    }

    /// The LMTP door, in the same way.
    pub fn lmtp(next_hop: &str, more: &str) -> Self {
        Self::open("lmtp", "127.0.0.1:0", next_hop, more)
    }

    pub fn open(section: &str, listen: &str, next_hop: &str, more: &str) -> Self {
        Self::with(&format!(
            "[{section}]\nlisten = \"{listen}\"\nhostname = \"relay.example.org\"\n\
             next_hop = \"{next_hop}\"\n{more}\n"
        ))
    }

    /// With these settings, at least one door among them.
    pub fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plainbounce.toml");
        std::fs::write(&file, settings).unwrap();
        let mut command = program();
        command.arg("serve").arg("--config").arg(&file);
        Self::run(command, folder)
    }

    /// The command is `serve`, or starts it; its settings lie in the folder.
    pub fn run(mut command: Command, folder: tempfile::TempDir) -> Self {
        let child = command.stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = opened_on(&first).expect(&first);
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = said.clone();
        std::thread::spawn(move || {
            lines.for_each(|line| heard.lock().unwrap().push(line.unwrap()))
        });
        Self {
            child,
            address,
            said,
            folder,
        }
    }

    /// Its settings file, to be changed.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("plainbounce.toml")
    }

    /// Waits for a line that contains this.
    pub fn says(&self, what: &str) -> String {
        let mut found = String::new();
        eventually(what, || {
            let said = self.said.lock().unwrap();
            let line = said.iter().find(|line| line.contains(what));
            found = line.cloned().unwrap_or_default();
            line.is_some()
        });
        found
    }

    pub fn in_front_of_maildir(folder: &Path, more: &str) -> Self {
        Self::start(&format!("maildir://{}", folder.display()), more)
    }

    pub fn connect(&self) -> Peer {
        Peer::connect(&self.address)
    }

    /// Of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Peak resident size, in kilobytes.
    pub fn peak_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(process)
            .status()
            .unwrap();
        assert!(status.success());
    }

    pub fn ended(&mut self) -> ExitStatus {
        eventually("the program ends", || {
            self.child.try_wait().unwrap().is_some()
        });
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the log's first line, in either format.
fn opened_on(line: &str) -> Option<String> {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(line) {
        return Some(json["on"].as_str()?.to_owned());
    }
    let (_, place) = line.split_once("door open on ")?;
    Some(place.trim_end_matches(", with TLS").to_owned())
}
