//! What the MTA tells beside its commands, as far as it is of use.

use std::net::IpAddr;

/// Some belong to the connection, the others to a message.
#[derive(Debug, Clone, Default)]
pub struct Macros {
    /// `j`: the MTA's own name.
    pub hostname: Option<String>,
    /// In `_`, as in `mx.example.net [192.0.2.1]`: whom the MTA speaks with.
    pub client: Option<IpAddr>,
    /// `i`: the queue id.
    pub queue_id: Option<String>,
    /// `{mail_addr}` and `{rcpt_addr}`: without brackets, and as the MTA understands them.
    pub mail_address: Option<String>,
    pub rcpt_address: Option<String>,
}

impl Macros {
    pub fn take(&mut self, pairs: &[[Vec<u8>; 2]]) {
        for [name, value] in pairs {
            let text = || Some(String::from_utf8_lossy(value).into_owned());
            match name.as_slice() {
                b"j" => self.hostname = text().filter(|name| is_host(name)),
                b"_" => self.client = text().and_then(|value| client(&value)),
                b"i" => self.queue_id = text().filter(|id| !id.is_empty()),
                b"mail_addr" => self.mail_address = text(),
                b"rcpt_addr" => self.rcpt_address = text(),
                _ => {}
            }
        }
    }

    /// The message is over.
    pub fn forget_message(&mut self) {
        self.queue_id = None;
        self.mail_address = None;
        self.rcpt_address = None;
    }
}

/// It will stand under the notice.
fn is_host(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=255).contains(&name.len()) && name.bytes().all(fits)
}

fn client(value: &str) -> Option<IpAddr> {
    let (_, address) = value.rsplit_once('[')?;
    let (address, _) = address.split_once(']')?;
    let address = address.strip_prefix("IPv6:").unwrap_or(address);
    address.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    #[test]
    fn client() {
        let check = |value: &str, expected: Option<&str>| {
            let found = super::client(value).map(|ip| ip.to_string());
            assert_eq!(found.as_deref(), expected, "{value}");
        };
        check("mx.example.net [192.0.2.1]", Some("192.0.2.1"));
        check("bob@[192.0.2.1] [IPv6:2001:db8::1]", Some("2001:db8::1"));
        check("[192.0.2.1] (may be forged)", Some("192.0.2.1"));
        check("localhost", None);
    }
}
