//! The checks that a host answered.

/// The output of the script: per line a name, a word and a detail.
#[derive(Debug)]
pub struct CheckResults<'a>(Vec<(&'a str, &'a str, &'a str)>);

impl<'a> CheckResults<'a> {
    pub fn of(stdout: &'a str) -> Self {
        let lines = stdout.split_once("\u{1e}doctor\n").map_or("", |(_, lines)| lines);
        let line = |line: &'a str| {
            let mut words = line.splitn(3, '\t');
            Some((words.next()?, words.next()?, words.next().unwrap_or_default()))
        };
        Self(lines.lines().filter_map(line).collect())
    }

    /// Returns the word and the detail of the first line of this name.
    pub fn one(&self, name: &str) -> Option<(&'a str, &'a str)> {
        self.all(name).next()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter(move |(found, _, _)| *found == name)
            .map(|(_, word, detail)| (*word, *detail))
    }

    pub fn user(&self) -> &'a str {
        self.one("user").map_or("the login user", |(_, user)| user)
    }
}
