//! The release picker: releases found by a few letters, and a tag typed by hand.

use std::time::Duration;

use chrono::TimeDelta;
use flipside::console::app::msg::Msg;
use flipside::domain::catalog::{
    CatalogQuery, CatalogReply, Facts, ListSummary, Platform, SourceError, SourceErrorKind,
};
use flipside::domain::order::Order;
use flipside::domain::release::{Digest, Release, Tag};

use crate::fixture::{Desk, release};

const IMAGE: &str = "registry.example.org/shop";

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

fn tags(names: &str) -> Vec<Tag> {
    names.split(' ').map(tag).collect()
}

fn digest(letter: &str) -> Option<Digest> {
    Digest::new(format!("sha256:{}", letter.repeat(64))).ok()
}

fn away() -> SourceError {
    SourceError {
        kind: SourceErrorKind::Unreachable,
        source: "registry.example.org".to_owned(),
        asked: "its version (/v2/)".to_owned(),
        why: "registry.example.org:443: the connection was refused".to_owned(),
        remedy: "check that the registry runs, and that its port is right".to_owned(),
    }
}

impl Desk {
    fn registry(&mut self, news: CatalogReply) -> &mut Self {
        self.tell(Msg::Releases(Box::new(news)))
    }

    fn begins(&mut self) -> &mut Self {
        self.registry(CatalogReply::ListStarted { source: IMAGE.to_owned(), note: None })
    }

    /// The whole list at once.
    fn lists(&mut self, names: &str) -> &mut Self {
        self.begins();
        self.registry(CatalogReply::Tags(tags(names)))
            .registry(CatalogReply::ListEnded(ListSummary::default()))
    }

    fn is(&mut self, name: &str, hours: i64, letter: &str, platforms: &str) -> &mut Self {
        let made_at = Some(self.state.now.at - TimeDelta::hours(hours));
        let platforms =
            platforms.split(' ').map(|it| Platform::from(format!("linux/{it}"))).collect();
        let facts = Facts { digest: digest(letter), platforms, made_at };
        self.registry(CatalogReply::Facts { tag: tag(name), facts })
    }

    fn prepares(&self) -> Option<String> {
        match self.orders.last() {
            Some(Order::Propose { intent }) => Some(intent.release.as_ref()?.tag.to_string()),
            _ => None,
        }
    }

    /// Everything that the card says, its lines joined.
    fn card(&mut self) -> String {
        let screen = self.screen(120, 36);
        let inside = screen.lines().filter_map(|line| line.split('│').nth(1));
        inside.map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// The row that is chosen.
    fn row(&mut self) -> String {
        let screen = self.screen(120, 36);
        let inside = screen.lines().filter_map(|line| line.split_once("│ > "));
        let row = inside.map(|(_, row)| row).next_back().unwrap_or_default();
        row.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// The tags of the rows, from the top.
    fn shown(&mut self) -> String {
        let screen = self.screen(120, 36);
        let rows = screen.lines().skip_while(|line| !line.contains("ON THE SERVERS")).skip(1);
        let names = rows.filter_map(|line| {
            let row = line.split_once('│')?.1.trim_start_matches([' ', '>']);
            row.split_whitespace().next().map(str::to_owned)
        });
        names.take_while(|name| name != "Letters" && name != "│").collect::<Vec<_>>().join(" ")
    }
}

/// On an amd64 fleet: v411 is live, v410 is passive, v409 is still there.
fn night() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v410"));
        seen.host.machine = Some("x86_64".to_owned());
        seen.kept = ["v411", "v410", "v409"].map(release).to_vec();
        for color in seen.colors.values_mut() {
            let letter = if color.release.as_ref() == Some(&release("v411")) { "a" } else { "b" };
            color.release = color.release.take().map(|it| Release { digest: digest(letter), ..it });
        }
        desk.sees(&name, seen);
    }
    desk.wait(800);
    desk
}

fn open() -> Desk {
    let mut desk = night();
    desk.calmly("P").lists("v409 v410 v411 v412 v412-arm v9 nightly");
    desk
}

#[test]
fn the_card_asks_the_registry_and_shows_versions_in_their_order() {
    let mut desk = night();
    desk.calmly("P");
    assert_eq!(desk.asks, [CatalogQuery::List]);
    desk.lists("v409 v410 v411 v412 v412-arm v9 nightly");
    assert_eq!(desk.shown(), "v412 v412-arm v411 v410 v409 v9 nightly");
    let Some(CatalogQuery::Facts(wanted)) = desk.asks.last() else { panic!() };
    assert_eq!(wanted.len(), 7, "of everything that is in observed");
}

#[test]
fn nothing_typed_and_nothing_chosen_is_no_order() {
    let mut desk = open();
    desk.calmly("<enter>");
    assert_eq!(desk.prepares(), None);
    assert!(desk.screen(120, 36).contains("type a tag, or choose one"));
}

#[test]
fn letters_that_can_be_no_tag_are_said_to_be_none_before_enter() {
    let mut desk = open();
    desk.keys("v4?");
    assert!(desk.card().contains("`v4?` is not a tag"), "{}", desk.card());
}

#[test]
fn a_few_letters_find_a_release_and_enter_shows_its_plan() {
    let mut desk = open();
    desk.keys("arm");
    assert_eq!(desk.shown(), "v412-arm arm");
    assert_eq!(desk.row(), "v412-arm");
    desk.keys("<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v412-arm"));
    desk.keys("<esc>").keys("Pv41<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v412"), "of those that begin so the newest");
}

#[test]
fn arrows_and_tab_go_through_the_list_and_round_its_end() {
    let mut desk = open();
    desk.keys("<down><tab><down>");
    assert_eq!(desk.row(), "v411");
    desk.keys("<up><up><up>");
    assert_eq!(desk.row(), "nightly");
    desk.keys("<home>");
    assert_eq!(desk.row(), "v412");
    desk.keys("<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v412"));
}

#[test]
fn a_tag_that_the_registry_does_not_name_is_taken_as_typed_and_said_to_be() {
    let mut desk = open();
    desk.keys("v500");
    assert_eq!(desk.row(), "v500");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("v500 is not in the list"), "{screen}");
    desk.keys("<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v500"));
}

#[test]
fn what_is_typed_whole_is_meant_and_what_it_begins_is_not() {
    let mut desk = open();
    desk.keys("v41");
    assert_eq!(desk.shown(), "v412 v412-arm v411 v410 v41", "the last row is what was typed");
    desk.keys("<up><enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v41"));
    desk.keys("<esc>").keys("Pv9<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v9"));
}

#[test]
fn a_number_that_is_nowhere_is_not_made_another_one_that_has_its_digits() {
    let mut desk = night();
    desk.calmly("P").lists("v5.0.10 v4-hotfix");
    desk.keys("v500");
    assert_eq!((desk.shown().as_str(), desk.row().as_str()), ("v5.0.10 v500", "v500"));
    desk.keys("<c-u>hfx");
    assert_eq!(desk.row(), "v4-hotfix", "letters are for finding");
}

#[test]
fn a_list_that_comes_between_the_letters_and_enter_makes_no_other_tag_of_them() {
    let mut desk = night();
    desk.calmly("Pv41").lists("v411 v412 v413");
    desk.keys("<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v41"));
    let mut desk = night();
    desk.calmly("Pv412").lists("v411 v412 v4123").keys("<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v412"));
}

#[test]
fn ages_move_rows_and_never_what_is_chosen() {
    let mut desk = night();
    desk.calmly("P").lists("a b c");
    assert_eq!(desk.shown(), "v411 v410 v409 c b a", "what servers have is there too");
    desk.keys("<down><down><down><down>");
    assert_eq!(desk.row(), "c");
    desk.is("a", 1, "d", "amd64").is("b", 2, "e", "amd64");
    assert_eq!((desk.shown().as_str(), desk.row().as_str()), ("v411 v410 v409 a b c", "c"));
    desk.keys("<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("c"));
}

#[test]
fn it_says_which_servers_have_it_what_was_moved_and_what_does_not_fit() {
    let mut desk = open();
    desk.is("v411", 50, "a", "amd64 arm64").is("v410", 60, "c", "amd64");
    desk.is("v412-arm", 3, "d", "arm64").is("v412", 2, "e", "amd64");
    let screen = desk.screen(120, 36);
    let row = |name: &str| {
        let mut lines = screen.lines().filter(|line| line.contains(&format!("│   {name} ")));
        lines.next().unwrap_or_else(|| panic!("{screen}")).to_owned()
    };
    assert!(row("v411").contains("aaaaaaaa amd64 arm64") && row("v411").contains("live 3/3"));
    assert!(row("v410").contains("passive 3/3 moved"), "{screen}");
    assert!(row("v409").contains("pulled 3/3"), "{screen}");
    assert!(row("v412-arm").contains("no amd64"), "{screen}");
    assert!(row("v412 ").contains("2.0h") || row("v412 ").contains("2h"), "{screen}");
    desk.keys("arm");
    let says = "for linux/arm64, not for linux/amd64 (web-01, web-02, web-03); on no server yet";
    assert!(desk.card().contains(says), "{}", desk.card());
}

#[test]
fn unreachable_registry_is_reported_and_a_typed_tag_works() {
    let mut desk = night();
    desk.calmly("P").begins().registry(CatalogReply::ListFailed(away()));
    let screen = desk.card();
    assert!(
        screen.contains("the connection was refused. check that the registry runs"),
        "{screen}"
    );
    assert!(screen.contains("A tag typed by hand works."), "{screen}");
    assert_eq!(desk.shown().split(' ').take(2).collect::<Vec<_>>(), ["v411", "v410"]);
    desk.keys("v41");
    assert_eq!(desk.row(), "v41", "it is not made one that a server happens to have");
    desk.keys("3<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v413"));
}

#[test]
fn the_list_has_an_age_and_is_asked_for_again_by_a_key() {
    let mut desk = open();
    desk.wait(4_000);
    let screen = desk.screen(120, 36);
    assert!(
        screen.contains("registry.example.org/shop: 7 tags, list of 03:12:01, 4.0s old"),
        "{screen}"
    );
    desk.keys("<c-r>");
    assert_eq!(desk.asks.last(), Some(&CatalogQuery::List));
    desk.begins().wait(1_000);
    let screen = desk.screen(120, 36);
    assert!(
        screen.contains("asking for registry.example.org/shop, 7 tags so far, for 1.0s; list of"),
        "{screen}"
    );
    desk.registry(CatalogReply::Tags(tags("v413")))
        .registry(CatalogReply::ListEnded(ListSummary::default()));
    assert_eq!(desk.shown(), "v413 v411 v410 v409", "what the registry no longer names is gone");
}

#[test]
fn a_picker_that_opens_again_shows_what_it_knew_and_asks_anew_only_when_that_is_old() {
    let mut desk = open();
    desk.keys("<esc>").wait(10_000);
    let before = desk.asks.iter().filter(|ask| **ask == CatalogQuery::List).count();
    assert_eq!(desk.asks.last(), Some(&CatalogQuery::Stop), "nobody waits for the facts any more");
    desk.calmly("P");
    assert_eq!(desk.shown().split(' ').next(), Some("v412"));
    assert_eq!(desk.asks.iter().filter(|ask| **ask == CatalogQuery::List).count(), before);
    desk.keys("<esc>").wait(60_000).calmly("P");
    assert_eq!(desk.asks.last(), Some(&CatalogQuery::List));
}

#[test]
fn a_registry_that_wants_a_pause_gets_one() {
    let mut desk = open();
    let why = SourceError {
        kind: SourceErrorKind::RateLimited(Some(Duration::from_secs(30))),
        why: "too many requests (429)".to_owned(),
        ..away()
    };
    desk.registry(CatalogReply::FactsFailed { tag: tag("v412"), why });
    let asks = desk.asks.len();
    desk.keys("<down><down><end>");
    assert_eq!(desk.asks.len(), asks, "nothing more is asked");
    assert!(desk.card().contains("no more is asked: too many requests (429)"));
}

#[test]
fn thousands_of_tags_are_found_as_fast_as_they_are_typed() {
    let mut desk = night();
    let all: Vec<Tag> = (0..20_000).map(|n| tag(&format!("v1.{}.{}", n / 100, n % 100))).collect();
    desk.calmly("P").begins();
    for page in all.chunks(1_000) {
        desk.registry(CatalogReply::Tags(page.to_vec()));
    }
    desk.registry(CatalogReply::ListEnded(ListSummary::default()));
    let Some(CatalogQuery::Facts(wanted)) = desk.asks.last() else { panic!() };
    assert!(wanted.len() <= 14, "only what is in observed: {}", wanted.len());
    desk.keys("1.199.99<enter>");
    assert_eq!(desk.prepares().as_deref(), Some("v1.199.99"));
    desk.keys("<esc>").keys("P<pgdn><pgdn><end>");
    assert_eq!(desk.row(), "v1.0.0");
}

#[test]
fn a_release_the_servers_have_and_the_registry_forgot_is_in_the_list_and_marked() {
    let mut desk = night();
    desk.calmly("P").lists("v412 v500");
    let screen = desk.screen(120, 36);
    assert_eq!(screen.matches("not in the list").count(), 3, "{screen}");
    desk.keys("v411");
    let says = "not listed, only servers have it; live on web-01";
    assert!(desk.card().contains(says), "{}", desk.card());
}

type Scene = fn() -> Desk;

fn found() -> Desk {
    let mut desk = open();
    desk.is("v412", 3, "e", "amd64 arm64").is("v412-arm", 5, "d", "arm64");
    desk.is("v411", 50, "a", "amd64 arm64").is("v410", 75, "c", "amd64");
    desk.is("nightly", 9, "f", "amd64").wait(4_000);
    desk.keys("v4<down>");
    desk
}

fn asking() -> Desk {
    let mut desk = night();
    desk.calmly("P").begins().registry(CatalogReply::Tags(tags("v410 v411"))).wait(1_300);
    desk
}

fn gone() -> Desk {
    let mut desk = night();
    desk.calmly("P").begins().registry(CatalogReply::ListFailed(away())).keys("v413");
    desk
}

#[test]
fn the_picker_is_as_it_was_agreed() {
    let scenes: [(&str, Scene); 4] = [
        ("picker", open),
        ("picker-found", found),
        ("picker-asking", asking),
        ("picker-away", gone),
    ];
    for (name, scene) in scenes {
        let page =
            |(width, height)| format!("--- {width}x{height}\n{}\n", scene().screen(width, height));
        let pages: Vec<String> = [(120, 36), (80, 24), (60, 16), (39, 9)].map(page).into();
        insta::assert_snapshot!(name, pages.concat());
    }
}
