//! Making a runtime: the first type objects, the constants, the names. Taking it apart: [`crate::shutdown`].

#![allow(
    unsafe_code,
    reason = "the first two type objects are made before their own type"
)]

use crate::eval::state::EvalState;
use crate::import::{Extensions, NativeModules};
use crate::memory::MemoryState;
use crate::names::Names;
use crate::object::shape::Shape;
use crate::shutdown::Stage;
use crate::table::TypeDef;
use crate::types::dict::DICT;
use crate::types::exception::{self, MEMORY_ERROR};
use crate::types::object_::OBJECT;
use crate::types::str::STR;
use crate::types::str::intern::Interned;
use crate::types::tuple::TUPLE;
use crate::types::type_::cache::MethodCache;
use crate::types::type_::{PyType, TYPE, build};
use crate::types::{self, none};
use crate::vm::{Constants, Settings};
use crate::{PyErr, PyRef, PyResult, Space, Vm};
use exuvia_object::Class;
use exuvia_tracing::Mode;
use std::rc::Rc;

impl Constants {
    /// Visits every handle, as roots.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        let single = [
            &self.none,
            &self.true_,
            &self.false_,
            &self.ellipsis,
            &self.not_implemented,
        ];
        single.into_iter().for_each(&mut *visit);
        visit(self.empty_tuple.as_any());
        visit(self.empty_str.as_any());
        visit(self.empty_bytes.as_any());
        self.small_ints.iter().for_each(|int| visit(int.as_any()));
        self.latin1.iter().for_each(|text| visit(text.as_any()));
    }
}

impl Vm {
    /// A runtime with its built-in types and an empty `sys.modules`; no module is imported.
    ///
    /// # Errors
    /// `OutOfMemory` if the memory limit is too small for that.
    pub fn new(settings: Settings) -> PyResult<Box<Vm>> {
        let mut config = settings.heap.clone();
        config.limit = settings.memory_limit.or(config.limit);
        let space = Rc::new(Space::new(config));
        let hash_seed = settings.hash_seed.unwrap_or(0x5eed);
        let interned = Interned::new(Rc::clone(&space), hash_seed);
        let mut vm = Box::new(Vm {
            types: Vec::new(),
            constants: None,
            names: None,
            method_cache: MethodCache::new(),
            modules: None,
            builtins: None,
            sys: None,
            memory_error: None,
            eval: EvalState::default(),
            memory: MemoryState::new(&space, &settings),
            native_modules: NativeModules::default(),
            sources: Default::default(),
            settings: Rc::new(settings),
            extensions: Extensions::default(),
            codecs: Default::default(),
            interned,
            shape_class: Box::new(Class::of::<Shape>()),
            orphan_class: Box::new(Class::of::<PyType>()),
            stage: Stage::Running,
            type_version: 0,
            signal_flag: Default::default(),
            signal_handler: None,
            write_text: None,
            flush_streams: None,
            int_digits_limit: Default::default(),
            dict_version: Default::default(),
            space,
        });
        if let Err(error) = vm.boot() {
            drop(error);
            // SAFETY: nobody has seen the `Vm`. What is left tells of nothing: it was not finished.
            let _ = unsafe { vm.free() };
            // Nothing else can go wrong while nothing of a program runs.
            return Err(PyErr::OutOfMemory);
        }
        if let Some(frames) = vm.settings.tracemalloc {
            vm.start_tracing(frames, Mode::Exact);
        }
        Ok(vm)
    }

    fn boot(&mut self) -> PyResult<()> {
        self.make_first_types()?;
        let defs: Vec<&'static TypeDef> = types::ALL
            .iter()
            .flat_map(|part| part.iter().copied())
            .collect();
        for def in &defs {
            if !self.has_class(def) {
                build::skeleton(self, def)?;
            }
        }
        self.constants = Some(self.make_constants()?);
        self.names = Some(Names::new(self)?);
        for def in defs {
            let ty = self.class(def).clone();
            build::fill(self, &ty, def)?;
            ty.header().make_immortal();
        }
        types::template::finish(self)?;
        self.modules = Some(self.new_dict()?);
        self.memory_error = Some(exception::new_instance(
            self,
            self.class(&MEMORY_ERROR),
            &[],
        )?);
        crate::builtins::install(self)
    }

    /// `object` and `type`, and what their names and namespaces are made of.
    fn make_first_types(&mut self) -> PyResult<()> {
        let object = build::skeleton(self, &OBJECT)?;
        let meta = build::skeleton(self, &TYPE)?;
        // SAFETY: both were made without a type.
        unsafe {
            build::adopt(&object, &meta);
            build::adopt(&meta, &meta);
        }
        let first: [&'static TypeDef; 5] = [&OBJECT, &TYPE, &STR, &DICT, &TUPLE];
        for def in &first[2..] {
            build::skeleton(self, def)?;
        }
        for def in first {
            let ty = self.class(def).clone();
            build::complete(self, &ty, def)?;
        }
        Ok(())
    }

    fn make_constants(&mut self) -> PyResult<Constants> {
        let small_ints = types::int::make_small_ints(self)?;
        let (empty_str, latin1) = self.make_str_constants()?;
        let constants = Constants {
            none: none::make_none(self)?,
            true_: types::bool_::make(self, true)?,
            false_: types::bool_::make(self, false)?,
            ellipsis: none::make_ellipsis(self)?,
            not_implemented: none::make_not_implemented(self)?,
            empty_tuple: self.new_tuple(&[])?,
            empty_str,
            empty_bytes: self.new_bytes(&[])?,
            small_ints,
            latin1,
        };
        constants.visit(&mut |object| object.header().make_immortal());
        Ok(constants)
    }

    /// The small int of this value, which must be at most 256.
    #[inline]
    pub(crate) fn small_int(&self, value: u32) -> PyRef {
        self.constants().small_ints[value as usize + 5]
            .clone()
            .into_any()
    }
}
