use super::*;
use crate::base::checksum::sha256;
use crate::base::secret_text::SecretText;
use crate::base::yaml::{Node, parse};

fn layers(texts: &[&str]) -> Vec<Node> {
    let read = |text: &&str| {
        let (root, faults) = parse(text, "");
        assert!(faults.is_empty(), "{faults:?}");
        root.unwrap()
    };
    texts.iter().map(read).collect()
}

fn merged(texts: &[&str]) -> BTreeMap<String, Config> {
    merge(&layers(texts)).unwrap()
}

fn written(texts: &[&str]) -> String {
    json(&merged(texts), &|secret| format!("<{secret}>")).to_string()
}

fn refused(texts: &[&str]) -> Vec<String> {
    let faults = merge(&layers(texts)).unwrap_err();
    faults.into_iter().map(|(layer, fault)| format!("{layer}: {}", fault.what)).collect()
}

#[test]
fn maps_are_merged_deep_and_lists_appended() {
    let low = "db: {host: a, port: 5432}\nservers: [one]\nflag: true\n";
    let high = "db: {host: b}\nservers: [two]\n";
    assert_eq!(
        written(&[low, high]),
        r#"{"db":{"host":"b","port":5432},"flag":true,"servers":["one","two"]}"#
    );
}

#[test]
fn deleted_value_is_gone_and_can_be_set_anew() {
    let low = "a: {b: 1, c: 2}\n";
    assert_eq!(written(&[low, "a: {b: {$deleted: true}}"]), r#"{"a":{"c":2}}"#);
    assert_eq!(written(&[low, "a: {$deleted: true}", "a: text"]), r#"{"a":"text"}"#);
    assert_eq!(written(&["", "gone: {$deleted: true}"]), "{}");
}

#[test]
fn value_of_another_type_is_refused() {
    assert_eq!(
        refused(&["a: {b: 1}", "a: 2"]),
        ["1: `a` is a map in an earlier layer, and a single value here"]
    );
    assert_eq!(
        refused(&["a: [1]", "a: {b: 1}"]),
        ["1: `a` is a list in an earlier layer, and a map here"]
    );
    assert_eq!(refused(&["a: {b: 1}", "a: {b: text}"]).len(), 1);
    assert_eq!(refused(&["a: 1", "- b"]), ["1: a layer is a map of names and values"]);
}

#[test]
fn nothing_and_missing_may_be_replaced_by_anything() {
    assert_eq!(
        written(&["a: ~\nb: {$missing: the key}", "a: [1]\nb: {c: 1}"]),
        r#"{"a":[1],"b":{"c":1}}"#
    );
    let unset = merged(&["a: {b: {$missing: the key of the shop}}"]);
    assert_eq!(missing(&unset), [("a.b".to_owned(), "the key of the shop".to_owned())]);
}

#[test]
fn secret_is_a_reference_until_it_is_written() {
    let config = merged(&["db: {password: {$secret: env:DB_PASSWORD}}"]);
    assert_eq!(
        json(&config, &|_| "hunter2".to_owned()).to_string(),
        r#"{"db":{"password":"hunter2"}}"#
    );
    assert_eq!(explain(&config)[0].value, "env:DB_PASSWORD");
    assert_eq!(refused(&["a: {$secret: nowhere}"]).len(), 1);
}

#[test]
fn each_value_is_explained_by_its_layers() {
    let config = merged(&["db: {host: a}", "db: {host: b, token: s3cret}", "db: {host: c}"]);
    let found = explain(&config);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].value.as_str(), found[0].origin.layer), (r#""c""#, 2));
    let before: Vec<_> =
        found[0].shadowed.iter().map(|(it, from)| (it.as_str(), from.layer)).collect();
    assert_eq!(before, [(r#""a""#, 0), (r#""b""#, 1)]);
    assert_eq!(found[1].value, REDACTED);
}

#[test]
fn file_holds_references_until_it_is_sent() {
    let config = merged(&[
        "db: {password: {$secret: 'command:pass \"db\"'}, user: shop}\ntoken: {$secret: env:TOKEN}\n",
        "again: {$secret: env:TOKEN}\nnote: flipside-secret\n",
    ]);
    let text = file(&config).unwrap();
    let recorded = serde_json::to_string(&text).unwrap();
    assert_eq!(serde_json::from_str::<SecretText>(&recorded).unwrap(), text);
    assert_eq!(text.secrets().len(), 2, "{text:?}");
    assert_eq!(text.plain(), None);
    let sent = text
        .revealed(|secret| {
            match secret {
                SecretRef::Env(_) => Ok("t\"o\\k\nen"),
                SecretRef::Command(line) => Ok(if line == "pass \"db\"" { "hunter2" } else { "?" }),
                SecretRef::File(_) => Err("unknown"),
            }
            .map(str::to_owned)
        })
        .unwrap();
    let (written, values) = sent.split_once("flipside-values\n").unwrap();
    let values = values.strip_suffix("flipside-end\n").unwrap();
    let names = values.lines().map(|line| line.split_once(' ').unwrap());
    let (sums, names): (Vec<&str>, Vec<&str>) = names.unzip();
    assert_eq!(names, ["again", "db.password", "db.user", "note", "token"]);
    // Two secrets with one reference are one, whatever is behind it.
    assert_eq!(sums[0], sums[4], "{values}");
    assert!(sums.iter().all(|sum| sum.len() == 8), "{values}");
    assert!(!values.contains("hunter2"), "{values}");
    assert!(written.starts_with("{\n    \"again\": "), "{written}");
    let read: serde_json::Value = serde_json::from_str(written).unwrap();
    assert_eq!(read["db"]["password"], "hunter2");
    assert_eq!((&read["token"], &read["again"]), (&"t\"o\\k\nen".into(), &read["token"]));
    assert_eq!(read["note"], "flipside-secret");
    assert_eq!(text.revealed(|_| Err::<String, _>("it is locked")), Err("it is locked"));
}

#[test]
fn file_without_secrets_is_plain_and_one_with_gaps_is_refused() {
    assert_eq!(
        file(&merged(&["a: 1"])).unwrap().plain().unwrap(),
        format!("{{\n    \"a\": 1\n}}\nflipside-values\n{} a\nflipside-end\n", &sha256("1")[..8])
    );
    let why = file(&merged(&["a: {b: {$missing: the key of the shop}}"])).unwrap_err();
    assert_eq!(why.to_string(), "the configuration lacks a.b (the key of the shop)");
}
