//! Themes: the files that are built in, a person's own over them, and what they do to the screen.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use flipside::console::app::msg::Msg;
use flipside::console::fleet::Status;
use flipside::console::keys::key::Key;
use flipside::console::screen::glyphs::{Glyphs, Mark};
use flipside::console::terminal::background::{Background, Early, LateAnswer};
use flipside::console::theme::{BUILT_IN, Own, ROLES, Theme, ThemeLibrary, settings};
use ratatui::style::{Color, Modifier, Style};

use crate::fixture::Desk;
use crate::screens::SCENES;

pub fn built_in(name: &str) -> Theme {
    ThemeLibrary::default().theme(name).unwrap()
}

fn shelf(files: &[(&str, &str)]) -> ThemeLibrary {
    let own = |(name, text): &(&str, &str)| {
        let own = Own { path: format!("{name}.yaml").into(), text: Ok((*text).to_owned()) };
        ((*name).to_owned(), own)
    };
    ThemeLibrary { own: files.iter().map(own).collect() }
}

fn refused(text: &str) -> String {
    shelf(&[("mine", text)]).theme("mine").unwrap_err().to_string()
}

#[test]
fn what_is_built_in_is_right_and_says_every_role() {
    for (name, text) in BUILT_IN {
        built_in(name);
        for role in ROLES {
            let said = text.lines().any(|line| line.starts_with(&format!("{}:", role.name)));
            assert!(said, "{name}: {}", role.name);
        }
    }
    assert_eq!(ROLES.len(), 16);
    assert_ne!(Theme::dark(), Theme::light());
    assert_eq!(Theme::dark().bad, Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD));
}

#[test]
fn a_file_changes_only_what_it_says() {
    let shelf = shelf(&[("dark", "bad: { fg: 208 }\nwarn: { modifiers: [bold, underline] }\n")]);
    let (mine, below) = (shelf.theme("dark").unwrap(), Theme::dark());
    assert_eq!(mine.bad, below.bad.fg(Color::Indexed(208)));
    assert_eq!(mine.warn, below.warn.add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
    assert_eq!(Theme { bad: below.bad, warn: below.warn, ..mine }, below);
}

#[test]
fn a_new_theme_lies_over_the_one_it_names() {
    let files = [
        ("night", "base: mono\ntext: { fg: '#ff8800', bg: \"#000000\" }\n"),
        ("late", "base: night\nkey: { fg: default, modifiers: [] }\n"),
        ("plain", "ok: { fg: blue }\n"),
        ("empty", "# nothing yet\n"),
    ];
    let shelf = shelf(&files);
    let night = Theme {
        text: Style::new().fg(Color::Rgb(255, 136, 0)).bg(Color::Rgb(0, 0, 0)),
        ..Theme::mono()
    };
    assert_eq!(shelf.theme("night").unwrap(), night);
    assert_eq!(shelf.theme("late").unwrap(), Theme { key: Style::new(), ..night });
    assert_eq!(
        shelf.theme("plain").unwrap(),
        Theme { ok: Style::new().fg(Color::Blue), ..Theme::dark() }
    );
    assert_eq!(shelf.theme("empty").unwrap(), Theme::dark());
    assert_eq!(shelf.names()[6..], ["empty", "late", "night", "plain"]);
}

#[test]
fn what_means_nothing_is_refused_with_its_place_and_a_remedy() {
    let told = refused("ok: { fg: green }\nbda: { fg: red }\n");
    assert_eq!(
        told,
        "mine.yaml:2:1: `bda` is no role\n  2 | bda: { fg: red }\n    | ^^^\n  remedy: did you mean `bad`?"
    );
    let deep = format!("a: {}{}\n", "[".repeat(50), "]".repeat(50));
    let wrong = [
        ("bad: { fg: gren }", "mine.yaml:1:12: `gren` is no color", "did you mean `green`?"),
        ("bad: { fg: light-red }", "`light-red` is no color", "did you mean `light_red`?"),
        ("bad: { fg: 256 }", "`256` is no color", "write 0 to 255"),
        ("bad: { fg: '#12345' }", "`#12345` is no color", "#rrggbb"),
        ("bad: { fg: '#12345é' }", "is no color", "#rrggbb"),
        ("bad: { fg: #ff0000 }", "begins a comment", "put the value in quotes"),
        ("bad:\n  fg: #ff0000\n", "mine.yaml:2:3: `fg` has no color", "put the color in quotes"),
        ("bad: { modifiers: [blod] }", "`blod` is no modifier", "did you mean `bold`?"),
        ("bad: { modifiers: bold }", "`modifiers` wants a list", "[bold]"),
        (
            "bad: { foreground: red }",
            "`foreground` is no part of a role",
            "`fg`, `bg` and `modifiers`",
        ),
        ("bad: red", "`bad` wants `fg`", "{ fg: red }"),
        ("bad: {}\nbad: {}\n", "mine.yaml:2:1: `bad` stands here a second time", "keep one"),
        ("- bad\n", "no `name: value`", "docs/console.md"),
        ("base: drak\n", "mine.yaml:1:7: there is no theme `drak`", "did you mean `dark`?"),
        ("base: mine\n", "lies over this one already", "built in"),
        ("bad: [", "mine.yaml:1:7: not YAML", "docs/console.md"),
        (&deep, "nested more than 40 levels", "docs/console.md"),
        ("---\nok: {}\n---\nbad: {}\n", "a second document", "---"),
    ];
    for (text, what, remedy) in wrong {
        let told = refused(text);
        assert!(told.contains(what) && told.contains(remedy), "{text}\n{told}");
    }
    let told = refused("ok: { fg: gren }\nbda: {}\n");
    assert!(told.contains(":1:11:") && told.contains(":2:1:"), "all mistakes at once\n{told}");
    let told = ThemeLibrary::default().theme("drak").unwrap_err().to_string();
    assert!(told.contains("no theme `drak`") && told.contains("did you mean `dark`?"), "{told}");
}

#[test]
fn themes_may_not_lie_over_each_other_in_a_circle() {
    let shelf = shelf(&[
        ("a", "base: b\n"),
        ("b", "base: a\n"),
        ("dark", "base: dim\n"),
        ("dim", "base: dark\n"),
    ]);
    assert!(shelf.theme("a").unwrap_err().to_string().contains("b.yaml:1:7"));
    // One that is built in is the bottom of every heap.
    assert_eq!(shelf.theme("dark").unwrap(), Theme::dark());
}

#[test]
fn nothing_in_a_broken_file_moves_the_cursor() {
    let told = refused("\"b\u{1b}[2Jad\": {}\n\"\\e[2J\": {}\n");
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn the_settings_name_a_theme_that_is_there() {
    let read = |text| settings(Path::new("console.yaml"), text, &["dark", "mine"]);
    assert_eq!(read("theme: mine\n").unwrap().theme.as_deref(), Some("mine"));
    assert_eq!(read("theme: auto\n").unwrap().theme.as_deref(), Some("auto"));
    assert_eq!(read("").unwrap().theme, None);
    let told = read("them: mine\n").unwrap_err().to_string();
    assert!(told.contains("console.yaml:1:1") && told.contains("did you mean `theme`?"), "{told}");
    let told = read("theme: drak\n").unwrap_err().brief();
    assert_eq!(told, "console.yaml:1:8: there is no theme `drak`: did you mean `dark`?");
}

#[test]
fn a_ground_is_on_the_whole_screen() {
    for (name, scene) in SCENES {
        for theme in ["high-contrast", "deuteranopia", "tritanopia"] {
            let mut desk = scene();
            desk.state.setup.theme = built_in(theme);
            let buffer = desk.buffer(120, 36);
            let bare = buffer
                .content()
                .iter()
                .filter(|cell| cell.fg == Color::Reset || cell.bg == Color::Reset);
            assert_eq!(bare.count(), 0, "{name} {theme}");
        }
    }
}

#[test]
fn no_theme_changes_a_word() {
    for (name, scene) in SCENES {
        let wanted = scene().screen(120, 36);
        for (theme, _) in BUILT_IN {
            let mut desk = scene();
            desk.state.setup.theme = built_in(theme);
            assert_eq!(desk.screen(120, 36), wanted, "{name} {theme}");
        }
    }
}

const MARKS: [Mark; 7] =
    [Mark::Ok, Mark::Bad, Mark::Work, Mark::Wait, Mark::Unknown, Mark::Warn, Mark::Skip];

/// Words can be the same on purpose: the glyph alone must do.
#[test]
fn without_styles_every_status_still_reads_differently() {
    for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
        let mut shown: Vec<String> = MARKS
            .iter()
            .map(|mark| Status::new(*mark, "1/3"))
            .map(|status| format!("{} {}", glyphs.of(status.mark), status.words))
            .collect();
        shown.sort_unstable();
        shown.dedup();
        assert_eq!(shown.len(), MARKS.len());
    }
}

#[test]
fn in_ascii_what_servers_say_is_ascii_too() {
    let mut desk = Desk::new();
    desk.state.setup.glyphs = Glyphs::ASCII;
    desk.prints("web-01", flipside::domain::event::Stream::Stdout, "größe → 日本 · “ja”");
    let screen = desk.screen(120, 36);
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("gr??e > "), "{screen}");
    assert!(screen.contains(". \"ja\""), "{screen}");
}

#[test]
fn changed_theme_is_shown_and_broken_one_reported() {
    let mut desk = Desk::new();
    let good = built_in("high-contrast");
    desk.tell(Msg::Theme(Ok(Box::new(good.clone()))));
    assert_eq!(desk.state.setup.theme, good);
    assert!(desk.screen(120, 36).contains("the theme was read again"));
    desk.tell(Msg::Theme(Err("dark.yaml:3:1: `bda` is no role: did you mean `bad`?".to_owned())));
    assert_eq!(desk.state.setup.theme, good);
    assert!(desk.screen(120, 36).contains("dark.yaml:3:1: `bda` is no role"));
    desk.tell(Msg::Theme(Ok(Box::new(Theme::dark()))));
    assert!(!desk.screen(120, 36).contains("dark.yaml"));
    assert_eq!(desk.state.setup.theme, Theme::dark());
    // What matters more stays where it is.
    desk.state.say(Mark::Bad, "web-02 is gone");
    desk.tell(Msg::Theme(Ok(Box::new(good))));
    assert!(desk.screen(120, 36).contains("web-02 is gone"));
}

fn plain(c: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
}

fn alt(c: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)
}

fn heard(answer: &str, end: KeyEvent) -> Early {
    let mut early = Early { late: LateAnswer::Expected, ..Early::default() };
    early.hear(&plain('j'));
    early.hear(&alt(']'));
    answer.chars().for_each(|c| early.hear(&plain(c)));
    early.hear(&end);
    early.hear(&plain('k'));
    early
}

#[test]
fn terminal_answers_are_distinguished_from_keys() {
    let bell = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL);
    for (answer, end, ground) in [
        ("11;rgb:1e1e/1e1e/2e2e", alt('\\'), Some(Background::Dark)),
        ("11;rgb:ff/fF/ee", bell, Some(Background::Light)),
        ("11;rgb:f/f/0", bell, Some(Background::Light)),
        ("11;rgb:ffff/ffff", bell, None),
        ("11;rgb:////", bell, None),
    ] {
        let early = heard(answer, end);
        assert_eq!((early.ground, early.keys), (ground, vec![Key::Char('j'), Key::Char('k')]));
    }
    assert_eq!(Background::of_variable("15;0"), Some(Background::Dark));
    assert_eq!(Background::of_variable("0;default;15"), Some(Background::Light));
    assert_eq!(Background::of_variable("0;default"), None);
    assert_eq!(Background::of_variable(""), None);
}

#[test]
fn an_answer_that_comes_late_presses_no_key() {
    let mut late = LateAnswer::Expected;
    assert!(!late.swallows(&plain('r')), "a person's own key");
    assert!(late.swallows(&alt(']')));
    assert!("11;rgb:ffff/0a0a/ffff".chars().all(|c| late.swallows(&plain(c))));
    assert!(late.swallows(&alt('\\')));
    assert!(!late.swallows(&alt(']')) && !late.swallows(&plain('r')));
    // Somebody who really pressed Alt-] has their keys.
    let mut late = LateAnswer::Expected;
    assert!(late.swallows(&alt(']')) && !late.swallows(&plain('r')) && !late.swallows(&plain('g')));
    // The answer is no longer than an answer.
    let mut late = LateAnswer::Expected;
    late.swallows(&alt(']'));
    let typed = "11;rgb:ffffffffffffffffffffffffffffffff";
    assert_eq!(typed.chars().filter(|c| late.swallows(&plain(*c))).count(), 21);
    assert!(!LateAnswer::Nothing.swallows(&alt(']')));
}
