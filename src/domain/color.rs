//! The pair of colors of a stack. At any time one is live and the other is passive.

use serde::{Deserialize, Serialize};

use super::names::Color;

/// The two colors of a stack, in the order of the inventory. They always differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Color, Color)", into = "(Color, Color)")]
pub struct ColorPair {
    first: Color,
    second: Color,
}

/// The error of a pair whose two names are equal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("both colors of the pair are called `{0}`: a pair needs two different names")]
pub struct SameColor(pub Color);

impl ColorPair {
    pub fn new(first: Color, second: Color) -> Result<Self, SameColor> {
        if first == second { Err(SameColor(first)) } else { Ok(Self { first, second }) }
    }

    pub fn first(&self) -> &Color {
        &self.first
    }

    pub fn second(&self) -> &Color {
        &self.second
    }

    pub fn both(&self) -> [&Color; 2] {
        [&self.first, &self.second]
    }

    /// Returns the color with this name, if the pair has one.
    pub fn find(&self, name: &str) -> Option<&Color> {
        self.both().into_iter().find(|color| color.as_str() == name)
    }

    pub fn contains(&self, color: &Color) -> bool {
        self.first == *color || self.second == *color
    }

    /// Returns the other color of the pair. `None`: `color` is not one of the pair.
    pub fn other(&self, color: &Color) -> Option<&Color> {
        if *color == self.first {
            Some(&self.second)
        } else if *color == self.second {
            Some(&self.first)
        } else {
            None
        }
    }
}

impl TryFrom<(Color, Color)> for ColorPair {
    type Error = SameColor;
    fn try_from((first, second): (Color, Color)) -> Result<Self, SameColor> {
        Self::new(first, second)
    }
}

impl From<ColorPair> for (Color, Color) {
    fn from(pair: ColorPair) -> Self {
        (pair.first, pair.second)
    }
}
