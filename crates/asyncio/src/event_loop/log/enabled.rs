use asyncio_context::report::{Level, Report};

pub(in super::super) fn say(report: &Report) {
    let level = if report.level == Level::Warning { log::Level::Warn } else { log::Level::Error };
    log::log!(target: "asyncio", level, "{report}");
}
