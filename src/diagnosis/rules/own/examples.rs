//! `[[rule.example]]` → what a rule is tried with.

use std::ops::Range;

use toml::de::DeTable;

use super::conditions;
use super::read::{Reading, cause, flag, text};
use super::rule::Example;
use crate::mail::EnhancedStatusCode;

impl Reading<'_, '_> {
    pub fn examples(&mut self, table: &DeTable<'_>) -> Vec<Example> {
        let Some(all) = table
            .get("example")
            .and_then(|all| all.get_ref().as_array())
        else {
            return Vec::new();
        };
        let tables = all
            .iter()
            .filter_map(|value| Some((value.span(), value.get_ref().as_table()?)));
        tables
            .map(|(span, table)| self.example(table, span))
            .collect()
    }

    fn example(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Example {
        let own = |key| text(table, key).map(str::to_owned);
        let about = ["cause", "says", "not"];
        if table
            .iter()
            .all(|(key, _)| about.contains(&&**key.get_ref()))
        {
            self.wrong(
                span.clone(),
                "an example needs a diagnostic, a status, a message, …",
            );
        }
        if let Some(value) = table.get("status")
            && let Some(status) = value.get_ref().as_str()
            && status.parse::<EnhancedStatusCode>().is_err()
        {
            self.wrong(
                value.span(),
                "status: an example has one status, as in 5.1.1",
            );
        }
        Example {
            line: self.source.line_of(span.start),
            diagnostic: own("diagnostic"),
            status: own("status"),
            remote_mta: own("remote_mta"),
            reporting_mta: own("reporting_mta"),
            recipient: own("recipient"),
            sender: own("sender"),
            subject: own("subject"),
            dialect: table
                .get("dialect")
                .and_then(|value| conditions::dialect(self, value)),
            kind: own("kind"),
            message: own("message"),
            cause: text(table, "cause").and_then(cause),
            says: own("says"),
            not: flag(table, "not"),
        }
    }
}
