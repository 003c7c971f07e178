//! The package of the end-to-end tests; they stand in `tests/it`.
