//! A Maildir as the next hop: a real delivery, safe on the disk before anybody says 250.
//!
//! <https://cr.yp.to/proto/maildir.html>: written to `tmp`, synced, linked into `new`, which is
//! synced as well. Lines end with LF there, as Postfix and Dovecot write them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memmem;

use super::reply::Reply;
use super::wire::PIECE;

/// Makes the folder, and the three in it, where they are missing; its parent must exist.
pub fn prepare(folder: &Path) -> io::Result<()> {
    let inside = ["tmp", "new", "cur"].map(|name| folder.join(name));
    for path in std::iter::once(folder.to_owned()).chain(inside) {
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A message being written. Dropped before it is delivered, it is gone.
pub struct Delivery {
    folder: PathBuf,
    name: String,
    file: Option<File>,
    waiting: Vec<u8>,
    /// The last byte was a CR, which may be half of a CR LF.
    cr: bool,
}

impl Delivery {
    pub async fn begin(folder: PathBuf, hostname: String) -> io::Result<Self> {
        blocking(move || {
            prepare(&folder)?;
            let name = unique_name(&hostname);
            let path = folder.join("tmp").join(&name);
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            Ok(Self {
                folder,
                name,
                file: Some(file),
                waiting: Vec::new(),
                cr: false,
            })
        })
        .await
    }

    /// Takes content with CR LF line ends, in pieces cut anywhere.
    pub async fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.without_cr(content);
        if self.waiting.len() < PIECE {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let Some(mut file) = self.file.take() else {
            return Err(io::Error::other("a write before this one failed"));
        };
        let (file, mut waiting) = blocking(move || {
            file.write_all(&waiting)?;
            Ok((file, waiting))
        })
        .await?;
        waiting.clear();
        (self.file, self.waiting) = (Some(file), waiting);
        Ok(())
    }

    fn without_cr(&mut self, content: &[u8]) {
        let Some((last, _)) = content.split_last() else {
            return;
        };
        if std::mem::take(&mut self.cr) && content[0] != b'\n' {
            self.waiting.push(b'\r');
        }
        self.cr = *last == b'\r';
        let content = &content[..content.len() - usize::from(self.cr)];
        let mut from = 0;
        for found in memmem::find_iter(content, b"\r\n") {
            self.waiting.extend_from_slice(&content[from..found]);
            from = found + 1;
        }
        self.waiting.extend_from_slice(&content[from..]);
    }

    /// Returns its name when it cannot be lost any more.
    pub async fn end(mut self) -> io::Result<String> {
        blocking(move || {
            let Some(mut file) = self.file.take() else {
                return Err(io::Error::other("a write before this one failed"));
            };
            file.write_all(&self.waiting)?;
            file.sync_all()?;
            let new = self.folder.join("new");
            // A link, unlike a rename, takes no other message's place.
            let delivered = new.join(&self.name);
            fs::hard_link(self.folder.join("tmp").join(&self.name), &delivered)?;
            // Not known to be safe, it is refused, and comes again: it must not be there twice.
            File::open(new)
                .and_then(|new| new.sync_all())
                .inspect_err(|_| {
                    let _ = fs::remove_file(&delivered);
                })?;
            Ok(self.name.clone())
        })
        .await
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // Delivered or given up: its name in `tmp` has served.
        let _ = fs::remove_file(self.folder.join("tmp").join(&self.name));
    }
}

/// What the client hears of a folder that takes nothing: the mail may come again.
pub fn refusal(error: &io::Error) -> Reply {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Reply::new(
            452,
            "4.3.1 No space for the message, please try again later",
        ),
        _ => Reply::new(
            451,
            "4.3.0 The message cannot be stored, please try again later",
        ),
    }
}

/// `time.Mmicroseconds P process Q counter.host`, unique on every machine that shares the folder.
fn unique_name(hostname: &str) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let (seconds, micros) = (now.as_secs(), now.subsec_micros());
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let host = hostname.replace('/', "\\057").replace(':', "\\072");
    format!(
        "{seconds}.M{micros:06}P{}Q{counter}.{host}",
        std::process::id()
    )
}

async fn blocking<T, F>(work: F) -> io::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> io::Result<T> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}
