//! The built-in modules: the only list of domains.

use std::sync::Arc;

use files::Files;
use kernel::{Clock, CommonTx, UnitOfWork};
use products::Products;
use rest::Module;
use rest_files::avatar::{Changed, SetAvatar};
use rest_users::keys::PublicKeys;
use tasks::Tasks;
use users::Users;

/// The services of the built-in modules.
#[derive(Clone)]
pub struct Services {
    /// Accounts.
    pub users: Arc<Users>,
    /// Tasks.
    pub tasks: Arc<Tasks>,
    /// The catalogue, and what people own.
    pub products: Arc<Products>,
    /// Files.
    pub files: Arc<Files>,
    /// What others check access tokens with.
    pub public_keys: PublicKeys,
    /// The modules of [`simple_modules`].
    pub simple: Vec<Module>,
}

/// The modules of domains that need a store and the time and nothing else. A domain whose service needs
/// more is wired in `wire.rs`.
pub fn simple_modules<D>(db: &Arc<D>, clock: &Arc<dyn Clock>) -> Vec<Module>
where
    D: UnitOfWork<dyn CommonTx> + 'static,
{
    let _ = (db, clock);
    Vec::new()
}

/// The modules as the document describes them, without services.
pub fn descriptions() -> Vec<Module> {
    vec![
        rest_users::description(),
        rest_products::description(),
        rest_files::description(),
        rest_tasks::description(),
    ]
}

/// The modules, and the reactions between domains.
pub fn modules(services: &Services) -> Vec<Module> {
    let Services { users, tasks, products, files, public_keys, simple } = services.clone();
    let consumers = flows::consumers(Arc::clone(&tasks), Arc::clone(&products), Arc::clone(&files));
    let mut all = vec![
        rest_users::module(Arc::clone(&users), public_keys),
        rest_products::module(products),
        rest_files::module(files, avatars(users)),
        rest_tasks::module(tasks),
        Module { consumers, ..Module::new("flows") },
    ];
    all.extend(simple);
    all
}

/// Gives accounts the pictures that the module of files receives.
fn avatars(users: Arc<Users>) -> SetAvatar {
    Arc::new(move |actor, address| {
        let users = Arc::clone(&users);
        Box::pin(async move {
            let changed = users.set_avatar(&actor, address).await;
            let (user, former) = changed.map_err(rest_users::present)?;
            let (account, etag) = rest_users::shown(&actor, &user);
            Ok(Changed { account, etag, former })
        })
    })
}
