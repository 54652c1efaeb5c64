//! The times as a picture.

use std::fmt::Write as _;

use crate::pair::Pair;
use crate::print::human;
use crate::times::Times;

/// In pixels: where the axis begins and how long a factor of ten is, and the height of a row.
const LEFT: f64 = 380.0;
const DECADE: f64 = 90.0;
const ROW: f64 = 20.0;
const TOP: f64 = 48.0;

/// The axis goes from one nanosecond to ten milliseconds.
const DECADES: u32 = 7;

const SIDES: [(&str, &str); 3] = [("crate", "#d9480f"), ("raw", "#868e96"), ("C", "#1c7ed6")];

fn x(nanos: f64) -> f64 {
    LEFT + DECADE * nanos.log10().clamp(0.0, f64::from(DECADES))
}

/// One row for each pair, one dot for each side, on a logarithmic axis.
pub(crate) fn plot(rows: &[(Pair, Times)]) -> String {
    let width = LEFT + DECADE * f64::from(DECADES) + 40.0;
    let bottom = TOP + ROW * rows.len() as f64;
    let height = bottom + 12.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Time of one operation: the crate, the raw functions, a C program</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
    );
    for (index, (name, colour)) in SIDES.iter().enumerate() {
        let x = 16.0 + 70.0 * index as f64;
        writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"20\" r=\"5\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"24\">{name}</text>",
            x + 10.0
        )
        .unwrap();
    }
    for decade in 0..=DECADES {
        let nanos = 10f64.powi(decade as i32);
        let x = x(nanos);
        writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"#dee2e6\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            TOP - 8.0,
            human(nanos).replace(".0", "")
        )
        .unwrap();
    }
    for (index, (pair, times)) in rows.iter().enumerate() {
        let y = TOP + ROW * (index as f64 + 0.5);
        let name = pair
            .name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\
             <line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#f1f3f5\"/>",
            LEFT - 12.0,
            y + 4.0,
            width - 40.0
        )
        .unwrap();
        // The crate's last, so that it is on top.
        for ((_, colour), nanos) in SIDES.iter().zip(times.nanos).rev() {
            writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"4.5\" fill=\"{colour}\" fill-opacity=\"0.75\"/>",
                x(nanos)
            )
            .unwrap();
        }
    }
    svg + "</svg>\n"
}
