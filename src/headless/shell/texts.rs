//! The texts of the scripts that a plan runs on hosts. Each is printed once; every call of it uses a variable.

use std::fmt::Write as _;

use super::words::word;
use crate::base::text::is_harmless;

#[derive(Debug, Default)]
pub struct Texts {
    lines: String,
    /// Each text with its variable.
    printed: Vec<(String, String)>,
}

impl Texts {
    /// Returns the variable that has this text, quoted for the shell of a host.
    pub fn variable(&mut self, name: &str, text: &str) -> String {
        if let Some((_, variable)) = self.printed.iter().find(|(printed, _)| printed == text) {
            return variable.clone();
        }
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let same = |variable: &str| self.printed.iter().any(|(_, printed)| printed == variable);
        let mut variable = format!("script_{name}");
        while same(&variable) {
            variable.push('_');
        }
        self.print(&variable, text);
        self.printed.push((text.to_owned(), variable.clone()));
        variable
    }

    /// Returns the shell code that sets the variables.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    fn print(&mut self, variable: &str, text: &str) {
        let end = format!("END_OF_{}", variable.to_ascii_uppercase());
        // A heredoc shows the text as it is. It cannot hold its own end, nor what would act on a terminal.
        let body = if is_harmless(text) && !text.lines().any(|line| line == end) {
            format!("cat <<'{end}'\n{}\n{end}\n", text.trim_end_matches('\n'))
        } else {
            format!("printf %s {}\n", word(text))
        };
        // Writing to a String cannot fail.
        let _ = write!(
            self.lines,
            "text_of_{variable}() {{\n{body}}}\n{variable}=$(quoted \"$(text_of_{variable})\")\n"
        );
    }
}
