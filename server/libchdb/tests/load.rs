//! What is said of a file that is not the library.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;
    use weir_libchdb::{Library, LoadError};

    fn error(path: &Path) -> LoadError {
        Library::load(path).expect_err("this is not the library")
    }

    /// The head of a 64-bit little-endian ELF file for a machine, whose section table ends at a place.
    fn elf(machine: u16, table_end: u64) -> Vec<u8> {
        let mut header = vec![0_u8; 64];
        header[..6].copy_from_slice(b"\x7fELF\x02\x01");
        header[18..20].copy_from_slice(&machine.to_le_bytes());
        header[40..48].copy_from_slice(&(table_end - 64).to_le_bytes());
        header[58..60].copy_from_slice(&64_u16.to_le_bytes());
        header[60..62].copy_from_slice(&1_u16.to_le_bytes());
        header
    }

    const OURS: u16 = if cfg!(target_arch = "aarch64") {
        183
    } else {
        62
    };
    const OTHER: u16 = if cfg!(target_arch = "aarch64") {
        62
    } else {
        183
    };

    #[test]
    fn each_way_of_being_wrong_has_its_words() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("libchdb.so");
        assert!(matches!(error(&path), LoadError::Missing(_)));
        assert!(
            matches!(error(folder.path()), LoadError::NotALibrary(_)),
            "a folder"
        );
        for content in [&b""[..], b"<!DOCTYPE html>", &[b'x'; 4096]] {
            fs::write(&path, content).unwrap();
            assert!(
                matches!(error(&path), LoadError::NotALibrary(_)),
                "{content:?}"
            );
        }
        fs::write(&path, elf(OTHER, 4096)).unwrap();
        assert!(matches!(error(&path), LoadError::WrongMachine { .. }));
        fs::write(&path, elf(OURS, 4096)).unwrap();
        assert!(matches!(
            error(&path),
            LoadError::Truncated {
                found: 64,
                expected: 4096,
                ..
            }
        ));
        let mut hollow = elf(OURS, 4096);
        hollow.resize(4096, 0);
        fs::write(&path, hollow).unwrap();
        assert!(matches!(error(&path), LoadError::Refused { .. }));
    }

    #[test]
    fn every_error_says_what_to_do() {
        let folder = TempDir::new().unwrap();
        let missing = error(&folder.path().join("libchdb.so"));
        assert!(
            missing
                .to_string()
                .starts_with("the ClickHouse engine library is not at `"),
            "{missing}"
        );
        assert!(
            missing.hint().contains("--engine-lib"),
            "{}",
            missing.hint()
        );
    }

    /// The C library of this process is a library, and another one.
    #[test]
    fn another_library_is_told_by_a_missing_function() {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let libc = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5))
            .find(|path| path.contains("/libc.so") || path.contains("/libc-"))
            .expect("a C library");
        let error = error(Path::new(libc));
        assert!(
            matches!(
                error,
                LoadError::MissingSymbol {
                    symbol: "chdb_version",
                    ..
                }
            ),
            "{error}"
        );
    }
}
