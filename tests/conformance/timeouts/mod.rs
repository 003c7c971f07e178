//! `wait_for`, `timeout`, `timeout_at` and the deadline: WFR, TMO, TMA, TMC.

mod deadline;
mod timeout;
mod timeout_requests;
mod wait_for;
