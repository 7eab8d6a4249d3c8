//! Reads the pair of colors of a stack.

use std::collections::BTreeMap;

use super::spec::PairColor;
use crate::domain::color::ColorPair;
use crate::domain::names::Color;
use crate::inventory::fields::{Fields, ListItem};
use crate::inventory::scalar::{Listens, Port, ServicePattern};

/// Names that no color may have.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reserved {
    pub names: &'static [&'static str],
    /// What the name would mean; `{name}` stands for it.
    pub why: &'static str,
}

/// The pair and the settings of each color.
pub type Colors = (ColorPair, BTreeMap<Color, PairColor>);

/// Reads both colors. `pattern` is that of a color's name on the host; no color may have a `reserved` name.
pub fn colors(fields: &Fields<'_, '_>, pattern: &str, reserved: &Reserved) -> Option<Colors> {
    let items = fields.items("colors");
    let source = fields.source("colors")?;
    let given = items.len();
    let known: Vec<(Color, PairColor)> = items
        .into_iter()
        .filter_map(|item| match item {
            ListItem::Map(map) => color(map, pattern, reserved),
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

fn color(fields: Fields<'_, '_>, pattern: &str, reserved: &Reserved) -> Option<(Color, PairColor)> {
    let name = fields.need::<Color>("name", "blue");
    let port = fields.need::<Port>("port", "8001");
    let address = fields.or("address", Listens("127.0.0.1".to_owned()), "127.0.0.1");
    let service = fields.get::<ServicePattern>("service");
    let name = name.filter(|name| is_free(&fields, name, reserved));
    fields.finish();
    let name = name?;
    let pattern = service.as_ref().map_or(pattern, |pattern| pattern.0.as_str());
    let service = pattern.replace("{color}", name.as_str());
    let address = format!("{}:{}", address.0, port?.0);
    Some((name, PairColor { service, address }))
}

fn is_free(fields: &Fields<'_, '_>, name: &Color, reserved: &Reserved) -> bool {
    let taken = reserved.names.contains(&name.as_str());
    if let (true, Some(source)) = (taken, fields.source("name")) {
        let remedy =
            format!("choose another name: {}", reserved.why.replace("{name}", name.as_str()));
        fields.reject(source, format!("no color can be called `{name}`"), remedy);
    }
    !taken
}
