//! A loop turned by somebody else.
