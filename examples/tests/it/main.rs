//! The examples, run as the programs they are.

mod chat;
mod crawl;
mod gateway;
mod program;
mod programs;
mod seeds;
