#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod entries;
mod key;
mod level;
mod wheel;

pub use key::Key;
pub use wheel::Wheel;
