//! The postmaster's rules: what the commands say of them, what they do to notices, how `serve` takes
//! them, and what hostile ones cost.

mod faults;
mod hostile;
mod imported;
mod story;
mod tuning;
mod words;

use std::path::PathBuf;

use crate::harness::{filter, program};

/// A folder with settings and `rules.d`.
pub struct Postmaster(tempfile::TempDir);

impl Postmaster {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plainbounce.toml"), "").unwrap();
        std::fs::create_dir(folder.path().join("rules.d")).unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Exit status, standard output, standard error; the folder's name is `…`.
    pub fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        self.call_with(arguments, b"")
    }

    pub fn call_with(&self, arguments: &[&str], input: &[u8]) -> (i32, String, String) {
        let mut command = program();
        command.args(arguments);
        command.arg("--config").arg(self.path("plainbounce.toml"));
        command.current_dir(self.0.path());
        let output = filter(command, input);
        let folder = self.0.path().display().to_string();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder, "…");
        let status = output.status.code().unwrap();
        (status, text(output.stdout), text(output.stderr))
    }
}

/// A bounce in which this was said, with CR LF line ends.
pub fn bounce(status: &str, diagnostic: &str) -> String {
    let text = format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\n\
         To: alice@example.org\n\
         Subject: Undelivered Mail Returned to Sender\n\
         Message-ID: <1@mx.example.org>\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\
         \n\
         --b\n\
         Content-Type: text/plain\n\
         \n\
         It could not be delivered.\n\
         \n\
         --b\n\
         Content-Type: message/delivery-status\n\
         \n\
         Reporting-MTA: dns; mx.example.org\n\
         \n\
         Final-Recipient: rfc822; bob@example.net\n\
         Action: failed\n\
         Status: {status}\n\
         Remote-MTA: dns; mx1.example.net\n\
         Diagnostic-Code: smtp; {diagnostic}\n\
         \n\
         --b\n\
         Content-Type: text/rfc822-headers\n\
         \n\
         From: alice@example.org\n\
         To: bob@example.net\n\
         Subject: Q3 figures\n\
         Message-ID: <2@example.org>\n\
         \n\
         --b--\n"
    );
    text.replace('\n', "\r\n")
}
