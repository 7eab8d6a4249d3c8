//! The marks of the screen: one cell wide each, with a plain set for terminals that know no others.

/// What a status is, whatever its words: every one has its own glyph, and no two share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Ok,
    Bad,
    Work,
    Wait,
    Unknown,
    Warn,
    Skip,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyphs {
    pub ok: &'static str,
    pub bad: &'static str,
    pub work: &'static str,
    pub wait: &'static str,
    pub unknown: &'static str,
    pub warn: &'static str,
    pub skip: &'static str,
    pub arrow: &'static str,
    pub chosen: &'static str,
    /// Behind the head of the column that the rows are ordered by.
    pub sorted: &'static str,
    /// The rest did not fit.
    pub cut: &'static str,
    /// There is more on the left; on the right.
    pub beyond: [&'static str; 2],
    pub rule: &'static str,
    pub side: &'static str,
    /// Top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    pub full: &'static str,
    pub empty: &'static str,
}

impl Glyphs {
    pub const UNICODE: Self = Self {
        ok: "✔",
        bad: "✖",
        work: "▶",
        wait: "·",
        unknown: "?",
        warn: "!",
        skip: "-",
        arrow: "→",
        chosen: ">",
        sorted: "↓",
        cut: "…",
        beyond: ["‹", "›"],
        rule: "─",
        side: "│",
        corners: ["┌", "┐", "└", "┘"],
        full: "█",
        empty: "░",
    };

    pub const ASCII: Self = Self {
        ok: "+",
        bad: "x",
        work: ">",
        wait: ".",
        unknown: "?",
        warn: "!",
        skip: "-",
        arrow: "->",
        chosen: ">",
        sorted: "v",
        cut: "~",
        beyond: ["<", ">"],
        rule: "-",
        side: "|",
        corners: ["+", "+", "+", "+"],
        full: "#",
        empty: ".",
    };

    pub fn is_ascii(&self) -> bool {
        *self == Self::ASCII
    }

    pub fn of(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::Ok => self.ok,
            Mark::Bad => self.bad,
            Mark::Work => self.work,
            Mark::Wait => self.wait,
            Mark::Unknown => self.unknown,
            Mark::Warn => self.warn,
            Mark::Skip => self.skip,
        }
    }
}
