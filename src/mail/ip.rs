//! IP addresses as text, where there is one for each message: formatting costs more than writing.

use std::fmt::Write as _;
use std::net::IpAddr;

/// As `Display` writes it.
pub fn put_ip(text: &mut String, ip: IpAddr) {
    match ip {
        IpAddr::V4(v4) => {
            for (number, octet) in v4.octets().into_iter().enumerate() {
                if number > 0 {
                    text.push('.');
                }
                text.push_str(itoa::Buffer::new().format(octet));
            }
        }
        IpAddr::V6(v6) => write!(text, "{v6}").expect("writing to a string cannot fail"),
    }
}
