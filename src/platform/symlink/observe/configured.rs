//! Compares the configuration of the prepared release with that of the live one.

use std::collections::BTreeMap;

use crate::domain::config_change::ConfigChange;
use crate::domain::observation::Observation;
use crate::domain::release::Tag;

/// Returns how both differ. `text` has, for each version, a line `version VERSION` and then `CHECKSUM NAME` of each value; of a
/// version without a value nothing is known.
pub fn change(observation: &Observation, text: &str) -> Option<ConfigChange> {
    let (_, passive) = observation.likely_sides()?;
    let shown = observation.passive_points_at.as_ref() == Some(passive);
    let prepared = observation.colors.get(passive)?.release.as_ref().filter(|_| shown)?;
    let live = observation.live_tag()?;
    let values = values(text);
    let of = |tag| values.get_key_value(tag).filter(|(_, values)| !values.is_empty());
    Some(ConfigChange::between(of(live)?, of(&prepared.tag)?))
}

fn values(text: &str) -> BTreeMap<Tag, BTreeMap<String, String>> {
    let mut all: BTreeMap<Tag, BTreeMap<String, String>> = BTreeMap::new();
    let mut of = None;
    for line in text.lines() {
        let Some((first, name)) = line.split_once(' ') else { continue };
        if first == "version" {
            of = Tag::new(name).ok();
        } else if let Some(tag) = &of {
            let values = all.entry(tag.clone()).or_default();
            values.insert(name.to_owned(), first.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::platform::symlink::drift::tests::{alone, observed, prepared};
    use crate::platform::symlink::scripts::tests::under_every_shell;

    #[test]
    fn values_that_the_prepared_configuration_changes_are_named() {
        under_every_shell(|host| {
            prepared(host);
            host.write(
                ".flipside/configs/v1",
                "sum1\n00000001 log.level\n00000002 db.pool size\n00000003 old\n",
            );
            assert_eq!(observed(host, &alone(host)).config_change, None, "v2 has none");
            host.write(
                ".flipside/configs/v2",
                "sum2\n00000001 log.level\n00000009 db.pool size\n00000004 new\n",
            );
            let change = observed(host, &alone(host)).config_change.unwrap();
            assert_eq!(
                change.in_words(),
                "3 values of the configuration are not those of v1: +new, -old, ~db.pool size"
            );
            // One that was written before values were recorded.
            host.write(".flipside/configs/v1", "sum1\n");
            assert_eq!(observed(host, &alone(host)).config_change, None);
            host.write(".flipside/configs/v1", &host.read(".flipside/configs/v2"));
            let change = observed(host, &alone(host)).config_change.unwrap();
            assert_eq!(change.in_words(), "the configuration of v2 is that of v1");
            fs::remove_file(host.path(".flipside/slots/green")).unwrap();
            assert_eq!(observed(host, &alone(host)).config_change, None, "nothing is prepared");
        });
    }
}
