//! Draws the Mandelbrot set with guests on several threads, which share one memory, into a picture.
//!
//! ```text
//! cargo run --example threads -- mandelbrot.png
//! ```
//!
//! prints
//!
//! ```text
//! 4 guests drew 320 rows into mandelbrot.png
//! ```

use std::f64::consts::TAU;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};
use wasmedge::{Config, HostModule, Module, Proposal, SharedMemory, Store};

const GUESTS: u32 = 4;
const WIDTH: u32 = 480;
const HEIGHT: u32 = 320;
const STEPS: u32 = 100;

fn main() -> Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .context("usage: threads PICTURE")?;
    let wasm = wat::parse_file(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/mandelbrot.wat"
    ))?;
    let mut config = Config::new()?;
    config.proposal(Proposal::Threads, true)?;

    // The memory belongs to no store; the module and the host module are for all of them. Each thread
    // has a store of its own.
    let module = Module::new(&config, &wasm)?;
    let pages = (16 + u64::from(WIDTH * HEIGHT)).div_ceil(65536);
    let memory = SharedMemory::new(pages)?;
    let mut env = HostModule::<()>::new("env");
    env.shared_memory("memory", &memory)?;

    // Each guest takes the next row from an atomic counter in the memory, until there is none.
    let draw = || -> Result<u32> {
        let mut store = Store::with_config(&config, ())?;
        store.register_host(&env)?;
        let guest = store.instantiate(&module)?;
        let draw = guest.get_typed_func::<(u32, u32, u32), u32>(&store, "draw")?;
        Ok(draw.call(&mut store, (WIDTH, HEIGHT, STEPS))?)
    };
    let rows = thread::scope(|scope| -> Result<u32> {
        let guests: Vec<_> = (0..GUESTS).map(|_| scope.spawn(draw)).collect();
        let rows = guests
            .into_iter()
            .map(|guest| guest.join().expect("no panic"));
        rows.sum()
    })?;

    let mut steps = vec![0; (WIDTH * HEIGHT) as usize];
    memory.read(16, &mut steps)?;
    save(Path::new(&path), &steps)?;
    println!(
        "{GUESTS} guests drew {rows} rows into {}",
        Path::new(&path).display()
    );
    Ok(())
}

/// Writes a picture whose colours say after how many steps each point escaped; black ones never did.
fn save(path: &Path, steps: &[u8]) -> Result<()> {
    let colour = |step: u8| match u32::from(step) {
        STEPS.. => [0, 0, 0],
        step => [0.0, 0.1, 0.2].map(|phase| {
            let angle = (f64::from(step) / f64::from(STEPS)).sqrt() * 1.5 + phase;
            ((0.5 - 0.5 * (angle * TAU).cos()) * 255.0) as u8
        }),
    };
    let palette: Vec<u8> = (0..=255).flat_map(colour).collect();
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.write_header()?.write_image_data(steps)?;
    Ok(())
}
