//! Lists of networks, as flags and variables have them.

use std::net::IpAddr;

use ipnet::IpNet;

/// Addresses and ranges, separated by commas: `10.0.0.0/8, ::1`.
///
/// # Errors
/// Which part is neither.
pub fn list(text: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let ranges = parts.map(|part| {
        let range = part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
        range.ok_or_else(|| format!("{part:?} is neither an address nor a range such as 10.0.0.0/8"))
    });
    ranges.collect()
}
