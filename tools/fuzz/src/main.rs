//! `weir-fuzz seeds FOLDER` writes the seeds of every target, each into a folder of its name; with the feature `libfuzzer`,
//! `WEIR_FUZZ=target weir-fuzz …` is libFuzzer for that target.

#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
mod engine {
    use libfuzzer_sys::fuzz_target;

    static TARGET: std::sync::OnceLock<fn(&[u8])> = std::sync::OnceLock::new();

    fuzz_target!(|bytes: &[u8]| {
        let run = TARGET.get_or_init(|| {
            let name = std::env::var("WEIR_FUZZ").unwrap_or_default();
            match weir_fuzz::target(&name) {
                Some(target) => target.run,
                None => {
                    eprintln!("error: `WEIR_FUZZ` names no target: `{name}`");
                    std::process::exit(2);
                }
            }
        });
        run(bytes);
    });
}

#[cfg(not(feature = "libfuzzer"))]
fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, folder] = arguments.as_slice() else {
        anyhow::bail!("usage: weir-fuzz seeds FOLDER");
    };
    anyhow::ensure!(command == "seeds", "usage: weir-fuzz seeds FOLDER");
    for target in weir_fuzz::TARGETS {
        let folder = std::path::Path::new(folder).join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in weir_fuzz::seeds::of(target.name)?.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        }
    }
    Ok(())
}
