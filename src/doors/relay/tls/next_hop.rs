//! TLS towards the next hop (RFC 3207), with rustls.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use serde::{Deserialize, Serialize};
use tokio_rustls::{TlsConnector, TlsStream};

use super::signatures::Signatures;
use crate::doors::listener::Stream;

/// Whether the connection to the next hop is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NextHopTls {
    Off,
    /// Where the next hop offers it; whoever can change the connection can prevent it (RFC 7435).
    Opportunistic,
    /// With verification, or not at all.
    Require,
}

/// How to encrypt, and whom to expect.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    pub required: bool,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tls({:?}, required: {})", self.name, self.required)
    }
}

impl Tls {
    /// Encryption without verification: against those who only listen.
    pub fn opportunistic(address: &str) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let config = builder(provider.clone())?.dangerous();
        let config =
            config.with_custom_certificate_verifier(Arc::new(Anyone(Signatures(provider))));
        Self::new(config.with_no_client_auth(), address, false)
    }

    /// With verification against the authorities of a PEM file, or the system's.
    pub fn required(address: &str, authorities: Option<&Path>) -> Result<Self, String> {
        let roots = match authorities {
            Some(path) => {
                from_file(path).map_err(|error| format!("{}: {error}", path.display()))?
            }
            None => of_the_system()?,
        };
        let config = builder(Arc::new(ring::default_provider()))?.with_root_certificates(roots);
        Self::new(config.with_no_client_auth(), address, true)
    }

    fn new(config: ClientConfig, address: &str, required: bool) -> Result<Self, String> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let wrong = |_| format!("{host}: no name that a certificate could have");
        let name = ServerName::try_from(host.to_owned()).map_err(wrong)?;
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Self {
            connector,
            name,
            required,
        })
    }

    pub async fn connect(&self, stream: Stream) -> io::Result<TlsStream<Stream>> {
        let connected = self.connector.connect(self.name.clone(), stream).await?;
        Ok(TlsStream::Client(connected))
    }
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder(provider: Arc<CryptoProvider>) -> Result<Builder, String> {
    let builder = ClientConfig::builder_with_provider(provider);
    builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn from_file(path: &Path) -> Result<RootCertStore, String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        Err("no certificate in it".into())
    } else {
        Ok(roots)
    }
}

fn of_the_system() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        Err("the system names no authorities to trust".into())
    } else {
        Ok(roots)
    }
}

/// Believes whoever it is; that the handshake is theirs is still checked.
#[derive(Debug)]
struct Anyone(Signatures);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
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
