//! XFORWARD: what the client says of its own client, passed on.

use super::envelope::is_lost;
use super::{Session, Transaction};
use crate::doors::relay::command::Attribute;
use crate::doors::relay::networks::Networks;
use crate::doors::relay::reply::{NoReply, Reply};
use crate::event::Stage;

/// Kept to be said again, so there is a limit; Postfix has seven.
const MOST_ATTRIBUTES: usize = 16;

impl Session {
    /// <https://www.postfix.org/XFORWARD_README.html>: to the next hop, as it came.
    pub(super) async fn xforward(&mut self, attributes: &[Attribute]) {
        if !self.may_forward() {
            self.refuse(&Reply::new(550, "5.7.1 You may not forward attributes"));
            return;
        }
        if matches!(self.transaction, Transaction::Open(_)) {
            self.refuse(&Reply::new(503, "5.5.1 Not in the middle of a transaction"));
            return;
        }
        let all = self.forwarded_and(attributes);
        if all.len() > MOST_ATTRIBUTES {
            self.refuse(&Reply::new(501, "5.5.4 Too many attributes"));
            return;
        }
        let mut line = "XFORWARD".to_owned();
        for attribute in attributes {
            line.push_str(&format!(" {}={}", attribute.name, attribute.value));
        }
        let mut reply = self.forward(&line).await;
        if self.behind.is_some() && self.forwarded.is_empty() && is_lost(&reply) {
            // It was kept from before, and closed meanwhile.
            self.behind = self.settings.next_hop.connect().await.ok();
            reply = self.forward(&line).await;
        }
        if reply.is_err() || is_lost(&reply) {
            self.behind = None;
        }
        if reply.as_ref().is_ok_and(Reply::is_positive) {
            self.forwarded = all;
            if let Some(ident) = attributes.iter().find(|one| one.name == "IDENT") {
                self.peer.queue_id = ident.decoded();
            }
        }
        let reply = self.settings.answer(reply, Stage::Envelope);
        self.say(&reply);
    }

    /// What the next hop knows then: what is said again is not what was said before.
    fn forwarded_and(&self, attributes: &[Attribute]) -> Vec<Attribute> {
        let mut all = self.forwarded.clone();
        for new in attributes {
            all.retain(|known| known.name != new.name);
            all.push(new.clone());
        }
        all
    }

    async fn forward(&mut self, line: &str) -> Result<Reply, NoReply> {
        let behind = self.take_behind().await?;
        if !behind.extensions().has("XFORWARD") {
            let text = "5.5.1 The next hop does not know XFORWARD";
            return Ok(Reply::new(502, text));
        }
        behind.forward(line).await
    }

    /// What is forwarded is believed behind us, so no stranger may say it.
    pub(super) fn may_forward(&self) -> bool {
        let near = Networks::loopback_and_private();
        self.peer.speaks_for_others || self.peer.address.is_none() || self.is_from(&near)
    }
}
