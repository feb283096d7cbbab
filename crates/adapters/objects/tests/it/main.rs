//! Runs the kit of the port on the folder and on a bucket, and what is true of each alone.
#![expect(clippy::unwrap_used, reason = "a storage that cannot be set up is a failed test")]

mod bucket;
mod folder;

use std::{future::Future, sync::Arc};

use adapter_objects::{FolderObjects, S3Objects, sink::S3Sink};
use files::{
    kit::objects::{CASES, Fixture},
    outbound::Objects,
};
use kernel::{Clock as _, SystemClock};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

fn main() {
    let arguments = Arguments::from_args();
    let kit = CASES.iter().flat_map(|case| {
        let folder = Trial::test(format!("folder::{}", case.name), move || {
            let folder = TempDir::new()?;
            let objects = FolderObjects::open(folder.path())?;
            run((case.run)(fixture(Arc::new(objects))));
            Ok(())
        });
        let bucket = Trial::test(format!("s3::{}", case.name), move || {
            let folder = TempDir::new()?;
            let sink = S3Sink::start(folder.path())?;
            let objects = S3Objects::new(sink.config("some/where"))?;
            run((case.run)(fixture(Arc::new(objects))));
            Ok(())
        });
        [folder, bucket]
    });
    let trials = kit.chain(folder::trials()).chain(bucket::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn fixture(objects: Arc<dyn Objects>) -> Fixture {
    Fixture { objects, now: || SystemClock.now() }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// A test of its own.
fn trial<F: Future<Output = ()> + 'static>(name: &str, test: fn() -> F) -> Trial {
    Trial::test(name, move || -> Result<(), Failed> {
        run(test());
        Ok(())
    })
}
