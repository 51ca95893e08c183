//! The warehouse on the real engine: what the views answer against a reference of their own, and how tables, views and
//! sites get there.
//!
//! Has its own `main`, because the program also serves as the engine's process: `warehouse engine …` is that one.
//! The engine's library is found by `WEIR_ENGINE_LIB`. A run draws its streams from a new seed and prints it;
//! `WEIR_TEST_SEED` repeats one, as `make test` does.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test says what it expects by unwrapping, and prints what it found"
)]

mod cluster;
mod cluster_engine;
mod compare;
mod costs;
mod datasets;
mod defined;
mod documents;
mod engine;
mod every_view;
mod funnel_modes;
mod funnel_trend;
mod goals;
mod golden;
mod importer;
mod imports;
mod numbers;
mod people;
mod publishing;
mod random;
mod ready;
mod ready_sessions;
mod reference;
mod replicated;
mod restart;
mod sales;
mod stated;
mod steps;
mod stream;
mod traffic;
mod upgrade;
mod views;
mod wrong_arguments;

use engine::Engine;
use weir_collector::warehouse;

/// What can be asked for alone.
const PARTS: [&str; 12] = [
    "publishing",
    "ready",
    "sessions",
    "views",
    "golden",
    "imports",
    "datasets",
    "stated",
    "cluster",
    "upgrade",
    "replicated",
    "documents",
];

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "engine").is_some() {
        engine::run(arguments);
        return;
    }
    // A program's name with a folder or a file behind it; alone, `cluster` and `replicated` are parts of the tests.
    if let Some(program) = arguments.peek().cloned()
        && let Some(path) = std::env::args().nth(2).filter(|path| path.starts_with('/'))
    {
        match program.as_str() {
            cluster_engine::SPREAD | cluster_engine::REPLICATED => {
                cluster_engine::run(&program, arguments.skip(1));
            }
            "sample" => runtime().block_on(upgrade::write(path.as_ref())),
            _ => panic!("no program `{program}`"),
        }
        return;
    }
    // `cargo test --test warehouse -- ready` runs that part alone; what needs tables makes them.
    let part = arguments.find(|argument| !argument.starts_with('-'));
    // A part that is misspelt would run nothing and pass.
    if let Some(part) = &part {
        assert!(
            PARTS.contains(&part.as_str()),
            "no part `{part}`: {PARTS:?}"
        );
    }
    let part = part.as_deref();
    // Each waits for its engine more than it works.
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| runtime().block_on(on_engines_of_their_own(part)));
        runtime().block_on(on_one_engine(part));
        if let Err(panic) = beside.join() {
            std::panic::resume_unwind(panic);
        }
    });
    println!("test result: ok. the warehouse does what it says");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn is_wanted(part: Option<&str>, name: &str) -> bool {
    part.is_none_or(|part| part == name)
}

/// With every table and view.
async fn ready_engine() -> Engine {
    let engine = Engine::start().await;
    let writer = engine.writer();
    warehouse::migrate(&writer).await.unwrap();
    warehouse::create_views(&writer).await.unwrap();
    engine
}

async fn on_one_engine(part: Option<&str>) {
    let wanted = |name| is_wanted(part, name);
    if !["publishing", "views", "golden"].into_iter().any(wanted) {
        return;
    }
    let engine = if wanted("publishing") {
        let engine = Engine::start().await;
        publishing::run(&engine).await;
        engine
    } else {
        ready_engine().await
    };
    if wanted("views") {
        views::run(&engine).await;
        wrong_arguments::run(&engine).await;
    }
    if wanted("golden") {
        golden::run(&engine).await;
    }
}

/// Those whose rows are in nobody else's reference.
async fn on_engines_of_their_own(part: Option<&str>) {
    let wanted = |name| is_wanted(part, name);
    if wanted("ready") {
        ready::run(&ready_engine().await).await;
    }
    if wanted("sessions") {
        ready_sessions::run(&ready_engine().await).await;
    }
    if wanted("replicated") {
        replicated::run().await;
    }
    // Asked for by its name, as `make soak` does, it compares more.
    match part {
        Some("cluster") => cluster::run(cluster::MORE_SITES).await,
        None => cluster::run(cluster::FEW_SITES).await,
        Some(_) => {}
    }
    let any = |parts: &[&'static str]| parts.iter().any(|name| wanted(name));
    let opens = any(&["upgrade", "documents"]);
    if !opens && !any(&["imports", "datasets", "stated"]) {
        return;
    }
    // Where data of before were opened, others have room: making every view anew would take as long as some of the parts.
    let engine = match opens {
        true => upgrade::run().await,
        false => ready_engine().await,
    };
    if wanted("documents") {
        documents::run(&engine).await;
    }
    if wanted("stated") {
        stated::run(&engine).await;
        defined::run(&engine).await;
    }
    if wanted("imports") {
        imports::run(&engine).await;
    }
    if wanted("datasets") {
        datasets::run(&engine).await;
    }
}
