//! Lists of tags.

use flipside::domain::catalog::SourceErrorKind;

use crate::standin::{Desk, Door, Standin};

#[tokio::test]
async fn every_page_is_requested_and_emitted_in_order() {
    let standin = Standin::start(Door::Open).await;
    standin.has_tags(&["v1", "v2", "v3", "v4", "v5"]).state().page = 2;
    let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
    assert_eq!(tags, ["v1", "v2", "v3", "v4", "v5"]);
    assert_eq!((listed.truncated, listed.invalid_names), (false, 0));
    assert_eq!(standin.count("GET", "/tags/list"), 3);
}

#[tokio::test]
async fn a_repository_without_tags_has_none_and_names_that_are_no_tags_are_counted() {
    let standin = Standin::start(Door::Open).await;
    standin.answers("/tags/list", 200, &[], r#"{"name":"shop","tags":null}"#);
    assert_eq!(Desk::new().tags(&standin).await.unwrap().0, Vec::<String>::new());
    standin.answers("/tags/list", 200, &[], r#"{"tags":["good","../bad","\u001b[31m","good"]}"#);
    let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
    assert_eq!((tags.join(" ").as_str(), listed.invalid_names), ("good", 2));
}

#[tokio::test]
async fn long_lists_are_cut_off_and_say_so() {
    let standin = Standin::start(Door::Open).await;
    for number in 0..22_000 {
        standin.state().tags.insert(format!("b{number:05}"), String::new());
    }
    standin.state().page = 1_000;
    let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
    assert_eq!((tags.len(), listed.truncated), (20_000, true));
}

#[tokio::test]
async fn pages_that_lead_elsewhere_or_round_in_a_circle_are_not_followed() {
    let standin = Standin::start(Door::Open).await;
    let away = "<http://127.0.0.2:1/v2/shop/tags/list>; rel=\"next\"";
    standin.answers("/tags/list", 200, &[("link", away)], r#"{"tags":["v1"]}"#);
    let why = Desk::new().tags(&standin).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::InvalidAnswer);
    assert!(why.to_string().contains("leads elsewhere, to 127.0.0.2"), "{why}");
    let again = "</v2/shop/tags/list?n=1000>; rel=\"next\"";
    standin.answers("/tags/list", 200, &[("link", again)], r#"{"tags":["v1"]}"#);
    let why = Desk::new().tags(&standin).await.unwrap_err();
    assert!(why.to_string().contains("round in a circle"), "{why}");
}

#[tokio::test]
async fn a_link_is_followed_at_the_registry_itself_however_it_is_written() {
    for link in [
        "/v2/shop/tags/list?n=2&last=v2; rel=\"next\"",
        "<https://127.0.0.1/v2/shop/tags/list?n=2&last=v2>; rel=\"next\"",
        "<http://127.0.0.1:1/v2/shop/tags/list?n=2&last=v2>",
    ] {
        let standin = Standin::start(Door::Open).await;
        standin.has_tags(&["v1", "v2", "v3"]);
        standin.answers("/tags/list", 200, &[("link", link)], r#"{"tags":["v1","v2"]}"#);
        let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
        assert_eq!((tags.join(" ").as_str(), listed.truncated), ("v1 v2 v3", false), "{link}");
    }
}

#[tokio::test]
async fn a_list_that_may_end_early_is_never_shown_as_whole() {
    let standin = Standin::start(Door::Open).await;
    let odd = [("link", "nothing at all")];
    standin.answers("/tags/list", 200, &odd, r#"{"tags":["v1"]}"#);
    assert!(Desk::new().tags(&standin).await.unwrap().1.truncated);
    // A full page without a link: what follows is asked for by the last name.
    let names: Vec<String> = (0..1500).map(|number| format!("b{number:05}")).collect();
    for name in &names {
        standin.state().tags.insert(name.clone(), String::new());
    }
    let page = |names: &[String]| serde_json::json!({"tags": names}).to_string();
    standin.state().page = 1000;
    standin.answers("/tags/list", 200, &[], &page(&names[..1000]));
    let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
    assert_eq!((tags.len(), listed.truncated), (1500, false));
    // One that does not know how gives the same names again, or an error.
    for (status, second) in [(200, page(&names[..1000])), (400, String::new())] {
        standin.answers("/tags/list", 200, &[], &page(&names[..1000]));
        standin.answers("/tags/list", status, &[], &second);
        let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
        assert_eq!((tags.len(), listed.truncated), (1000, true), "{status}");
    }
    // And one that is exactly full is whole.
    standin.state().tags.retain(|name, _| name.as_str() < "b01000");
    let (tags, listed) = Desk::new().tags(&standin).await.unwrap();
    assert_eq!((tags.len(), listed.truncated), (1000, false));
}
