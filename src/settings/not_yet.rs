//! What this version cannot serve yet: said, and never silently ignored.

use super::{Entry, Loaded, Origin, Settings, load};

/// A key, of which of its values it is true, why.
type NotYet = (&'static str, fn(&str) -> bool, &'static str);

/// Which values cannot be served, and why. A key that ends with a dot stands for all below it.
const NOT_YET: &[NotYet] = &[("journal.", any, "this version has no journal yet")];

fn any(_: &str) -> bool {
    true
}

impl Loaded {
    /// An error that names the first value, other than its default, that cannot be served yet.
    ///
    /// A command asks only for what concerns it: `["notice."]`.
    pub fn not_yet(&self, concerned: &[&str]) -> anyhow::Result<()> {
        for entry in self.entries.iter().filter(|entry| !is_default(entry)) {
            let value = entry.value.as_deref().unwrap_or_default();
            let found = NOT_YET.iter().find(|(key, meant, _)| {
                let named = match key.strip_suffix('.') {
                    Some(_) => entry.key.starts_with(key),
                    None => entry.key == *key,
                };
                named && meant(value)
            });
            let concerns = concerned.iter().any(|prefix| entry.key.starts_with(prefix));
            if let (Some((_, _, why)), true) = (found, concerns) {
                return Err(self.wrong(&entry.key, why));
            }
        }
        Ok(())
    }

    /// The value in force, as TOML.
    pub fn value(&self, key: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        entry.value.as_deref()
    }

    /// One line on a key: where it was set (or should have been), its name, what is wrong.
    pub fn wrong(&self, key: &str, what: impl std::fmt::Display) -> anyhow::Error {
        let set = self
            .entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.origin);
        match set {
            None | Some(Origin::Default) => {
                anyhow::anyhow!("{}: {key}: {what}", self.file.display())
            }
            Some(origin) => anyhow::anyhow!("{origin}: {key}: {what}"),
        }
    }
}

/// Set to what it is anyway, it asks for nothing.
fn is_default(entry: &Entry) -> bool {
    static DEFAULTS: std::sync::OnceLock<Vec<Entry>> = std::sync::OnceLock::new();
    if entry.origin == Origin::Default {
        return true;
    }
    let defaults = DEFAULTS.get_or_init(|| load::defaults(&Settings::default()));
    defaults
        .iter()
        .any(|default| default.key == entry.key && default.value == entry.value)
}
