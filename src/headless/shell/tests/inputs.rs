//! What the commands of a script read.

use super::*;
use crate::base::s3::{S3Credentials, S3Object};
use crate::base::secret_text::{Piece, SecretText};
use crate::domain::command::{FilePart, SignedAddress};
use crate::domain::release::Digest;

fn secret(text: &str) -> SecretRef {
    SecretRef::try_from(text.to_owned()).unwrap()
}

fn fed(dir: &Path, stdin: Stdin) -> (Output, Option<String>) {
    let command = Command::new(["sh", "-c", "cat >fed"]).stdin(stdin);
    let ended = carried_out("sh", &plan(vec![("web1", step("feed", Action::Run(command)))]), dir);
    (ended, std::fs::read_to_string(dir.join("fed")).ok())
}

#[test]
fn gaps_of_a_text_are_filled_as_json_strings() {
    let dir = tempfile::tempdir().unwrap();
    let value = "a\"b\\c\td\nlast";
    std::fs::write(dir.path().join("kept"), value).unwrap();
    let text = SecretText::new(vec![
        Piece::Text("{\"it's\": \"".to_owned()),
        Piece::JsonString(secret("file:kept")),
        Piece::Text("\", \"user\": \"".to_owned()),
        Piece::JsonString(secret("env:REFERENCE")),
        Piece::Text("\"}\nend\n".to_owned()),
    ]);
    let (ended, got) = fed(dir.path(), Stdin::Filled(text));
    let got = got.unwrap_or_else(|| panic!("{}", words(&ended)));
    let read: serde_json::Value = serde_json::from_str(got.strip_suffix("end\n").unwrap()).unwrap();
    assert_eq!((&read["it's"], &read["user"]), (&value.into(), &"from-the-environment".into()));
    let script = std::fs::read_to_string(dir.path().join("plan.sh")).unwrap();
    assert!(!script.contains("last") && script.contains("file:kept"), "{script}");
}

#[test]
fn address_is_signed_by_the_aws_cli() {
    let dir = tempfile::tempdir().unwrap();
    let credentials = S3Credentials {
        key_id: secret("env:REFERENCE"),
        secret_key: secret("command:printf hunter2"),
        token: None,
    };
    let object = S3Object {
        endpoint: "https://s3.example.org".to_owned(),
        region: "eu".to_owned(),
        bucket: "artifacts".to_owned(),
        key: "v1.tgz".to_owned(),
        path_style: true,
        credentials: Some(credentials),
    };
    let address =
        Stdin::Signed(SignedAddress { object: Box::new(object), valid: Duration::from_secs(90) });
    let bin = dir.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let aws = bin.join("aws");
    std::fs::write(&aws, "#!/bin/sh\necho \"$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $*\"\n")
        .unwrap();
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (ended, got) = fed(dir.path(), address.clone());
    assert_eq!(
        got.unwrap_or_else(|| panic!("{}", words(&ended))),
        "from-the-environment hunter2 s3 presign s3://artifacts/v1.tgz \
         --endpoint-url https://s3.example.org --region eu --expires-in 90\n"
    );
    std::fs::write(&aws, "#!/bin/sh\nexit 1\n").unwrap();
    std::fs::remove_file(dir.path().join("fed")).unwrap();
    let (ended, got) = fed(dir.path(), address);
    assert_eq!((ended.status.code(), got), (Some(1), None), "{}", words(&ended));
    assert!(words(&ended).contains("s3://artifacts/v1.tgz cannot be read"), "{}", words(&ended));
}

#[test]
fn file_is_sent_from_its_offset_if_it_has_the_checksum() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a b.tgz"), "abc").unwrap();
    let part = |from, text: &str| {
        let sum = crate::base::checksum::sha256(text);
        let sha256 = Digest::new(format!("sha256:{sum}")).unwrap();
        Stdin::File(FilePart { path: "a b.tgz".into(), from, sha256 })
    };
    assert_eq!(fed(dir.path(), part(0, "abc")).1.as_deref(), Some("3\nabc"));
    assert_eq!(fed(dir.path(), part(2, "abc")).1.as_deref(), Some("3\nc"));
    std::fs::remove_file(dir.path().join("fed")).unwrap();
    let (ended, got) = fed(dir.path(), part(0, "other"));
    assert_eq!((ended.status.code(), got), (Some(1), None));
    assert!(words(&ended).contains("a b.tgz does not have the checksum"), "{}", words(&ended));
}
