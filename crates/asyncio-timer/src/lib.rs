//! A hierarchical timing wheel: no thread, no clock, no unsafe.
