//! Every function of the C API is called by the crate, or left out in `docs/c-api-coverage.md` with
//! the reason.
//!
//! The functions come from the bindings and from the text of the headers, which also has those that
//! the preprocessor leaves out here. A call is a path in code that this version compiles: comments,
//! strings, `doc(alias)` and tests do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use syn::buffer::{Cursor, TokenBuffer};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprLit, ForeignItem, Ident, ImplItem, Item, Lit, Meta, Stmt, Token, TraitItem,
};
use wasmedge::version;

/// The prefix of every name of the C API.
const PREFIX: &str = "WasmEdge_";
/// What stands before every function in the headers.
const MARKS: [&str; 2] = ["WASMEDGE_CAPI_EXPORT", "WASMEDGE_CAPI_PLUGIN_EXPORT"];
/// The versions that the suite runs on. A row that is for none of them would never be checked.
const TESTED: [Version; 3] = [(0, 13, 4), (0, 14, 1), (0, 17, 1)];

type Version = (u32, u32, u32);

fn this_version() -> Version {
    let version = version::headers();
    (version.major, version.minor, version.patch)
}

fn root() -> PathBuf {
    support::root().to_owned()
}

#[test]
fn every_c_function_is_called_or_left_out_with_the_reason() {
    let bound = bound_functions();
    let declared = declared_functions();
    let called = called_functions();
    let rows = rows(&fs::read_to_string(root().join("docs/c-api-coverage.md")).unwrap());

    let unseen: Vec<_> = bound.difference(&declared).collect();
    assert!(unseen.is_empty(), "not found in the headers: {unseen:?}");

    let left_out: BTreeMap<_, _> = rows
        .iter()
        .filter(|row| row.versions.contains(this_version()))
        .map(|row| (row.function.as_str(), row))
        .collect();
    let mut problems = String::new();
    for function in &declared {
        let is_called = called.contains(function);
        let is_left_out = left_out.contains_key(function.as_str());
        let problem = match (is_called, is_left_out) {
            (false, false) => "is neither called nor left out",
            (true, true) => "is called, and listed as left out",
            _ => continue,
        };
        writeln!(problems, "{function} {problem}").unwrap();
    }
    for function in left_out.keys() {
        if !declared.contains(*function) {
            writeln!(problems, "{function} is left out of a version without it").unwrap();
        }
    }
    assert!(problems.is_empty(), "docs/c-api-coverage.md:\n{problems}");

    println!(
        "WasmEdge {}: {} functions, {} called, {} left out ({} of them not declared on this system)",
        version::headers(),
        declared.len(),
        called.len(),
        left_out.len(),
        declared.difference(&bound).count(),
    );
    assert_eq!(declared.len(), called.len() + left_out.len());
}

#[test]
fn the_list_says_each_thing_once_and_for_a_version_that_is_tested() {
    let rows = rows(&fs::read_to_string(root().join("docs/c-api-coverage.md")).unwrap());
    assert!(!rows.is_empty());
    for (place, row) in rows.iter().enumerate() {
        let name = &row.function;
        assert!(
            TESTED
                .into_iter()
                .any(|version| row.versions.contains(version)),
            "{name} is left out of no version that is tested"
        );
        for other in &rows[..place] {
            let both = TESTED
                .into_iter()
                .any(|version| row.versions.contains(version) && other.versions.contains(version));
            assert!(!(both && other.function == *name), "{name} is listed twice");
        }
    }
}

// ------------------------------------------------------------------------------------------------
// What there is

/// The functions that bindgen bound.
fn bound_functions() -> BTreeSet<String> {
    let bindings = Path::new(env!("WASMEDGE_SAFE_BINDINGS")).join("bindings.rs");
    let file = syn::parse_file(&fs::read_to_string(bindings).unwrap()).unwrap();
    let foreign = file.items.iter().filter_map(|item| match item {
        Item::ForeignMod(block) => Some(&block.items),
        _ => None,
    });
    let names = foreign.flatten().filter_map(|item| match item {
        ForeignItem::Fn(function) => Some(function.sig.ident.to_string()),
        _ => None,
    });
    names.filter(|name| name.starts_with(PREFIX)).collect()
}

/// The functions in the text of the headers, whatever `#ifdef` they are below.
fn declared_functions() -> BTreeSet<String> {
    let folder = Path::new(env!("WASMEDGE_SAFE_HEADERS")).join("wasmedge");
    let mut functions = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "h") {
            functions.extend(declarations(&fs::read_to_string(path).unwrap()));
        }
    }
    functions
}

/// The name in each declaration: the last word before its first parenthesis that is a name of the
/// API.
fn declarations(header: &str) -> Vec<String> {
    let code: Vec<_> = header
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let code = code.join("\n");
    let after = MARKS.into_iter().flat_map(|mark| {
        let parts: Vec<_> = code.split(mark).skip(1).collect();
        parts
    });
    let heads = after.filter_map(|text| text.split('(').next());
    let words = heads.filter_map(|head| head.split_whitespace().next_back());
    words
        .map(|word| word.trim_start_matches('*'))
        .filter(|word| word.starts_with(PREFIX))
        .map(str::to_owned)
        .collect()
}

// ------------------------------------------------------------------------------------------------
// What is called

fn called_functions() -> BTreeSet<String> {
    let bound = bound_functions();
    let mut uses = Uses::default();
    uses.file(&root().join("src/lib.rs"), &root().join("src"));
    uses.names.intersection(&bound).cloned().collect()
}

/// The names of the C API in the code of one version.
#[derive(Default)]
struct Uses {
    names: BTreeSet<String>,
    /// Where the modules of the present file are.
    folder: PathBuf,
}

impl Uses {
    fn file(&mut self, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| {
            panic!("{}: {error}", file.display());
        });
        let outer = std::mem::replace(&mut self.folder, folder.to_owned());
        self.visit_file(&parsed);
        self.folder = outer;
    }

    /// The tokens of a macro, which may be anything: each name counts.
    fn tokens(&mut self, mut rest: Cursor<'_>) {
        while !rest.eof() {
            if let Some((inner, _, _, next)) = rest.any_group() {
                self.tokens(inner);
                rest = next;
            } else if let Some((ident, next)) = rest.ident() {
                self.name(&ident);
                rest = next;
            } else {
                let (_, next) = rest.token_tree().expect("a token");
                rest = next;
            }
        }
    }

    fn name(&mut self, ident: &Ident) {
        let name = ident.to_string();
        if name.starts_with(PREFIX) {
            self.names.insert(name);
        }
    }

    /// A module in a file of its own.
    fn module(&mut self, name: &str) {
        let folder = self.folder.join(name);
        let beside = self.folder.join(format!("{name}.rs"));
        let file = if beside.is_file() {
            beside
        } else {
            folder.join("mod.rs")
        };
        self.file(&file, &folder);
    }
}

/// Visits a node when its attributes let this version have it.
macro_rules! visit_if_compiled {
    ($($method:ident($kind:ident), $attributes:ident;)*) => {
        $(fn $method(&mut self, node: &'ast syn::$kind) {
            if is_compiled($attributes(node)) {
                visit::$method(self, node);
            }
        })*
    };
}

impl<'ast> Visit<'ast> for Uses {
    visit_if_compiled! {
        visit_impl_item(ImplItem), of_impl_item;
        visit_trait_item(TraitItem), of_trait_item;
        visit_stmt(Stmt), of_stmt;
        visit_expr(Expr), of_expr;
        visit_arm(Arm), of_arm;
        visit_field_value(FieldValue), of_field_value;
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if !is_compiled(of_item(item)) {
            return;
        }
        match item {
            Item::Mod(module) if module.content.is_none() => self.module(&module.ident.to_string()),
            // To import a name is not to call it.
            Item::Use(_) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(last) = path.path.segments.last() {
            self.name(&last.ident);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // `include!` of the bindings has none, and no other file is included as code.
        self.tokens(TokenBuffer::new2(call.tokens.clone()).begin());
    }
}

/// The attributes of the variants that have some.
macro_rules! attributes {
    ($function:ident, $kind:ident, $($variant:ident)*) => {
        fn $function(node: &$kind) -> &[Attribute] {
            match node {
                $($kind::$variant(node) => &node.attrs,)*
                _ => &[],
            }
        }
    };
}

attributes!(of_item, Item, Const Enum ExternCrate Fn ForeignMod Impl Macro Mod Static Struct Trait
    TraitAlias Type Union Use);
attributes!(of_impl_item, ImplItem, Const Fn Type Macro);
attributes!(of_trait_item, TraitItem, Const Fn Type Macro);
attributes!(of_expr, Expr, Array Assign Async Await Binary Block Break Call Cast Closure Const
    Continue Field ForLoop Group If Index Infer Let Lit Loop Macro Match MethodCall Paren Path Range
    RawAddr Reference Repeat Return Struct Try TryBlock Tuple Unary Unsafe While Yield);

fn of_stmt(stmt: &Stmt) -> &[Attribute] {
    match stmt {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(call) => &call.attrs,
        Stmt::Item(item) => of_item(item),
        Stmt::Expr(expr, _) => of_expr(expr),
    }
}

fn of_arm(arm: &syn::Arm) -> &[Attribute] {
    &arm.attrs
}

fn of_field_value(field: &syn::FieldValue) -> &[Attribute] {
    &field.attrs
}

fn is_compiled(attributes: &[Attribute]) -> bool {
    let mut conditions = attributes.iter().filter(|own| own.path().is_ident("cfg"));
    conditions.all(|own| holds(&own.parse_args().expect("a condition")))
}

/// Whether a condition of `cfg` holds for the library as its users build it: not for tests.
fn holds(condition: &Meta) -> bool {
    let name = condition.path().get_ident().expect("a name").to_string();
    let inner = |list: &syn::MetaList| {
        let list = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        list.expect("conditions")
    };
    match (name.as_str(), condition) {
        ("all", Meta::List(list)) => inner(list).iter().all(holds),
        ("any", Meta::List(list)) => inner(list).iter().any(holds),
        ("not", Meta::List(list)) => !inner(list).iter().any(holds),
        ("test" | "doc" | "doctest" | "docsrs", Meta::Path(_)) => false,
        ("unix", Meta::Path(_)) => cfg!(unix),
        ("windows", Meta::Path(_)) => cfg!(windows),
        ("target_os", Meta::NameValue(pair)) => text(&pair.value) == std::env::consts::OS,
        ("target_arch", Meta::NameValue(pair)) => text(&pair.value) == std::env::consts::ARCH,
        ("target_env", Meta::NameValue(pair)) => {
            text(&pair.value) == "gnu" && cfg!(target_env = "gnu")
        }
        ("target_vendor", Meta::NameValue(_)) => cfg!(target_vendor = "apple"),
        ("target_feature", Meta::NameValue(_)) => false,
        ("target_pointer_width", Meta::NameValue(pair)) => {
            text(&pair.value) == usize::BITS.to_string()
        }
        // What a feature calls is called by the crate.
        ("feature", Meta::NameValue(_)) => true,
        (name, Meta::Path(_)) => {
            let version = name.strip_prefix("wasmedge_");
            let version = version.unwrap_or_else(|| panic!("unknown condition {name}"));
            this_version() >= parse_version(version, '_')
        }
        _ => panic!("unknown condition {name}"),
    }
}

fn text(value: &Expr) -> String {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => text.value(),
        _ => panic!("a string was expected"),
    }
}

#[test]
fn calls_are_told_from_what_only_looks_like_them() {
    let code = r#"
        use sys::WasmEdge_Imported;
        /// WasmEdge_Commented
        #[doc(alias = "WasmEdge_Aliased")]
        fn f() -> sys::WasmEdge_Type {
            let _ = "WasmEdge_Quoted"; // WasmEdge_Commented
            assert!(sys::WasmEdge_InMacro() > 1, "WasmEdge_QuotedInMacro");
            let list = sys::WasmEdge_AsValue;
            #[cfg(all(wasmedge_0_13_4, not(wasmedge_9_0)))]
            unsafe { sys::WasmEdge_Here() }
            #[cfg(wasmedge_9_0_1)]
            let _ = match () { () => sys::WasmEdge_ElsewhereInLocal() };
            match list {
                #[cfg(wasmedge_9_0)]
                A => sys::WasmEdge_ElsewhereInArm(),
                _ => sys::WasmEdge_InArm(),
            }
        }
        #[cfg(test)]
        mod tests { fn f() { WasmEdge_InTest() } }
    "#;
    let mut uses = Uses::default();
    uses.visit_file(&syn::parse_file(code).unwrap());
    let expected = ["AsValue", "Here", "InArm", "InMacro"];
    let expected: BTreeSet<_> = expected.map(|name| format!("{PREFIX}{name}")).into();
    assert_eq!(uses.names, expected);
}

#[test]
fn declarations_are_found_below_any_condition() {
    let header = "
        /// WASMEDGE_CAPI_EXPORT in a comment (of no account)
        WASMEDGE_CAPI_EXPORT extern const char *WasmEdge_A(void);
        #ifdef _WIN32
        WASMEDGE_CAPI_EXPORT extern const char **
        WasmEdge_B(int Argc, const wchar_t *Argv[]);
        #endif
        WASMEDGE_CAPI_PLUGIN_EXPORT extern const WasmEdge_Descriptor *
        WasmEdge_C(void);";
    let names = declarations(header);
    assert_eq!(names, ["WasmEdge_A", "WasmEdge_B", "WasmEdge_C"]);
}

// ------------------------------------------------------------------------------------------------
// What is left out

/// A line of the list: one function, and the versions that it is left out of.
struct Row {
    function: String,
    versions: Versions,
}

/// From the first version to below the second.
#[derive(Default)]
struct Versions {
    from: Option<Version>,
    below: Option<Version>,
}

impl Versions {
    /// Reads `all`, `from 0.14`, `below 0.14` or `from 0.14, below 0.17`.
    fn parse(text: &str) -> Self {
        let mut versions = Self::default();
        for part in text.split(", ").filter(|part| *part != "all") {
            match part.split_once(' ') {
                Some(("from", version)) => versions.from = Some(parse_version(version, '.')),
                Some(("below", version)) => versions.below = Some(parse_version(version, '.')),
                _ => panic!("{text:?} does not say which versions"),
            }
        }
        versions
    }

    fn contains(&self, version: Version) -> bool {
        self.from.is_none_or(|from| version >= from)
            && self.below.is_none_or(|below| version < below)
    }
}

fn parse_version(text: &str, separator: char) -> Version {
    let mut parts = text
        .split(separator)
        .map(|part| part.parse().expect("a number"));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// The rows of the tables: functions, versions, reason.
fn rows(list: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in list.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [functions, versions, reason] = cells[..] else {
            panic!("not three cells: {line}");
        };
        assert!(reason.len() > 20, "no reason: {line}");
        for function in functions.split(", ") {
            let function = function.trim_matches('`').to_owned();
            assert!(
                function.starts_with(PREFIX),
                "not a function of the C API: {line}"
            );
            rows.push(Row {
                function,
                versions: Versions::parse(versions),
            });
        }
    }
    rows
}
