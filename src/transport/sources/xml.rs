//! As much of XML as an answer of an S3-compatible store has: elements without attributes that matter, and texts.

/// Returns the content of each element of this name, in order. None of them holds another of the same name.
pub fn elements<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((content, after)) = after.split_once(&close) else { break };
        found.push(content);
        rest = after;
    }
    found
}

/// Returns the text of the first element of this name.
pub fn text(text: &str, name: &str) -> Option<String> {
    elements(text, name).first().map(|content| unescaped(content))
}

/// Replaces the entities of XML, and those of HTML that stand in addresses.
pub fn unescaped(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        made.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let known = entity.and_then(|(name, after)| Some((character(name)?, after)));
        rest = if let Some((character, after)) = known {
            made.push(character);
            after
        } else {
            made.push('&');
            after
        };
    }
    made.push_str(rest);
    made
}

fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => number(hex, 16),
                None => number(digits, 10),
            };
            char::from_u32(code?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_entities_are_read() {
        let list = "<R><C><K>a&amp;b</K></C><C><K>&#99;&#x64;&lt;&nbsp;&</K></C><C><K>cut off";
        let keys: Vec<_> = elements(list, "C").into_iter().map(|it| text(it, "K")).collect();
        assert_eq!(keys, [Some("a&b".to_owned()), Some("cd<&nbsp;&".to_owned())]);
        assert_eq!(text(list, "none"), None);
    }
}
