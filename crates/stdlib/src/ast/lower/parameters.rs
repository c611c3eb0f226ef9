//! The parameters of functions.

use super::{Lowering, no_index};
use exuvia_vm::{PyRef, PyResult};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::TextRange;

impl Lowering<'_> {
    /// The parameters in a node's field `args`.
    pub(super) fn parameters(
        &mut self,
        node: &PyRef,
        range: TextRange,
    ) -> PyResult<ast::Parameters> {
        let args = self.required(node, "args")?;
        let posonlyargs = self.each(&args, "posonlyargs", Self::parameter)?;
        let plain = self.each(&args, "args", Self::parameter)?;
        let kwonlyargs = self.each(&args, "kwonlyargs", Self::parameter)?;
        let defaults = self.expressions(&args, "defaults")?;
        let count = posonlyargs.len() + plain.len();
        if defaults.len() > count {
            let message = "more positional defaults than args on arguments";
            return Err(self.vm.value_error(message));
        }
        let kw_defaults = self.items(&args, "kw_defaults")?;
        if kw_defaults.len() != kwonlyargs.len() {
            let message = "length of kwonlyargs is not the same as kw_defaults on arguments";
            return Err(self.vm.value_error(message));
        }
        let mut named = Vec::with_capacity(kwonlyargs.len());
        for (parameter, default) in kwonlyargs.into_iter().zip(&kw_defaults) {
            let default = match self.vm.is_none(default) {
                true => None,
                false => Some(self.expression(default)?),
            };
            named.push(with_default(parameter, default));
        }
        // Defaults belong to the last parameters.
        let missing = std::iter::repeat_with(|| None).take(count - defaults.len());
        let mut defaults = missing.chain(defaults.into_iter().map(Some));
        let mut filled = |parameters: Vec<ast::Parameter>| -> Vec<ast::ParameterWithDefault> {
            let with = |parameter| with_default(parameter, defaults.next().flatten());
            parameters.into_iter().map(with).collect()
        };
        let (posonlyargs, plain) = (filled(posonlyargs), filled(plain));
        Ok(ast::Parameters {
            range,
            node_index: no_index(),
            posonlyargs,
            args: plain,
            vararg: self.starred_parameter(&args, "vararg")?,
            kwonlyargs: named,
            kwarg: self.starred_parameter(&args, "kwarg")?,
        })
    }

    fn starred_parameter(
        &mut self,
        args: &PyRef,
        field: &str,
    ) -> PyResult<Option<Box<ast::Parameter>>> {
        match self.optional(args, field)? {
            Some(parameter) => Ok(Some(Box::new(self.parameter(&parameter)?))),
            None => Ok(None),
        }
    }

    fn parameter(&mut self, node: &PyRef) -> PyResult<ast::Parameter> {
        let range = self.range(node, "arg")?;
        Ok(ast::Parameter {
            range,
            node_index: no_index(),
            name: self.identifier(node, "arg", range)?,
            annotation: self.optional_boxed(node, "annotation")?,
        })
    }
}

fn with_default(parameter: ast::Parameter, default: Option<Expr>) -> ast::ParameterWithDefault {
    ast::ParameterWithDefault {
        range: parameter.range,
        node_index: no_index(),
        parameter,
        default: default.map(Box::new),
    }
}
