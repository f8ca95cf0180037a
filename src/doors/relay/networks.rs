//! Networks that may do something, in CIDR form.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// RFC 1918, 3927, 4193, 4291: who cannot be a stranger on the Internet.
const LOOPBACK_AND_PRIVATE: [&str; 8] = [
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
];

impl Networks {
    pub fn loopback_and_private() -> Self {
        let parsed = LOOPBACK_AND_PRIVATE.iter().map(|text| network(text));
        Self(
            parsed
                .collect::<Result<_, _>>()
                .expect("the list above is of networks"),
        )
    }

    /// An IPv4 address may come as IPv6 (`::ffff:10.0.0.1`), from a socket that takes both.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// A network, or an address that stands for itself.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| alone());
    let network = network.map_err(|_| format!("not a network: {text:?}"))?;
    Ok(as_ipv4(network).unwrap_or(network))
}

/// Of IPv4 addresses that are written as IPv6.
fn as_ipv4(network: IpNet) -> Option<IpNet> {
    let address = network.addr().to_canonical();
    let length = network.prefix_len().checked_sub(96)?;
    let is_mapped = network.addr().is_ipv6() && address.is_ipv4();
    is_mapped
        .then(|| IpNet::new(address, length).ok())
        .flatten()
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ListOrText;
        impl<'de> Visitor<'de> for ListOrText {
            type Value = Networks;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of networks")
            }
            // As the environment writes it.
            fn visit_str<E: Error>(self, text: &str) -> Result<Networks, E> {
                let items = text.split(',').filter(|item| !item.trim().is_empty());
                items
                    .map(network)
                    .collect::<Result<_, _>>()
                    .map(Networks)
                    .map_err(E::custom)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Networks, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element::<String>()? {
                    all.push(network(&item).map_err(A::Error::custom)?);
                }
                Ok(Networks(all))
            }
        }
        from.deserialize_any(ListOrText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains() {
        let check = |address: &str, expected: bool| {
            let address = address.parse().unwrap();
            assert_eq!(
                Networks::loopback_and_private().contains(address),
                expected,
                "{address}"
            );
        };
        check("127.0.0.1", true);
        check("::ffff:192.168.1.1", true);
        check("::1", true);
        check("172.32.0.1", false);
        check("2001:db8::1", false);
        check("8.8.8.8", false);
    }

    #[test]
    fn mapped() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                network(text).map(|n| n.to_string()).as_deref(),
                Ok(expected)
            );
        };
        check("::ffff:10.0.0.0/104", "10.0.0.0/8");
        check("::ffff:127.0.0.1", "127.0.0.1/32");
        check("::ffff:0:0/96", "0.0.0.0/0");
        check("::/0", "::/0");
    }
}
