//! One release, as far as there is room for what is known of it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::console::app::state::State;
use crate::console::releases::TagCard;
use crate::console::releases::{Having, Servers};
use crate::console::screen::paint;
use crate::domain::catalog::{Facts, Platform};
use crate::domain::observation::PresenceKind;
use crate::domain::release::Tag;

const AGE: usize = 6;
const DIGEST: usize = 9;
const MADE_FOR: usize = 16;
/// `passive 12/12`
const ON: usize = 14;

/// How wide each is. Nothing: there is no room for it.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    cells: usize,
    tag: usize,
    digest: usize,
    made_for: usize,
}

/// What a row says of a release. The styles say nothing new.
struct Words {
    age: String,
    digest: String,
    made_for: String,
    /// What it is made for is no good here.
    warns: bool,
    on: Vec<(String, Style)>,
}

impl Columns {
    pub fn of(state: &State, card: &TagCard, cells: usize) -> Self {
        let digest = if cells >= 50 { DIGEST } else { 0 };
        let made_for = if cells >= 70 { MADE_FOR } else { 0 };
        let room = cells.saturating_sub(2 + AGE + digest + made_for + ON);
        let typed = card.field.text().trim().chars().count();
        let longest = state.releases.list.longest().max(typed).max(10);
        Self { cells, tag: (longest + 2).min(room.max(10)), digest, made_for }
    }

    pub fn heads(self, state: &State) -> Line<'static> {
        let cut = state.setup.glyphs.cut;
        let mut text =
            format!("  {}{}", paint::pad("TAG", self.tag, cut), paint::pad("MADE", AGE, cut));
        text.push_str(&paint::pad("DIGEST", self.digest, ""));
        text.push_str(&paint::pad("FOR", self.made_for, ""));
        text.push_str("ON THE SERVERS");
        paint::cut_line(Line::styled(text, state.setup.theme.muted), self.cells, cut)
    }

    pub fn row(
        self,
        state: &State,
        servers: &Servers<'_>,
        tag: &Tag,
        chosen: bool,
    ) -> Line<'static> {
        let words = words(state, servers, tag);
        let mut rest = words.on;
        let theme = &state.setup.theme;
        let made_for = if words.warns { theme.warn } else { theme.muted };
        if self.made_for == 0 && words.warns {
            // A platform that does not fit is shown wherever there is room.
            rest.insert(0, (words.made_for.clone(), made_for));
        }
        let cut = state.setup.glyphs.cut;
        let mut spans = vec![
            (format!("{} ", pointer(state, chosen)), theme.text),
            (paint::pad(tag.as_str(), self.tag.saturating_sub(1), cut) + " ", theme.text),
            (paint::pad(&words.age, AGE, cut), theme.text),
            (paint::pad(&words.digest, self.digest, ""), theme.muted),
        ];
        if self.made_for > 0 {
            spans.push((paint::pad(&words.made_for, self.made_for - 1, cut) + " ", made_for));
        }
        for (text, style) in rest {
            spans.push((format!("{text} "), style));
        }
        self.line(state, spans, chosen)
    }

    /// The row of what no list has.
    pub fn as_typed(self, state: &State, typed: &str, chosen: bool) -> Line<'static> {
        let theme = &state.setup.theme;
        let tag = paint::pad(typed, self.tag.saturating_sub(1), state.setup.glyphs.cut);
        let why = if state.releases.has_names() { "as typed, not in the list" } else { "as typed" };
        let pointer = format!("{} ", pointer(state, chosen));
        self.line(
            state,
            vec![(pointer, theme.text), (tag + " ", theme.text), (why.to_owned(), theme.warn)],
            chosen,
        )
    }

    fn line(self, state: &State, spans: Vec<(String, Style)>, chosen: bool) -> Line<'static> {
        let over = |style| if chosen { state.setup.theme.chosen } else { style };
        let spans = spans.into_iter().map(|(text, style)| Span::styled(text, over(style)));
        paint::cut_line(spans.collect::<Line<'_>>(), self.cells, state.setup.glyphs.cut)
    }
}

fn pointer(state: &State, chosen: bool) -> &'static str {
    if chosen { state.setup.glyphs.chosen } else { " " }
}

fn words(state: &State, servers: &Servers<'_>, tag: &Tag) -> Words {
    let theme = &state.setup.theme;
    let releases = &state.releases;
    let unlisted = releases.list.find(tag).is_some_and(|entry| !entry.listed);
    let having = servers.having(tag);
    let mut on = having.map_or_else(Vec::new, |having| on(state, servers, having));
    let facts = match releases.list.facts(tag) {
        Some(Ok(facts)) => facts,
        other => {
            // On its way, not to be had, or never asked for.
            let word = match other {
                Some(Err(_)) => "?",
                _ if releases.awaited.contains(tag) => state.setup.glyphs.cut,
                _ => "",
            };
            let warns = unlisted && releases.has_names();
            let made_for = if warns { "not in the list" } else { word }.to_owned();
            return Words { age: word.to_owned(), digest: word.to_owned(), made_for, warns, on };
        }
    };
    if having.is_some_and(|having| having.differs_from(facts)) {
        on.push(("moved".to_owned(), theme.warn));
    }
    let digest = facts.digest.as_ref().map_or("?", |digest| digest.short()).to_owned();
    let unfit = servers.unfit(facts).map(|(_, machine)| format!("no {}", machine.short()));
    let (warns, age) = (unfit.is_some(), age(state, facts));
    Words { age, digest, made_for: unfit.unwrap_or_else(|| made_for(facts)), warns, on }
}

fn age(state: &State, facts: &Facts) -> String {
    let Some(made_at) = facts.made_at else { return "?".to_owned() };
    // A builder's clock may go before ours.
    (state.now.at - made_at).to_std().map_or("ahead".to_owned(), paint::age)
}

fn made_for(facts: &Facts) -> String {
    let names: Vec<String> = facts.platforms.iter().map(Platform::short).collect();
    if names.is_empty() { "?".to_owned() } else { names.join(" ") }
}

/// `live 2/3 passive 1/3`
fn on(state: &State, servers: &Servers<'_>, having: &Having<'_>) -> Vec<(String, Style)> {
    let theme = &state.setup.theme;
    let words = having.hosts.iter().map(|(how, hosts)| {
        let (of, style) = match how {
            PresenceKind::Live => (servers.with_colors, theme.live),
            PresenceKind::Passive => (servers.with_colors, theme.passive),
            PresenceKind::Jobs | PresenceKind::Pulled => (servers.all, theme.text),
        };
        (*how, format!("{} {}/{of}", how.word(), hosts.len()), style)
    });
    // Where it is live, its jobs are no news.
    let live = having.hosts.contains_key(&PresenceKind::Live);
    words
        .filter(|(how, ..)| !(live && *how == PresenceKind::Jobs))
        .map(|(_, text, style)| (text, style))
        .collect()
}
