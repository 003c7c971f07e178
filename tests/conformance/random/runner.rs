//! A program, run by the runtime.

use super::program::{
    BETWEEN, Block, HORIZON, Id, Outcome, PRIMITIVES, Program, ROOM, ROUNDS, Raised, Stmt, Time,
};
use asyncio::local::TaskGroup;
use asyncio::sync::confined::{Confinement, Event, Lock, Queue, Semaphore};
use asyncio::{
    BoxError, EventLoop, ExceptionGroup, Task, TaskRef, catch_cancel, create_task, current_task,
    gather, now, timeout, with_cleanup,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

type Ended = Result<(), Raised>;
type Coroutine = Pin<Box<dyn Future<Output = Ended>>>;

/// A task that runs beside, and its handle while nobody has awaited it.
type Beside = (TaskRef, Option<Task<Ended>>);

struct World<R: Confinement> {
    began: Instant,
    locks: [Lock<(), R>; PRIMITIVES],
    semaphores: [Semaphore<R>; PRIMITIVES],
    queues: [Queue<u32, R>; PRIMITIVES],
    events: [Event<R>; PRIMITIVES],
    tasks: RefCell<BTreeMap<Id, Beside>>,
    /// The task in whose turns a child or member runs.
    owners: RefCell<BTreeMap<Id, Id>>,
    outcome: RefCell<Outcome>,
    /// What the end of the run makes the tasks say is not wanted any more.
    over: Cell<bool>,
}

pub fn run<R: Confinement>(program: &Program) -> Outcome {
    let mut event_loop = EventLoop::builder().virtual_time(true).build().expect("a loop");
    let main = async {
        let world = Rc::new(World::<R> {
            began: now(),
            locks: std::array::from_fn(|_| Lock::new(())),
            semaphores: std::array::from_fn(|_| Semaphore::new(ROOM)),
            queues: std::array::from_fn(|_| Queue::new(ROOM)),
            events: std::array::from_fn(|_| Event::new()),
            tasks: RefCell::default(),
            owners: RefCell::default(),
            outcome: RefCell::default(),
            over: Cell::default(),
        });
        world.clone().main(program.roots.clone()).await;
        world.outcome.take()
    };
    // And not `run_virtual`, which waits for the end of what is left: some programs have none, here as
    // on paper (a child that swallows the one request that its group passes on).
    event_loop.run_until_complete(main).expect("main is not cancelled")
}

fn sleep(delay: Time) -> asyncio::Sleep {
    asyncio::sleep(Duration::from_nanos(delay))
}

fn errors(group: ExceptionGroup) -> Raised {
    let errors = group.into_iter().map(|exception| {
        let raised = exception.into_error().downcast::<Raised>();
        *raised.expect("programs raise nothing else")
    });
    Raised::group(errors.collect())
}

impl<R: Confinement> World<R> {
    async fn main(self: Rc<Self>, roots: Vec<(Id, Block)>) {
        for (id, block) in roots {
            self.spawn(id, block);
        }
        sleep(HORIZON).await;
        for _ in 0..ROUNDS {
            let tasks: Vec<_> = self.tasks.borrow().values().map(|(t, _)| t.clone()).collect();
            for task in tasks {
                if task.cancel() {
                    sleep(BETWEEN).await;
                }
            }
        }
        let mut left = Vec::new();
        for (id, (task, _)) in &*self.tasks.borrow() {
            let asked = if task.done() { task.cancelling() } else { 0 };
            left.push(format!("task {id}: done {}, asked {asked}", task.done()));
        }
        for n in 0..PRIMITIVES {
            left.push(format!("lock {}", self.locks[n].locked()));
            left.push(format!("semaphore {}", self.semaphores[n].value()));
            left.push(format!("queue {}", self.queues[n].qsize()));
            left.push(format!("event {}", self.events[n].is_set()));
        }
        self.outcome.borrow_mut().left = left;
        self.over.set(true);
    }

    fn say(&self, task: Id, text: String) {
        if !self.over.get() {
            let time = (now() - self.began).as_nanos() as Time;
            self.outcome.borrow_mut().say(task, time, text);
        }
    }

    fn spawn(self: &Rc<Self>, id: Id, block: Block) {
        let task = create_task(self.clone().task(id, block));
        self.tasks.borrow_mut().insert(id, (task.task_ref(), Some(task)));
    }

    fn task(self: Rc<Self>, me: Id, block: Block) -> Coroutine {
        Box::pin(async move {
            let ended = self.clone().block(me, block).await;
            match &ended {
                Ok(()) => self.say(me, "over".into()),
                Err(error) => self.say(me, format!("raised {error}")),
            }
            ended
        })
    }

    fn block(self: Rc<Self>, me: Id, block: Block) -> Coroutine {
        Box::pin(async move {
            for (delay, id, stmt) in block {
                sleep(delay).await;
                self.clone().stmt(me, id, delay / 3 + 1, stmt).await?;
            }
            Ok(())
        })
    }

    fn tasks_of(self: &Rc<Self>, me: Id, tasks: Vec<(Id, Block)>) -> Vec<Coroutine> {
        let owner = self.owner(me);
        self.owners.borrow_mut().extend(tasks.iter().map(|(id, _)| (*id, owner)));
        tasks.into_iter().map(|(id, block)| self.clone().task(id, block)).collect()
    }

    fn stmt(self: Rc<Self>, me: Id, id: Id, after: Time, stmt: Stmt) -> Coroutine {
        Box::pin(async move {
            match stmt {
                Stmt::Sleep(delay) => sleep(delay).await,
                Stmt::Lock(n, block) => {
                    let _guard = self.locks[n].lock().await;
                    sleep(after).await;
                    self.say(me, format!("{id} locked"));
                    self.clone().block(me, block).await?
                }
                Stmt::Semaphore(n, block) => {
                    let _permit = self.semaphores[n].acquire().await;
                    sleep(after).await;
                    self.say(me, format!("{id} acquired"));
                    self.clone().block(me, block).await?
                }
                Stmt::Put(n) => self.queues[n].put(id).await.expect("never shut down"),
                Stmt::Get(n) => {
                    let item = self.queues[n].get().await.expect("never shut down");
                    sleep(after).await;
                    self.say(me, format!("{id} got {item}"));
                }
                Stmt::Set(n) => self.events[n].set(),
                Stmt::Clear(n) => self.events[n].clear(),
                Stmt::Wait(n) => self.events[n].wait().await,
                Stmt::Timeout(delay, block) => {
                    let body = self.clone().block(me, block);
                    match timeout(Duration::from_nanos(delay), |_| body).await {
                        Err(_) => self.say(me, format!("{id} timed out")),
                        Ok(ended) => ended?,
                    }
                }
                Stmt::Spawn(block) => self.spawn(id, block),
                Stmt::Join(n) => {
                    let Some(task) = self.to_join(me, n) else { return Ok(()) };
                    let ended = task.await.unwrap_or_else(|error| {
                        assert!(error.is_cancelled(), "{error}");
                        Err(Raised::Cancelled)
                    });
                    sleep(after).await;
                    self.say(me, format!("{id} joined {ended:?}"));
                }
                Stmt::Cancel(n) => {
                    if let Some((other, task)) = self.pick(me, n) {
                        self.say(me, format!("{id} cancels {other}: {}", task.cancel()));
                    }
                }
                Stmt::Group(children, body) => {
                    let children = self.tasks_of(me, children);
                    let body = self.clone().block(me, body);
                    let ended = TaskGroup::try_run(async move |g| {
                        for child in children {
                            g.create_task(child);
                        }
                        body.await.map_err(BoxError::from)
                    });
                    if let Err(group) = ended.await {
                        let error = errors(group);
                        let count = current_task().cancelling();
                        self.say(me, format!("{id} failed {error} {count}"));
                        if id.is_multiple_of(2) {
                            return Err(error);
                        }
                    }
                }
                Stmt::Gather(members) => {
                    let ended = gather(self.tasks_of(me, members)).await;
                    sleep(after).await;
                    self.say(me, format!("{id} gathered {ended:?}"));
                }
                Stmt::Finally(body, cleanup) => {
                    let body = self.clone().block(me, body);
                    let cleanup = self.clone().block(me, cleanup);
                    with_cleanup(body, async move || drop(cleanup.await)).await?;
                }
                Stmt::Catch(body, handler, swallow) => {
                    match catch_cancel(self.clone().block(me, body)).await {
                        Err(token) => {
                            self.say(me, format!("{id} caught {}", current_task().cancelling()));
                            if let Err(error) = self.clone().block(me, handler).await {
                                // Another exception takes the place of the cancellation.
                                token.swallow();
                                return Err(error);
                            }
                            match swallow {
                                true => token.swallow(),
                                false => token.propagate().await,
                            }
                        }
                        Ok(ended) => ended?,
                    }
                }
                Stmt::Fail => return Err(Raised::Failed(id)),
            }
            sleep(after).await;
            self.say(me, format!("{id} done"));
            Ok(())
        })
    }

    fn owner(&self, me: Id) -> Id {
        self.owners.borrow().get(&me).copied().unwrap_or(me)
    }

    fn pick(&self, me: Id, n: usize) -> Option<(Id, TaskRef)> {
        let tasks = self.tasks.borrow();
        let owner = self.owner(me);
        let others: Vec<_> = tasks.iter().filter(|(id, _)| **id != owner).collect();
        let (id, (task, _)) = others.get(n % others.len().max(1))?;
        Some((**id, task.clone()))
    }

    fn to_join(&self, me: Id, n: usize) -> Option<Task<Ended>> {
        let mut tasks = self.tasks.borrow_mut();
        let mut free: Vec<_> =
            tasks.iter_mut().filter(|(id, (_, handle))| **id > me && handle.is_some()).collect();
        let count = free.len().max(1);
        free.get_mut(n % count)?.1.1.take()
    }
}
