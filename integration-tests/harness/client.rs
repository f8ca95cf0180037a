//! The client's side of TLS, with or without a certificate.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

use super::Peer;

#[derive(Default)]
pub struct Client {
    identity: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
}

impl Client {
    pub fn with_certificate() -> Self {
        let made = rcgen::generate_simple_self_signed(["client.example".to_owned()]).unwrap();
        let key = made.signing_key.serialize_der().try_into().unwrap();
        Self {
            identity: Some((made.cert.der().clone(), key)),
        }
    }

    pub fn fingerprint(&self) -> String {
        let (certificate, _) = self.identity.as_ref().unwrap();
        let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
        digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect()
    }

    /// A handshake on a connection that is ready for it; whoever the server is.
    pub fn secure(&self, peer: Peer) -> Peer {
        peer.encrypted(self.connection())
    }

    /// The same with something in clear before it, in one packet with the ClientHello.
    pub fn secure_behind(&self, before: &[u8], mut peer: Peer) -> Peer {
        let mut connection = self.connection();
        let mut packet = before.to_vec();
        connection.write_tls(&mut packet).unwrap();
        peer.send(&packet);
        peer.encrypted(connection)
    }

    fn connection(&self) -> ClientConnection {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone));
        let config = match &self.identity {
            Some((certificate, key)) => builder
                .with_client_auth_cert(vec![certificate.clone()], key.clone_key())
                .unwrap(),
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from("localhost").unwrap();
        ClientConnection::new(Arc::new(config), name).unwrap()
    }
}

#[derive(Debug)]
struct Anyone;

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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
