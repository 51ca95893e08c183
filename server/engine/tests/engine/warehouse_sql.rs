//! The warehouse's own statements pass the guard.

use anyhow::{Context, Result};

use crate::harness::{Engine, code};

/// A file may make two views: each has a head of its own, and a line that ends in a mark is in one of them alone, in the order
/// in which marks and heads come.
fn views_of(file: &str) -> Vec<String> {
    const CREATE: &str = "CREATE OR REPLACE VIEW ";
    let heads: Vec<&str> = file
        .lines()
        .filter(|line| line.starts_with(CREATE))
        .collect();
    let [first, second] = heads[..] else {
        return vec![file.to_owned()];
    };
    let Some((_, body)) = file.split_once(&format!("{second}\n")) else {
        return vec![file.to_owned()];
    };
    let marks = [["by day", "at once"], ["over a period", "per period"]];
    [first, second]
        .iter()
        .zip(marks)
        .map(|(head, own)| {
            // A mark is a comment: what ends a statement stands before it.
            let lines = body.lines().filter_map(|line| {
                let Some((rest, mark)) = line.rsplit_once("  -- [") else {
                    return Some(line);
                };
                own.contains(&mark.trim_end_matches(']')).then_some(rest)
            });
            format!("{head}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

/// The list is the warehouse's own.
#[tokio::test]
async fn the_warehouse_can_be_built_and_read() -> Result<()> {
    let engine = Engine::start().await?;
    engine.write("CREATE DATABASE weir").await?;
    engine.write("CREATE DATABASE weir_fn").await?;
    let sql = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../collector/sql");
    let mut statements = Vec::new();
    for folder in ["tables", "views"] {
        let mut files: Vec<_> = std::fs::read_dir(sql.join(folder))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file)?;
            for text in views_of(&text) {
                statements.extend(
                    text.split(";\n")
                        .map(str::trim)
                        .filter(|text| !text.is_empty())
                        .map(str::to_owned),
                );
            }
        }
    }
    // Views read each other: what fails for want of another comes again, as long as something succeeds.
    while !statements.is_empty() {
        let mut left = Vec::new();
        for statement in &statements {
            match engine.write(statement).await {
                Ok(_) => {}
                missing if code(&missing) == Some(60) => left.push(statement.clone()),
                other => drop(other.with_context(|| statement.clone())?),
            }
        }
        assert!(left.len() < statements.len(), "{left:?}");
        statements = left;
    }
    let views = engine
        .read("SELECT name FROM system.tables WHERE database = 'weir' AND engine = 'View'")
        .await?;
    assert!(views.lines().count() > 3, "{views}");
    for view in views.lines() {
        engine
            .read(&format!("SELECT * FROM weir.{view} LIMIT 1"))
            .await
            .context(view.to_owned())?;
    }
    Ok(())
}
