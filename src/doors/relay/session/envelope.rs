//! MAIL, RCPT and RSET, passed on one by one.

use super::{Open, Session, Transaction};
use crate::doors::relay::behind::Behind;
use crate::doors::relay::command::PathCommand;
use crate::doors::relay::extensions::Extensions;
use crate::doors::relay::reply::{NoReply, Reply};
use crate::doors::relay::settings::{Protocol, Settings};
use crate::event::Stage;

pub(in crate::doors::relay) const TOO_BIG: &str = "5.3.4 The message is too big";

impl Session {
    /// The session with the next hop that this one has, or takes now.
    pub(super) async fn take_behind(&mut self) -> Result<&mut Behind, NoReply> {
        if let Some(behind) = self.behind.take() {
            return Ok(self.behind.insert(behind));
        }
        let taken = self.settings.next_hop.take().await?;
        Ok(self.behind.insert(taken.behind))
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
    async fn begin(&mut self, mail: PathCommand) -> Result<(Reply, Option<Open>), NoReply> {
        let (mut behind, used) = match self.behind.take() {
            Some(behind) => (behind, true),
            None => {
                let taken = self.settings.next_hop.take().await?;
                (taken.behind, taken.used)
            }
        };
        let encrypted = self.client.stream().is_tls();
        let mail = match check(behind.extensions(), mail, true, encrypted) {
            Ok(mail) => mail,
            Err(refusal) => {
                self.behind = Some(behind);
                return Ok((refusal, None));
            }
        };
        let mut reply = behind.mail(&mail).await;
        let gone = reply.as_ref().map_or(true, |reply| reply.code == 421);
        if gone && used {
            // What closed while it was idle is no fault of this mail.
            behind = self.settings.next_hop.connect().await?;
            reply = behind.mail(&mail).await;
        }
        let reply = reply?;
        let open = reply.is_positive().then(|| Open {
            mail,
            rcpt: Vec::new(),
        });
        self.behind = Some(behind);
        Ok((reply, open))
    }

    pub(super) async fn rcpt(&mut self, rcpt: PathCommand) {
        let checked = match (&self.transaction, &self.behind) {
            (Transaction::None, _) => Err(Reply::new(503, "5.5.1 MAIL first")),
            (Transaction::Open(open), Some(behind)) => {
                let checked = self.settings.check_rcpt(open, rcpt, behind);
                let encrypted = self.client.stream().is_tls();
                checked.and_then(|rcpt| check(behind.extensions(), rcpt, false, encrypted))
            }
            (Transaction::Broken | Transaction::Open(_), _) => {
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
        let Some(size) = mail.parameter("SIZE") else {
            return Ok(mail);
        };
        match size.value.as_deref().map(str::parse::<u64>) {
            Some(Ok(size)) if size > self.limits.message_bytes => Err(Reply::new(552, TOO_BIG)),
            Some(Ok(_)) => Ok(mail),
            _ => Err(Reply::new(501, "5.5.4 SIZE is not a number")),
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

/// What the next hop would understand of the command.
fn check(
    extensions: &Extensions,
    command: PathCommand,
    is_mail: bool,
    encrypted: bool,
) -> Result<PathCommand, Reply> {
    // RFC 8689 §2: the tag belongs to an encrypted session.
    if command.parameter("REQUIRETLS").is_some() && !encrypted {
        return Err(Reply::new(
            530,
            "5.7.10 REQUIRETLS needs a session with TLS",
        ));
    }
    extensions.check(command, is_mail)
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
