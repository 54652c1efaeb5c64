//! Types of functions.

use std::fmt;

use smallvec::SmallVec;

use super::ValType;

/// The type of a function: its parameters and its results. To clone it allocates nothing, unless
/// there are more than 16 of both.
///
/// C: `WasmEdge_FunctionTypeContext`. Go: `FunctionType`.
///
/// # Examples
///
/// ```
/// use wasmedge::{FuncType, ValType};
///
/// let ty = FuncType::new([ValType::I32, ValType::I64], [ValType::F64]);
/// assert_eq!(ty.params(), [ValType::I32, ValType::I64]);
/// assert_eq!(ty.to_string(), "(i32, i64) -> (f64)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_FunctionTypeContext")]
#[doc(alias = "FunctionType")]
pub struct FuncType {
    /// Parameters, then results.
    values: SmallVec<[ValType; 16]>,
    params: usize,
}

impl FuncType {
    /// Creates a type with these parameters and these results.
    ///
    /// C: `WasmEdge_FunctionTypeCreate`. Go: `NewFunctionType`.
    #[doc(alias = "WasmEdge_FunctionTypeCreate")]
    #[doc(alias = "NewFunctionType")]
    pub fn new(
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Self {
        let mut values: SmallVec<_> = params.into_iter().collect();
        let params = values.len();
        values.extend(results);
        Self { values, params }
    }

    /// Returns the types of the parameters.
    ///
    /// C: `WasmEdge_FunctionTypeGetParameters`, `WasmEdge_FunctionTypeGetParametersLength`. Go:
    /// `GetParameters`, `GetParametersLength`.
    #[doc(alias = "WasmEdge_FunctionTypeGetParameters")]
    #[doc(alias = "WasmEdge_FunctionTypeGetParametersLength")]
    #[doc(alias = "GetParameters")]
    #[doc(alias = "GetParametersLength")]
    pub fn params(&self) -> &[ValType] {
        &self.values[..self.params]
    }

    /// Returns the types of the results.
    ///
    /// C: `WasmEdge_FunctionTypeGetReturns`, `WasmEdge_FunctionTypeGetReturnsLength`. Go:
    /// `GetReturns`, `GetReturnsLength`.
    #[doc(alias = "WasmEdge_FunctionTypeGetReturns")]
    #[doc(alias = "WasmEdge_FunctionTypeGetReturnsLength")]
    #[doc(alias = "GetReturns")]
    #[doc(alias = "GetReturnsLength")]
    pub fn results(&self) -> &[ValType] {
        &self.values[self.params..]
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", Types(self.params()), Types(self.results()))
    }
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuncType{self}")
    }
}

/// Types of values, as in the type of a function.
pub(crate) struct Types<'a>(pub(crate) &'a [ValType]);

impl fmt::Display for Types<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, ty) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{ty}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_and_results_are_kept_apart() {
        let left = FuncType::new([ValType::I32], []);
        let right = FuncType::new([], [ValType::I32]);
        assert_ne!(left, right);
        assert_eq!(left.to_string(), "(i32) -> ()");
        assert_eq!(right.to_string(), "() -> (i32)");
    }
}
