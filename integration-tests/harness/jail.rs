//! A real mail system in a folder that it takes for the whole machine, with users, a queue, a host
//! name and a name server of its own. `integration-tests/peers/unpack` fetches them.

use std::fs::{File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::{HOSTNAME, Names, skip};

pub struct Jail {
    root: tempfile::TempDir,
    /// The first process of its own: when this ends, the kernel ends all the others.
    init: Child,
    said: Arc<Mutex<Vec<String>>>,
}

/// What Debian's programs expect, and the tests need.
const MAIL: (&str, u32) = ("mail", 8);

impl Jail {
    /// A fresh copy of one of `target/peers/`; `users` are those of its package, by number from 101.
    /// None where there is no such thing.
    pub fn open(name: &str, users: &[&str], names: &Names) -> Option<Self> {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
        let unpacked = peers.join(name);
        if !unpacked.exists() {
            skip("run integration-tests/peers/unpack first (Debian, as root)");
            return None;
        }
        let Some(init) = init() else {
            skip("only root can start a mail system in its own folder");
            return None;
        };
        // Beside it, as the files that stay as they are become links.
        let root = tempfile::Builder::new().prefix("run-").tempdir_in(&peers);
        let jail = Self {
            root: root.unwrap(),
            init,
            said: Arc::default(),
        };
        let mut copy = Command::new("cp");
        copy.arg("-al")
            .arg(unpacked.join("."))
            .arg(jail.root.path());
        assert!(copy.status().unwrap().success());
        jail.furnish(users, names);
        Some(jail)
    }

    fn furnish(&self, users: &[&str], names: &Names) {
        let open = |path: &str, mode| {
            std::fs::set_permissions(self.path(path), Permissions::from_mode(mode)).unwrap();
        };
        open("", 0o755);
        for folder in ["dev", "run", "tmp", "var/log", "var/empty"] {
            std::fs::create_dir_all(self.path(folder)).unwrap();
        }
        open("tmp", 0o1777);
        for (device, minor) in [("null", "3"), ("zero", "5"), ("urandom", "9")] {
            let path = self.path("dev").join(device);
            let mut mknod = Command::new("mknod");
            mknod.arg("--mode=666").arg(path).args(["c", "1", minor]);
            assert!(mknod.status().unwrap().success());
        }
        let users = users.iter().copied().zip(101..);
        let users: Vec<_> = [("root", 0), MAIL, ("nobody", 65534)]
            .into_iter()
            .chain(users)
            .collect();
        let passwd = users
            .iter()
            .map(|(name, id)| format!("{name}:x:{id}:{id}::/:/bin/sh\n"));
        let group = users.iter().map(|(name, id)| format!("{name}:x:{id}:\n"));
        self.write("etc/passwd", &passwd.collect::<String>());
        self.write("etc/group", &group.collect::<String>());
        self.write("etc/resolv.conf", &names.resolv_conf());
        self.write("etc/hosts", "127.0.0.1 localhost\n");
        self.write(
            "etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\n",
        );
        self.write("etc/services", "smtp 25/tcp\n");
        self.write("etc/protocols", "tcp 6 TCP\n");
        self.write("etc/mailname", &format!("{HOSTNAME}\n"));
        self.listen_to_its_log();
    }

    fn listen_to_its_log(&self) {
        // Too long a path is no name for a socket; then a failed test has less to show.
        let Ok(socket) = UnixDatagram::bind(self.path("dev/log")) else {
            return;
        };
        self.own("dev/log", 0, 0, 0o666);
        let said = self.said.clone();
        std::thread::spawn(move || {
            let mut line = [0; 1 << 12];
            while let Ok(length) = socket.recv(&mut line) {
                let line = String::from_utf8_lossy(&line[..length]).into_owned();
                said.lock().unwrap().push(line);
            }
        });
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.path().join(inside)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // It may be a link to what was unpacked.
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, text).unwrap();
    }

    /// As the package's own script would have it; a folder is made where there is none.
    pub fn own(&self, inside: &str, user: u32, group: u32, mode: u32) {
        let path = self.path(inside);
        if path.is_file() {
            let text = std::fs::read(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, text).unwrap();
        } else if !path.exists() {
            std::fs::create_dir_all(&path).unwrap();
        }
        chown(&path, Some(user), Some(group)).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }

    /// Whether a command was content; what it said is in the answer.
    pub fn run(&self, command: &[&str], input: &str) -> Result<String, String> {
        // Not a pipe: a daemon that it leaves behind would keep that open.
        let path = self.path("tmp").join("said");
        let said = File::create(&path).unwrap();
        let namespaces = format!("/proc/{}/ns", self.init.id());
        let mut child = Command::new("nsenter")
            .arg(format!("--pid={namespaces}/pid_for_children"))
            .arg(format!("--uts={namespaces}/uts"))
            .arg(format!("--root={}", self.root.path().display()))
            .arg(format!("--wd={}", self.root.path().display()))
            .args(command)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin")
            .stdin(Stdio::piped())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        // Who does not read it says why in its answer.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let status = child.wait().unwrap();
        let said = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        if status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        // It reads until here.
        drop(self.init.stdin.take());
        let _ = self.init.wait();
        if std::thread::panicking() {
            let said = self.said.lock().unwrap();
            eprintln!("what it logged:\n{}", said.join("\n"));
        }
    }
}

/// A process in namespaces of its own, which ends when we do, however that comes about.
fn init() -> Option<Child> {
    let script = format!("echo {HOSTNAME} >/proc/sys/kernel/hostname && echo here && exec cat");
    let mut child = Command::new("unshare")
        .args([
            "--pid",
            "--uts",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            &script,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut line = String::new();
    let _ = BufReader::new(child.stdout.take()?).read_line(&mut line);
    if line.is_empty() {
        let _ = child.wait();
        return None;
    }
    Some(child)
}
