//! The envelope of a message: who it is from and for, as SMTP says it (RFC 5321 §2.3.1).

/// Where reports about a message go (RFC 5321 §4.1.1.2); reports themselves have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReversePath {
    /// `<>`, as RFC 5321 §4.5.5 asks of every report.
    Null,
    /// A mailbox, without its angle brackets.
    Mailbox(String),
}

/// One recipient (RFC 5321 §4.1.1.3), without its angle brackets.
pub type ForwardPath = String;

/// What a door knows of a message beside its bytes. A pipe may know nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    pub reverse_path: Option<ReversePath>,
    pub forward_paths: Vec<ForwardPath>,
}
