//! The configuration that a release gets, as a table: each value, and the file and line that set it.

use crate::base::columns;
use crate::domain::config_change::ConfigChange;
use crate::domain::spec::{Configuration, ConfiguredValue, Place};
use crate::domain::target::Target;

/// Returns the table. A value that replaces another is followed by what it replaces.
pub fn table(configuration: &Configuration) -> String {
    let mut rows = vec![["VALUE", "IS", "SET IN"].map(str::to_owned)];
    for value in &configuration.values {
        rows.extend(lines(value));
    }
    let mut text: String = columns::align(&rows).into_iter().map(|line| line + "\n").collect();
    let layers = configuration.layers.len();
    text.push_str(&format!("{} is merged from {layers} files\n", configuration.file));
    text
}

/// Returns what a prepared release changes, one name a line. Values are not shown: any of them may be a secret.
pub fn changes(target: &Target, change: Option<&ConfigChange>) -> String {
    let Some(change) = change else {
        return format!(
            "{target}: nothing to compare: no release is prepared, or Flipside wrote no configuration for one of both\n"
        );
    };
    let mut text = format!("{target}: {} is prepared, {} is live\n", change.prepared, change.live);
    for (sign, name) in change.names() {
        text.push_str(&format!("{sign} {name}\n"));
    }
    if change.is_none() {
        text.push_str("  both have the same configuration\n");
    }
    text
}

fn lines(value: &ConfiguredValue) -> Vec<[String; 3]> {
    let first = [value.path.clone(), value.value.clone(), shown(&value.set_in)];
    let before = value
        .shadowed
        .iter()
        .rev()
        .map(|(was, place)| [String::new(), format!("  instead of {was}"), shown(place)]);
    std::iter::once(first).chain(before).collect()
}

fn shown(place: &Place) -> String {
    format!("{}:{}", place.file.display(), place.line)
}
