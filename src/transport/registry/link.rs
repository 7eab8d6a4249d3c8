//! Where the next page of a list is: the `Link` header of RFC 8288, as the OCI distribution
//! specification has it for tags (<https://github.com/opencontainers/distribution-spec>, "Listing tags").

use reqwest::Url;

/// The next page, if there is one. `Err`: it would lead away from this registry, and logins with it.
pub fn next<'a>(headers: impl Iterator<Item = &'a str>, from: &Url) -> Result<Option<Url>, String> {
    let Some(target) =
        headers.flat_map(links).find_map(|(target, is_next)| is_next.then_some(target))
    else {
        return Ok(None);
    };
    let next =
        from.join(target).map_err(|_| "its link to the next page makes no sense".to_owned())?;
    if next.origin() != from.origin() {
        let host = next.host_str().unwrap_or("nowhere").to_owned();
        return Err(format!("its link to the next page leads elsewhere, to {host}"));
    }
    Ok(Some(next))
}

/// Each target, and whether its relation is `next`.
fn links(header: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        let end = after.find(",<").or_else(|| after.find(", <")).unwrap_or(after.len());
        let (parameters, after) = after.split_at(end);
        found.push((target.trim(), parameters.split(';').any(is_next)));
        rest = after;
    }
    found
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let mut relations = value.trim().trim_matches('"').split_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|it| it.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(header: &str) -> Result<Option<String>, String> {
        let from = Url::parse("https://r.example.org/v2/shop/tags/list?n=2").unwrap();
        next(std::iter::once(header), &from).map(|url| url.map(|url| url.to_string()))
    }

    #[test]
    fn the_next_page_is_found_however_it_is_written() {
        let page = Ok(Some("https://r.example.org/v2/shop/tags/list?last=b&n=2".to_owned()));
        assert_eq!(after("</v2/shop/tags/list?last=b&n=2>; rel=\"next\""), page);
        assert_eq!(after("<list?last=b&n=2>;rel=next"), page);
        assert_eq!(
            after(
                "</first>; rel=\"first\", </v2/shop/tags/list?last=b&n=2>; title=x; rel=\"next\""
            ),
            page
        );
        assert_eq!(
            after("<https://r.example.org/v2/shop/tags/list?last=b&n=2>; REL=\"prev next\""),
            page
        );
    }

    #[test]
    fn the_last_page_has_none() {
        assert_eq!(after("</v2/x>; rel=\"prev\""), Ok(None));
        assert_eq!(after("nothing at all"), Ok(None));
    }

    #[test]
    fn a_page_elsewhere_is_not_asked_for() {
        assert!(
            after("<https://evil.example.org/v2/>; rel=\"next\"").unwrap_err().contains("evil")
        );
        assert!(after("<http://r.example.org/v2/>; rel=\"next\"").is_err(), "nor without TLS");
    }
}
