//! Weir as a whole: `weir serve` on the real engine, with real browsers, libraries and clients in front of it.

#![cfg(test)]

mod accounts;
mod bad_input;
mod crash;
mod journeys;
mod optout;
mod preview;
mod publishing;
mod sdks;
mod sql_port;
mod ui;
mod ui_costs;
mod ui_every_page;
mod ui_flows;
mod ui_keys;
mod ui_numbers;
mod ui_people;
mod ui_reports;
mod ui_rules;
mod ui_second_day;
mod ui_stumbles;
