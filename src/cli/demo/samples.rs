//! The messages that `demo` sends: bounces in the shapes of well-known programs, and one ordinary
//! mail that quotes a bounce.

pub struct Sample {
    pub name: &'static str,
    /// Where its report would have gone.
    pub forward_path: &'static str,
    pub text: &'static str,
}

macro_rules! sample {
    ($name:literal, $forward_path:literal) => {
        Sample {
            name: $name,
            forward_path: $forward_path,
            text: include_str!(concat!("samples/", $name, ".eml")),
        }
    };
}

/// In the order in which they are shown: the plainest first.
pub const SAMPLES: &[Sample] = &[
    sample!("1-postfix-mistyped-address", "alice@example.org"),
    sample!("2-qmail-mailbox-full-in-german", "carol@example.com"),
    sample!("3-exim-domain-unknown", "erin@example.edu"),
    sample!("4-exchange-online-list-closed", "grace@example.org"),
    sample!("5-sendmail-three-recipients", "heidi@example.edu"),
    sample!("6-postfix-delay", "niels@example.org"),
    sample!("7-ordinary-mail", "alice@example.org"),
];
