//! The console's address: health checks and metrics, by HTTP.

mod metrics;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, watch};

pub use metrics::Metrics;

use crate::doors::listener::Listener;
use crate::doors::relay::Phase;

pub struct Settings {
    /// Host names under which it answers, without a port: a page of somebody else's that a browser
    /// here has open must not read it under its own (DNS rebinding).
    pub allow_hosts: Vec<String>,
    pub metrics: Arc<Metrics>,
}

/// At a time; a health check waits for no more.
const MOST_CONNECTIONS: usize = 64;
/// For a whole request and its answer: who says nothing must not keep a health check out.
const PATIENCE: Duration = Duration::from_secs(3);

/// Answers until the program has stopped: while sessions end, it says that no new one may come.
pub async fn run(settings: Settings, listener: Listener, phase: watch::Receiver<Phase>) {
    let settings = Arc::new(settings);
    let seats = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let (accepted, seat) = (listener.accept().await, seats.clone().try_acquire_owned());
        let (Ok((stream, _)), Ok(seat)) = (accepted, seat) else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (settings, phase) = (settings.clone(), phase.clone());
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let answer = answer(&settings, *phase.borrow(), &request);
                async { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answer);
            let _ = tokio::time::timeout(PATIENCE, connection).await;
            drop(seat);
        });
    }
}

fn answer(settings: &Settings, phase: Phase, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n".into());
        let allowed = hyper::header::HeaderValue::from_static("GET, HEAD");
        answer.headers_mut().insert(ALLOW, allowed);
        return answer;
    }
    // RFC 9112 §3.2: two hosts are a request that somebody made to be read in two ways.
    match request.headers().get_all(HOST).iter().count() {
        0 if request.version() == Version::HTTP_11 => {
            return plain(StatusCode::BAD_REQUEST, "no Host\n".into());
        }
        0 | 1 => {}
        _ => return plain(StatusCode::BAD_REQUEST, "more than one Host\n".into()),
    }
    match request.uri().path() {
        // Whoever may connect may know that it lives; a probe asks by address.
        "/readyz" if phase != Phase::Running => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n".into())
        }
        "/healthz" | "/readyz" => plain(StatusCode::OK, "ok\n".into()),
        _ if !settings.answers_to(request) => {
            let text = "not under this host name; console.allow_hosts lists those that are\n";
            plain(StatusCode::MISDIRECTED_REQUEST, text.into())
        }
        "/metrics" => {
            let mut answer = plain(StatusCode::OK, settings.metrics.text());
            let open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            let value = hyper::header::HeaderValue::from_static(open_metrics);
            answer.headers_mut().insert(CONTENT_TYPE, value);
            answer
        }
        _ => plain(
            StatusCode::NOT_FOUND,
            "there are /healthz, /readyz and /metrics\n".into(),
        ),
    }
}

impl Settings {
    fn answers_to(&self, request: &Request<Incoming>) -> bool {
        // RFC 9112 §3.2.2: whom the request line names, whatever Host says.
        let named = request
            .uri()
            .authority()
            .map(|authority| authority.as_str());
        let field = || request.headers().get(HOST)?.to_str().ok();
        let Some(host) = named.or_else(field) else {
            return false;
        };
        let port = |c: char| c.is_ascii_digit();
        let name = match host.rsplit_once(':') {
            Some((name, digits)) if digits.chars().all(port) => name,
            _ => host,
        };
        self.allow_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name))
    }
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let fixed = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        headers.insert(name, hyper::header::HeaderValue::from_static(value));
    }
    answer
}
