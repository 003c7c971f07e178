//! What a request does to a `gather`.

use crate::stage::*;
use asyncio::{catch_cancel, create_task, gather, shield};

/// Says the text of the request that ends it.
async fn listening(name: &str) {
    if let Err(token) = catch_cancel(pending()).await {
        say!("{name} {}", token.message().unwrap_or("-"));
        token.propagate().await
    }
}

#[test]
fn gth_12_a_request_goes_to_every_unfinished_member() {
    let trace = played(async {
        let all = create_task(async {
            gather!(listening("a"), async {}, job("b", 2, listening("b"))).await;
        });
        sleep(1).await;
        all.cancel_with("enough");
        sleep(1).await;
        say!("done {}", all.done());
        say!("{}", all.await.show());
    });
    assert_eq!(trace, "1:a enough · 1:b enough · 1:b+ · 2:done false · 3:b- · 3:Cancelled(enough)");
}

#[test]
fn diff_gth_13_it_waits_for_every_member_to_clean_up() {
    let trace = played(cancelled_at(&[1], async {
        gather!(job("a", 1, pending()), job("b", 3, pending())).await;
        say!("not here")
    }));
    assert_eq!(trace, "1:a+ · 1:b+ · 2:a- · 4:b- · 4:t=Cancelled");
}

#[test]
fn gth_14_with_return_exceptions_it_waits_for_all_and_is_cancelled() {
    let trace = played(cancelled_at(&[1], async {
        let _ = gather!(job("a", 2, pending()), stubborn(1, 5)).return_exceptions().await;
        say!("not here")
    }));
    assert_eq!(trace, "1:a+ · 3:a- · 3:t=Cancelled");
}

#[test]
fn gth_15_cancelled_though_every_member_swallowed() {
    let trace = played(cancelled_at(&[1], async {
        gather!(stubborn(0, 1), stubborn(1, 2)).await;
        say!("not here")
    }));
    assert_eq!(trace, "2:t=Cancelled");
}

#[test]
fn gth_18_the_text_of_the_request_arrives_at_the_waiting_task() {
    let trace = played(async {
        let task = create_task(async { gather([pending(), pending()]).await });
        sleep(1).await;
        task.cancel_with("closing time");
        say!("{}", task.await.show_list());
    });
    assert_eq!(trace, "1:Cancelled(closing time)");
}

trait ShowList {
    fn show_list(&self) -> String;
}

impl<T> ShowList for Result<Vec<T>, asyncio::JoinError> {
    fn show_list(&self) -> String {
        self.as_ref().map(Vec::len).map_or_else(Show::show, |n| n.to_string())
    }
}

#[test]
fn gth_20_shields_in_a_gather_and_a_gather_in_a_shield() {
    let trace = played(async {
        let inner = watched("inner", after(3, ()));
        let task = create_task(async {
            let _ = gather!(shield(inner)).await;
        });
        sleep(1).await;
        task.cancel();
        say!("{}", task.await.show());
        sleep(3).await;

        let members = async {
            gather!(job("a", 1, after(2, ())), after(1, ())).await;
            say!("all");
        };
        let task = create_task(async move { shield(members).await.unwrap() });
        sleep(1).await;
        task.cancel();
        say!("{}", task.await.show());
        sleep(5).await;
    });
    assert_eq!(trace, "1:Cancelled · 3:inner=over · 5:Cancelled · 6:a+ · 7:a- · 7:all");
}

#[test]
fn gth_21_nested_ones_are_cancelled_as_a_tree() {
    let trace = played(cancelled_at(&[1], async {
        let inner = async {
            gather!(job("a", 1, pending()), job("b", 1, pending())).await;
        };
        gather!(inner, job("c", 1, pending())).await;
    }));
    // The members of the inner one are asked a turn later: a hop further down.
    assert_eq!(trace, "1:c+ · 1:a+ · 1:b+ · 2:c- · 2:a- · 2:b- · 2:t=Cancelled");
}
