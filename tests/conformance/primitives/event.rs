//! `Event`: EVT.

use super::*;

async fn waiters(event: &Shared<Event>, log: &Log<usize>, count: usize) -> Vec<Child<()>> {
    let mut children = Vec::new();
    for number in 0..count {
        let (event, log) = (event.clone(), log.clone());
        let child = spawn(async move {
            event.wait().await;
            log.add(number);
        });
        children.push(child.waits().await);
    }
    children
}

#[test]
fn evt_1_created_unset() {
    run(async {
        let event = Event::new();
        assert!(!event.is_set());
        assert!(!Event::default().is_set());
        Hand::waiting(event.wait());
    });
}

#[test]
fn evt_2_a_wait_for_a_set_event_does_not_suspend() {
    run(async {
        let event = Event::new();
        event.set();
        assert!(event.is_set());
        at_once(event.wait());
        at_once(event.wait());
    });
}

#[test]
fn evt_3_set_wakes_all_in_the_order_in_which_they_began_to_wait() {
    run(async {
        let event = Event::new();
        let mut hands = [(); 40].map(|()| Hand::waiting(event.wait()));
        event.set();
        assert!(hands.iter_mut().all(|hand| hand.wakes() == 1 && hand.poll().is_some()));
    });
    run(async {
        let (event, log) = (Shared::new(Event::new()), Log::new());
        let children = waiters(&event, &log, 4).await;
        event.set();
        for child in children {
            child.value().await;
        }
        let mut order = log.take();
        if !THREADS {
            assert_eq!(order, [0, 1, 2, 3]);
        }
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3]);
    });
}

#[test]
fn evt_4_a_wait_that_begins_after_set_overtakes_those_that_only_wait_to_resume() {
    run(async {
        let event = Event::new();
        let mut before = Hand::waiting(event.wait());
        event.set();
        // Not resumed yet, and the new one is done.
        at_once(event.wait());
        assert!(before.poll().is_some());
    });
}

#[test]
fn evt_5_clear_resets_the_flag_and_wakes_nobody() {
    run(async {
        let event = Event::new();
        let mut waits = Hand::waiting(event.wait());
        event.clear();
        assert_eq!(waits.wakes(), 0);
        event.set();
        event.clear();
        assert!(!event.is_set());
        let mut late = Hand::waiting(event.wait());
        event.clear();
        assert_eq!((waits.wakes(), late.wakes()), (1, 0));
        assert!(waits.poll().is_some());
        assert!(late.poll().is_none());
    });
}

#[test]
fn evt_6_set_and_clear_at_once_release_everybody_who_waited() {
    run(async {
        let (event, log) = (Shared::new(Event::new()), Log::new());
        let children = waiters(&event, &log, 3).await;
        event.set();
        event.clear();
        for child in children {
            child.value().await;
        }
        assert!(!event.is_set());
        assert_eq!(log.len(), 3);
    });
}

#[test]
fn diff_evt_7_a_second_set_has_no_effect_and_those_released_are_not_counted_as_waiting() {
    run(async {
        let event = Event::new();
        let waits = Hand::waiting(event.wait());
        assert_eq!(text(&event), r#"Event { state: "unset", waiters: 1 }"#);
        event.set();
        // asyncio: still one, until it has resumed.
        assert_eq!(text(&event), r#"Event { state: "set", waiters: 0 }"#);
        event.set();
        assert_eq!(waits.wakes(), 1);
        assert_eq!(text(&event), r#"Event { state: "set", waiters: 0 }"#);
    });
}

#[test]
fn evt_8_a_cancelled_waiter_is_removed_and_the_others_are_not_disturbed() {
    run(async {
        let (event, log) = (Shared::new(Event::new()), Log::new());
        let mut children = waiters(&event, &log, 3).await;
        children.remove(1).stopped().await;
        assert_eq!(event.waiting_tasks().len(), 2);
        assert_eq!(log.len(), 0);
        event.set();
        for child in children {
            child.value().await;
        }
        let mut order = log.take();
        order.sort_unstable();
        assert_eq!(order, [0, 2]);
    });
}

#[test]
fn evt_9_the_text_says_whether_it_is_set_and_how_many_wait() {
    run(async {
        let event = Event::new();
        assert_eq!(text(&event), r#"Event { state: "unset", waiters: 0 }"#);
        let _waits = [(); 2].map(|()| Hand::waiting(event.wait()));
        assert_eq!(text(&event), r#"Event { state: "unset", waiters: 2 }"#);
        event.set();
        assert!(text(&event).contains(r#""set""#));
    });
}
