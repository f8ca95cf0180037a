//! EHLO, HELO and LHLO: what is offered is what the next hop has, or what can be bridged to it.

use super::{Hello, Session, Then, Transaction};
use crate::doors::relay::command::Verb;
use crate::doors::relay::pool::Offer;
use crate::doors::relay::reply::Reply;
use crate::doors::relay::settings::Protocol;

impl Session {
    pub(super) async fn hello(&mut self, hello: Hello) -> Then {
        let protocol = self.settings.protocol;
        if !protocol.greets_with(hello.verb) {
            let text = match protocol {
                Protocol::Lmtp => "5.5.1 This is LMTP: LHLO",
                Protocol::Smtp => "5.5.1 This is SMTP: EHLO or HELO",
            };
            return self.refuse(&Reply::new(500, text));
        }
        self.end_transaction().await;
        let mut lines = vec![self.settings.hostname.clone()];
        self.offered = Offer::default();
        if hello.verb != Verb::Helo {
            let offer = self.settings.next_hop.offer();
            let Some(offer) = self.leaves_in().or_at_a_glance(&self.phase, offer).await else {
                self.say(&Reply::shutting_down());
                return Then::Close;
            };
            // Not there, it is missed at MAIL; until then there is nothing to refuse.
            let offer = offer.unwrap_or_default();
            lines.extend(self.offer(&offer));
            self.offered = offer;
        }
        self.hello = Some(hello);
        self.say(&Reply::of_lines(250, &lines));
        Then::GoOn
    }

    /// What stands behind the first line of the reply.
    fn offer(&self, behind: &Offer) -> Vec<String> {
        let extensions = &behind.extensions;
        let mut offer = extensions.offer(self.settings.limits.message_bytes);
        let encrypted = self.client.stream().is_tls();
        if self.settings.tls.is_some() && !encrypted {
            offer.push("STARTTLS".into());
        }
        // RFC 8689 §2: never in clear, and only where we can keep what we promise.
        if encrypted && behind.verified && extensions.has("REQUIRETLS") {
            offer.push("REQUIRETLS".into());
        }
        if self.peer.speaks_for_others {
            offer.push("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT".into());
        }
        if let Some(names) = extensions.value("XFORWARD").filter(|_| self.may_forward()) {
            offer.push(format!("XFORWARD {names}").trim_end().to_owned());
        }
        offer
    }

    /// RFC 5321 §4.1.4: EHLO in a transaction is also a RSET.
    async fn end_transaction(&mut self) {
        let open = std::mem::take(&mut self.transaction);
        self.peer.queue_id = None;
        let has_forwarded = !std::mem::take(&mut self.forwarded).is_empty();
        let has_begun = has_forwarded || matches!(open, Transaction::Open(_));
        if let (true, Some(behind)) = (has_begun, &mut self.behind)
            && !behind.reset().await.is_ok_and(|reply| reply.is_positive())
        {
            self.behind = None;
        }
    }
}
