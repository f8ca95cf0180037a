//! A real Postfix on loopback, with its own configuration, queue and data in a temporary folder.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU16, Ordering};

use super::{Names, skip};

pub struct Postfix {
    /// Where its smtpd listens.
    pub address: String,
    /// The machine's `/etc/resolv.conf`, for it alone.
    resolver: Option<String>,
    folder: tempfile::TempDir,
}

/// Its name for itself.
pub const HOSTNAME: &str = "mail.example.org";

/// Then a test ends at once.
pub fn is_missing() -> bool {
    let installed = std::env::split_paths(&path()).any(|bin| bin.join("postfix").exists());
    let user = std::fs::metadata("/proc/self").map(|process| process.uid());
    let why = match user {
        _ if !installed => "Postfix is not installed",
        Ok(0) => return false,
        _ => "only root can start a Postfix",
    };
    skip(why);
    true
}

impl Postfix {
    /// `main` and `master` are lines for the files of that name, in which `{folder}` is the one that
    /// goes away with it.
    pub fn start(main: &str, master: &str) -> Self {
        Self::start_with(None, main, master)
    }

    /// That looks names up, and finds those of the test.
    pub fn start_with_names(names: &Names, main: &str) -> Self {
        let main = format!("smtp_dns_support_level = enabled\nsmtp_host_lookup = dns\n{main}");
        Self::start_with(Some(names.resolv_conf()), &main, "")
    }

    fn start_with(resolver: Option<String>, main: &str, master: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its processes give up being root before they look for their files.
        let permissions = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), permissions).unwrap();
        for name in ["config", "queue"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let postfix = Self {
            address,
            resolver,
            folder,
        };
        let here = postfix.folder().display().to_string();
        let write = |name: &str, usual: &str, more: &str| {
            let lines = overridden(usual, more).replace("{folder}", &here);
            let lines = lines.replace("{port}", &port.to_string());
            std::fs::write(postfix.folder().join("config").join(name), lines).unwrap();
        };
        write("main.cf", MAIN, main);
        write("master.cf", MASTER, master);
        let started = postfix.told("start");
        assert!(started.status.success(), "{started:?}\n{}", postfix.log());
        postfix
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Empty when nothing is left to do.
    pub fn queue(&self) -> Vec<PathBuf> {
        let folders = ["maildrop", "incoming", "active", "deferred"];
        let mut waiting: Vec<_> = folders
            .iter()
            .map(|name| self.folder().join("queue").join(name))
            .collect();
        let mut files = Vec::new();
        while let Some(path) = waiting.pop() {
            match path.read_dir() {
                Ok(entries) => waiting.extend(entries.map(|entry| entry.unwrap().path())),
                Err(_) => files.push(path),
            }
        }
        files
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// Tries once more what waits in its queue.
    pub fn flush(&self) {
        self.told("flush");
    }

    fn told(&self, what: &str) -> Output {
        let mut command = Command::new("postfix");
        if let Some(text) = &self.resolver {
            let file = self.folder().join("resolv.conf");
            std::fs::write(&file, text).unwrap();
            command = Command::new("unshare");
            let script = "mount --bind \"$0\" /etc/resolv.conf && exec postfix \"$@\"";
            command.args(["--mount", "sh", "-c", script]).arg(file);
        }
        command
            .env("PATH", path())
            .env_remove("MAIL_CONFIG")
            .arg("-c")
            .arg(self.folder().join("config"))
            .arg(what)
            .output()
            .unwrap()
    }

    /// Its first process, as it wrote it down, while it lives.
    fn master(&self) -> Option<u32> {
        let file = self.folder().join("queue/pid/master.pid");
        let process = std::fs::read_to_string(file).ok()?.trim().parse().ok()?;
        let name = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
        (name.trim() == "master").then_some(process)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what Postfix logged:\n{}", self.log());
        }
        self.told("stop");
        if let Some(process) = self.master() {
            // It leads a process group, to which all its processes belong.
            let group = format!("-{process}");
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
    }
}

/// A setting that is there twice is a warning of each process to a log that nobody reads yet, and
/// when that has ten of them Postfix stands still.
fn overridden(usual: &str, more: &str) -> String {
    fn key(line: &str) -> Option<&str> {
        line.split_once(" = ").map(|(key, _)| key)
    }
    let keys: Vec<&str> = more.lines().filter_map(key).collect();
    let stays = |line: &&str| key(line).is_none_or(|key| !keys.contains(&key));
    let lines: Vec<&str> = usual.lines().filter(stays).chain(more.lines()).collect();
    lines.join("\n") + "\n"
}

/// Where programs for root are too.
fn path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin:/sbin")
}

/// Below those that the kernel gives to whoever asks for any, so that nobody takes it before
/// Postfix does.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

const MAIN: &str = "\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.org
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
# A test that forgot to say where its mail goes must not find out whether the world answers.
default_transport = error:no route
";

const MASTER: &str = "\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 60  1 pickup
cleanup   unix n - n -   0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n -   - trivial-rewrite
bounce    unix - - n -   0 bounce
defer     unix - - n -   0 bounce
trace     unix - - n -   0 bounce
verify    unix - - n -   1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n -   - proxymap
smtp      unix - - n -   - smtp
relay     unix - - n -   - smtp
virtual   unix - n n -   - virtual
error     unix - - n -   - error
retry     unix - - n -   - error
showq     unix n - n -   - showq
anvil     unix - - n -   1 anvil
scache    unix - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
";
