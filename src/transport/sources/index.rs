//! Pages of web servers that list a directory: nginx, Apache, Caddy and the like. Each link on a page is a name; what stands
//! after it may be its date.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::Url;

use super::listed::Listed;
use super::xml::unescaped;
use crate::domain::catalog::Template;

/// What a page lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub releases: Vec<Listed>,
    /// How many links there are, whatever they lead to.
    pub links: usize,
    /// How many names fit, but are not valid tags.
    pub invalid_names: usize,
}

/// Reads a page at this address. `archive` is the template of an archive's address.
pub fn read(html: &str, page: &Url, archive: &Template) -> Page {
    let mut found = Page::default();
    let Some(listed) = archive.listed_name() else { return found };
    let mut seen = BTreeSet::new();
    for (href, after) in links(html) {
        found.links += 1;
        let Ok(mut url) = page.join(&unescaped(href)) else { continue };
        url.set_query(None);
        url.set_fragment(None);
        let decoded = decoded(url.as_str());
        let Some(name) = decoded.strip_prefix(&self::decoded(listed.directory)) else { continue };
        let name = match (name.strip_suffix('/'), listed.is_directory) {
            (Some(name), true) => name,
            (None, false) => name,
            _ => continue,
        };
        if name.is_empty() || name.contains('/') {
            continue;
        }
        match listed.release(name) {
            Some(tag) if seen.insert(tag.clone()) => {
                found.releases.push(Listed { tag, made_at: date(after) });
            }
            Some(_) => {}
            None => found.invalid_names += usize::from(fits(name, listed.segment)),
        }
    }
    found
}

/// Returns whether a name has the text around the gap, so that only the release's name is invalid.
fn fits(name: &str, segment: &str) -> bool {
    segment.split_once(Template::GAP).is_some_and(|(before, after)| {
        name.len() > before.len() + after.len()
            && name.starts_with(before)
            && name.ends_with(after)
            && !after.is_empty()
    })
}

/// Returns the target of each link, and the text up to the next one.
fn links(html: &str) -> impl Iterator<Item = (&str, &str)> {
    // The names of elements and attributes may be written in capitals.
    let starts: Vec<usize> = html
        .match_indices('<')
        .map(|(at, _)| at)
        .filter(|at| {
            let tag = html.as_bytes().get(at + 1..at + 3);
            tag.is_some_and(|tag| {
                tag[0].eq_ignore_ascii_case(&b'a') && tag[1].is_ascii_whitespace()
            })
        })
        .collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([html.len()]).collect();
    starts.into_iter().zip(ends).filter_map(|(start, end)| {
        let (tag, after) = html[start..end].split_once('>')?;
        Some((href(tag)?, after))
    })
}

fn href(tag: &str) -> Option<&str> {
    let at = tag.to_ascii_lowercase().find("href")?;
    let value = tag[at + 4..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    match quote {
        Some(quote) => value[1..].split(quote).next(),
        None => value.split_whitespace().next(),
    }
}

/// Returns the first date in a text: `20-Nov-2026 11:30` of nginx, `2026-11-20 11:30` of Apache, `2026-11-20T11:30:00Z` of
/// Caddy. It is taken for UTC.
fn date(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [(usize, &str); 3] =
        [(17, "%d-%b-%Y %H:%M"), (16, "%Y-%m-%d %H:%M"), (16, "%Y-%m-%dT%H:%M")];
    let near = text.char_indices().take(MOST_AFTER_A_LINK);
    near.filter(|(_, c)| c.is_ascii_digit()).find_map(|(at, _)| {
        FORMS.iter().find_map(|(length, form)| {
            let part = text.get(at..at + length)?;
            NaiveDateTime::parse_from_str(part, form).ok().map(|it| it.and_utc())
        })
    })
}

/// The date stands shortly after its link.
const MOST_AFTER_A_LINK: usize = 2000;

/// Replaces `%41`. What is no UTF-8 then is no name of a release.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        let code = match (first, after) {
            (b'%', [high, low, ..]) => hex(high).zip(hex(low)),
            _ => None,
        };
        if let Some((high, low)) = code {
            bytes.extend(u8::try_from(high * 16 + low));
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `autoindex on` of nginx 1.22, as it came.
    const NGINX: &str = include_str!("index/nginx.html");

    const APACHE: &str = r#"<table><tr><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td><a href="/shop/">Parent Directory</a></td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="/icons/compressed.gif"></td><td><a href="shop-v1.tar.gz">shop-v1.tar.gz</a></td><td align="right">2026-11-01 10:00  </td><td align="right">2.0K</td></tr>
<TR><TD><A HREF='shop-v2.tar.gz'>shop-v2.tar.gz</A></TD><TD>2026-11-20 11:30</TD></TR></table>"#;

    const CADDY: &str = r##"<a href="?sort=name&order=asc">Name</a> <a href="..">up</a>
<a href="./shop-v1.tar.gz"><svg><use xlink:href="#file"></use></svg></a></td>
<td class="hideable"><time datetime=" 2026-11-01T10:00:00Z">11/01/2026 10:00:00 AM +00:00</time></td>"##;

    fn listed(html: &str, archive: &str) -> (Vec<String>, usize) {
        let url = Url::parse("https://example.org/shop/").unwrap();
        let page = read(html, &url, &Template::new(archive));
        let shown = |it: &Listed| match it.made_at {
            Some(at) => format!("{} {}", it.tag, at.format("%m-%d %H:%M")),
            None => it.tag.to_string(),
        };
        (page.releases.iter().map(shown).collect(), page.invalid_names)
    }

    #[test]
    fn pages_of_several_servers_are_read() {
        let archive = "https://example.org/shop/shop-{release}.tar.gz";
        assert_eq!(
            listed(NGINX, archive),
            (
                [
                    "20260101T120000-0123456789abcdef0123456789abcdef 11-20 11:30",
                    "v1 11-01 10:00",
                    "v2 11-20 11:30"
                ]
                .map(str::to_owned)
                .to_vec(),
                1
            )
        );
        let both = ["v1 11-01 10:00", "v2 11-20 11:30"].map(str::to_owned).to_vec();
        assert_eq!(listed(APACHE, archive), (both, 0));
        assert_eq!(listed(CADDY, archive), (vec!["v1 11-01 10:00".to_owned()], 0));
    }

    #[test]
    fn directories_are_releases_where_the_archive_is_in_one() {
        let archive = "https://example.org/shop/{release}/shop.tar.gz";
        assert_eq!(listed(NGINX, archive).0, ["v3 11-20 11:30"]);
        assert_eq!(
            listed(NGINX, "https://other.example.org/shop/{release}/shop.tar.gz").0.len(),
            0
        );
    }

    #[test]
    fn pages_that_are_no_index_have_no_releases() {
        for html in ["", "<a", "<a href", "<a href=>", "<a href=\"", "é<a href='\u{e9}'>é", "<a >"]
        {
            assert!(listed(html, "https://example.org/shop/{release}.tgz").0.is_empty(), "{html}");
        }
        assert_eq!(listed("<a href=v1.tgz>", "https://example.org/shop/{release}.tgz").0, ["v1"]);
    }
}
