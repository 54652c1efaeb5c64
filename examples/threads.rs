//! Draws the Mandelbrot set with guests on several threads, which share one memory.
//!
//! ```text
//! cargo run --example threads
//! ```
//!
//! prints
//!
//! ```text
//!        .........................::::::::::--=*=+@::::::.................
//!       .......................::::::::::::--=+%*=--:::::::...............
//!      ......................::::::::::::--+%%%@@%%=-::::::::.............
//!     .....................:::::::::------==%@@@@@%=----::::::............
//!    ...................::::::::::-**%+=+%*%%%@@@%##+%+=--=%-::...........
//!    .................::::::::::---=*@@@%@@@@@@@@@@@@@@*%%%%=:::..........
//!   ..............::::::::::::---=+*#@@@@@@@@@@@@@@@@@@@@@%=-::::.........
//!   .........::::::==-----------=+%@@@@@@@@@@@@@@@@@@@@@@@@+=-:::.........
//!  .....::::::::::-=%++==%+=====+%@@@@@@@@@@@@@@@@@@@@@@@@@@%*-:::........
//!  ..::::::::::::---=#%@%%@@@%*+*%@@@@@@@@@@@@@@@@@@@@@@@@@@+-::::........
//!  .:::::::::::-===+%@@@@@@@@@@%%@@@@@@@@@@@@@@@@@@@@@@@@@@@+-:::::.......
//!  ::::::------=+%%%%@@@@@@@@@@@%@@@@@@@@@@@@@@@@@@@@@@@@@@+--:::::.......
//! @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@#=--::::::.......
//!  ::::::------=+%%%%@@@@@@@@@@@%@@@@@@@@@@@@@@@@@@@@@@@@@@+--:::::.......
//!  .:::::::::::-===+%@@@@@@@@@@%%@@@@@@@@@@@@@@@@@@@@@@@@@@@+-:::::.......
//!  ..::::::::::::---=#%@%%@@@%*+*%@@@@@@@@@@@@@@@@@@@@@@@@@@+-::::........
//!  .....::::::::::-=%++==%+=====+%@@@@@@@@@@@@@@@@@@@@@@@@@@%*-:::........
//!   .........::::::==-----------=+%@@@@@@@@@@@@@@@@@@@@@@@@+=-:::.........
//!   ..............::::::::::::---=+*#@@@@@@@@@@@@@@@@@@@@@%=-::::.........
//!    .................::::::::::---=*@@@%@@@@@@@@@@@@@@*%%%%=:::..........
//!    ...................::::::::::-**%+=+%*%%%@@@%##+%+=--=%-::...........
//!     .....................:::::::::------==%@@@@@%=----::::::............
//!      ......................::::::::::::--+%%%@@%%=-::::::::.............
//!       .......................::::::::::::--=+%*=--:::::::...............
//! 4 guests drew 24 rows
//! ```

use std::thread;

use anyhow::Result;
use wasmedge::{Config, HostModule, Module, Proposal, SharedMemory, Store};

const GUESTS: u32 = 4;
const WIDTH: u32 = 72;
const HEIGHT: u32 = 24;
const STEPS: u32 = 100;
/// From points that escape at once to those that never do.
const SHADES: &[u8] = b" .:-=+*#%@";

fn main() -> Result<()> {
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
    for row in steps.chunks(WIDTH as usize) {
        let shades = row.iter().map(|step| char::from(shade(*step)));
        println!("{}", shades.collect::<String>().trim_end());
    }
    println!("{GUESTS} guests drew {rows} rows");
    Ok(())
}

/// How dark a point is that escaped after so many steps.
fn shade(steps: u8) -> u8 {
    let last = SHADES.len() - 1;
    match u32::from(steps) {
        STEPS.. => SHADES[last],
        steps => SHADES[(steps as usize / 2).min(last - 1)],
    }
}
