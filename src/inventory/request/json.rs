//! A JSON body that the inventory writes as YAML.

use serde_json::{Map, Value as Json};

use crate::base::yaml::{Node, Scalar, Value};

/// Returns the JSON value. Words that are not in quotes and that JSON knows as well (`3`, `true`) are not strings.
pub fn value(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(Scalar { text, plain }) => {
            let typed = serde_json::from_str::<Json>(text).ok().filter(|_| *plain);
            typed.unwrap_or_else(|| Json::String(text.clone()))
        }
        Value::List(items) => Json::Array(items.iter().map(value).collect()),
        Value::Map(entries) => {
            let pair = |(key, node): &(_, Node)| {
                (crate::base::yaml::Key::text(key).to_owned(), value(node))
            };
            Json::Object(entries.iter().map(pair).collect::<Map<_, _>>())
        }
    }
}
