//! The settings: one TOML file, over it `conf.d/*.toml` beside it, over those the environment.
//!
//! Here are the keys, each with its default; `load` puts the layers together, `fault` says in one
//! line what is wrong with one, `not_yet` names what this version cannot serve.

mod fault;
mod load;
mod not_yet;
mod notices;
mod rules;
mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use load::{DEFAULT_FILE, Entry, Loaded, Origin, load};
pub use rules::{read_rules, rule_file};
pub use values::{Names, Secret, Size};

use crate::notice::{LanguageTag, Mode};

use crate::doors::listener::Address;
use crate::doors::milter;
use crate::doors::relay::{BareNewline, Fingerprint, Limits, Networks, NextHopTls, NextHops};
use crate::log::{AddressesInLog, LogFormat};

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub smtp: Relay,
    pub lmtp: Relay,
    pub milter: Milter,
    pub annotate: Annotate,
    pub notice: Notice,
    pub rules: Rules,
    pub serve: Serve,
    pub log: Log,
    pub console: Console,
    pub journal: Journal,
}

impl Settings {
    /// The section `smtp` or `lmtp`.
    pub fn relay(&self, section: &str) -> &Relay {
        if section == "lmtp" {
            &self.lmtp
        } else {
            &self.smtp
        }
    }
}

/// The keys of the SMTP door, and the same of the LMTP door.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    pub listen: Option<Address>,
    pub next_hop: Option<NextHops>,
    #[serde(deserialize_with = "values::hostname")]
    pub hostname: Option<String>,
    pub allow_from: Networks,
    pub received: bool,
    pub bare_newline: BareNewline,
    pub max_connections: NonZeroUsize,
    /// Unset: as many as in all.
    pub max_connections_per_address: Option<NonZeroUsize>,
    pub max_commands: NonZeroUsize,
    pub max_errors: NonZeroUsize,
    /// RFC 5321 §4.5.3.1.4: 512 must be taken.
    #[serde(deserialize_with = "values::at_least_512")]
    pub max_command_size: Size,
    #[serde(deserialize_with = "values::at_least_100")]
    pub max_recipients: usize,
    #[serde(deserialize_with = "values::some_bytes")]
    pub max_message_size: Size,
    #[serde(with = "values::time_limit")]
    pub client_timeout: Duration,
    #[serde(with = "values::time_limit")]
    pub message_timeout: Duration,
    #[serde(with = "values::time_limit")]
    pub session_timeout: Duration,
    #[serde(with = "values::time_limit")]
    pub next_hop_connect_timeout: Duration,
    #[serde(with = "values::time_limit")]
    pub next_hop_timeout: Duration,
    #[serde(with = "values::time_limit")]
    pub next_hop_data_timeout: Duration,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub tls_listen: Option<Address>,
    #[serde(deserialize_with = "values::list_of")]
    pub tls_allow_certs: Vec<Fingerprint>,
    /// Unset: off towards loopback and sockets, else opportunistic.
    pub next_hop_tls: Option<NextHopTls>,
    pub next_hop_ca: Option<PathBuf>,
    pub proxy_protocol_from: Networks,
    pub xclient_from: Networks,
    pub trust_next_hop_replies: bool,
}

impl Default for Relay {
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        let at_least_one = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        let limits = Limits::default();
        Self {
            listen: None,
            next_hop: None,
            hostname: None,
            allow_from: Networks::loopback_and_private(),
            received: true,
            bare_newline: BareNewline::Reject,
            max_connections: at_least_one(limits.connections),
            max_connections_per_address: None,
            max_commands: at_least_one(limits.commands),
            max_errors: at_least_one(limits.errors),
            max_command_size: Size(limits.command_bytes as u64),
            max_recipients: limits.recipients,
            max_message_size: Size(limits.message_bytes),
            client_timeout: limits.client,
            message_timeout: limits.message,
            session_timeout: limits.session,
            next_hop_connect_timeout: 30 * SECOND,
            next_hop_timeout: 300 * SECOND,
            next_hop_data_timeout: 600 * SECOND,
            tls_cert: None,
            tls_key: None,
            tls_listen: None,
            tls_allow_certs: Vec::new(),
            next_hop_tls: None,
            next_hop_ca: None,
            proxy_protocol_from: Networks::default(),
            xclient_from: Networks::default(),
            trust_next_hop_replies: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Milter {
    pub listen: Option<Address>,
    pub max_connections: NonZeroUsize,
    #[serde(deserialize_with = "values::some_bytes")]
    pub max_message_size: Size,
    #[serde(with = "values::time_limit")]
    pub timeout: Duration,
    pub senders: milter::Senders,
}

impl Default for Milter {
    fn default() -> Self {
        let limits = milter::Limits::default();
        Self {
            listen: None,
            max_connections: NonZeroUsize::new(limits.connections).unwrap_or(NonZeroUsize::MIN),
            max_message_size: Size(limits.message_bytes as u64),
            timeout: limits.silence,
            senders: milter::Senders::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Annotate {
    #[serde(with = "values::duration")]
    pub time_limit: Duration,
    pub head_size: Size,
}

impl Default for Annotate {
    fn default() -> Self {
        Self {
            time_limit: Duration::from_secs(1),
            head_size: Size(1 << 20),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notice {
    pub language: LanguageTag,
    pub mode: Mode,
    pub subject: bool,
    pub contact: Option<String>,
    pub masthead: Option<String>,
    pub known_domains: Names,
    /// Unset: `notice.d` beside the settings file, if there is one.
    pub folder: Option<PathBuf>,
    #[serde(rename = "for")]
    pub others: Vec<NoticeFor>,
}

/// `[[notice.for]]`: for these recipients of a bounce, what is set here counts instead.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoticeFor {
    /// Addresses (`alice@example.org`) and domains (`example.org`).
    #[serde(rename = "match")]
    pub recipients: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageTag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masthead: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Unset: `rules.d` beside the settings file, if there is one.
    pub folder: Option<PathBuf>,
    /// Whether `serve` reads its files anew when they change.
    pub watch: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            folder: None,
            watch: true,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Serve {
    #[serde(with = "values::duration")]
    pub shutdown_timeout: Duration,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub addresses: AddressesInLog,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    pub listen: Option<Address>,
    /// Unset: loopback names and `console.listen`.
    pub allow_hosts: Option<Names>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    pub url: Option<Secret>,
}
