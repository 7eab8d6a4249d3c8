//! A person's view settings for an app, stored when the console is left and restored at the next start.
//!
//! Never a filter and never marks: what somebody hid, or meant, yesterday would lie today.

use serde::{Deserialize, Serialize};

use crate::console::fleet::listing::Sort;
use crate::console::output::{Times, View};

/// Whatever is not written holds as ever; whatever is not known here is somebody's newer console's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub sort: Sort,
    /// The host, by its name.
    pub chosen: Option<String>,
    pub panes: View,
    pub cut_lines: bool,
    pub times: Times,
}

impl Preferences {
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
