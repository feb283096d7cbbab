//! `Expect: 100-continue`. The framework answers `100 Continue` before it calls the application, so
//! that also a client that is refused sends its body. Here the application begins first, and the
//! client is asked for the body when a handler reads it.

use std::{
    cell::OnceCell,
    future::{Ready, poll_fn, ready},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_http::{Request, Response};
use actix_service::{Service, ServiceFactory};
use actix_web::{HttpMessage as _, body::BoxBody};
use futures_util::future::{Either, LocalBoxFuture};

use super::incoming::Invitation;

type Shared<S> = Rc<OnceCell<Rc<S>>>;

/// The services that a connection calls: for every request, and before that for one with `Expect`.
pub fn split<F: ServiceFactory<Request>>(app: F) -> (Main<F>, Expect<F::Service>) {
    let shared = Shared::default();
    (Main { app: Rc::new(app), shared: Rc::clone(&shared) }, Expect { shared })
}

/// Makes the service for every request.
pub struct Main<F: ServiceFactory<Request>> {
    app: Rc<F>,
    shared: Shared<F::Service>,
}

impl<F> ServiceFactory<Request> for Main<F>
where
    F: ServiceFactory<Request> + 'static,
    <F::Service as Service<Request>>::Future: 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = F::Config;
    type Service = MainService<F::Service>;
    type InitError = F::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, config: Self::Config) -> Self::Future {
        let (app, shared) = (Rc::clone(&self.app), Rc::clone(&self.shared));
        Box::pin(async move {
            let made = app.new_service(config).await?;
            Ok(MainService(Rc::clone(shared.get_or_init(|| Rc::new(made)))))
        })
    }
}

/// The application.
pub struct MainService<S>(Rc<S>);

/// The work on a request that has begun, and now waits for the body.
struct Begun<T>(Pin<Box<T>>);

impl<S> Service<Request> for MainService<S>
where
    S: Service<Request>,
    S::Future: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<Pin<Box<S::Future>>, S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&self, request: Request) -> Self::Future {
        let begun = request.extensions_mut().remove::<Begun<S::Future>>();
        match begun {
            Some(Begun(working)) => Either::Left(working),
            None => Either::Right(self.0.call(request)),
        }
    }
}

/// The service for requests with `Expect: 100-continue`, and its own factory.
pub struct Expect<S> {
    shared: Shared<S>,
}

impl<S> ServiceFactory<Request> for Expect<S>
where
    S: Service<Request> + 'static,
    S::Response: Into<Response<BoxBody>>,
    S::Error: Into<Response<BoxBody>>,
    S::Future: 'static,
{
    type Response = Request;
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = Self;
    type InitError = Response<BoxBody>;
    type Future = Ready<Result<Self, Self::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        ready(Ok(Self { shared: Rc::clone(&self.shared) }))
    }
}

impl<S> Service<Request> for Expect<S>
where
    S: Service<Request> + 'static,
    S::Response: Into<Response<BoxBody>>,
    S::Error: Into<Response<BoxBody>>,
    S::Future: 'static,
{
    type Response = Request;
    /// The answer to a client that is not asked for its body.
    type Error = Response<BoxBody>;
    type Future = LocalBoxFuture<'static, Result<Request, Self::Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: Request) -> Self::Future {
        let Some(app) = self.shared.get().map(Rc::clone) else {
            return Box::pin(ready(Ok(request)));
        };
        Box::pin(async move {
            let invitation = Invitation::default();
            request.extensions_mut().insert(invitation.clone());
            let mut working = Box::pin(app.call(request));
            let answer = poll_fn(|context| match working.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending if invitation.is_sent(context) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            })
            .await;
            match answer {
                Some(Ok(answer)) => Err(answer.into()),
                Some(Err(error)) => Err(error.into()),
                None => {
                    let invited = Request::new();
                    invited.extensions_mut().insert(Begun(working));
                    Ok(invited)
                }
            }
        })
    }
}
