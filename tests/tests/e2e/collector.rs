//! A collector of traces: takes OTLP by gRPC in this process and keeps the spans.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alveole_tests::eventually;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{KeyValue, any_value::Value},
    trace::v1::span::SpanKind,
};
use tonic::{
    Request, Response, Status,
    transport::server::{Server, TcpIncoming},
};

/// A span in plain words.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for the first of a trace.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) service: String,
    pub(crate) failed: bool,
    attributes: Vec<KeyValue>,
}

impl Span {
    /// An attribute as text; empty when it is not there.
    pub(crate) fn get(&self, key: &str) -> String {
        value(&self.attributes, key)
    }

    /// The text of every attribute.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.attributes.iter().map(|attribute| self.get(&attribute.key)).collect()
    }
}

fn value(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for from in request.into_inner().resource_spans {
            let resource = from.resource.unwrap_or_default();
            let service = value(&resource.attributes, "service.name");
            for span in from.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                kept.push(Span {
                    trace: hex(&span.trace_id),
                    id: hex(&span.span_id),
                    parent: hex(&span.parent_span_id),
                    kind: span.kind(),
                    name: span.name,
                    service: service.clone(),
                    failed: span.status.is_some_and(|status| status.code == 2),
                    attributes: span.attributes,
                });
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A collector that listens until it is let go of.
pub(crate) struct Collector {
    address: SocketAddr,
    kept: Kept,
    _runtime: tokio::runtime::Runtime,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let kept = Kept::default();
        let service = TraceServiceServer::new(kept.clone());
        let inside = runtime.enter();
        let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        drop(inside);
        let address = incoming.local_addr().unwrap();
        runtime.spawn(Server::builder().serve_with_incoming(service, incoming));
        Self { address, kept, _runtime: runtime }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that came so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.kept.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a span; shows what came instead.
    #[track_caller]
    pub(crate) fn wait_for(&self, wanted: impl Fn(&Span) -> bool) -> Span {
        let mut found = None;
        eventually(Duration::from_secs(20), || {
            found = self.spans().into_iter().find(&wanted);
            found.is_some()
        });
        found.unwrap_or_else(|| panic!("no such span; there are {:#?}", self.spans()))
    }
}
