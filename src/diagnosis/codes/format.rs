//! An entry of `registry.toml`, as a person writes it.

use serde::{Deserialize, Serialize};

use super::cause::Cause;

/// The facts on a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// `X.1.1` for any class, `5.X.X` for a whole class, `550` for a reply.
    pub code: String,
    /// What a failure with this code means.
    pub cause: Cause,
    /// The same where the first digit is 4, if that is another thing.
    pub transient_cause: Option<Cause>,
    /// Whether the code alone says its cause; a generic one does not.
    pub certain: bool,
    pub acts: Actor,
    pub waiting_helps: Waiting,
    /// The reply codes that the registry lists beside it.
    #[serde(default)]
    pub replies: Vec<String>,
    pub reference: String,
}

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    You,
    Postmaster,
    OtherSide,
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    Yes,
    No,
    Maybe,
}
