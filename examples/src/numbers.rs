//! Numbers for people.

use std::time::Duration;

/// With a comma before every third digit.
///
/// ```
/// assert_eq!(asyncio_examples::grouped(1_234_567), "1,234,567");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits or so, and the unit that fits.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(asyncio_examples::short(Duration::from_micros(83)), "83 us");
/// assert_eq!(asyncio_examples::short(Duration::from_micros(8_340)), "8.34 ms");
/// ```
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        1.0.. => (seconds, "s"),
        0.001.. => (seconds * 1e3, "ms"),
        _ => return format!("{:.0} us", seconds * 1e6),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}

/// The time that a `part` of the times, which are sorted, does not exceed; zero for none.
///
/// ```
/// use std::time::Duration;
///
/// let times: Vec<_> = (1..=100).map(Duration::from_millis).collect();
/// assert_eq!(asyncio_examples::percentile(&times, 0.5), Duration::from_millis(50));
/// ```
pub fn percentile(sorted: &[Duration], part: f64) -> Duration {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
