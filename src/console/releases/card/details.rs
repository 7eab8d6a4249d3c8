//! Below the rows: all that is known of the chosen one, and how old the list is.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::base::text::sentences;
use crate::console::app::state::State;
use crate::console::dialog::card::is_small;
use crate::console::fleet::listing::names;
use crate::console::releases::{Chosen, TagCard};
use crate::console::releases::{Servers, Stand};
use crate::console::screen::paint;
use crate::domain::observation::PresenceKind;
use crate::domain::release::Tag;

const BY_HAND: &str = "A tag typed by hand works.";

/// As many lines at any choice, so that nothing moves while one goes through the rows. Trouble gets more.
pub fn height(state: &State, area: Rect, cells: usize) -> usize {
    let usual = if is_small(area) { 2 } else { 3 };
    let most = usize::from(area.height).saturating_sub(4) / 2;
    (status(state, cells, most).0.len() + 1).max(usual).min(most.max(1))
}

pub fn lines(
    state: &State,
    card: &TagCard,
    servers: &Servers<'_>,
    cells: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let (status, style) = status(state, cells, height);
    let (detail, detail_style) = detail(state, card, servers);
    let cut = state.setup.glyphs.cut;
    let mut lines = fit(&detail, cells, height - status.len(), cut);
    lines.resize(height - status.len(), String::new());
    let detail = lines.into_iter().map(|line| Line::styled(line, detail_style));
    detail.chain(status.into_iter().map(|line| Line::styled(line, style))).collect()
}

fn fit(text: &str, cells: usize, room: usize, cut: &str) -> Vec<String> {
    let mut lines = paint::wrap(text, cells);
    if lines.len() > room {
        lines.truncate(room);
        if let Some(last) = lines.last_mut() {
            *last = paint::cut(last, cells.saturating_sub(1), "") + cut;
        }
    }
    lines
}

/// In the most words that there is room for: what is left out last is that one may go on without a list.
fn status(state: &State, cells: usize, room: usize) -> (Vec<String>, Style) {
    let (words, style) = statuses(state);
    let mut wrapped = words.iter().map(|words| paint::wrap(words, cells));
    let fits = wrapped.find(|lines| lines.len() <= room);
    let shortest = || words.last().map(|words| fit(words, cells, room, state.setup.glyphs.cut));
    (fits.or_else(shortest).unwrap_or_default(), style)
}

/// Whose list it is, from when, and what is wrong with it; in fewer words each time.
fn statuses(state: &State) -> (Vec<String>, Style) {
    let (theme, releases) = (&state.setup.theme, &state.releases);
    let asked = || {
        let app = state.setup.environment.apps.get(&state.setup.app)?;
        Some(app.stack(&state.setup.stack).first()?.platform.releases().name())
    };
    let source = releases.source.clone().or_else(asked).unwrap_or_default();
    let old = releases.whole.map(|(at, listed)| {
        let age = (state.now.at - at).to_std().unwrap_or_default();
        let mut words = format!("list of {}, {} old", at.format("%H:%M:%S"), paint::age(age));
        if listed.truncated {
            words =
                format!("{words}, cut off after {} tags: others are typed", releases.list.listed());
        }
        if listed.invalid_names > 0 {
            words = format!("{words}, {} names left out that are no tags", listed.invalid_names);
        }
        words
    });
    match (&releases.stand, old) {
        (Stand::NoList(why), old) => {
            let old = old.map(|old| format!("What is shown is the {old}"));
            let parts =
                [why.what(), why.remedy.clone(), BY_HAND.to_owned(), old.unwrap_or_default()];
            let whole = sentences(parts.iter().map(String::as_str));
            let some = sentences([why.why.as_str(), BY_HAND]);
            let least = format!("{}: {}. {BY_HAND}", why.source, why.kind.word());
            (vec![whole, some, least], theme.bad)
        }
        (Stand::Asking { since }, old) => {
            let so_far = match releases.list.listed() {
                0 => String::new(),
                count => format!(", {} tags so far", paint::count(count as u64)),
            };
            let taken = paint::span(state.now.running.saturating_sub(*since));
            let old = old.map_or(String::new(), |old| format!("; {old}"));
            (vec![format!("asking for {source}{so_far}, for {taken}{old}")], theme.work)
        }
        (Stand::NotAsked | Stand::There, old) => {
            let count = paint::count(releases.list.listed() as u64);
            let old = old.unwrap_or_else(|| "not asked".to_owned());
            let held = releases.held.as_ref().map(|why| format!("no more is asked: {}", why.why));
            let note = releases.note.clone();
            let style = if held.is_some() || note.is_some() { theme.warn } else { theme.muted };
            let usual = format!("{source}: {count} tags, {old}");
            let parts = [Some(usual.clone()), held, note].into_iter().flatten().collect::<Vec<_>>();
            (
                vec![sentences(parts.iter().map(String::as_str)), usual, format!("{count} tags")],
                style,
            )
        }
    }
}

fn detail(state: &State, card: &TagCard, servers: &Servers<'_>) -> (String, Style) {
    let theme = &state.setup.theme;
    if let Some(wrong) = &card.wrong {
        return (wrong.clone(), theme.bad);
    }
    match &card.chosen {
        None if !card.field.text().trim().is_empty() && card.rows.is_empty() => {
            let bad = Tag::new(card.field.text().trim()).err();
            (bad.map_or_else(String::new, |bad| bad.to_string()), theme.warn)
        }
        None => ("Letters find a tag, Down goes through the list.".to_owned(), theme.muted),
        Some(Chosen::AsTyped) if state.releases.has_names() => {
            let tag = card.field.text().trim();
            (format!("{tag} is not in the list. It is taken as typed."), theme.warn)
        }
        Some(Chosen::AsTyped) => ("It is taken as typed.".to_owned(), theme.muted),
        Some(Chosen::Tag(tag)) => of_tag(state, servers, tag),
    }
}

/// What is not as it should be comes first.
fn of_tag(state: &State, servers: &Servers<'_>, tag: &Tag) -> (String, Style) {
    let (theme, list) = (&state.setup.theme, &state.releases.list);
    let facts = list.facts(tag);
    let having = servers.having(tag);
    let mut wrong = Vec::new();
    if state.releases.has_names() && list.find(tag).is_some_and(|entry| !entry.listed) {
        wrong.push("not listed, only servers have it".to_owned());
    }
    if let Some(Ok(facts)) = facts {
        if let Some((hosts, machine)) = servers.unfit(facts) {
            let made_for: Vec<String> = facts.platforms.iter().map(ToString::to_string).collect();
            let hosts = names(&hosts);
            wrong.push(format!("for {}, not for {machine} ({hosts})", made_for.join(", ")));
        }
        if having.is_some_and(|having| having.differs_from(facts)) {
            wrong.push(
                "the source has other bytes under this tag by now than the servers".to_owned(),
            );
        }
    }
    if let Some(Err(why)) = facts {
        wrong.push(format!("its details could not be read: {}", why.why));
    }
    let style = if wrong.is_empty() { theme.text } else { theme.warn };
    let places = having.map(|having| {
        let place = |(how, hosts): (&PresenceKind, &Vec<&str>)| {
            format!("{} on {}", how.word(), names(hosts))
        };
        having.hosts.iter().map(place).collect::<Vec<_>>().join("; ")
    });
    let unseen =
        (!servers.unseen.is_empty()).then(|| format!("not known of {}", names(&servers.unseen)));
    let made = facts.and_then(|facts| facts.as_ref().ok()?.made_at);
    let made = made.map(|at| format!("made {}", at.format("%Y-%m-%d %H:%M UTC")));
    let nowhere = places.is_none().then(|| "on no server yet".to_owned());
    let parts = wrong.into_iter().chain(places).chain(nowhere).chain(unseen).chain(made);
    (parts.collect::<Vec<_>>().join("; "), style)
}
