//! The freeze that an API keeps: what closes go-live after a rollback, and what opens it again.

use serde_json::{Value, json};

use super::{scene, to};
use crate::domain::phase::Phase;
use crate::domain::plan::Intent;
use crate::platform::http::fixture::{intent, spec, state, with_freeze};

fn frozen(mut body: Value, freeze: Value) -> Value {
    body["freeze"] = freeze;
    body
}

fn freezing(phase: Phase, release: Option<&str>) -> Intent {
    Intent { freeze: true, ..intent(phase, release) }
}

#[test]
fn rollback_closes_go_live_after_users_are_back() {
    let live = state("v2", "v1", "v1", "go-live", "v2");
    let back = state("v1", "v2", "v2", "rollback", "v2");
    let rollback = freezing(Phase::Rollback, None);
    let said = scene("", &rollback, with_freeze(), &live);
    let (users, close) =
        (said.find("switch back, Switches").unwrap(), said.find("close, Changes").unwrap());
    assert!(users < close, "{said}");
    assert!(
        said.contains(r#"PUT https://api.test/shop/freeze {"by":"ann@desk","from":"v2","why":""}"#),
        "{said}"
    );
    // The run was killed between the two: the next one closes go-live.
    let again = Intent { goal: Some(to("v1")), ..rollback.clone() };
    let said = scene("", &again, with_freeze(), &back);
    assert!(said.contains("switch back: already done, users are on v1"), "{said}");
    assert!(said.contains("close, Changes"), "{said}");
    let said = scene("", &again, with_freeze(), &frozen(back.clone(), json!("why")));
    assert!(said.contains("close: already done, go-live is closed"), "{said}");
    // Where the environment wants none, and where the API keeps none.
    let said = scene("", &intent(Phase::Rollback, None), with_freeze(), &live);
    assert!(!said.contains("close"), "{said}");
    let said = scene("", &rollback, spec(), &live);
    assert!(
        said.contains("api1: the API keeps no freeze, so this rollback does not close"),
        "{said}"
    );
}

#[test]
fn nothing_goes_live_until_it_is_opened_with_a_reason() {
    let prepared = frozen(state("v1", "v3", "v2", "rollback", ""), json!("broken cart"));
    let said = scene("", &freezing(Phase::GoLive, None), with_freeze(), &prepared);
    assert!(
        said.contains("refused: go-live is FROZEN by somebody: users were sent back (broken cart)"),
        "{said}"
    );
    assert!(said.contains("flipside unfreeze --reason"), "{said}");
    let said = scene("", &freezing(Phase::Verify, None), with_freeze(), &prepared);
    assert!(said.contains("warning: go-live stays FROZEN after this"), "{said}");
    let said = scene("", &freezing(Phase::Unfreeze, None), with_freeze(), &prepared);
    assert!(said.contains("refused: go-live is opened again only with a reason"), "{said}");
    let reason = Some("fixed".to_owned());
    let unfreeze = Intent { reason, ..freezing(Phase::Unfreeze, None) };
    let said = scene("", &unfreeze, with_freeze(), &prepared);
    assert!(said.contains("open, Changes (DELETE https://api.test/shop/freeze)"), "{said}");
    for open in [Value::Null, json!(false), json!("")] {
        let open = frozen(prepared.clone(), open);
        let said = scene("", &unfreeze, with_freeze(), &open);
        assert!(said.contains("open: already done, go-live is open here"), "{said}");
        let said = scene("", &freezing(Phase::GoLive, None), with_freeze(), &open);
        assert!(said.contains("switch, Switches"), "{said}");
    }
    let said = scene("", &unfreeze, spec(), &prepared);
    assert!(said.contains("refused: shop has no phase `unfreeze`"), "{said}");
}
