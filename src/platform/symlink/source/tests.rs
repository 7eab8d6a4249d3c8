use super::*;
use crate::base::s3::S3Credentials;
use crate::platform::symlink::fixture::{SHA, tag};
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
    assert_eq!(source.secrets(), [&secret("TOKEN")]);
    let source = Source::S3(s3("https://s3.example.org", true));
    assert_eq!(source.secrets(), [&secret("ID"), &secret("KEY")]);
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
fn checksum_file_is_beside_the_archive() {
    let on_host = Source::OnHost { path: "/srv/builds/shop-{release}.tgz".to_owned() };
    let beside = on_host.beside(ChecksumFrom::Beside).unwrap();
    assert_eq!(beside.shown(&tag("v1")), "/srv/builds/shop-v1.tgz.sha256 on the host");
    assert_eq!(on_host.beside(ChecksumFrom::Release), None);
    assert!(on_host.names_release());
    assert!(!Source::Upload { path: "shop.tgz".to_owned() }.names_release());
}

#[test]
fn checksum_files_are_read_in_every_form() {
    let other = "b".repeat(64);
    let upper = SHA.to_uppercase();
    let wanted = Digest::new(format!("sha256:{SHA}")).unwrap();
    for text in [
        format!("{SHA}\n"),
        format!("{upper}  shop.tgz"),
        format!("{SHA}  dist/anything.tgz\n"),
        format!("# sums\n{other}  other.tgz\n{SHA} *dist/shop.tgz\n"),
        format!("SHA256 (other.tgz) = {other}\nSHA256 (shop.tgz) = {SHA}\n"),
    ] {
        assert_eq!(read_checksum(&text, "/srv/shop.tgz"), Ok(wanted.clone()), "{text}");
    }
    assert_eq!(read_checksum("<html>404</html>", "shop.tgz"), Err(BadChecksum::None));
    let others = format!("{other}  a.tgz\n{SHA}  b.tgz\n");
    assert_eq!(
        read_checksum(&others, "shop.tgz").unwrap_err().to_string(),
        "it holds several sha256 sums, and none of them is of shop.tgz"
    );
}
