use super::*;
use crate::base::s3::S3Credentials;
use crate::platform::symlink::fixture::tag;
use crate::platform::symlink::spec::S3Source;

fn secret(name: &str) -> SecretRef {
    SecretRef::Env(name.to_owned())
}

fn s3(endpoint: &str, path_style: bool) -> S3Source {
    S3Source {
        endpoint: endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        bucket: "examplebucket".to_owned(),
        key: "shop/{release}.tar.gz".to_owned(),
        path_style,
        credentials: Some(S3Credentials {
            key_id: secret("ID"),
            secret_key: secret("KEY"),
            token: None,
        }),
    }
}

#[test]
fn settings_that_give_no_address_are_refused() {
    let address = |endpoint: &str, path_style| {
        let source = Source::S3(S3Source { credentials: None, ..s3(endpoint, path_style) });
        source.delivery(&tag("v1")).map_err(|why| why.to_string())
    };
    let fetch = |url: &str| {
        let (url, how) = (url.to_owned(), String::new());
        Ok(Delivery::Fetch { url, how, input: FetchInput::Ready(Stdin::Empty) })
    };
    assert_eq!(
        address("https://s3.example.org", true),
        fetch("https://s3.example.org/examplebucket/shop/v1.tar.gz")
    );
    assert_eq!(
        address("https://s3.example.org", false),
        fetch("https://examplebucket.s3.example.org/shop/v1.tar.gz")
    );
    assert!(address("s3.example.org", true).unwrap_err().contains("is not the http(s) address"));
    assert!(address("ftp://s3.example.org", true).unwrap_err().contains("is not the http(s)"));
    assert!(address("http://127.0.0.1", false).unwrap_err().contains("set `path_style`"));
}

#[test]
fn secrets_are_references_and_no_part_of_a_text() {
    let login = HttpLogin::Basic { user: "deploy".to_owned(), password: secret("TOKEN") };
    let url = "https://example.org/{release}.tgz".to_owned();
    let source = Source::Http { url, login: Some(login) };
    assert_eq!(
        source.delivery(&tag("v1")).unwrap(),
        Delivery::Fetch {
            url: "https://example.org/v1.tgz".to_owned(),
            how: "basic deploy".to_owned(),
            input: FetchInput::Ready(Stdin::Secret(secret("TOKEN"))),
        }
    );
    let source = Source::S3(s3("https://s3.example.org", true));
    assert_eq!(source.shown(&tag("v1")), "s3://examplebucket/shop/v1.tar.gz");
    let Ok(Delivery::Fetch { url, how, input: FetchInput::Signed(get) }) =
        source.delivery(&tag("v1"))
    else {
        panic!("it is signed later");
    };
    assert_eq!((url.as_str(), how.as_str()), ("-", "url"));
    let written = serde_json::to_string(&get).unwrap();
    assert!(written.contains(r#""key_id":"env:ID","secret_key":"env:KEY""#), "{written}");
}

#[test]
fn checksum_is_asked_for_where_this_machine_can_read_it() {
    let asked = |source: &Source, from| {
        let query = source.archive_query(from, &tag("v1"))?;
        Some(match query.archive {
            ArchiveAt::Here { beside, .. } => format!("{} {beside}", query.archive),
            other => other.to_string(),
        })
    };
    let url = "https://example.org/{release}.tgz".to_owned();
    let web = Source::Http { url, login: None };
    let upload = Source::Upload { path: "dist/shop-{release}.tgz".to_owned() };
    let on_host = Source::OnHost { path: "/srv/builds/shop-{release}.tgz".to_owned() };
    let store = Source::S3(s3("https://s3.example.org", true));
    let all = [&web, &upload, &on_host, &store];
    let of = |from| all.map(|source| asked(source, from));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        of(ChecksumFrom::Beside),
        [
            text("https://example.org/v1.tgz"),
            text("dist/shop-v1.tgz true"),
            None,
            text("s3://examplebucket/shop/v1.tar.gz")
        ]
    );
    assert_eq!(of(ChecksumFrom::Release), [None, text("dist/shop-v1.tgz false"), None, None]);
}

#[test]
fn releases_are_listed_by_what_the_inventory_names_or_by_the_directory_of_the_source() {
    let url = "https://example.org/shop/{release}/shop.tgz".to_owned();
    let token = HttpLogin::Bearer(secret("TOKEN"));
    let web = Source::Http { url: url.clone(), login: Some(token) };
    let upload = Source::Upload { path: "dist/shop-{release}.tgz".to_owned() };
    let on_host = Source::OnHost { path: "/srv/builds/shop-{release}.tgz".to_owned() };
    assert_eq!(web.releases(None), ReleaseSource::Typed);
    assert_eq!(on_host.releases(None), ReleaseSource::Hosts);
    let name = Template::new("shop-{release}.tgz");
    assert_eq!(
        upload.releases(None),
        ReleaseSource::Directory { path: "dist/".into(), name: name.clone() }
    );
    let elsewhere = ReleasesFrom::Directory("/mnt".into());
    assert_eq!(
        on_host.releases(Some(&elsewhere)),
        ReleaseSource::Directory { path: "/mnt".into(), name }
    );
    assert_eq!(
        web.releases(Some(&elsewhere)),
        ReleaseSource::Directory { path: "/mnt".into(), name: Template::new("{release}/shop.tgz") }
    );
    let page = "https://example.org/shop/".to_owned();
    assert_eq!(
        web.releases(Some(&ReleasesFrom::Index(page.clone()))),
        ReleaseSource::Index {
            page: WebFile { url: page, login: Some(Auth::Bearer(secret("TOKEN"))) },
            archive: Template::new(url)
        }
    );
    let store = s3("https://s3.example.org", true);
    let bucket = Source::S3(store.clone()).releases(Some(&ReleasesFrom::Store));
    assert_eq!(bucket.name(), "s3://examplebucket/shop/");
    assert_eq!(bucket, ReleaseSource::Bucket(store));
    assert_eq!(web.releases(Some(&ReleasesFrom::Store)), ReleaseSource::Typed);
}
