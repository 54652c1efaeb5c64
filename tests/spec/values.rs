//! Values of the scripts, and the patterns that results are compared with.

use std::collections::HashMap;

use wasmedge::{ExternRef, Store, Val};
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// The references of the host that a script has named in a store, by the script's numbers.
pub(crate) type Externs = HashMap<u32, ExternRef>;

/// A parameter.
pub(crate) fn param(
    arg: &WastArg<'_>,
    store: &mut Store<()>,
    externs: &mut Externs,
) -> Result<Val, String> {
    let WastArg::Core(arg) = arg else {
        return Err(format!("no value for {arg:?}"));
    };
    Ok(match arg {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(u128::from_le_bytes(value.to_le_bytes())),
        WastArgCore::RefNull(heap) => null(heap)?,
        WastArgCore::RefExtern(number) => {
            let value = match externs.get(number) {
                Some(value) => *value,
                None => {
                    let value = ExternRef::new(&mut *store, *number).map_err(|e| e.to_string())?;
                    externs.insert(*number, value);
                    value
                }
            };
            Val::ExternRef(Some(value))
        }
        WastArgCore::RefHost(_) => return Err("the crate has no values of type anyref".to_owned()),
    })
}

fn null(heap: &HeapType<'_>) -> Result<Val, String> {
    match abstract_type(heap) {
        Some(AbstractHeapType::Func) => Ok(Val::FuncRef(None)),
        Some(AbstractHeapType::Extern) => Ok(Val::ExternRef(None)),
        _ => Err(format!("the crate has no values for {heap:?}")),
    }
}

fn abstract_type(heap: &HeapType<'_>) -> Option<AbstractHeapType> {
    match heap {
        HeapType::Abstract { shared: false, ty } => Some(*ty),
        _ => None,
    }
}

/// Whether results are those that a script expects.
pub(crate) fn match_all(values: &[Val], expected: &[WastRet<'_>], store: &Store<()>) -> bool {
    values.len() == expected.len()
        && values.iter().zip(expected).all(|(value, expected)| {
            matches!(expected, WastRet::Core(expected) if matches(value, expected, store))
        })
}

fn matches(value: &Val, expected: &WastRetCore<'_>, store: &Store<()>) -> bool {
    match (value, expected) {
        (Val::I32(value), WastRetCore::I32(expected)) => value == expected,
        (Val::I64(value), WastRetCore::I64(expected)) => value == expected,
        (Val::F32(bits), WastRetCore::F32(expected)) => f32_matches(*bits, expected),
        (Val::F64(bits), WastRetCore::F64(expected)) => f64_matches(*bits, expected),
        (Val::V128(bits), WastRetCore::V128(expected)) => v128_matches(*bits, expected),
        (Val::FuncRef(None) | Val::ExternRef(None), WastRetCore::RefNull(None)) => true,
        (Val::FuncRef(None), WastRetCore::RefNull(Some(heap))) => matches!(
            abstract_type(heap),
            Some(AbstractHeapType::Func | AbstractHeapType::NoFunc)
        ),
        (Val::ExternRef(None), WastRetCore::RefNull(Some(heap))) => matches!(
            abstract_type(heap),
            Some(AbstractHeapType::Extern | AbstractHeapType::NoExtern)
        ),
        (Val::FuncRef(Some(_)), WastRetCore::RefFunc(None)) => true,
        (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
        (Val::ExternRef(Some(value)), WastRetCore::RefExtern(Some(expected))) => {
            value.downcast_ref::<u32>(store) == Some(expected)
        }
        (value, WastRetCore::Either(choices)) => {
            choices.iter().any(|choice| matches(value, choice, store))
        }
        _ => false,
    }
}

fn f32_matches(bits: u32, expected: &NanPattern<F32>) -> bool {
    const CANONICAL: u32 = 0x7fc0_0000;
    match expected {
        NanPattern::CanonicalNan => bits & !(1 << 31) == CANONICAL,
        NanPattern::ArithmeticNan => bits & CANONICAL == CANONICAL,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn f64_matches(bits: u64, expected: &NanPattern<F64>) -> bool {
    const CANONICAL: u64 = 0x7ff8_0000_0000_0000;
    match expected {
        NanPattern::CanonicalNan => bits & !(1 << 63) == CANONICAL,
        NanPattern::ArithmeticNan => bits & CANONICAL == CANONICAL,
        NanPattern::Value(value) => bits == value.bits,
    }
}

/// The lanes, the lowest first, each as the low bits of a number.
fn lanes<const N: usize>(bits: u128) -> [u64; N] {
    let width = 128 / N;
    core::array::from_fn(|lane| {
        let lane = bits >> (lane * width);
        (lane & ((1 << width) - 1)) as u64
    })
}

fn v128_matches(bits: u128, expected: &V128Pattern) -> bool {
    match expected {
        V128Pattern::I8x16(expected) => lanes(bits) == expected.map(|lane| u64::from(lane as u8)),
        V128Pattern::I16x8(expected) => lanes(bits) == expected.map(|lane| u64::from(lane as u16)),
        V128Pattern::I32x4(expected) => lanes(bits) == expected.map(|lane| u64::from(lane as u32)),
        V128Pattern::I64x2(expected) => lanes(bits) == expected.map(|lane| lane as u64),
        V128Pattern::F32x4(expected) => {
            let mut lanes = lanes::<4>(bits).into_iter().zip(expected);
            lanes.all(|(lane, expected)| f32_matches(lane as u32, expected))
        }
        V128Pattern::F64x2(expected) => {
            let mut lanes = lanes::<2>(bits).into_iter().zip(expected);
            lanes.all(|(lane, expected)| f64_matches(lane, expected))
        }
    }
}

#[test]
fn nan_patterns_are_told_apart() {
    assert!(f32_matches(0xffc0_0000, &NanPattern::CanonicalNan));
    assert!(!f32_matches(0x7fc0_0001, &NanPattern::CanonicalNan));
    assert!(f32_matches(0x7fc0_0001, &NanPattern::ArithmeticNan));
    assert!(!f32_matches(0x7f80_0001, &NanPattern::ArithmeticNan));
    assert!(f64_matches(
        0xfff8_0000_0000_0000,
        &NanPattern::CanonicalNan
    ));
    assert!(!f64_matches(
        0x7ff8_0000_0000_0001,
        &NanPattern::CanonicalNan
    ));
    assert!(f64_matches(
        0x7ff8_0000_0000_0001,
        &NanPattern::ArithmeticNan
    ));
    assert!(!f64_matches(
        0x7ff0_0000_0000_0001,
        &NanPattern::ArithmeticNan
    ));
}

#[test]
fn lanes_are_compared_one_by_one() {
    let bits = 4 << 96 | 3 << 64 | 2 << 32 | 0xffff_ffff;
    assert!(v128_matches(bits, &V128Pattern::I32x4([-1, 2, 3, 4])));
    assert!(!v128_matches(bits, &V128Pattern::I32x4([-1, 2, 3, 5])));
    assert!(v128_matches(
        bits,
        &V128Pattern::I64x2([0x2_ffff_ffff, 0x4_0000_0003])
    ));
    let one = NanPattern::Value(F32 { bits: 0 });
    let nan = NanPattern::CanonicalNan;
    let bits = 0x7fc0_0000 << 96 | 0x7fc0_0000;
    assert!(v128_matches(
        bits,
        &V128Pattern::F32x4([nan, one, one, nan])
    ));
    assert!(!v128_matches(
        bits,
        &V128Pattern::F32x4([one, nan, one, nan])
    ));
}
