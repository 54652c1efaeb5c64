//! What the command-line tool of `wasm-bindgen` does, without its other parts: `<in.wasm> <folder>`.

fn main() {
    let [input, output] = [1, 2].map(|n| std::env::args().nth(n).expect("<in.wasm> <folder>"));
    let mut tool = wasm_bindgen_cli_support::Bindgen::new();
    tool.input_path(input).out_name("guest").web(true).expect("a target");
    tool.generate(output).expect("a guest");
}
