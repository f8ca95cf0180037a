//! Which codes an entry of the catalogue stands for.

/// As `code` in the files says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// `X.1.1`, `5.7.606-649`, `5.1.x`: what is `None` is left open, and of details there are those
    /// from one to another.
    Status {
        class: Option<u8>,
        subject: Option<u16>,
        from: u16,
        to: u16,
    },
    Reply(u16),
    /// A code that is nobody else's: found where it is written.
    Token,
    /// Any code, with the words beside it.
    Any,
}

impl Pattern {
    /// Whether it stands for all the codes that are left open here.
    pub fn covers(self, class: Option<u8>, subject: Option<u16>, detail: Option<u16>) -> bool {
        let Self::Status {
            class: its_class,
            subject: its_subject,
            from,
            to,
        } = self
        else {
            return false;
        };
        let detail = match detail {
            Some(detail) => (from..=to).contains(&detail),
            None => (from, to) == (0, u16::MAX),
        };
        (its_class.is_none() || its_class == class)
            && (its_subject.is_none() || its_subject == subject)
            && detail
    }
}
