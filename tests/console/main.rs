//! The console without a terminal: keys go into `update`, screens come out of `draw`.

mod fixture;
mod keys;
mod preview;
mod screens;
