//! Sources of releases that are no registry: web servers, stores, directories, commands.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use data_encoding::{BASE64, HEXLOWER};
use flipside::base::s3::{S3Credentials, S3Object};
use flipside::base::secret_ref::SecretRef;
use flipside::domain::availability::{ArchiveAt, ArchiveFacts, ArchiveQuery};
use flipside::domain::catalog::{
    ListSummary, ReleaseSource, SourceError, SourceErrorKind, Template, WebFile,
};
use flipside::domain::http::Auth;
use flipside::domain::known_secrets::KnownSecrets;
use flipside::domain::release::{Digest, Tag};
use flipside::transport::sources::{Catalog, Sources};
use sha2::{Digest as _, Sha256};

use crate::files::{Asked, Files};

const SUM: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn secret() -> SecretRef {
    SecretRef::Command("printf open-sesame".to_owned())
}

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

async fn archive(sources: &Sources, archive: ArchiveAt) -> Result<ArchiveFacts, SourceError> {
    sources.archive(&ArchiveQuery { release: tag("v1"), archive }).await
}

async fn web(sources: &Sources, url: String, login: Option<Auth>) -> Result<String, SourceError> {
    let facts = archive(sources, ArchiveAt::Web(WebFile { url, login })).await?;
    assert_eq!(facts.bytes, None);
    Ok(facts.digest.to_string())
}

async fn list(
    sources: &Sources,
    source: &ReleaseSource,
) -> Result<(Vec<String>, ListSummary), SourceError> {
    let heard = Mutex::new(Vec::new());
    let hear = |tags: Vec<Tag>| heard.lock().unwrap().extend(tags.iter().map(Tag::to_string));
    let summary = sources.tags(source, &hear).await?;
    let mut heard = heard.into_inner().unwrap();
    heard.sort();
    Ok((heard, summary))
}

async fn made(sources: &Sources, source: &ReleaseSource, name: &str) -> Option<String> {
    let facts = sources.facts(source, &tag(name)).await.unwrap();
    facts.made_at.map(|at| at.format("%m-%d %H:%M").to_string())
}

#[tokio::test]
async fn checksum_beside_an_archive_is_read_with_each_login() {
    let (files, sources) = (Files::start().await, Sources::new());
    let known = KnownSecrets::default();
    sources.share_secrets(known.clone());
    files.serve("/shop/v1.tgz.sha256", 200, format!("{SUM}  dist/v1.tgz\n"));
    let header = Auth::Header { name: "PRIVATE-TOKEN".to_owned(), value: secret() };
    let basic = Auth::Basic { user: "mara".to_owned(), password: secret() };
    let both = BASE64.encode(b"mara:open-sesame");
    for (login, sent) in [
        (None, None),
        (Some(Auth::Bearer(secret())), Some("Bearer open-sesame".to_owned())),
        (Some(basic), Some(format!("Basic {both}"))),
        (Some(header), Some("open-sesame".to_owned())),
    ] {
        let url = format!("{}/shop/v1.tgz?key=x#part", files.url);
        assert_eq!(web(&sources, url, login).await.unwrap(), format!("sha256:{SUM}"));
        let target = "/shop/v1.tgz.sha256?key=x".to_owned();
        assert_eq!(files.asked(), [Asked { target, login: sent }]);
    }
    assert_eq!(known.redact("it was open-sesame"), "it was ****");
}

/// Before a rollback that has to fetch: the archive itself counts, which may be longer than anything that is read here.
#[tokio::test]
async fn archive_that_is_gone_is_told_from_a_source_that_does_not_answer() {
    let (files, sources) = (Files::start().await, Sources::new());
    let stored = async |archive: ArchiveAt| {
        sources.stores(&ArchiveQuery { release: tag("v1"), archive }).await
    };
    let at = |url: &str| {
        let url = format!("{url}/v1.tgz");
        ArchiveAt::Web(WebFile { url, login: Some(Auth::Bearer(secret())) })
    };
    files.serve("/v1.tgz", 200, "x".repeat(6 << 20));
    assert!(stored(at(&files.url)).await.unwrap());
    assert_eq!(files.asked()[0].login.as_deref(), Some("Bearer open-sesame"));
    files.serve("/v1.tgz", 404, String::new());
    assert!(!stored(at(&files.url)).await.unwrap());
    for (status, kind) in
        [(401, SourceErrorKind::LoginRequired), (503, SourceErrorKind::InvalidAnswer)]
    {
        files.serve("/v1.tgz", status, String::new());
        let error = stored(at(&files.url)).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains("asked for the archive of v1"), "{error}");
    }
    let silent = stored(at("http://127.0.0.1:1")).await.unwrap_err();
    assert_eq!(silent.kind, SourceErrorKind::Unreachable, "{silent}");
    let dir = tempfile::tempdir().unwrap();
    let here = || ArchiveAt::Here { path: dir.path().join("v1.tgz"), beside: true };
    assert!(!stored(here()).await.unwrap());
    fs::write(dir.path().join("v1.tgz"), "bytes").unwrap();
    assert!(stored(here()).await.unwrap());
}

#[tokio::test]
async fn login_is_not_sent_on_to_another_server() {
    let (files, other, sources) = (Files::start().await, Files::start().await, Sources::new());
    files.serve("/v1.tgz.sha256", 302, format!("{}/elsewhere", other.url));
    other.serve("/elsewhere", 200, SUM);
    for login in
        [Auth::Bearer(secret()), Auth::Header { name: "PRIVATE-TOKEN".to_owned(), value: secret() }]
    {
        web(&sources, format!("{}/v1.tgz", files.url), Some(login)).await.unwrap();
        assert!(files.asked()[0].login.is_some());
        assert_eq!(other.asked()[0].login, None);
    }
}

#[tokio::test]
async fn checksums_that_cannot_be_used_are_told_apart() {
    use SourceErrorKind::{Denied, InvalidAnswer, LoginRequired, NotFound, Unreachable};
    let (files, sources) = (Files::start().await, Sources::new());
    let other = "b".repeat(64);
    for (status, text, kind, why) in [
        (404, "gone".to_owned(), NotFound, "it does not exist (404)"),
        (401, String::new(), LoginRequired, "wants a login"),
        (403, String::new(), Denied, "may not read it (403)"),
        (503, String::new(), InvalidAnswer, "the server failed (503)"),
        (200, "<html>sign in</html>".to_owned(), InvalidAnswer, "it holds no sha256"),
        (
            200,
            format!("{SUM}  v2.tgz\n"),
            InvalidAnswer,
            "the sha256 of v2.tgz, and none of v1.tgz",
        ),
        (200, format!("{SUM}\n{other}\n"), InvalidAnswer, "several sha256 sums of v1.tgz"),
    ] {
        files.serve("/v1.tgz.sha256", status, text);
        let error = web(&sources, format!("{}/v1.tgz", files.url), None).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.to_string().contains("asked for the checksum of v1"), "{error}");
    }
    let error = web(&sources, "http://127.0.0.1:1/v1.tgz".to_owned(), None).await.unwrap_err();
    assert_eq!(error.kind, Unreachable, "{error}");
    let login = Auth::Bearer(SecretRef::Env("FLIPSIDE_NO_SUCH_VARIABLE".to_owned()));
    let error = web(&sources, format!("{}/v1.tgz", files.url), Some(login)).await.unwrap_err();
    assert!(error.to_string().contains("env:FLIPSIDE_NO_SUCH_VARIABLE"), "{error}");
}

#[tokio::test]
async fn archive_of_this_machine_is_read_and_must_agree_with_the_file_beside_it() {
    let (dir, sources) = (tempfile::tempdir().unwrap(), Sources::new());
    let path = dir.path().join("shop-v1.tgz");
    let here = |beside| ArchiveAt::Here { path: path.clone(), beside };
    let error = archive(&sources, here(true)).await.unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::NotFound, "{error}");
    fs::write(&path, "bytes").unwrap();
    let hex = HEXLOWER.encode(&Sha256::digest(b"bytes"));
    let digest = Digest::new(format!("sha256:{hex}")).unwrap();
    let wanted = ArchiveFacts { digest, bytes: Some(5) };
    assert_eq!(archive(&sources, here(true)).await, Ok(wanted.clone()), "nothing is beside it");
    let beside = dir.path().join("shop-v1.tgz.sha256");
    fs::write(&beside, format!("{hex}  shop-v1.tgz\n")).unwrap();
    assert_eq!(archive(&sources, here(true)).await, Ok(wanted.clone()));
    fs::write(&beside, format!("{SUM}  shop-v1.tgz\n")).unwrap();
    let error = archive(&sources, here(true)).await.unwrap_err();
    assert!(error.to_string().contains("the file beside it says sha256:aaaa"), "{error}");
    assert_eq!(archive(&sources, here(false)).await, Ok(wanted));
}

#[tokio::test]
async fn index_page_lists_the_links_that_fit() {
    let (files, sources) = (Files::start().await, Sources::new());
    files.serve("/shop/", 200, include_str!("../../src/transport/sources/index/nginx.html"));
    let index = |archive: &str| ReleaseSource::Index {
        page: WebFile { url: format!("{}/shop/", files.url), login: Some(Auth::Bearer(secret())) },
        archive: Template::new(format!("{}{archive}", files.url)),
    };
    let source = index("/shop/shop-{release}.tar.gz");
    let (names, summary) = list(&sources, &source).await.unwrap();
    assert_eq!(names, ["20260101T120000-0123456789abcdef0123456789abcdef", "v1", "v2"]);
    assert_eq!(summary, ListSummary { truncated: false, invalid_names: 1 });
    assert_eq!(files.asked()[0].login.as_deref(), Some("Bearer open-sesame"));
    assert_eq!(made(&sources, &source, "v1").await.as_deref(), Some("11-01 10:00"));
    assert_eq!(made(&sources, &source, "v9").await, None);
    let error = list(&sources, &index("/other/{release}.zip")).await.unwrap_err();
    assert!(error.why.starts_with("none of its 7 links fits http://"), "{error}");
    let error = list(&sources, &index("/shop.tgz")).await.unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::NotAsked, "{error}");
}

fn bucket(files: &Files, key: &str) -> S3Object {
    S3Object {
        endpoint: files.url.clone(),
        region: "eu".to_owned(),
        bucket: "artifacts".to_owned(),
        key: key.to_owned(),
        path_style: true,
        credentials: Some(S3Credentials {
            key_id: SecretRef::Command("printf AKIDEXAMPLE".to_owned()),
            secret_key: secret(),
            token: None,
        }),
    }
}

#[tokio::test]
async fn store_is_asked_with_signed_requests_page_by_page() {
    let (files, sources) = (Files::start().await, Sources::new());
    let page = |more: &str, name: &str| {
        format!(
            "<ListBucketResult>{more}<Contents><Key>shop/{name}.tgz</Key>\
             <LastModified>2026-11-01T10:00:00.000Z</LastModified></Contents></ListBucketResult>"
        )
    };
    let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>a+b/</NextContinuationToken>";
    files.serve("/artifacts/", 200, page(more, "v1"));
    files.serve("/artifacts/?more", 200, page("<IsTruncated>false</IsTruncated>", "v2"));
    files.serve("/artifacts/shop/v1.tgz.sha256", 200, SUM);
    let object = bucket(&files, "shop/{release}.tgz");
    let source = ReleaseSource::Bucket(object.clone());
    assert_eq!(list(&sources, &source).await.unwrap().0, ["v1", "v2"]);
    assert_eq!(made(&sources, &source, "v2").await.as_deref(), Some("11-01 10:00"));
    let asked = files.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].target.contains("prefix=shop%2F&"), "{asked:?}");
    assert!(asked[1].target.contains("continuation-token=a%2Bb%2F&"), "{asked:?}");
    let at = ArchiveAt::Store(object.with_key("shop/v1.tgz".to_owned()));
    assert_eq!(archive(&sources, at).await.unwrap().digest.as_str(), format!("sha256:{SUM}"));
    for asked in asked.iter().chain(&files.asked()) {
        assert!(asked.target.contains("X-Amz-Credential=AKIDEXAMPLE%2F"), "{asked:?}");
        assert!(asked.target.contains("X-Amz-Signature="), "{asked:?}");
    }
}

#[tokio::test]
async fn error_of_a_store_is_shown_without_the_signed_address() {
    let (files, sources) = (Files::start().await, Sources::new());
    let refused = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    files.serve("/artifacts/", 403, refused);
    let source = ReleaseSource::Bucket(bucket(&files, "{release}.tgz"));
    let error = list(&sources, &source).await.unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Denied);
    assert!(error.to_string().contains("it says \"AccessDenied: Access Denied\""), "{error}");
    files.serve("/artifacts/", 200, "<html></html>");
    let not_a_store = list(&sources, &source).await.unwrap_err();
    assert!(not_a_store.to_string().contains("not a list of objects"), "{not_a_store}");
    for error in [error, not_a_store] {
        assert!(!error.to_string().contains("X-Amz"), "{error}");
        assert!(error.source == "s3://artifacts/", "{error}");
    }
}

#[tokio::test]
async fn directory_lists_archives_or_directories_that_fit() {
    let (dir, sources) = (tempfile::tempdir().unwrap(), Sources::new());
    for name in ["shop-v1.tgz", "shop-v2.tgz", "shop-v2.tgz.sha256", "other.tgz"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    fs::create_dir(dir.path().join("v3")).unwrap();
    fs::create_dir(dir.path().join("shop-v4.tgz")).unwrap();
    let source = |path: &Path, name: &str| ReleaseSource::Directory {
        path: path.to_owned(),
        name: Template::new(name),
    };
    let archives = source(dir.path(), "shop-{release}.tgz");
    assert_eq!(list(&sources, &archives).await.unwrap().0, ["v1", "v2"]);
    assert!(made(&sources, &archives, "v1").await.is_some());
    let trees = source(dir.path(), "{release}/shop.tgz");
    assert_eq!(list(&sources, &trees).await.unwrap().0, ["shop-v4.tgz", "v3"]);
    let none = source(&dir.path().join("none"), "{release}");
    let error = list(&sources, &none).await.unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn command_lists_one_release_a_line() {
    let (dir, sources) = (tempfile::tempdir().unwrap(), Sources::new());
    fs::write(dir.path().join("tags"), "v1\n v2 \nno tag\n\nv3").unwrap();
    let source = |line: &str| ReleaseSource::Command {
        words: ["sh", "-c", line].map(str::to_owned).to_vec(),
        directory: Some(dir.path().to_owned()),
    };
    let (names, summary) = list(&sources, &source("cat tags")).await.unwrap();
    assert_eq!(names, ["v1", "v2", "v3"]);
    assert_eq!(summary.invalid_names, 1);
    let error = list(&sources, &source("echo not a repository >&2; exit 3")).await.unwrap_err();
    assert!(error.to_string().contains("it failed (exit status: 3): not a repository"), "{error}");
    let words = vec!["/nonexistent/git".to_owned()];
    let missing = ReleaseSource::Command { words, directory: None };
    let error = list(&sources, &missing).await.unwrap_err();
    assert!(error.to_string().contains("it was not started"), "{error}");
}
