//! Where the archives of releases are.

use super::words::{ReleasePath, ReleaseUrl};
use crate::base::s3::S3Credentials;
use crate::base::secret_ref::SecretRef;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{HeaderName, LocalPath, SafeWord, Text, Url};
use crate::platform::symlink::spec::{HttpLogin, ReleasesFrom, S3Source, Source};

pub fn source(fields: &Fields<'_, '_>) -> Option<Source> {
    if fields.source("source").is_none() {
        fields.report_missing(
            "source",
            "{url: \"https://artifacts.example.org/shop/{release}.tar.gz\"}",
        );
    }
    let section = fields.section("source")?;
    let kinds = ["url", "s3", "upload", "on_host"];
    let given: Vec<&str> =
        kinds.into_iter().filter(|kind| section.source(kind).is_some()).collect();
    if let [_, second, ..] = *given {
        let source = section.source(second)?;
        let what = format!("a source is one of {}: several are given", kinds.join(", "));
        section.reject(source, what, "remove all but one");
        return None;
    }
    let found = match given.first().copied() {
        Some("s3") => section.section("s3").and_then(s3).map(Source::S3),
        Some("upload") => {
            section.need::<ReleasePath>("upload", "dist/shop-{release}.tar.gz").map(|path| {
                Source::Upload { path: fields.reader().local(&path.0).display().to_string() }
            })
        }
        Some("on_host") => on_host(&section),
        _ => web(&section),
    };
    section.finish();
    found
}

fn web(fields: &Fields<'_, '_>) -> Option<Source> {
    let url =
        fields.need::<ReleaseUrl>("url", "https://artifacts.example.org/shop/{release}.tar.gz");
    let login = fields.optional_section("login").map(|section| login(section).ok_or(()));
    Some(Source::Http { url: url?.0, login: login.transpose().ok()? })
}

fn on_host(fields: &Fields<'_, '_>) -> Option<Source> {
    let path = fields.need::<ReleasePath>("on_host", "/srv/artifacts/shop-{release}.tar.gz")?.0;
    if !path.starts_with('/') {
        let source = fields.source("on_host")?;
        let what = format!("`{path}` is a relative path");
        fields.reject(source, what, "write the whole path on the host, from `/` on");
        return None;
    }
    Some(Source::OnHost { path })
}

fn login(fields: Fields<'_, '_>) -> Option<HttpLogin> {
    let found = if fields.source("user").is_some() {
        let user = fields.need::<Text>("user", "deploy");
        let password = fields.need::<SecretRef>("password", "env:ARTIFACTS_PASSWORD");
        user.zip(password).map(|(user, password)| HttpLogin::Basic { user: user.0, password })
    } else if fields.source("header").is_some() {
        let name = fields.need::<HeaderName>("header", "PRIVATE-TOKEN");
        let value = fields.need::<SecretRef>("value", "env:ARTIFACTS_TOKEN");
        name.zip(value).map(|(name, value)| HttpLogin::Header { name: name.0, value })
    } else {
        fields.need::<SecretRef>("bearer", "env:ARTIFACTS_TOKEN").map(HttpLogin::Bearer)
    };
    fields.finish();
    found
}

fn s3(fields: Fields<'_, '_>) -> Option<S3Source> {
    let endpoint = fields.need::<Url>("endpoint", "https://s3.eu-central-1.amazonaws.com");
    let region = fields.need::<SafeWord>("region", "eu-central-1");
    let bucket = fields.need::<SafeWord>("bucket", "artifacts");
    let key = fields.need::<ReleasePath>("key", "shop/{release}.tar.gz");
    let path_style = fields.or("path_style", false, "false");
    let secret = |key| fields.get::<SecretRef>(key);
    let (key_id, secret_key, token) = (secret("key_id"), secret("secret_key"), secret("token"));
    if key_id.is_some() != secret_key.is_some() {
        let (there, lacks) =
            if key_id.is_some() { ("key_id", "secret_key") } else { ("secret_key", "key_id") };
        let source = fields.source(there)?;
        let what = format!("`{there}` is given without `{lacks}`");
        fields.reject(source, what, "give both, or neither if anyone may read the objects");
        return None;
    }
    fields.finish();
    let credentials = key_id.zip(secret_key).map(|(key_id, secret_key)| S3Credentials {
        key_id,
        secret_key,
        token,
    });
    Some(S3Source {
        endpoint: endpoint?.0,
        region: region?.0,
        bucket: bucket?.0,
        key: key?.0,
        path_style,
        credentials,
    })
}

/// Reads what lists the releases.
pub fn releases(fields: Fields<'_, '_>) -> Option<ReleasesFrom> {
    let local = |path: LocalPath| fields.reader().local(&path.0);
    let found = if fields.source("index").is_some() {
        fields.get::<Url>("index").map(|url| ReleasesFrom::Index(url.0))
    } else if fields.source("command").is_some() {
        let directory = fields.get::<LocalPath>("directory").map(local);
        let words = fields.need_list::<Text>("command", "[git, tag]");
        words.map(|words| ReleasesFrom::Command {
            words: words.into_iter().map(|word| word.0).collect(),
            directory,
        })
    } else if fields.source("s3").is_some() {
        fields.get::<bool>("s3").and_then(|listed| listed.then_some(ReleasesFrom::Store))
    } else {
        fields.need::<LocalPath>("directory", "dist").map(local).map(ReleasesFrom::Directory)
    };
    fields.finish();
    found
}
