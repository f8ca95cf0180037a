//! The phrases around bounces, as `phrases.toml` lists them and the build packs them, folded.

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    pub subjects: Vec<String>,
    pub texts: Vec<String>,
    pub undelivered: Vec<String>,
    pub successes: Vec<String>,
    pub delays: Vec<String>,
    pub given_up: Vec<String>,
    pub returned: Vec<String>,
    pub recipient_labels: Vec<String>,
    pub others: Vec<String>,
    pub reporters: Vec<String>,
    pub refusers: Vec<String>,
}
