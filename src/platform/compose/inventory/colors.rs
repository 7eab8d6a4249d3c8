//! Reads the pair of colors and the services of a stack.

use std::collections::BTreeMap;

use crate::domain::color::ColorPair;
use crate::domain::names::Color;
use crate::inventory::fields::{Fields, ListItem};
use crate::inventory::scalar::{Listens, Port, ServicePattern};
use crate::platform::compose::spec::{ComposeColor, ComposeSpec};

/// The pair and the settings of each color.
pub type Colors = (ColorPair, BTreeMap<Color, ComposeColor>);

pub fn colors(fields: &Fields<'_, '_>) -> Option<Colors> {
    let pattern = fields.need::<ServicePattern>("service", "shop_{color}");
    let items = fields.items("colors");
    let source = fields.source("colors")?;
    let given = items.len();
    let known: Vec<(Color, ComposeColor)> = items
        .into_iter()
        .filter_map(|item| match item {
            ListItem::Map(map) => color(map, pattern.as_ref()),
            ListItem::Scalar(word, source) => {
                let remedy = format!("write `- {{name: {}, port: 8001}}`", word.text);
                fields.reject(source, format!("the color `{}` has no port", word.text), remedy);
                None
            }
        })
        .collect();
    if given != 2 {
        let what = format!("`colors` holds {given}, and a pair is two");
        fields.reject(source, what, "write two items; a second pair is another stack");
        return None;
    }
    let [(first, one), (second, two)] = <[_; 2]>::try_from(known).ok()?;
    if one.address == two.address {
        let what = format!("both colors answer at {}", one.address);
        fields.reject(source, what, "give each color a port of its own");
        return None;
    }
    let pair = match ColorPair::new(first.clone(), second.clone()) {
        Ok(pair) => pair,
        Err(same) => {
            fields.reject(source, same.to_string(), "rename one of them");
            return None;
        }
    };
    if one.service == two.service {
        let source = fields.source("service").unwrap_or(source);
        let what = format!("both colors are the service `{}`", one.service);
        fields.reject(
            source,
            what,
            "write `service: \"{app}_{color}\"`, or a `service` for each color",
        );
        return None;
    }
    Some((pair, BTreeMap::from([(first, one), (second, two)])))
}

fn color(
    fields: Fields<'_, '_>,
    pattern: Option<&ServicePattern>,
) -> Option<(Color, ComposeColor)> {
    let name = fields.need::<Color>("name", "blue");
    let port = fields.need::<Port>("port", "8001");
    let address = fields.or("address", Listens("127.0.0.1".to_owned()), "127.0.0.1");
    let service = fields.get::<ServicePattern>("service");
    let name = name.filter(|name| is_free(&fields, name));
    fields.finish();
    let name = name?;
    let pattern = service.as_ref().or(pattern).map_or("{color}", |pattern| pattern.0.as_str());
    let service = pattern.replace("{color}", name.as_str());
    let address = format!("{}:{}", address.0, port?.0);
    Some((name, ComposeColor { service, address }))
}

/// Returns whether a template can name this color's image: two other images have fixed names there.
fn is_free(fields: &Fields<'_, '_>, name: &Color) -> bool {
    let taken = ["jobs", "migrator"].contains(&name.as_str());
    if let (true, Some(source)) = (taken, fields.source("name")) {
        let remedy = format!(
            "choose another name: templates call the image of something else `image.{name}`"
        );
        fields.reject(source, format!("no color can be called `{name}`"), remedy);
    }
    !taken
}

/// Checks that no service has two purposes: it would be started and stopped for both.
pub fn services_differ(fields: &Fields<'_, '_>, spec: &ComposeSpec) -> bool {
    let colored = spec.colors.values().map(|color| ("a color", "colors", &color.service));
    let jobs = spec.jobs.iter().map(|job| ("a job", "jobs", job));
    let migration = spec.migration.iter().map(|m| ("the migration", "migration", &m.service));
    let mut seen: BTreeMap<&String, &str> = BTreeMap::new();
    for (what, key, service) in colored.chain(jobs).chain(migration) {
        let Some(first) = seen.insert(service, what) else { continue };
        if let Some(source) = fields.source(key) {
            let what = format!("the service `{service}` is both {first} and {what}");
            fields.reject(source, what, "give each a service of its own in the template");
        }
        return false;
    }
    true
}
