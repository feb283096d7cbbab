//! Spans on their way to a collector: sampled, gathered into batches on a thread of their own, and
//! sent by OTLP. A collector that is away delays nobody: spans are dropped when too many wait.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{
    WithExportConfig as _, WithTonicConfig as _,
    tonic_types::transport::{Certificate, ClientTlsConfig},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter},
};
use tokio::runtime::Runtime;
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::{config::TelemetryConfig, telemetry::is_span, wire};

/// How long the last spans may take at the end.
const FLUSH: Duration = Duration::from_secs(3);
/// How often a collector that is away is mentioned.
const TELL: Duration = Duration::from_secs(60);

/// Where spans leave, as long as it is held; letting go of it sends the last ones.
#[must_use = "letting go of it ends the export"]
#[derive(Default)]
pub struct Export(Option<(SdkTracerProvider, Runtime)>);

impl Export {
    /// Sets the export up, with the layer that feeds it; both are idle without an endpoint.
    pub(crate) fn open<S>(
        config: &TelemetryConfig,
    ) -> anyhow::Result<(Self, Option<impl Layer<S> + use<S>>)>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let Some(endpoint) = &config.otlp_endpoint else { return Ok((Self::default(), None)) };
        // Of its own, so that the last spans can be sent after the server's has ended.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otel")
            .enable_all()
            .build()
            .context("the runtime of the export of traces")?;
        let inside = runtime.enter();
        let mut exporter =
            opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint);
        if endpoint.starts_with("https://") {
            let authorities = wire::authorities("telemetry.ca_file", config.ca_file.as_deref())?;
            exporter = exporter.with_tls_config(match authorities {
                Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
                None => ClientTlsConfig::new().with_enabled_roots(),
            });
        }
        let exporter =
            exporter.build().with_context(|| format!("telemetry.otlp_endpoint {endpoint:?}"))?;
        drop(inside);
        let sampler = Sampler::TraceIdRatioBased(config.sample_ratio);
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Telling { inner: exporter, told: Mutex::default() })
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(resource)
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("alveole"))
            // What a span is a part of is what `tracing` says, on whichever thread.
            .with_context_activation(false)
            .with_tracked_inactivity(false)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(tracing_subscriber::filter::filter_fn(is_span));
        Ok((Self(Some((provider, runtime))), Some(layer)))
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if let Some((provider, runtime)) = self.0.take() {
            if let Err(error) = provider.shutdown_with_timeout(FLUSH) {
                tracing::warn!(%error, "the last spans were not exported");
            }
            runtime.shutdown_background();
        }
    }
}

/// An exporter whose failures are told of now and then.
#[derive(Debug)]
struct Telling<E> {
    inner: E,
    told: Mutex<Option<Instant>>,
}

impl<E> Telling<E> {
    fn is_due(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|told| told.elapsed() >= TELL);
        if due {
            *told = Some(Instant::now());
        }
        due
    }
}

impl<E: SpanExporter> SpanExporter for Telling<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let result = self.inner.export(batch).await;
        if let Err(error) = &result
            && self.is_due()
        {
            tracing::warn!(%error, count, "spans could not be exported and are lost");
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
