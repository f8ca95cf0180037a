//! MAIL, RCPT and RSET, passed on one by one.

use super::{Open, Session, Transaction};
use crate::doors::relay::behind::Behind;
use crate::doors::relay::command::{PathCommand, octets};
use crate::doors::relay::reply::{NoReply, Reply};
use crate::doors::relay::settings::{Protocol, Settings};
use crate::event::Stage;

pub(in crate::doors::relay) const TOO_BIG: &str = "5.3.4 The message is too big";

impl Session {
    /// The session with the next hop that this one has, or takes now.
    pub(super) async fn take_behind(&mut self) -> Result<&mut Behind, NoReply> {
        if let Some(behind) = self.kept_behind().await {
            return Ok(self.behind.insert(behind));
        }
        let taken = self.settings.next_hop.take().await?;
        self.forwarded.clear();
        Ok(self.behind.insert(taken.behind))
    }

    /// The one from before. Closed while it was idle it is no loss, where it was told nothing that no
    /// other knows.
    async fn kept_behind(&mut self) -> Option<Behind> {
        let mut behind = self.behind.take()?;
        let is_good = !self.forwarded.is_empty() || behind.is_at_rest().await;
        is_good.then_some(behind)
    }

    pub(super) async fn mail(&mut self, mail: PathCommand) {
        if self.hello.is_none() {
            let text = match self.settings.protocol {
                Protocol::Smtp => "5.5.1 EHLO or HELO first",
                Protocol::Lmtp => "5.5.1 LHLO first",
            };
            self.refuse(&Reply::new(503, text));
            return;
        }
        if matches!(self.transaction, Transaction::Open(_)) {
            self.refuse(&Reply::new(503, "5.5.1 A transaction is open already"));
            return;
        }
        // One that was lost is over: its recipients are not those of the next.
        self.transaction = Transaction::None;
        let mail = match self.settings.check_mail(mail) {
            Ok(mail) => mail,
            Err(refusal) => {
                self.refuse(&refusal);
                return;
            }
        };
        let reply = match self.begin(mail).await {
            Ok((reply, open)) => {
                self.transaction = open.map_or(Transaction::None, Transaction::Open);
                self.heed(Ok(reply), Stage::Envelope)
            }
            Err(no_reply) => {
                let stage = match no_reply {
                    NoReply::Unreachable => Stage::Connect,
                    _ => Stage::Envelope,
                };
                self.heed(Err(no_reply), stage)
            }
        };
        self.say(&reply);
    }

    /// The reply to MAIL, and the transaction where one has begun.
    async fn begin(&mut self, mut mail: PathCommand) -> Result<(Reply, Option<Open>), NoReply> {
        let (mut behind, mut used) = match self.kept_behind().await {
            Some(behind) => (behind, self.forwarded.is_empty()),
            None => {
                let taken = self.settings.next_hop.take().await?;
                self.forwarded.clear();
                (taken.behind, taken.used)
            }
        };
        loop {
            mail = match self.fit(mail, true, &behind) {
                Ok(mail) => mail,
                Err(refusal) => {
                    self.behind = Some(behind);
                    return Ok((refusal, None));
                }
            };
            let reply = behind.mail(&mail).await;
            if used && is_lost(&reply) {
                // What closed while it was idle is no fault of this mail.
                (behind, used) = (self.settings.next_hop.connect().await?, false);
                continue;
            }
            let reply = reply?;
            let open = reply.is_positive().then(|| Open {
                mail,
                rcpt: Vec::new(),
            });
            self.behind = Some(behind);
            return Ok((reply, open));
        }
    }

    /// The command as this next hop would understand it; or why it would not.
    fn fit(
        &self,
        mut command: PathCommand,
        is_mail: bool,
        behind: &Behind,
    ) -> Result<PathCommand, Reply> {
        let encrypted = self.client.stream().is_tls();
        if command.parameter("REQUIRETLS").is_some() && !encrypted {
            // RFC 8689 §2: the tag belongs to an encrypted session.
            let text = "5.7.10 REQUIRETLS needs a session with TLS";
            return Err(Reply::new(530, text));
        }
        let extensions = behind.extensions();
        if let Some(keyword) = extensions.unknown(&command, is_mail, behind.is_verified()) {
            let offered = &self.offered;
            let unknown = offered
                .extensions
                .unknown(&command, is_mail, offered.verified);
            return Err(match unknown.is_none() {
                false => Reply::new(555, &format!("5.5.4 Parameter {keyword} not recognized")),
                // The client did as it was told by EHLO: with the next session it may be right.
                true => {
                    let text = format!("4.5.0 The next hop has no {keyword} any more, try again");
                    Reply::new(451, &text)
                }
            });
        }
        let size = declared_size(&command).filter(|_| is_mail);
        if size > Some(self.most_bytes(behind)) {
            return Err(Reply::new(552, TOO_BIG));
        }
        extensions.trim(&mut command, is_mail);
        Ok(command)
    }

    /// What a message may have: a smaller limit of the next hop counts.
    pub(in crate::doors::relay) fn most_bytes(&self, behind: &Behind) -> u64 {
        let ours = self.settings.limits.message_bytes;
        let theirs = behind.extensions().size_limit();
        theirs.map_or(ours, |theirs| theirs.min(ours))
    }

    pub(super) async fn rcpt(&mut self, rcpt: PathCommand) {
        let checked = match (&self.transaction, &self.behind) {
            (Transaction::None, _) => Err(Reply::new(503, "5.5.1 MAIL first")),
            (Transaction::Open(open), Some(behind)) => {
                let checked = self.settings.check_rcpt(open, rcpt, behind);
                checked.and_then(|rcpt| self.fit(rcpt, false, behind))
            }
            (Transaction::Broken { .. } | Transaction::Open(_), _) => {
                let reply = Reply::next_hop_gone();
                return self.say(&reply);
            }
        };
        let rcpt = match checked {
            Ok(rcpt) => rcpt,
            Err(refusal) if refusal.code / 100 == 4 => return self.say(&refusal),
            Err(refusal) => {
                self.refuse(&refusal);
                return;
            }
        };
        let reply = match &mut self.behind {
            Some(behind) => behind.rcpt(&rcpt).await,
            None => Err(NoReply::Gone),
        };
        if let (Ok(reply), Transaction::Open(open)) = (&reply, &mut self.transaction)
            && reply.is_positive()
        {
            open.rcpt.push(rcpt);
        }
        let reply = self.heed(reply, Stage::Envelope);
        self.say(&reply);
    }

    pub(super) async fn rset(&mut self) {
        self.transaction = Transaction::None;
        self.peer.queue_id = None;
        self.forwarded.clear();
        let reply = match &mut self.behind {
            Some(behind) => behind.reset().await.ok(),
            None => None,
        };
        if reply.as_ref().is_none_or(|reply| !reply.is_positive()) {
            self.behind = None;
        }
        // The client's transaction is gone, whatever has become of the next hop.
        let reply = reply.filter(Reply::is_positive);
        self.say(&reply.unwrap_or_else(|| Reply::new(250, "2.0.0 Ok")));
    }
}

impl Settings {
    fn check_mail(&self, mail: PathCommand) -> Result<PathCommand, Reply> {
        let utf8 = mail.parameter("SMTPUTF8").is_some();
        check_ascii(&mail, utf8)?;
        let numberless = mail.parameter("SIZE").is_some() && declared_size(&mail).is_none();
        match numberless {
            true => Err(Reply::new(501, "5.5.4 SIZE is not a number")),
            false => Ok(mail),
        }
    }

    fn check_rcpt(
        &self,
        open: &Open,
        rcpt: PathCommand,
        behind: &Behind,
    ) -> Result<PathCommand, Reply> {
        if open.rcpt.len() >= self.limits.recipients {
            return Err(Reply::new(452, "4.5.3 Too many recipients"));
        }
        let one_reply = self.protocol == Protocol::Smtp && !self.trust_next_hop_replies;
        if one_reply && behind.answers_each() && !open.rcpt.is_empty() {
            // There will be one reply for all of them, and it must be true of each.
            let text = "4.5.3 One recipient at a time here; send it again for the others";
            return Err(Reply::new(452, text));
        }
        check_ascii(&rcpt, open.is_utf8())?;
        Ok(rcpt)
    }
}

/// Closed before an answer, or instead of one.
pub(super) fn is_lost(reply: &Result<Reply, NoReply>) -> bool {
    match reply {
        Ok(reply) => reply.code == 421,
        Err(no_reply) => *no_reply == NoReply::Gone,
    }
}

/// What the client says in SIZE (RFC 1870 §3).
pub(super) fn declared_size(mail: &PathCommand) -> Option<u64> {
    octets(mail.parameter("SIZE")?.value.as_deref()?)
}

/// RFC 6531 §3.1: only in a transaction that says so.
fn check_ascii(command: &PathCommand, utf8: bool) -> Result<(), Reply> {
    let ascii = command.path.is_ascii() && command.parameters.iter().all(|p| p.raw.is_ascii());
    if ascii || utf8 {
        return Ok(());
    }
    let text = "5.6.7 An address beyond ASCII needs SMTPUTF8";
    Err(Reply::new(553, text))
}
