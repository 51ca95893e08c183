//! The binding against the real library. One test: a process has one engine.

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;
    use weir_libchdb::{Connection, Library, Parameters, StatementClass};

    fn library() -> PathBuf {
        std::env::var_os("WEIR_ENGINE_LIB").map(PathBuf::from).expect(
        "WEIR_ENGINE_LIB does not name the engine's library: `make test` installs it and names it",
    )
    }

    fn text(connection: &mut Connection, sql: &str) -> String {
        let result = connection
            .query(sql, "TSV", &Parameters::default())
            .expect(sql);
        String::from_utf8_lossy(result.bytes()).into_owned()
    }

    #[test]
    fn the_real_library_does_what_its_header_says() {
        let library = Library::load(&library()).unwrap();
        assert!(!library.version().is_empty());
        let folder = TempDir::new().unwrap();
        let path = format!("--path={}", folder.path().display());
        let mut one = library.connect(&[&path]).unwrap();
        let mut two = library.connect(&[&path, "--max_threads=3"]).unwrap();

        results_and_errors(&mut one);
        assert_eq!(
            text(&mut two, "SELECT getSetting('max_threads')"),
            "3\n",
            "settings are a session's own"
        );
        streams(&mut one);
        inserts(&mut one);
        classes(&mut one);

        assert!(library.shutdown().is_err(), "sessions are open");
        drop(one);
        assert_eq!(
            text(&mut two, "SELECT sum(a) FROM t"),
            "6\n",
            "the other session sees the rows"
        );
        drop(two);
        // Whether the engine's own threads end is its affair; a session cannot be opened any more.
        library.shutdown().ok();
        assert!(library.connect(&[&path]).is_err());
    }

    fn results_and_errors(connection: &mut Connection) {
        let mut parameters = Parameters::default();
        parameters.add("a", "it's");
        let result = connection
            .query("SELECT {a:String}, 1 FORMAT CSV", "TSV", &parameters)
            .unwrap();
        assert_eq!(result.bytes(), b"\"it's\",1\n");
        assert_eq!(result.statistics().result_rows, 1);
        let error = connection
            .query("SELECT nothing", "TSV", &Parameters::default())
            .unwrap_err();
        assert!(error.0.starts_with("Code: 47. DB::Exception: "), "{error}");
        let empty = connection
            .query("SELECT 1 WHERE 0", "TSV", &Parameters::default())
            .unwrap();
        assert_eq!(empty.bytes(), b"");
    }

    fn streams(connection: &mut Connection) {
        let none = Parameters::default();
        let mut stream = connection
            .stream("SELECT number FROM numbers(200000)", "TSV", &none)
            .unwrap();
        let mut lines = 0;
        let mut chunks = 0;
        while let Some(chunk) = stream.fetch().unwrap() {
            lines += chunk.bytes().iter().filter(|byte| **byte == b'\n').count();
            chunks += 1;
        }
        assert!(stream.fetch().unwrap().is_none(), "the end stays the end");
        assert!(
            lines == 200_000 && chunks > 1,
            "{lines} lines in {chunks} chunks"
        );
        drop(stream);
        let mut abandoned = connection
            .stream("SELECT number FROM system.numbers", "TSV", &none)
            .unwrap();
        assert!(abandoned.fetch().unwrap().is_some());
        drop(abandoned);
        let mut failing = connection
            .stream(
                "SELECT throwIf(number = 100000) FROM numbers(200000)",
                "TSV",
                &none,
            )
            .unwrap();
        let error = loop {
            match failing.fetch() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it should have failed"),
                Err(error) => break error,
            }
        };
        assert!(error.0.contains("395"), "{error}");
    }

    fn inserts(connection: &mut Connection) {
        let none = Parameters::default();
        text(connection, "CREATE TABLE t (a UInt8) ENGINE = Memory");
        let mut insert = connection.insert("INSERT INTO t", "CSV", &none).unwrap();
        assert!(insert.append(b"1\n") && insert.append(b"2\n3") && insert.append(b"\n"));
        assert_eq!(insert.finish().unwrap().statistics().written_rows, 3);
        let mut abandoned = connection.insert("INSERT INTO t", "CSV", &none).unwrap();
        assert!(abandoned.append(b"100\n"));
        drop(abandoned);
        let mut broken = connection.insert("INSERT INTO t", "CSV", &none).unwrap();
        // Whether the engine notices at once or at the end depends on how fast it reads.
        let _noticed = broken.append(b"not a number\n");
        assert!(broken.finish().is_err());
        assert!(
            connection
                .insert("INSERT INTO missing", "CSV", &none)
                .is_err()
        );
        assert_eq!(text(connection, "SELECT sum(a) FROM t"), "6\n");
    }

    fn classes(connection: &mut Connection) {
        for (sql, statements, class) in [
            ("SELECT 1", 1, StatementClass::ReadOnly),
            ("INSERT INTO t VALUES (1)", 1, StatementClass::Mutating),
            (
                "CREATE FUNCTION f AS x -> x",
                1,
                StatementClass::MutatingGlobal,
            ),
            ("SELECT 1 INTO OUTFILE 'x'", 1, StatementClass::Control),
            ("SELECT 1; DROP TABLE t", 2, StatementClass::Mutating),
            ("nonsense of a kind", 0, StatementClass::Unknown),
        ] {
            let analysis = connection.classify(sql);
            assert_eq!(
                (analysis.statements, analysis.class),
                (statements, class),
                "{sql}"
            );
        }
    }
}
