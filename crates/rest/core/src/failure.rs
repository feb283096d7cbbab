//! The error type of a module's handlers. `impl From<TaskError> for Problem` is impossible outside of
//! the crates that own one of the two, so every REST crate has a type of its own, made by
//! [`failure!`](crate::failure!).

/// Declares `Failure` and `Answer` for the handlers of a crate: [`Problem`](crate::problem::Problem)s,
/// and errors of the domain as `present` shows them.
///
/// ```
/// # use rest::problem::Problem;
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("The note is not there.")]
/// # pub struct NoteError;
/// # impl kernel::DomainError for NoteError {
/// #     fn kind(&self) -> kernel::ErrorKind { kernel::ErrorKind::NotFound }
/// #     fn code(&self) -> &'static str { "notes.not_found" }
/// # }
/// rest::failure!(NoteError, present);
///
/// fn present(error: NoteError) -> Problem {
///     Problem::from_error(&error)
/// }
///
/// fn find() -> Result<(), Failure> {
///     Err(NoteError)?
/// }
/// assert_eq!(Problem::from(find().unwrap_err()).code(), "notes.not_found");
/// ```
#[macro_export]
macro_rules! failure {
    ($error:ty, $present:path) => {
        /// Why a handler of this crate failed.
        #[derive(Debug)]
        pub struct Failure($crate::problem::Problem);

        /// The result of a handler.
        #[allow(dead_code, reason = "a crate may have helpers only")]
        pub type Answer = Result<$crate::HttpResponse, Failure>;

        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self($present(error))
            }
        }

        impl From<$crate::problem::Problem> for Failure {
            fn from(problem: $crate::problem::Problem) -> Self {
                Self(problem)
            }
        }

        impl From<Failure> for $crate::problem::Problem {
            fn from(failure: Failure) -> Self {
                failure.0
            }
        }

        impl From<Failure> for $crate::HttpError {
            fn from(failure: Failure) -> Self {
                failure.0.into()
            }
        }
    };
}
