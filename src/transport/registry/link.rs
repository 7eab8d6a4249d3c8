//! Where the next page of a list is: the `Link` header of RFC 8288, as the OCI distribution
//! specification has it for tags (<https://github.com/opencontainers/distribution-spec>, "Listing tags").

use reqwest::Url;

/// What a page says of the one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is the last one.
    Nothing,
    Page(Url),
    /// There is a link that makes no sense: whether more follows is not known.
    Unclear,
}

/// The next page, if there is one. `Err`: it would lead away from this registry, and logins with it.
///
/// Of a link to the registry's own host only path and query are taken, as the containers tools do: one
/// behind a proxy names the scheme and the port that it has itself.
pub fn next<'a>(headers: impl Iterator<Item = &'a str>, from: &Url) -> Result<Next, String> {
    let mut unclear = false;
    for (target, is_next) in headers.flat_map(links) {
        if !is_next {
            continue;
        }
        let Some(page) = page(target, from) else {
            unclear = true;
            continue;
        };
        if page.host() != from.host() {
            let host = page.host_str().unwrap_or("nowhere").to_owned();
            return Err(format!("its link to the next page leads elsewhere, to {host}"));
        }
        let mut next = from.clone();
        next.set_path(page.path());
        next.set_query(page.query());
        return Ok(Next::Page(next));
    }
    Ok(if unclear { Next::Unclear } else { Next::Nothing })
}

fn page(target: &str, from: &Url) -> Option<Url> {
    if target.is_empty() || target.contains(|c: char| c.is_whitespace() || "<>".contains(c)) {
        return None;
    }
    from.join(target).ok().filter(|page| matches!(page.scheme(), "http" | "https"))
}

/// Each target, and whether it may be the next page: its relation says so, or it has none.
fn links(header: &str) -> Vec<(&str, bool)> {
    // Some write the target without its brackets.
    if !header.contains('<') {
        let (target, parameters) = header.split_once(';').unwrap_or((header, ""));
        return vec![(target.trim(), may_be_next(parameters))];
    }
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else {
            found.push(("", true));
            break;
        };
        let end = after.find(",<").or_else(|| after.find(", <")).unwrap_or(after.len());
        let (parameters, after) = after.split_at(end);
        found.push((target.trim(), may_be_next(parameters)));
        rest = after;
    }
    found
}

fn may_be_next(parameters: &str) -> bool {
    let relation = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))
    };
    let mut parameters = parameters.split(';');
    parameters.clone().any(is_next) || !parameters.any(relation)
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let mut relations = value.trim().trim_matches('"').split_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|it| it.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(header: &str) -> Result<Next, String> {
        let from = Url::parse("https://r.example.org:5000/v2/shop/tags/list?n=2").unwrap();
        next(std::iter::once(header), &from)
    }

    #[test]
    fn the_next_page_is_found_however_it_is_written() {
        let page = "https://r.example.org:5000/v2/shop/tags/list?last=b&n=2";
        for header in [
            "</v2/shop/tags/list?last=b&n=2>; rel=\"next\"",
            "<list?last=b&n=2>;rel=next",
            "</first>; rel=\"first\", </v2/shop/tags/list?last=b&n=2>; title=x; rel=\"next\"",
            "<https://r.example.org:5000/v2/shop/tags/list?last=b&n=2>; REL=\"prev next\"",
            "</v2/shop/tags/list?last=b&n=2>",
            "/v2/shop/tags/list?last=b&n=2; rel=\"next\"",
            "/v2/shop/tags/list?last=b&n=2",
            "list?last=b&n=2;rel=next",
        ] {
            assert_eq!(after(header), Ok(Next::Page(Url::parse(page).unwrap())), "{header}");
        }
    }

    #[test]
    fn a_registry_behind_a_proxy_is_asked_where_it_was_asked_before() {
        let page = "https://r.example.org:5000/v2/shop/tags/list?last=b&n=2";
        for header in [
            "<http://r.example.org/v2/shop/tags/list?last=b&n=2>; rel=\"next\"",
            "<http://R.example.org:8080/v2/shop/tags/list?last=b&n=2>; rel=\"next\"",
            "https://r.example.org/v2/shop/tags/list?last=b&n=2; rel=next",
        ] {
            assert_eq!(after(header), Ok(Next::Page(Url::parse(page).unwrap())), "{header}");
        }
    }

    #[test]
    fn the_last_page_has_none() {
        assert_eq!(after("</v2/x>; rel=\"prev\""), Ok(Next::Nothing));
        assert_eq!(after("/v2/x; rel=first"), Ok(Next::Nothing));
    }

    #[test]
    fn a_link_that_makes_no_sense_is_not_taken_for_the_end() {
        for header in ["nothing at all", "", "<", "<>; rel=next", "</v2/x", "<mailto:x>; rel=next"]
        {
            assert_eq!(after(header), Ok(Next::Unclear), "{header}");
        }
    }

    #[test]
    fn a_page_elsewhere_is_not_asked_for() {
        for header in [
            "<https://evil.example.org/v2/>; rel=\"next\"",
            "http://evil.example.org/v2/; rel=next",
            "<//evil.example.org/v2/>",
        ] {
            assert!(after(header).unwrap_err().contains("evil"), "{header}");
        }
    }
}
