//! A single value, as YAML's core schema reads it.

use serde_json::Value as Json;

use crate::base::yaml;

#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

/// Reads a value as written: what stands in quotes is a text.
pub fn scalar(written: &yaml::Scalar) -> Scalar {
    let text = written.text.as_str();
    if !written.plain {
        return Scalar::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => number(text).unwrap_or_else(|| Scalar::Text(text.to_owned())),
    }
}

/// `0755` stays a text: YAML 1.1 reads it as octal, YAML 1.2 as 755, and a person means neither.
fn number(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if leading_zero || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Ok(integer) = text.parse() {
        return Some(Scalar::Integer(integer));
    }
    let is_float = digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
    text.parse().ok().filter(|_| is_float).map(Scalar::Float)
}

impl Scalar {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a text",
        }
    }

    pub fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Integer(value) => Json::from(*value),
            Self::Float(value) => Json::from(*value),
            Self::Text(text) => Json::String(text.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_have_the_types_of_the_core_schema() {
        let read = |text: &str| scalar(&yaml::Scalar { text: text.to_owned(), plain: true });
        assert_eq!(read("true"), Scalar::Bool(true));
        assert_eq!(read("yes"), Scalar::Text("yes".to_owned()));
        assert_eq!(read("-12"), Scalar::Integer(-12));
        assert_eq!(read("1.5"), Scalar::Float(1.5));
        assert_eq!(read("0755"), Scalar::Text("0755".to_owned()));
        assert_eq!(read("1.2.3"), Scalar::Text("1.2.3".to_owned()));
        assert_eq!(read("inf"), Scalar::Text("inf".to_owned()));
        assert_eq!(read("~"), Scalar::Null);
        let quoted = yaml::Scalar { text: "12".to_owned(), plain: false };
        assert_eq!(scalar(&quoted), Scalar::Text("12".to_owned()));
    }
}
