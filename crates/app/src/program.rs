//! A program made of Alveole: built-in modules of its choice and modules of its own.
//!
//! ```no_run
//! use alveole::{Extension, Program};
//! use rest::Module;
//!
//! fn main() -> std::process::ExitCode {
//!     let moons = Extension::new(Module::new("moons"), |_host| Ok(Module::new("moons")));
//!     Program::new().without("products").with(moons).run()
//! }
//! ```

use std::{collections::BTreeSet, process::ExitCode, sync::Arc};

use adapter_diesel::{Db, Migrations};
use anyhow::ensure;
use kernel::Clock;
use rest::{ApiError, Module, api, codes::Codes};

use crate::{
    cli,
    config::{Config, Setting},
    modules::{self, Services},
    openapi::{ABOUT, BASE, SERVED},
    wire::{self, Wired},
};

/// What a module from outside is built from.
pub struct Host<'a> {
    wired: &'a Wired,
    config: &'a Config,
}

impl Host<'_> {
    /// The database: a [`kernel::UnitOfWork`] for the module's own face, too.
    pub fn db(&self) -> Arc<Db> {
        Arc::clone(&self.wired.db)
    }

    /// The time.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.wired.clock)
    }

    /// The services of the built-in modules.
    pub fn services(&self) -> &Services {
        &self.wired.services
    }

    /// The value of a [`Setting`] of the module that is a number.
    ///
    /// # Errors
    ///
    /// When the module did not declare it as one.
    pub fn number(&self, name: &str) -> anyhow::Result<u64> {
        let value = self.config.own.get(name).and_then(|text| text.parse().ok());
        value.ok_or_else(|| anyhow::anyhow!("no module declares {name} as a number"))
    }

    /// The value of a [`Setting`] of the module that is text.
    ///
    /// # Errors
    ///
    /// When the module did not declare it.
    pub fn text(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.config.own.get(name).map(String::as_str);
        value.ok_or_else(|| anyhow::anyhow!("no module declares the setting {name}"))
    }
}

type Build = Arc<dyn Fn(&Host<'_>) -> anyhow::Result<Module> + Send + Sync>;

/// A module from outside this repository.
#[derive(Clone)]
pub struct Extension {
    description: Module,
    build: Build,
    settings: Vec<Setting>,
    migrations: Option<Migrations>,
}

impl Extension {
    /// `description` is the module as the document describes it, without services; `build` makes the
    /// module with them.
    pub fn new(
        description: Module,
        build: impl Fn(&Host<'_>) -> anyhow::Result<Module> + Send + Sync + 'static,
    ) -> Self {
        Self { description, build: Arc::new(build), settings: Vec::new(), migrations: None }
    }

    /// Adds a setting. Its section has the name of the module.
    #[must_use]
    pub fn setting(mut self, setting: Setting) -> Self {
        self.settings.push(setting);
        self
    }

    /// Sets the migrations. They follow the built-in ones, so they may refer to their tables.
    #[must_use]
    pub const fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = Some(migrations);
        self
    }
}

/// A program: its modules, and the command line that runs it.
#[derive(Clone, Default)]
pub struct Program {
    without: Vec<&'static str>,
    extensions: Vec<Extension>,
}

impl Program {
    /// The program with the built-in modules only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves a built-in module out: its operations do not exist. Its tables do, so that it can come
    /// back later.
    #[must_use]
    pub fn without(mut self, module: &'static str) -> Self {
        self.without.push(module);
        self
    }

    /// Adds a module.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Runs the command line: `serve`, `migrate`, `openapi` and all others.
    pub fn run(&self) -> ExitCode {
        cli::run(self)
    }

    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let built_in: BTreeSet<&str> =
            modules::descriptions().iter().map(|module| module.name).collect();
        for name in &self.without {
            ensure!(built_in.contains(name), "there is no built-in module {name} to leave out");
            ensure!(
                *name != "users",
                "the module users cannot be left out: it says who is calling"
            );
        }
        for extension in &self.extensions {
            let name = extension.description.name;
            for setting in &extension.settings {
                let section = setting.name.split_once('.').map(|(section, _)| section);
                ensure!(
                    section == Some(name),
                    "the setting {} must be in the section of its module, {name}",
                    setting.name
                );
            }
        }
        Ok(())
    }

    /// The settings of the modules from outside.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        self.extensions.iter().flat_map(|extension| extension.settings.clone()).collect()
    }

    /// Opens the configured database, with the migrations of all modules.
    pub(crate) fn open(&self, config: &Config) -> anyhow::Result<Arc<Db>> {
        let migrations = self.extensions.iter().filter_map(|extension| extension.migrations);
        wire::open(config, migrations.collect())
    }

    /// Puts the services together on the configured database.
    pub(crate) fn wire(&self, config: &Config) -> anyhow::Result<Wired> {
        wire::wire(config, self.open(config)?)
    }

    fn keeps(&self, module: &Module) -> bool {
        !self.without.contains(&module.name)
    }

    /// The modules, with their services.
    pub(crate) fn modules(&self, config: &Config, wired: &Wired) -> anyhow::Result<Vec<Module>> {
        let mut all = modules::modules(&wired.services);
        all.retain(|module| self.keeps(module));
        let host = Host { wired, config };
        for extension in &self.extensions {
            all.push((extension.build)(&host)?);
        }
        modules::complete(&wired.services, &all);
        wired.services.jobs.add_kinds(all.iter().flat_map(|module| module.jobs.clone()));
        Ok(all)
    }

    /// The document as text, and the problem codes.
    pub(crate) fn describe(&self) -> Result<(String, Codes), ApiError> {
        let mut all = modules::descriptions();
        all.retain(|module| self.keeps(module));
        all.extend(self.extensions.iter().map(|extension| extension.description.clone()));
        api::describe(&ABOUT, BASE, all)
    }

    /// The committed document, where it is that of this program.
    pub(crate) const fn document(&self) -> Option<&'static str> {
        let is_ours = modules::COMPLETE && self.without.is_empty() && self.extensions.is_empty();
        if is_ours { SERVED } else { None }
    }
}
