//! Which tags are meant by what was typed.

use std::cmp::Reverse;

use crate::console::palette::fuzzy;
use crate::domain::catalog::ReleaseList;

/// The places in the list of what fits, best first; of equals the newest first. The whole name, then how
/// it begins, then what it holds, then letters here and there.
pub fn fitting(list: &ReleaseList, typed: &str) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    let entries = list.entries();
    if typed.is_empty() {
        return (0..entries.len()).collect();
    }
    let fits = |at: usize, name: &str| {
        let name = name.to_lowercase();
        let close = match name.find(&typed) {
            Some(0) if name.len() == typed.len() => Some((0, Reverse(0))),
            // `1.4` may mean `v1.4`.
            Some(0) => Some((1, Reverse(0))),
            Some(1) if name.starts_with('v') => Some((1, Reverse(0))),
            Some(_) => Some((2, Reverse(0))),
            None if !holds(&name, &typed) => None,
            None => fuzzy::score(&typed, &name).map(|score| (3, Reverse(score))),
        };
        close.map(|close| (close, at))
    };
    let named = entries.iter().enumerate();
    let mut found: Vec<_> = named.filter_map(|(at, it)| fits(at, it.tag.as_str())).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

/// All the letters in their order: most names are out of the question at this glance.
fn holds(name: &str, typed: &str) -> bool {
    let mut letters = name.chars();
    typed.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::release::Tag;

    fn found(names: &str, typed: &str) -> String {
        let tags: Vec<Tag> = names.split(' ').map(|name| Tag::new(name).unwrap()).collect();
        let mut list = ReleaseList::default();
        list.add_listed(&tags);
        let entries = list.entries();
        let found = fitting(&list, typed).into_iter().map(|at| entries[at].tag.as_str());
        found.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_typed_whole_is_first_then_what_begins_so_newest_first() {
        assert_eq!(found("v1.4 v1.40 v1.41 v11.4 v2.14", "1.4"), "v1.41 v1.40 v1.4 v11.4");
        assert_eq!(found("v4 v41 v40 v14", "v4"), "v4 v41 v40 v14");
        assert_eq!(found("v412 v411 v321", "421"), "");
        assert_eq!(found("v412-hotfix v412 v411", "HOT"), "v412-hotfix");
        assert_eq!(found("v2 v1", ""), "v2 v1");
    }
}
