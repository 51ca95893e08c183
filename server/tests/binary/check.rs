//! `weir check`: what a person who mends a container gets to read.

use crate::support::{run, said, weir};

const BROKEN: &str = r#"{
  "weir": 1,
  "site": { "id": "shop" },
  "triggers": {
    "buy button": { "clik": { "selector": "button.buy" } }
  },
  "tags": [
    { "name": "Buy", "on": ["buy buton"], "event": "add_to_cart" }
  ]
}
"#;

struct File(tempfile::TempDir);

impl File {
    fn new(text: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("shop.json"), text).unwrap();
        Self(temp)
    }

    /// Exit code and output of `weir check shop.json …` in the file's folder.
    fn check(&self, arguments: &[&str], language: &str) -> (Option<i32>, String) {
        let output = weir(&["check", "shop.json"])
            .args(arguments)
            .env("LANG", language)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        (output.status.code(), said(&output))
    }
}

#[test]
fn every_problem_is_told_with_its_place() {
    let (code, text) = File::new(BROKEN).check(&[], "C.UTF-8");
    assert_eq!(code, Some(1), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_language_comes_from_the_environment_or_the_flag() {
    let file = File::new(BROKEN);
    let (_, russian) = file.check(&[], "ru_RU.UTF-8");
    assert_eq!(file.check(&["--lang", "ru"], "C.UTF-8").1, russian);
    assert_ne!(file.check(&["--lang", "en"], "ru_RU.UTF-8").1, russian);
    insta::assert_snapshot!(russian);
}

#[test]
fn json_has_the_fields_of_the_contract() {
    let (code, text) = File::new(BROKEN).check(&["--format", "json"], "C.UTF-8");
    assert_eq!(code, Some(1));
    let problems: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = problems[0].as_object().unwrap();
    let mut fields: Vec<&str> = first.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "code", "column", "hint", "line", "message", "path", "severity"
        ]
    );
    assert!(
        problems
            .as_array()
            .unwrap()
            .iter()
            .any(|problem| problem["severity"] == "error")
    );
}

#[test]
fn a_good_file_says_so() {
    let file = File::new(
        "{ \"weir\": 1, \"site\": { \"id\": \"shop\", \"domains\": [\"shop.example\"] } }",
    );
    assert_eq!(
        file.check(&[], "C.UTF-8"),
        (Some(0), "shop.json: no problems\n".to_owned())
    );
    let (code, text) = file.check(&["--format", "json"], "C.UTF-8");
    assert_eq!((code, text.trim()), (Some(0), "[]"));
}

#[test]
fn a_file_that_is_not_there_is_a_usage_error() {
    let output = run(&["check", "/nowhere/shop.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("cannot read the container file `/nowhere/shop.json`"));
}
