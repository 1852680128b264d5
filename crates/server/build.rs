//! Embeds the built pages, or, where nobody has built them, a page that says so: the program must
//! build without Node.

use std::path::Path;

const BUILT: &str = "../../web/dist";
const UNBUILT: &str = "unbuilt";

fn main() {
    // The directory is there even when it is empty: Cargo would take a missing one for changed, and
    // build again every time; so it notices the first build of the pages and is quiet until then.
    let _ = std::fs::create_dir_all(BUILT);
    println!("cargo::rerun-if-changed={BUILT}");
    let built = Path::new(BUILT).join("index.html").is_file();
    memory_serve::load_directory_with_embed(if built { BUILT } else { UNBUILT }, true);
}
