use super::*;
use crate::store::audit::Actor;
use crate::testing::{Bench, container};
use clap::Parser;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: PublishArgs,
}

struct Told {
    result: Result<ExitCode, Failure>,
    out: String,
    remarks: String,
}

impl Told {
    fn fails(&self, with: &str) {
        let failure = self.result.as_ref().unwrap_err();
        assert!(failure.to_string().contains(with), "{failure}");
    }
}

fn run(bench: &Bench, text: &str, more: &[&str]) -> Told {
    run_in(bench, text, more, Language::En)
}

fn run_in(bench: &Bench, text: &str, more: &[&str], language: Language) -> Told {
    let file = bench.write("given.json", text);
    let mut line = vec!["publish", file.to_str().unwrap()];
    line.extend(more);
    let args = Line::parse_from(line).args;
    let (mut out, mut remarks) = (Vec::new(), Vec::new());
    let terminal = Terminal::plain(&mut out);
    let result = super::run(&args, bench.folder.path(), language, terminal, &mut remarks);
    Told {
        result,
        out: String::from_utf8(out).unwrap(),
        remarks: String::from_utf8(remarks).unwrap(),
    }
}

fn with_tag(name: &str) -> String {
    format!(
        r#"{{ "weir": 1, "site": {{ "id": "blog", "domains": ["blog.example"] }},
            "triggers": {{ "all": {{ "pageview": {{}} }} }},
            "tags": [{{ "name": "{name}", "on": ["all"], "event": "seen" }}] }}"#
    )
}

#[test]
fn a_file_becomes_a_release_that_a_running_server_takes_up() {
    let mut bench = Bench::new();
    let publisher = bench.publisher(&[], None);
    let version = |bench: &Bench| {
        publisher.follow().unwrap();
        let published = bench.published.load();
        let release = published.sites.get("blog")?.release.clone();
        release.map(|release| release.version)
    };
    run(&bench, &container("blog"), &[]).fails("add --create");
    run(&bench, &container("blog"), &["--create", "--dry-run"]);
    assert_eq!(version(&bench), None);
    let made = run(&bench, &container("blog"), &["--create"]);
    assert!(
        made.out.starts_with("`blog`: release 1 is published"),
        "{}",
        made.out
    );
    assert_eq!(version(&bench), Some(1));

    let tried = run(&bench, &with_tag("Seen"), &["--dry-run"]);
    assert!(
        tried.out.contains("nothing was published") && tried.out.contains("new       tag `Seen`"),
        "{}",
        tried.out
    );
    assert_eq!(version(&bench), Some(1));
    let done = run(
        &bench,
        &with_tag("Seen"),
        &["--note", "why", "--author", "ci"],
    );
    assert!(done.out.contains("release 2 is published"), "{}", done.out);
    assert_eq!(version(&bench), Some(2));
    let stored = bench.store().latest("blog").unwrap().unwrap();
    assert_eq!(
        (stored.author.as_str(), stored.note.as_str()),
        ("ci", "why")
    );
    let again = run(&bench, &with_tag("Seen"), &["--create", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(
        (&told["published"], &told["release"], &told["changes"]),
        (&json!(false), &json!(2), &json!([]))
    );
}

#[test]
fn a_draft_stays_and_is_told_of_and_environments_have_their_own() {
    let mut bench = Bench::new();
    let publisher = bench.publisher(&[], None);
    run(&bench, &with_tag("One"), &["--create"]).result.unwrap();
    publisher.follow().unwrap();
    let ann = Actor {
        who: "ann@x",
        now_ms: 1,
    };
    let hosts = ["staging.blog.example".to_owned()];
    publisher
        .set_environment("blog", "staging", &hosts, ann)
        .unwrap();
    let store = bench.store();
    store.save_draft("blog", &with_tag("Hers"), 1, ann).unwrap();
    let done = run(&bench, &with_tag("Two"), &["--environment", "staging"]);
    assert!(
        done.out.starts_with("`blog`, staging: release 2"),
        "{}",
        done.out
    );
    assert!(
        done.remarks.contains("a draft of `ann@x`"),
        "{}",
        done.remarks
    );
    let draft = store.draft("blog").unwrap().unwrap();
    assert!(draft.open && draft.release_version == 1);
    publisher.follow().unwrap();
    let staged = bench.published.load().sites["blog__staging"]
        .release
        .clone();
    assert_eq!(staged.unwrap().version, 2);
    run(&bench, &with_tag("Two"), &["--environment", "stagin"]).fails("did you mean `staging`?");
    let live = with_tag("Two").replace("[\"blog.example\"]", "[\"staging.blog.example\"]");
    run(&bench, &live, &[]).fails("belongs to the environment");
    let taken = with_tag("Two").replace("\"blog\"", "\"blog__staging\"");
    run(&bench, &taken, &["--create"]).fails("is taken");
}

#[test]
fn what_cannot_be_published_is_explained() {
    let mut bench = Bench::new();
    let file = bench.write("shop.json", &container("shop"));
    bench.publisher(&[&file], None);
    run(&bench, &container("shop"), &[]).fails("is described by the file");
    run(&bench, &container("shop"), &["--create"]).fails("saving publishes it");
    run_in(&bench, &container("shop"), &[], Language::Ru).fails("описан файлом");
    let broken = run(&bench, "{ \"weir\": 1, \"tigers\": {} }", &[]);
    assert_eq!(broken.result.unwrap(), ExitCode::from(1));
    assert!(
        broken.remarks.contains("tigers") && broken.remarks.contains("nothing was published"),
        "{}",
        broken.remarks
    );
    let note = "x".repeat(MAX_NOTE_CHARS + 1);
    run(&bench, &container("blog"), &["--note", &note]).fails("--note");

    // The file is no longer served: the site can be taken over.
    bench.publisher(&[], None);
    run(&bench, &container("shop"), &[]).fails("--create");
    let taken = run(
        &bench,
        &with_tag("T").replace("blog", "shop"),
        &["--create"],
    );
    assert!(
        taken.out.contains("release 2 is published"),
        "{}",
        taken.out
    );
}
