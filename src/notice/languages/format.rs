//! A language, as a person writes it: `<tag>.toml`, and `codes/<tag>/*.toml` on codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cause::Cause;

/// All that a notice says in one language. A word that is missing ends the build.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spoken {
    /// RFC 5646.
    pub tag: String,
    /// In the language itself.
    pub name: String,
    pub direction: Direction,
    pub words: Words,
    pub causes: BTreeMap<Cause, CauseWords>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Ltr,
    Rtl,
}

/// What a cause means to a person. `{domain}` stands for the domain of the recipients, `{refuser}`
/// for whoever refused: the same domain, or a host.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseWords {
    pub title: String,
    pub why: String,
    /// For several recipients, where `why` does not fit them.
    pub why_many: Option<String>,
    /// For a message that is still being tried, where `why` does not fit it.
    pub why_delayed: Option<String>,
    /// What the sender can do.
    pub steps: Vec<String>,
    /// Whose matter it is.
    pub repair: String,
    /// What the sending side's administrator can do.
    pub postmaster: Vec<String>,
}

/// What each code means, by the code: `X.1.1`, and `microsoft/5.7.606-649` where one receiver means it.
pub type CodeWordsFile = BTreeMap<String, CodeWords>;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeWords {
    pub title: String,
    /// It may hold what [`CauseWords`] may.
    pub why: String,
    /// Of none, the steps of its cause.
    #[serde(default)]
    pub you: Vec<String>,
    pub postmaster: Vec<String>,
}

/// The fixed words. What stands in braces is filled in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub failure_heading: String,
    pub delay_heading: String,
    pub success_heading: String,
    pub relayed_heading: String,
    pub expanded_heading: String,
    pub failure_title: String,
    pub delay_title: String,
    pub success_title: String,
    pub relayed_title: String,
    pub expanded_title: String,
    pub subject: String,
    pub no_subject: String,
    pub unnamed_recipient: String,
    pub and_more: String,
    pub list_separator: String,
    pub quoted: String,
    pub label: String,
    pub cut: String,
    pub receiving_side: String,
    pub how_far: String,
    pub you: String,
    pub station_sent: String,
    pub station_passed_on: String,
    pub station_reported: String,
    pub station_refused: String,
    pub station_not_now: String,
    pub station_waiting: String,
    pub station_not_reached: String,
    pub station_accepted: String,
    pub station_delivered: String,
    pub why: String,
    pub likely: String,
    pub forwarded: String,
    pub forwarded_refused: String,
    pub relayed_why: String,
    pub expanded_why: String,
    pub what_you_can_do: String,
    pub did_you_mean: String,
    pub delay_steps: Vec<String>,
    pub success_steps: Vec<String>,
    pub will_retry: String,
    pub will_retry_until: String,
    pub no_retry: String,
    pub your_message: String,
    pub message_sent_on: String,
    pub message_to: String,
    pub for_your_postmaster: String,
    pub which_said: String,
    pub which_said_no_host: String,
    pub said_no_code_host: String,
    pub said_only: String,
    pub postmaster_reported_by: String,
    pub postmaster_steps: String,
    pub added_by: String,
    pub added_by_in_place: String,
    pub ignore_if_not_yours: String,
    pub contact: String,
    pub explain_why: String,
    pub explain_you: String,
    pub explain_postmaster: String,
    pub explain_who: String,
    pub explain_waiting: String,
    pub explain_cause: String,
    pub explain_source: String,
    pub explain_replies: String,
    pub explain_readings: String,
    pub explain_spelled: String,
    pub explain_where_it_says: String,
    pub explain_unregistered: String,
    pub who_you: String,
    pub who_postmaster: String,
    pub who_other_side: String,
    pub who_nobody: String,
    pub who_nobody_done: String,
    pub waiting_yes: String,
    pub waiting_no: String,
    pub waiting_maybe: String,
    pub class_success: String,
    pub class_transient: String,
    pub class_permanent: String,
}
