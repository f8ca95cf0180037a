//! The causes: the one word on what a person has to know, spelled as in the interface page.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($variant:ident = $name:literal,)*) => {
        /// Why a message did not arrive, gravest first: what nobody can mend by waiting, before
        /// what may pass.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Cause {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl Cause {
            pub const ALL: &[Cause] = &[$(Cause::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $(Cause::$variant => $name),* }
            }
        }
    };
}

causes! {
    VirusSuspected = "virus-suspected",
    MailboxUnknown = "mailbox-unknown",
    DomainUnknown = "domain-unknown",
    DomainRefusesMail = "domain-refuses-mail",
    MailboxMoved = "mailbox-moved",
    MailboxDisabled = "mailbox-disabled",
    RecipientRefused = "recipient-refused",
    ServerBlocked = "server-blocked",
    ServerMisconfigured = "server-misconfigured",
    SenderUnauthenticated = "sender-unauthenticated",
    SenderRefused = "sender-refused",
    SpamSuspected = "spam-suspected",
    ContentRefused = "content-refused",
    PolicyRefused = "policy-refused",
    MessageTooBig = "message-too-big",
    RelayDenied = "relay-denied",
    RoutingLoop = "routing-loop",
    EncryptionFailed = "encryption-failed",
    ProtocolError = "protocol-error",
    Unknown = "unknown",
    SystemError = "system-error",
    MailboxFull = "mailbox-full",
    SystemFull = "system-full",
    DeliveryExpired = "delivery-expired",
    ConnectionFailed = "connection-failed",
    RateLimited = "rate-limited",
    Delivered = "delivered",
}
