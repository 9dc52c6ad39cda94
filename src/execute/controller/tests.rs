//! The controller before simulated servers.

use super::{Controller, LEAST, START, Sample};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

const MAX: usize = 64;

/// How long one request takes when nothing is in its way.
const LATENCY: Duration = Duration::from_millis(20);

/// What came of sending requests to a simulated server.
struct Sent {
    controller: Controller,
    took: Duration,
    refused: usize,
    most_in_flight: usize,
}

/// Sends `requests` as the pool does, always as many as the limit allows. `answer` gives the latency
/// of a request that is sent as the n-th in flight at a time, or `None` where the server refuses it.
fn send(requests: usize, mut answer: impl FnMut(usize, Duration) -> Option<Duration>) -> Sent {
    let mut controller = Controller::new(MAX);
    let mut in_flight = BinaryHeap::new();
    let (mut sent, mut refused, mut most_in_flight) = (0, 0, 0);
    let mut now = Duration::ZERO;
    loop {
        while in_flight.len() < controller.limit() && sent < requests {
            let latency = answer(in_flight.len() + 1, now);
            in_flight.push(Reverse((
                now + latency.unwrap_or(LATENCY),
                sent,
                latency.is_none(),
            )));
            most_in_flight = most_in_flight.max(in_flight.len());
            sent += 1;
        }
        let Some(Reverse((ended, _, throttled))) = in_flight.pop() else {
            return Sent {
                controller,
                took: now,
                refused,
                most_in_flight,
            };
        };
        now = ended;
        refused += usize::from(throttled);
        controller.take(if throttled {
            Sample::Throttled
        } else {
            Sample::Answered
        });
        assert!((LEAST..=MAX).contains(&controller.limit()));
    }
}

#[test]
fn a_server_that_keeps_up_is_soon_used_fully() {
    let sent = send(5000, |_, _| Some(LATENCY));
    assert_eq!(sent.controller.limit(), MAX);
    let least = LATENCY * 5000 / 64;
    assert!(sent.took < least + 4 * LATENCY, "{:?}", sent.took);
}

#[test]
fn a_server_that_answers_no_faster_for_more_takes_no_longer_for_all() {
    let capacity = 20;
    let sent = send(20_000, |in_flight, _| {
        let share = u32::try_from(in_flight.max(capacity)).unwrap();
        Some(LATENCY * share / u32::try_from(capacity).unwrap())
    });
    let least = LATENCY * 20_000 / u32::try_from(capacity).unwrap();
    assert!(sent.took < least * 11 / 10, "{:?}", sent.took);
}

#[test]
fn a_server_that_refuses_above_a_limit_is_kept_busy_below_it() {
    let sent = send(5000, |in_flight, _| (in_flight <= 24).then_some(LATENCY));
    assert!(sent.refused < 5000 / 20, "{} refused", sent.refused);
    let least = LATENCY * 5000 / 24;
    assert!(sent.took < least * 3 / 2, "{:?}", sent.took);
}

#[test]
fn after_a_burst_of_refusals_the_limit_comes_back() {
    let (begins, ends) = (Duration::from_millis(500), Duration::from_millis(600));
    let burst = |_, now| (!(begins..ends).contains(&now)).then_some(LATENCY);
    let short = send(1_700, burst);
    assert!(short.refused > 0);
    assert!(short.controller.limit() < MAX / 2, "halved more than once");
    let long = send(20_000, burst);
    assert_eq!(long.controller.limit(), MAX);
    assert_eq!(long.most_in_flight, MAX);
}

#[test]
fn one_refusal_halves_once() {
    let mut controller = Controller::new(MAX);
    controller.take(Sample::Throttled);
    for _ in 1..START {
        assert_eq!(controller.limit(), START / 2);
        controller.take(Sample::Throttled);
    }
    assert_eq!(controller.limit(), START / 2);
    controller.take(Sample::Throttled);
    assert_eq!(controller.limit(), START / 4);
}
