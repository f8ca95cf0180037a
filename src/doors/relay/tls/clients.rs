//! TLS for clients, and who they are by their certificate.

use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use tokio_rustls::{TlsAcceptor, TlsStream};

use super::signatures::Signatures;
use crate::doors::listener::Stream;

/// Our certificate and key, ready for handshakes.
#[derive(Clone)]
pub struct TlsForClients {
    acceptor: TlsAcceptor,
}

impl TlsForClients {
    /// From two PEM files. With `ask`, clients are asked for a certificate, and need not have one.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn from_files(certificate: &Path, key: &Path, ask: bool) -> Result<Self, String> {
        let at = |path: &Path, error: &dyn fmt::Display| format!("{}: {error}", path.display());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| at(certificate, &error))?;
        if chain.is_empty() {
            return Err(at(certificate, &"no certificate in it"));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| at(key, &error))?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match ask {
            true => builder.with_client_cert_verifier(Arc::new(Anyone(Signatures(provider)))),
            false => builder.with_no_client_auth(),
        };
        let config = builder
            .with_single_cert(chain, private)
            .map_err(|error| at(key, &error))?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    pub async fn accept(&self, stream: Stream) -> io::Result<TlsStream<Stream>> {
        Ok(TlsStream::Server(self.acceptor.accept(stream).await?))
    }
}

/// The SHA-256 of a certificate in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of the certificate that the client showed, if it did.
    pub fn of_client(stream: &Stream) -> Option<Self> {
        let Stream::Tls(stream) = stream else {
            return None;
        };
        let shown = stream.get_ref().1.peer_certificates()?.first()?;
        let digest = ::ring::digest::digest(&::ring::digest::SHA256, shown);
        digest.as_ref().try_into().ok().map(Self)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    /// 64 hexadecimal digits, as `openssl x509 -fingerprint -sha256` prints them, with or without
    /// colons.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("not a SHA-256 fingerprint: {text:?} (64 hexadecimal digits)");
        let digits: Vec<u32> = text
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |sum, digit| sum * 16 + *digit as u8))
            .collect();
        let whole = digits.len() == 64;
        bytes
            .try_into()
            .ok()
            .filter(|_| whole)
            .map(Self)
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Takes any certificate, or none: who it is, its fingerprint tells. That the client has its key is
/// still checked.
#[derive(Debug)]
struct Anyone(Signatures);

impl ClientCertVerifier for Anyone {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.tls12(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.tls13(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints() {
        let check = |text: &str, good: bool| {
            assert_eq!(text.parse::<Fingerprint>().is_ok(), good, "{text}");
        };
        let digits = "00ff".repeat(16);
        check(&digits, true);
        check(&["AB"; 32].join(":"), true);
        check(&digits[1..], false);
        check(&format!("{digits}00"), false);
        check("xyz", false);
        assert_eq!(digits.parse::<Fingerprint>().unwrap().to_string(), digits);
    }
}
