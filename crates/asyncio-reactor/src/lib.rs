//! Readiness and timers for any executor: Async<T>, Sleep, Interval.
