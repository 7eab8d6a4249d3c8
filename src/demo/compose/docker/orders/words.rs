//! Options of an order, before its other words.

/// Options in the order they were given, and the words after them.
#[derive(Debug, PartialEq, Eq)]
pub struct Words<'a> {
    options: Vec<(&'a str, &'a str)>,
    pub rest: &'a [&'a str],
}

impl<'a> Words<'a> {
    /// `None`: an option that is not among those that stand alone, nor those that take a value.
    pub fn read(words: &'a [&'a str], alone: &[&str], valued: &[&str]) -> Option<Self> {
        let mut options = Vec::new();
        let mut rest = words;
        loop {
            match rest {
                [option, more @ ..] if alone.contains(option) => {
                    options.push((*option, ""));
                    rest = more;
                }
                [option, value, more @ ..] if valued.contains(option) => {
                    options.push((*option, *value));
                    rest = more;
                }
                [option, ..] if option.starts_with('-') => return None,
                _ => return Some(Self { options, rest }),
            }
        }
    }

    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == option)
    }

    pub fn value(&self, option: &str) -> Option<&'a str> {
        self.options.iter().find(|(name, _)| *name == option).map(|(_, value)| *value)
    }

    pub fn values(&self, option: &str) -> Vec<&'a str> {
        self.options.iter().filter(|(name, _)| *name == option).map(|(_, value)| *value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_where_other_words_begin() {
        let words = ["-a", "--filter", "x", "--filter", "y", "name", "-a"];
        let read = Words::read(&words, &["-a"], &["--filter"]).unwrap();
        assert!(read.has("-a"));
        assert_eq!(read.values("--filter"), ["x", "y"]);
        assert_eq!(read.rest, ["name", "-a"]);
    }

    #[test]
    fn an_option_that_is_not_known_is_not_passed_over() {
        assert_eq!(Words::read(&["--all"], &["-a"], &[]), None);
        assert_eq!(Words::read(&["-t"], &[], &["-t"]), None);
    }
}
