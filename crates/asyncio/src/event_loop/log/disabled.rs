use asyncio_context::report::Report;

pub(in super::super) fn say(report: &Report) {
    eprintln!("asyncio: {report}");
}
