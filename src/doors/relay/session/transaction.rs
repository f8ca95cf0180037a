//! One mail transaction (RFC 5321 §3.3): from MAIL to the reply to the end of data.

use super::envelope::declared_size;
use crate::doors::relay::command::PathCommand;
use crate::mail::{Envelope, ForwardPath, ReversePath};

#[derive(Debug, Default)]
pub enum Transaction {
    #[default]
    None,
    /// The next hop was lost on the way: what the client pipelined belongs to no new transaction,
    /// and is no fault of its own.
    Broken {
        /// How many recipients it had.
        recipients: usize,
    },
    Open(Open),
}

impl Transaction {
    /// How many the next hop took.
    pub fn recipients(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Broken { recipients } => *recipients,
            Self::Open(open) => open.rcpt.len(),
        }
    }
}

#[derive(Debug, Default)]
pub struct Open {
    /// What the next hop was told, to be told once more.
    pub mail: PathCommand,
    /// What it accepted.
    pub rcpt: Vec<PathCommand>,
}

impl Open {
    pub fn is_utf8(&self) -> bool {
        self.mail.parameter("SMTPUTF8").is_some()
    }

    /// What the client said in SIZE (RFC 1870 §3), where the next hop has that as well.
    pub fn declared_size(&self) -> Option<u64> {
        declared_size(&self.mail)
    }

    pub fn envelope(&self) -> Envelope {
        let paths = self.rcpt.iter().map(|rcpt| rcpt.path.clone());
        envelope(self.mail.path.clone(), paths.collect())
    }

    pub fn into_envelope(self) -> Envelope {
        let paths = self.rcpt.into_iter().map(|rcpt| rcpt.path);
        envelope(self.mail.path, paths.collect())
    }
}

fn envelope(reverse_path: String, forward_paths: Vec<ForwardPath>) -> Envelope {
    let reverse_path = match reverse_path.is_empty() {
        true => ReversePath::Null,
        false => ReversePath::Mailbox(reverse_path),
    };
    Envelope {
        reverse_path: Some(reverse_path),
        forward_paths,
    }
}
