//! Modules that a [`Vm`] has without being told: WASI, and those of plug-ins.

use super::Vm;
use crate::host::plugin;
use crate::host::wasi::Wasi;
use crate::vocabulary::{ErrorKind, Result};

impl<T: 'static> Vm<T> {
    /// Registers what is built in and not there.
    pub(super) fn build_in(&mut self) -> Result<()> {
        if self.wasi && self.store.find_instance(Wasi::MODULE).is_none() {
            self.register_wasi(&Wasi::new())?;
        }
        for plugin in plugin::plugins() {
            // What cannot be freed comes only when it is wanted.
            if plugin.can_be_freed() {
                for module in plugin.modules() {
                    match self.store.register_plugin(&plugin, &module) {
                        Err(error) if matches!(error.kind(), ErrorKind::NameTaken { .. }) => {}
                        registered => drop(registered?),
                    }
                }
            }
        }
        Ok(())
    }
}
