//! What the sources have: public items with their aliases and documentation; tests and examples with
//! the names that they use.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use syn::visit::{self, Visit};

/// An item that a program can name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) aliases: Vec<String>,
    /// The names in the code of its documentation.
    pub(crate) doc_test: Names,
}

/// Names that some code uses.
pub(crate) type Names = HashSet<String>;

/// A module: what is written in its file, and what it passes on.
#[derive(Debug, Default)]
struct Room {
    items: HashMap<String, Item>,
    /// `pub use a::b` as `b` and `a::b`.
    passed_on: HashMap<String, Vec<String>>,
    rooms: HashMap<String, Self>,
    public_rooms: HashSet<String>,
}

/// The package, read from its sources.
#[derive(Debug)]
pub(crate) struct Package {
    folder: PathBuf,
    root: Room,
    /// Methods, constants and variants by the name of their type and their own.
    members: HashMap<(String, String), Item>,
    /// Traits by the name of the type that implements them and their own.
    traits: HashSet<(String, String)>,
    /// Files that were read for what they show.
    read: RefCell<HashMap<String, Rc<Code>>>,
}

/// A test file or an example.
#[derive(Debug, Default)]
struct Code {
    names: Names,
    functions: HashMap<String, Names>,
    tests: Vec<String>,
}

impl Package {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut package = Self {
            folder: folder.to_owned(),
            root: Room::default(),
            members: HashMap::new(),
            traits: HashSet::new(),
            read: RefCell::default(),
        };
        package.root = package.room(&folder.join("src/lib.rs"), &folder.join("src"));
        package
    }

    /// The public item at a path such as `Vm::new` or `log::set_level`.
    pub(crate) fn item(&self, path: &str) -> Option<&Item> {
        let path: Vec<&str> = path.split("::").collect();
        let mut room = &self.root;
        let mut names = path.as_slice();
        while let [first, rest @ ..] = names {
            match self.public_room(room, first) {
                Some(below) if !rest.is_empty() => room = below,
                _ => break,
            }
            names = rest;
        }
        match names {
            [name] => self.find(room, name),
            [ty, name] => {
                self.find(room, ty)?;
                self.members.get(&((*ty).to_owned(), (*name).to_owned()))
            }
            _ => None,
        }
    }

    /// An item of a module, written there or passed on.
    fn find<'a>(&'a self, room: &'a Room, name: &str) -> Option<&'a Item> {
        if let Some(item) = room.items.get(name) {
            return Some(item);
        }
        let (last, rooms) = room.passed_on.get(name)?.split_last()?;
        self.find(self.walk(room, rooms)?, last)
    }

    /// A module in a module that programs can name, by whichever way.
    fn public_room<'a>(&'a self, room: &'a Room, name: &str) -> Option<&'a Room> {
        if room.public_rooms.contains(name) {
            return room.rooms.get(name);
        }
        self.walk(room, room.passed_on.get(name)?)
    }

    fn walk<'a>(&'a self, mut room: &'a Room, names: &[String]) -> Option<&'a Room> {
        for name in names {
            room = match &**name {
                "crate" => &self.root,
                name => room.rooms.get(name)?,
            };
        }
        Some(room)
    }

    /// Whether a type implements a trait; both by their names alone.
    pub(crate) fn implements(&self, ty: &str, name: &str) -> bool {
        self.traits.contains(&(ty.to_owned(), name.to_owned()))
    }

    /// The names that a function in a test file uses, by the path of the file and its own name. It is
    /// a test, or tests come to it.
    pub(crate) fn test(&self, file: &str, name: &str) -> Option<Names> {
        let code = self.code(file)?;
        let mut to_visit = code.tests.clone();
        let mut visited = HashSet::new();
        while let Some(next) = to_visit.pop() {
            let names = &code.functions[&next];
            if next == name {
                return Some(names.clone());
            }
            if visited.insert(next) {
                let below = names
                    .iter()
                    .filter(|name| code.functions.contains_key(*name));
                to_visit.extend(below.cloned());
            }
        }
        None
    }

    /// The names that a program uses, by the path of its file.
    pub(crate) fn program(&self, file: &str) -> Option<Names> {
        Some(self.code(file)?.names.clone())
    }

    fn code(&self, file: &str) -> Option<Rc<Code>> {
        if let Some(code) = self.read.borrow().get(file) {
            return Some(Rc::clone(code));
        }
        let text = fs::read_to_string(self.folder.join(file)).ok()?;
        let code = Rc::new(Code::read(&syn::parse_file(&text).ok()?));
        self.read
            .borrow_mut()
            .insert(file.to_owned(), Rc::clone(&code));
        Some(code)
    }

    /// Reads a module from its file; those below it are in `folder`.
    fn room(&mut self, file: &Path, folder: &Path) -> Room {
        let text =
            fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut room = Room::default();
        for item in parsed.items {
            match item {
                syn::Item::Mod(item) if item.content.is_none() => {
                    let name = item.ident.to_string();
                    let below = folder.join(&name);
                    let file = [below.join("mod.rs"), below.with_extension("rs")];
                    let Some(file) = file.into_iter().find(|file| file.is_file()) else {
                        panic!("no file for the module {}", below.display());
                    };
                    if is_public(&item.vis) {
                        room.public_rooms.insert(name.clone());
                    }
                    let below = self.room(&file, &below);
                    room.rooms.insert(name, below);
                }
                syn::Item::Use(item) if is_public(&item.vis) => {
                    pass_on(&mut room.passed_on, Vec::new(), item.tree);
                }
                syn::Item::Impl(item) => self.members_of(item),
                syn::Item::Fn(syn::ItemFn {
                    vis, attrs, sig, ..
                }) => room.add(&vis, &attrs, &sig.ident),
                syn::Item::Struct(item) => room.add(&item.vis, &item.attrs, &item.ident),
                syn::Item::Trait(item) => room.add(&item.vis, &item.attrs, &item.ident),
                syn::Item::Type(item) => room.add(&item.vis, &item.attrs, &item.ident),
                syn::Item::Enum(item) => {
                    room.add(&item.vis, &item.attrs, &item.ident);
                    for variant in item.variants {
                        let name = (item.ident.to_string(), variant.ident.to_string());
                        self.members.insert(name, Item::new(&variant.attrs));
                    }
                }
                _ => {}
            }
        }
        room
    }

    fn members_of(&mut self, item: syn::ItemImpl) {
        let syn::Type::Path(ty) = &*item.self_ty else {
            return;
        };
        let ty = ty.path.segments.last().expect("a name").ident.to_string();
        if let Some((_, path, _)) = item.trait_ {
            let name = path.segments.last().expect("a name").ident.to_string();
            self.traits.insert((ty, name));
            return;
        }
        for member in item.items {
            let (vis, attrs, name) = match member {
                syn::ImplItem::Fn(member) => (member.vis, member.attrs, member.sig.ident),
                syn::ImplItem::Const(member) => (member.vis, member.attrs, member.ident),
                _ => continue,
            };
            if is_public(&vis) {
                let name = (ty.clone(), name.to_string());
                self.members.insert(name, Item::new(&attrs));
            }
        }
    }
}

impl Code {
    fn read(file: &syn::File) -> Self {
        let mut code = Self::default();
        for item in &file.items {
            let mut names = Used::default();
            names.visit_item(item);
            code.names.extend(names.0);
            if let syn::Item::Fn(item) = item {
                let mut names = Used::default();
                names.visit_block(&item.block);
                code.functions.insert(item.sig.ident.to_string(), names.0);
                if item.attrs.iter().any(|attr| attr.path().is_ident("test")) {
                    code.tests.push(item.sig.ident.to_string());
                }
            }
        }
        code
    }
}

impl Room {
    fn add(&mut self, vis: &syn::Visibility, attrs: &[syn::Attribute], name: &syn::Ident) {
        if is_public(vis) {
            self.items.insert(name.to_string(), Item::new(attrs));
        }
    }
}

impl Item {
    fn new(attrs: &[syn::Attribute]) -> Self {
        let mut item = Self::default();
        let mut in_code = false;
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
            match &attr.meta {
                syn::Meta::NameValue(line) => {
                    let Some(line) = text(&line.value) else {
                        continue;
                    };
                    if line.trim_start().starts_with("```") {
                        in_code = !in_code;
                    } else if in_code {
                        item.doc_test.extend(names_in(&line));
                    }
                }
                // Anything else within the brackets is no alias.
                _ => {
                    let _ = attr.parse_nested_meta(|meta| {
                        let value: syn::LitStr = meta.value()?.parse()?;
                        if meta.path.is_ident("alias") {
                            item.aliases.push(value.value());
                        }
                        Ok(())
                    });
                }
            }
        }
        item
    }
}

fn text(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

fn is_public(vis: &syn::Visibility) -> bool {
    matches!(vis, syn::Visibility::Public(_))
}

fn pass_on(to: &mut HashMap<String, Vec<String>>, mut path: Vec<String>, tree: syn::UseTree) {
    match tree {
        syn::UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            pass_on(to, path, *tree.tree);
        }
        syn::UseTree::Name(tree) => {
            path.push(tree.ident.to_string());
            to.insert(tree.ident.to_string(), path);
        }
        syn::UseTree::Rename(tree) => {
            path.push(tree.ident.to_string());
            to.insert(tree.rename.to_string(), path);
        }
        syn::UseTree::Group(tree) => {
            for tree in tree.items {
                pass_on(to, path.clone(), tree);
            }
        }
        syn::UseTree::Glob(_) => {}
    }
}

/// Collects the names that code uses, those in the arguments of macros too.
#[derive(Default)]
struct Used(Names);

impl Visit<'_> for Used {
    fn visit_ident(&mut self, name: &syn::Ident) {
        self.0.insert(name.to_string());
    }

    fn visit_macro(&mut self, item: &syn::Macro) {
        self.0.extend(names_in(&item.tokens.to_string()));
        visit::visit_macro(self, item);
    }
}

fn names_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| c != '_' && !c.is_alphanumeric())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}
