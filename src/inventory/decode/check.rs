//! Reads entry points, and the checks that the passive release must pass before a person signs it off.

use std::path::Path;
use std::time::Duration;

use crate::domain::http::{Expect, JsonCondition};
use crate::domain::spec::{Check, CheckFrom, EntryPoint};
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{
    AtLeastOne, FilledText, HeaderName, JsonPointer, Limit, LocalPath, PublicUrl, Status, Text, Url,
};

pub fn entry_point(fields: Fields<'_, '_>) -> Option<EntryPoint> {
    let url = fields.need::<Url>("url", "http://127.0.0.1/");
    let host_header = fields.get::<FilledText>("host_header");
    let color_header = fields.get::<HeaderName>("color_header");
    let release_header = fields.get::<HeaderName>("release_header");
    let public_url = fields.get::<PublicUrl>("public_url");
    let ca_file = fields.get::<LocalPath>("ca_file").map(|path| fields.reader().local(&path.0));
    let by_tls = url.as_ref().is_some_and(|url| url.0.starts_with("https://"));
    let ca = ca_file.as_ref().filter(|_| by_tls).map(|path| authorities(&fields, path));
    fields.finish();
    let ca = match ca {
        Some(text) => Some(text?),
        None => None,
    };
    Some(EntryPoint {
        url: url?.0,
        host_header: host_header.map(|text| text.0),
        color_header: color_header.map(|name| name.0),
        release_header: release_header.map(|name| name.0),
        public_url: public_url.map(|url| url.0),
        ca_file,
        ca,
    })
}

/// The text is sent to hosts as an argument, of which a kernel accepts 128 KiB.
const MOST_OF_CA: usize = 64 * 1024;

/// Returns the text of `ca_file`, for hosts that request `url` over TLS.
fn authorities(fields: &Fields<'_, '_>, path: &Path) -> Option<String> {
    let shown = path.display();
    let (what, remedy) = match std::fs::read_to_string(path) {
        Err(error) => {
            let what = format!("`ca_file`: {shown} cannot be read: {error}");
            (what, "a relative path starts at the directory of the inventory")
        }
        Ok(text) if !text.contains("-----BEGIN CERTIFICATE-----") => {
            (format!("`ca_file`: {shown} holds no certificate in PEM"), "name a file that does")
        }
        Ok(text) if text.len() > MOST_OF_CA => {
            let what = format!("`ca_file`: {shown} has {} bytes", text.len());
            (what, "keep in it only the authority that signed the server's certificate")
        }
        Ok(text) => return Some(text),
    };
    if let Some(source) = fields.source("ca_file") {
        fields.reject(source, what, remedy);
    }
    None
}

pub fn checks(fields: &Fields<'_, '_>) -> Vec<Check> {
    fields.maps("checks").into_iter().filter_map(check).collect()
}

fn check(fields: Fields<'_, '_>) -> Option<Check> {
    let name = fields.need::<Text>("name", "health");
    let path = fields.need::<Text>("path", "/health");
    let from = fields.or("from", CheckFrom::Host, "host");
    let status = fields.one_or_more::<Status>("status").unwrap_or_default();
    let headers = fields.table::<HeaderName>("headers").into_iter().collect();
    let body = fields.one_or_more::<Text>("body").unwrap_or_default();
    let json = fields.table::<JsonPointer>("json");
    let json_from_console = json.is_empty() || from == CheckFrom::Console;
    if let (false, Some(source)) = (json_from_console, fields.source("json")) {
        let what = "`json` is checked from the console only".to_owned();
        fields.reject(source, what, "write `from: console`, or check the text with `body`");
    }
    let timeout = fields.or("timeout", Limit(Duration::from_secs(5)), "5s").0;
    let tries = fields.or("tries", AtLeastOne(3), "3").0;
    let right_path = path.as_ref().is_none_or(|path| starts_right(&fields, &path.0));
    fields.finish();
    let status = status.into_iter().map(|status| status.0).collect();
    let body = body.into_iter().map(|text| text.0).collect();
    let json = json.into_iter().map(|(pointer, is)| JsonCondition { pointer, is: vec![is] });
    let expect = Expect { status, headers, body, json: json.collect(), ..Expect::default() };
    let (name, path) = (name?.0, path?.0);
    (right_path && json_from_console).then_some(Check { name, from, path, expect, timeout, tries })
}

/// Reports a check from the console that has no URL which the console can reach.
pub fn reachable(fields: &Fields<'_, '_>, checks: &[Check], passive: &EntryPoint) {
    let unreachable =
        |check: &&Check| check.from == CheckFrom::Console && check.path.starts_with('/');
    if passive.public_url.is_none()
        && let (Some(check), Some(source)) =
            (checks.iter().find(unreachable), fields.source("checks"))
    {
        let what = format!(
            "the check `{}` runs from the console, and `passive` has no `public_url`",
            check.name
        );
        fields.reject(source, what, "write `public_url: http://{host}:8080/` under `passive`, or a whole URL as the check's `path`");
    }
}

fn starts_right(fields: &Fields<'_, '_>, path: &str) -> bool {
    let right = ["/", "http://", "https://"].iter().any(|start| path.starts_with(start));
    if let (false, Some(source)) = (right, fields.source("path")) {
        let what = format!("`path`: `{path}` is neither a path nor a URL");
        fields.reject(
            source,
            what,
            format!("write `/{path}`, which is added to the passive `url`, or a whole URL"),
        );
    }
    right
}
