//! Batches, repeats, and leaving.

use super::*;
use weir_rules::payload::EventRecord;

use crate::session::Entry;

const NOW: u64 = 1_795_463_112_345;

fn event(id: &str, filler: usize) -> EventText {
    let element = "x".repeat(filler);
    EventText::new(&EventRecord {
        id,
        name: "click",
        ts: NOW,
        seq: 1,
        tag: "",
        trigger: "",
        element: &element,
        engaged_ms: 0,
        sample: 1_000_000,
        props: &[],
    })
}

fn page(view: u32) -> PageRecord {
    PageRecord {
        view,
        url: format!("https://a.example/{view}"),
        ..PageRecord::default()
    }
}

fn seal(outbox: &mut Outbox) {
    let origin = Origin {
        site: "shop".into(),
        visitor: 1,
        release: 3,
        user: String::new(),
        consent: vec!["analytics".into()],
    };
    let entry = Entry {
        url: "https://a.example/",
        referrer: "",
    };
    outbox.seal(NOW, &origin, &Session::begin(None, NOW, 1, &entry));
}

/// An outbox with one sealed batch for each id.
fn sealed(ids: &[&str]) -> Outbox {
    let mut outbox = Outbox::default();
    for id in ids {
        outbox.add(NOW, &page(1), event(id, 0));
        seal(&mut outbox);
    }
    outbox
}

fn body(copy: &Copy) -> &str {
    match copy {
        Copy::Keep(body) | Copy::Forget(body) => body,
    }
}

#[test]
fn events_leave_together_a_quarter_of_a_second_after_the_first() {
    let mut outbox = Outbox::default();
    assert_eq!(outbox.due(), None);
    outbox.add(NOW, &page(1), event("one", 0));
    outbox.add(NOW + 200, &page(2), event("two", 0));
    assert_eq!(outbox.due(), Some(NOW + 250));
    assert!(!outbox.is_flush_due(NOW + 249) && outbox.is_flush_due(NOW + 250));
    seal(&mut outbox);
    let sent = outbox.take_due(NOW + 250).unwrap().to_owned();
    assert!(sent.contains("one") && sent.contains("two"), "{sent}");
    assert!(sent.contains(&format!("\"sent\":{}", NOW + 250)));
    assert!(sent.contains("\"page\":0") && sent.contains("\"page\":1"));
    assert_eq!(outbox.take_due(NOW + 250), None, "one at a time");
    assert_eq!(outbox.due(), None);
    assert_eq!(outbox.answered(NOW, Verdict::Accepted, 0), None);
    assert_eq!(outbox.take_due(NOW + 999), None);
}

#[test]
fn a_batch_that_was_not_accepted_is_repeated_unchanged_but_for_its_time() {
    let mut outbox = sealed(&["one"]);
    let first = outbox.take_due(NOW).unwrap().to_owned();
    let copy = outbox.answered(NOW, Verdict::Again, 0).unwrap();
    assert_eq!(copy, Copy::Keep(first.clone()));
    assert_eq!(outbox.take_due(NOW + 499), None);
    assert_eq!(outbox.due(), Some(NOW + 500));
    let second = outbox.take_due(NOW + 500).unwrap().to_owned();
    assert_eq!(second, stamped(&first, NOW + 500));
    assert_eq!(
        outbox.answered(NOW, Verdict::Accepted, 0),
        Some(Copy::Forget(second))
    );
}

#[test]
fn pauses_double_up_to_a_minute() {
    assert_eq!(
        [0, 1, 2, 5, 6, 60].map(|failures| pause_ms(failures, 0)),
        [500, 1_000, 2_000, 16_000, 30_000, 30_000]
    );
    assert!((0..5_000).all(|jitter| (500..1_000).contains(&pause_ms(0, jitter * 7))));
}

#[test]
fn what_is_refused_is_dropped() {
    let mut outbox = sealed(&["one", "two"]);
    outbox.take_due(NOW).unwrap();
    assert_eq!(outbox.answered(NOW, Verdict::Refused, 0), None);
    assert!(outbox.take_due(NOW).unwrap().contains("two"));
}

#[test]
fn verdicts() {
    for (status, verdict) in [
        (200, Verdict::Accepted),
        (204, Verdict::Accepted),
        (301, Verdict::Refused),
        (400, Verdict::Refused),
        (413, Verdict::Refused),
        (0, Verdict::Again),
        (429, Verdict::Again),
        (503, Verdict::Again),
    ] {
        assert_eq!(Verdict::of(status), verdict, "{status}");
    }
}

#[test]
fn no_batch_is_larger_than_a_browser_allows() {
    let mut outbox = Outbox::default();
    let mut batches = 0;
    for at in 0..200 {
        let event = event(&at.to_string(), 2_000);
        match outbox.room_for(&page(1), &event) {
            Room::Enough => {}
            Room::AfterSeal => seal(&mut outbox),
            Room::None => break,
        }
        outbox.add(NOW, &page(1), event);
        assert!(outbox.bytes() <= MAX_BYTES);
    }
    seal(&mut outbox);
    while let Some(body) = outbox.take_due(NOW) {
        assert!(body.len() <= MAX_BATCH_BYTES, "{}", body.len());
        outbox.answered(NOW, Verdict::Accepted, 0);
        batches += 1;
    }
    assert!(batches > 2, "{batches}");
}

#[test]
fn an_endless_outage_stays_in_bounds() {
    let mut outbox = Outbox::default();
    let mut refused = 0;
    for at in 0..2_000 {
        let event = event(&at.to_string(), 1_000);
        match outbox.room_for(&page(1), &event) {
            Room::Enough => {}
            Room::AfterSeal => seal(&mut outbox),
            Room::None => {
                refused += 1;
                continue;
            }
        }
        outbox.add(NOW, &page(1), event);
    }
    assert!(refused > 1_000 && outbox.bytes() <= MAX_BYTES + HEADER_BYTES * 8);
    assert_eq!(
        outbox.room_for(&page(1), &event("x", MAX_BATCH_BYTES)),
        Room::None
    );
}

#[test]
fn many_pages_are_several_batches() {
    let mut outbox = Outbox::default();
    for view in 0..49 {
        outbox.add(NOW, &page(view), event("x", 0));
    }
    assert_eq!(outbox.room_for(&page(50), &event("x", 0)), Room::Enough);
    outbox.add(NOW, &page(50), event("x", 0));
    assert_eq!(outbox.room_for(&page(51), &event("x", 0)), Room::AfterSeal);
}

#[test]
fn a_title_that_comes_late_is_sent() {
    let mut outbox = Outbox::default();
    outbox.add(NOW, &page(1), event("x", 0));
    outbox.set_title(&PageRecord {
        title: "Late".into(),
        ..page(1)
    });
    outbox.set_title(&PageRecord {
        title: "Another".into(),
        ..page(2)
    });
    seal(&mut outbox);
    assert!(outbox.take_due(NOW).unwrap().contains("\"title\":\"Late\""));
}

#[test]
fn leaving_a_page_whose_collector_answers_leaves_nothing_behind() {
    let mut outbox = sealed(&["one", "two"]);
    outbox.take_due(NOW).unwrap();
    outbox.answered(NOW, Verdict::Accepted, 0);
    let mut sent = Vec::new();
    let copies = outbox.leave(NOW + 9, |body| {
        sent.push(body.to_owned());
        true
    });
    assert_eq!((copies.len(), sent.len(), outbox.due()), (0, 1, None));
    assert!(sent[0].contains("two") && sent[0].contains(&format!("\"sent\":{}", NOW + 9)));
}

#[test]
fn leaving_in_doubt_keeps_copies_of_everything() {
    let mut outbox = sealed(&["one", "two"]);
    outbox.take_due(NOW).unwrap();
    let mut sent = 0;
    let copies = outbox.leave(NOW, |_| {
        sent += 1;
        true
    });
    assert_eq!((copies.len(), sent), (2, 1));
    assert!(body(&copies[0]).contains("one") && body(&copies[1]).contains("two"));
    assert!(outbox.leave(NOW, |_| true).is_empty(), "once");
    let forgotten = outbox.answered(NOW, Verdict::Accepted, 0).unwrap();
    assert!(matches!(&forgotten, Copy::Forget(body) if body.contains("one")));
}

#[test]
fn what_the_browser_does_not_take_is_kept() {
    let mut outbox = sealed(&["one", "two"]);
    outbox.take_due(NOW).unwrap();
    outbox.answered(NOW, Verdict::Accepted, 0);
    let copies = outbox.leave(NOW, |_| false);
    assert!(matches!(&copies[..], [Copy::Keep(body)] if body.contains("two")));
    assert!(
        outbox.take_due(NOW).unwrap().contains("two"),
        "should the page live on"
    );
}

#[test]
fn batches_of_an_earlier_page_are_sent_and_forgotten() {
    let mut earlier = sealed(&["one"]);
    let body = earlier.take_due(NOW).unwrap().to_owned();
    let mut outbox = Outbox::default();
    outbox.resume([body.clone()].into_iter());
    let sent = outbox.take_due(NOW + 5_000).unwrap().to_owned();
    assert_eq!(sent, stamped(&body, NOW + 5_000));
    assert_eq!(
        outbox.answered(NOW, Verdict::Accepted, 0),
        Some(Copy::Forget(sent))
    );
}

#[test]
fn what_is_in_a_hurry_is_due_at_once() {
    let mut outbox = Outbox::default();
    outbox.hurry(NOW);
    assert_eq!(outbox.due(), None, "there is nothing");
    outbox.add(NOW, &page(1), event("one", 0));
    outbox.hurry(NOW + 10);
    assert!(outbox.is_flush_due(NOW + 10));
    let mut late = Outbox::default();
    late.add(NOW, &page(1), event("one", 0));
    late.hurry(NOW + 900);
    assert_eq!(late.due(), Some(NOW + 250), "no later than without hurry");
}

#[test]
fn what_is_under_way_leaves_less_room_for_beacons() {
    let mut outbox = Outbox::default();
    for id in ["one", "two", "three"] {
        outbox.add(NOW, &page(1), event(id, 20_000));
        seal(&mut outbox);
    }
    outbox.take_due(NOW).unwrap();
    let mut sent = Vec::new();
    let copies = outbox.leave(NOW, |body| {
        sent.push(body.len());
        true
    });
    assert_eq!(sent.len(), 1, "48 KiB together");
    assert_eq!(copies.len(), 3);
}
