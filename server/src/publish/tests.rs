//! Files are saved, broken, mended and moved; what is served follows, or stays.

use std::path::Path;
use std::time::{Duration, Instant};

use super::site::{Problem, Published, State};
use super::watch::Watch;
use crate::cli::Language;
use crate::container;
use crate::demo_shop;
use crate::testing::{Bench, broken, container};

fn version(bench: &Bench, site: &str) -> Option<u32> {
    bench
        .published
        .load()
        .sites
        .get(site)?
        .release
        .as_ref()
        .map(|release| release.version)
}

fn state(bench: &Bench, site: &str) -> Option<State> {
    bench
        .published
        .load()
        .sites
        .get(site)
        .map(|site| site.state)
}

fn with_tag(site: &str) -> String {
    format!(
        "{{ \"weir\": 1, \"site\": {{ \"id\": \"{site}\" }},
            \"triggers\": {{ \"all\": {{ \"pageview\": {{}} }} }},
            \"tags\": [{{ \"name\": \"T\", \"on\": [\"all\"], \"event\": \"seen\" }}] }}"
    )
}

#[test]
fn a_saved_file_is_a_new_version_and_a_broken_one_changes_nothing() {
    let mut bench = Bench::new();
    let file = bench.write("shop.json", &container("shop"));
    let publisher = bench.publisher(&[&file], None);
    assert_eq!(version(&bench, "shop"), Some(1));
    assert!(bench.intake.get("shop").is_some());
    assert_eq!(bench.definitions.borrow().len(), 1);

    bench.write("shop.json", &with_tag("shop"));
    publisher.look();
    assert_eq!(version(&bench, "shop"), Some(2));
    let before = bench.published.load_full();

    bench.write("shop.json", &broken("shop"));
    publisher.look();
    let now = bench.published.load_full();
    let site = &now.sites["shop"];
    assert_eq!(site.state, State::Broken);
    assert!(matches!(site.problems[0], Problem::Rule(_)));
    assert_eq!(
        script(&now),
        script(&before),
        "the last good release is still served"
    );
    assert_eq!(bench.intake.get("shop").unwrap().container_version, 2);

    bench.write("shop.json", &container("shop"));
    publisher.look();
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(3), Some(State::Live))
    );
}

#[test]
fn a_failing_example_keeps_the_last_good_release() {
    let with_example = |expected: &str| {
        let whole = with_tag("shop");
        let rules = whole.trim_end().strip_suffix('}').unwrap();
        format!(
            "{rules}, \"examples\": [{{ \"name\": \"seen\", \"do\": [{{ \"pageview\": true }}], \"expect\": [{expected}] }}] }}"
        )
    };
    let mut bench = Bench::new();
    let file = bench.write("shop.json", &with_example("{ \"event\": \"seen\" }"));
    let publisher = bench.publisher(&[&file], None);
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(1), Some(State::Live))
    );

    bench.write("shop.json", &with_example(""));
    publisher.look();
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(1), Some(State::Broken))
    );
    let now = bench.published.load_full();
    let fails = |problem: &Problem| matches!(problem, Problem::Rule(problem) if problem.code() == "example_fails");
    assert!(now.sites["shop"].problems.iter().any(fails));
}

fn script(published: &Published) -> &[u8] {
    published.sites["shop"]
        .release
        .as_ref()
        .unwrap()
        .script
        .as_ref()
        .unwrap()
        .body()
}

#[test]
fn the_last_good_release_survives_a_restart_with_a_broken_file() {
    let mut bench = Bench::new();
    let file = bench.write("shop.json", &with_tag("shop"));
    bench.publisher(&[&file], None);
    let before = bench.published.load_full();

    // Not even JSON: the site is known from the store alone.
    bench.write("shop.json", "{ \"weir\": 1,");
    bench.publisher(&[&file], None);
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(1), Some(State::Broken))
    );
    assert_eq!(script(&bench.published.load()), script(&before));

    std::fs::remove_file(&file).unwrap();
    bench.publisher(&[&file], None);
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(1), Some(State::Broken))
    );
    assert!(matches!(
        bench.published.load().sites["shop"].problems[0],
        Problem::Unreadable { .. }
    ));

    bench.write("shop.json", &with_tag("shop"));
    bench.publisher(&[&file], None);
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(1), Some(State::Live))
    );
}

#[test]
fn a_file_that_never_was_good_is_reported_under_the_best_name_there_is() {
    let mut bench = Bench::new();
    let readable = bench.write("a.json", &broken("shop"));
    let unreadable = bench.write("My Blog.json", "{");
    let missing = bench.folder.path().join("gone.json");
    bench.publisher(&[&readable, &unreadable, &missing], None);
    for site in ["shop", "my_blog", "gone"] {
        assert_eq!(state(&bench, site), Some(State::Broken), "{site}");
        assert_eq!(version(&bench, site), None);
        assert!(bench.intake.get(site).is_none());
    }
}

#[test]
fn two_files_of_one_site_are_an_error_and_the_first_counts() {
    let mut bench = Bench::new();
    let first = bench.write("first.json", &container("shop"));
    let second = bench.write("second.json", &with_tag("shop"));
    let publisher = bench.publisher(&[&first, &second], None);
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(1), Some(State::Live))
    );
    {
        let published = bench.published.load();
        let site = &published.sites["shop"];
        assert!(site.source.ends_with("first.json"));
        let Problem::SameSite { file, other, .. } = &site.problems[0] else {
            panic!("{:?}", site.problems)
        };
        assert!(file.ends_with("second.json") && other.ends_with("first.json"));
    }
    bench.write("second.json", &with_tag("blog"));
    publisher.look();
    assert!(bench.published.load().sites["shop"].problems.is_empty());
    assert_eq!(version(&bench, "blog"), Some(1));
}

#[test]
fn a_file_does_not_take_its_site_away_by_naming_another_one() {
    let mut bench = Bench::new();
    let file = bench.write("shop.json", &container("shop"));
    let publisher = bench.publisher(&[&file], None);
    let before = bench.published.load_full();

    bench.write("shop.json", &with_tag("blog"));
    publisher.look();
    let now = bench.published.load_full();
    let sites: Vec<&String> = now.sites.keys().collect();
    assert_eq!(sites, ["shop"]);
    assert_eq!(now.sites["shop"].state, State::Broken);
    assert_eq!(script(&now), script(&before));
    assert!(bench.intake.get("shop").is_some() && bench.intake.get("blog").is_none());
    let told = now.sites["shop"].problems[0].told(Language::En);
    assert_eq!(
        (told.severity, told.code.as_str(), told.path.as_str()),
        ("error", "site_id_changed", "site.id")
    );
    assert_eq!((told.line, told.column), (1, 30));
    assert!(told.message.contains("`shop`") && told.message.contains("`blog`"));
    let russian = now.sites["shop"].problems[0].told(Language::Ru);
    assert!(russian.hint.contains("перезапустите"));

    // The old id again; then a restart, which means what the file says.
    bench.write("shop.json", &with_tag("shop"));
    publisher.look();
    assert_eq!(
        (version(&bench, "shop"), state(&bench, "shop")),
        (Some(2), Some(State::Live))
    );
    bench.write("shop.json", &with_tag("blog"));
    publisher.look();
    bench.publisher(&[&file], None);
    assert_eq!(
        (version(&bench, "blog"), state(&bench, "blog")),
        (Some(1), Some(State::Live))
    );
    assert_eq!(state(&bench, "shop"), None);
}

#[test]
fn the_sample_has_funnels_and_takes_no_events() {
    let mut bench = Bench::new();
    let sample = demo_shop::sample_container().unwrap();
    let funnels = sample.funnels();
    bench.publisher(&[], Some(sample));
    let published = bench.published.load();
    let site = &published.sites["demo"];
    assert!(site.is_sample() && site.source.is_empty());
    assert_eq!(site.funnels, funnels);
    assert!(bench.intake.get("demo").is_none());
    assert_eq!(bench.definitions.borrow().len(), 1);
}

#[test]
fn a_file_too_large_is_not_read() {
    let bench = Bench::new();
    let file = bench.write("huge.json", &" ".repeat(5 << 20));
    assert_eq!(
        super::read_text(&file),
        Err("it is larger than 4 MiB".to_owned())
    );
}

#[test]
fn the_site_id_is_found_in_a_text_with_errors() {
    assert_eq!(container::site_id(&broken("shop")), Some("shop".to_owned()));
    assert_eq!(container::site_id("{"), None);
    assert_eq!(container::site_id("{\"site\":{\"id\":\"No Id\"}}"), None);
}

/// Waits for what the watching thread will do; the limit says nothing about speed.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn replace(file: &Path, text: &str) {
    let part = file.with_extension("part");
    std::fs::write(&part, text).unwrap();
    std::fs::rename(part, file).unwrap();
}

#[test]
fn files_are_watched_however_an_editor_saves_them() {
    let mut bench = Bench::new();
    let file = bench.write("shop.json", &container("shop"));
    let publisher = bench.publisher(&[&file], None);
    let watch = Watch::start(publisher).unwrap();

    bench.write("shop.json", &with_tag("shop"));
    wait_until("written in place", || version(&bench, "shop") == Some(2));
    bench.write("shop.json", &broken("shop"));
    wait_until("broken", || state(&bench, "shop") == Some(State::Broken));
    assert_eq!(version(&bench, "shop"), Some(2));
    replace(&file, &container("shop"));
    wait_until("replaced by a rename", || {
        version(&bench, "shop") == Some(3)
    });
    std::fs::remove_file(&file).unwrap();
    wait_until("removed", || state(&bench, "shop") == Some(State::Broken));
    bench.write("shop.json", &with_tag("shop"));
    wait_until("there again", || version(&bench, "shop") == Some(4));
    drop(watch);
}
