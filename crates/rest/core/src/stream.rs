//! Answers that are streamed page by page, each page a short read of its own, so that no transaction
//! waits for a slow client.

use std::future::Future;

use actix_web::{HttpResponse, http::header};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::problem::Problem;

/// The pages of an answer, rendered.
pub trait Pages: 'static {
    /// Why a page cannot be read.
    type Failure: Into<Problem>;
    /// The next page; none behind the last one.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Self::Failure>>;
}

/// Streams pages as a file.
pub async fn streamed<P: Pages, E: From<Problem>>(
    mut pages: P,
    media_type: &'static str,
    disposition: &'static str,
) -> Result<HttpResponse, E> {
    // The first page is read before the answer begins, so that a failure still has a status.
    let first = pages.next().await.map_err(|failure| E::from(failure.into()))?.unwrap_or_default();
    let rest = stream::unfold(Some(pages), |pages| async move {
        let mut pages = pages?;
        match pages.next().await {
            Ok(None) => None,
            Ok(Some(page)) => Some((Ok(page), Some(pages))),
            Err(failure) => {
                let problem: Problem = failure.into();
                // The status is out: breaking the connection is all that still can be told.
                tracing::error!(code = problem.code(), "an export ended early");
                Some((Err(std::io::Error::other("export failed")), None))
            }
        }
    });
    let body = stream::once(async move { Ok(first) }).chain(rest);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .streaming(Box::pin(body)))
}

/// A cell of a CSV file. One that a spreadsheet would take for a formula gets an apostrophe in
/// front.
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("1+1"), "1+1");
    }
}
