//! EHLO, HELO and LHLO: what is offered is what the next hop has, or what can be bridged to it.

use super::{Hello, Session, Transaction};
use crate::doors::relay::command::Verb;
use crate::doors::relay::pool::Offer;
use crate::doors::relay::reply::Reply;
use crate::doors::relay::settings::Protocol;

impl Session {
    pub(super) async fn hello(&mut self, hello: Hello) {
        let protocol = self.settings.protocol;
        if !protocol.greets_with(hello.verb) {
            let text = match protocol {
                Protocol::Lmtp => "5.5.1 This is LMTP: LHLO",
                Protocol::Smtp => "5.5.1 This is SMTP: EHLO or HELO",
            };
            self.refuse(&Reply::new(500, text));
            return;
        }
        self.end_transaction().await;
        let mut lines = vec![self.settings.hostname.clone()];
        self.offered = Offer::default();
        if hello.verb != Verb::Helo {
            // Not there, it is missed at MAIL; until then there is nothing to refuse.
            let offer = self.settings.next_hop.offer().await.unwrap_or_default();
            lines.extend(self.offer(&offer));
            self.offered = offer;
        }
        self.hello = Some(hello);
        self.say(&Reply::of_lines(250, &lines));
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
        if let (Transaction::Open(_), Some(behind)) = (open, &mut self.behind)
            && !behind.reset().await.is_ok_and(|reply| reply.is_positive())
        {
            self.behind = None;
        }
    }
}
