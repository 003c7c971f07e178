//! A program, run on paper.

use super::paper::{self, Coroutine, Ended, Loop, Task};
use super::paper_sync::{Event, Lock, Queue, Semaphore};
use super::program::{
    BETWEEN, Block, HORIZON, Id, Outcome, PRIMITIVES, Program, ROOM, ROUNDS, Raised, Stmt, Time,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

struct World {
    home: Rc<Loop>,
    locks: [Lock; PRIMITIVES],
    semaphores: [Semaphore; PRIMITIVES],
    queues: [Queue; PRIMITIVES],
    events: [Event; PRIMITIVES],
    /// The tasks that run beside, and whether somebody has awaited them.
    tasks: RefCell<BTreeMap<Id, (Rc<Task>, bool)>>,
    /// The task in whose turns a child or member runs.
    owners: RefCell<BTreeMap<Id, Id>>,
    outcome: RefCell<Outcome>,
}

pub fn run(program: &Program) -> Outcome {
    let world = Rc::new(World {
        home: Rc::default(),
        locks: Default::default(),
        semaphores: std::array::from_fn(|_| Semaphore::new(ROOM)),
        queues: std::array::from_fn(|_| Queue::new(ROOM)),
        events: Default::default(),
        tasks: RefCell::default(),
        owners: RefCell::default(),
        outcome: RefCell::default(),
    });
    let (w, roots) = (world.clone(), program.roots.clone());
    let main = Task::create(&world.home, Box::pin(async move { w.main(roots).await }));
    world.home.run(&main);
    world.home.close();
    world.outcome.take()
}

impl World {
    async fn main(self: Rc<Self>, roots: Vec<(Id, Block)>) -> Ended {
        for (id, block) in roots {
            self.spawn(id, block);
        }
        self.home.sleep(HORIZON).await?;
        for _ in 0..ROUNDS {
            let tasks: Vec<_> = self.tasks.borrow().values().map(|(t, _)| t.clone()).collect();
            for task in tasks {
                if task.cancel() {
                    self.home.sleep(BETWEEN).await?;
                }
            }
        }
        let mut left = Vec::new();
        for (id, (task, _)) in &*self.tasks.borrow() {
            // While an exit waits for a child, asyncio counts the group's own request as well.
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
        Ok(())
    }

    fn say(&self, task: Id, text: String) {
        self.outcome.borrow_mut().say(task, self.home.now(), text);
    }

    fn spawn(self: &Rc<Self>, id: Id, block: Block) {
        let task = Task::create(&self.home, self.clone().task(id, block));
        self.tasks.borrow_mut().insert(id, (task, false));
    }

    /// A task says how it ended.
    fn task(self: Rc<Self>, me: Id, block: Block) -> Coroutine {
        Box::pin(async move {
            let ended = self.clone().block(me, block).await;
            match &ended {
                Ok(()) => self.say(me, "over".into()),
                Err(Raised::Cancelled) => {}
                Err(error) => self.say(me, format!("raised {error}")),
            }
            ended
        })
    }

    fn block(self: Rc<Self>, me: Id, block: Block) -> Coroutine {
        Box::pin(async move {
            for (delay, id, stmt) in block {
                self.home.sleep(delay).await?;
                self.clone().stmt(me, id, delay / 3 + 1, stmt).await?;
            }
            Ok(())
        })
    }

    /// What is done with a lock or a permit.
    async fn held(self: Rc<Self>, me: Id, id: Id, after: Time, what: &str, block: Block) -> Ended {
        self.home.sleep(after).await?;
        self.say(me, format!("{id} {what}"));
        self.block(me, block).await
    }

    fn tasks_of(self: &Rc<Self>, me: Id, tasks: Vec<(Id, Block)>) -> Vec<Coroutine> {
        let owner = self.owner(me);
        self.owners.borrow_mut().extend(tasks.iter().map(|(id, _)| (*id, owner)));
        tasks.into_iter().map(|(id, block)| self.clone().task(id, block)).collect()
    }

    fn stmt(self: Rc<Self>, me: Id, id: Id, after: Time, stmt: Stmt) -> Coroutine {
        Box::pin(async move {
            let home = self.home.clone();
            match stmt {
                Stmt::Sleep(delay) => home.sleep(delay).await?,
                Stmt::Lock(n, block) => {
                    self.locks[n].acquire(&home).await?;
                    let ended = self.clone().held(me, id, after, "locked", block).await;
                    self.locks[n].release();
                    ended?
                }
                Stmt::Semaphore(n, block) => {
                    self.semaphores[n].acquire(&home).await?;
                    let ended = self.clone().held(me, id, after, "acquired", block).await;
                    self.semaphores[n].release();
                    ended?
                }
                Stmt::Put(n) => self.queues[n].put(&home, id).await?,
                Stmt::Get(n) => {
                    let item = self.queues[n].get(&home).await?;
                    self.home.sleep(after).await?;
                    self.say(me, format!("{id} got {item}"));
                }
                Stmt::Set(n) => self.events[n].set(),
                Stmt::Clear(n) => self.events[n].clear(),
                Stmt::Wait(n) => self.events[n].wait(&home).await?,
                Stmt::Timeout(delay, block) => {
                    let body = self.clone().block(me, block);
                    match paper::timeout(&home, delay, body).await {
                        Err(Raised::TimedOut) => self.say(me, format!("{id} timed out")),
                        ended => ended?,
                    }
                }
                Stmt::Spawn(block) => self.spawn(id, block),
                Stmt::Join(n) => {
                    let Some(task) = self.to_join(me, n) else { return Ok(()) };
                    let ended = paper::join(&home, task).await?;
                    self.home.sleep(after).await?;
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
                    match paper::group(&home, children, body).await {
                        Err(error @ Raised::Group(_)) => {
                            let count = home.current().cancelling();
                            self.say(me, format!("{id} failed {error} {count}"));
                            if id.is_multiple_of(2) {
                                return Err(error);
                            }
                        }
                        ended => ended?,
                    }
                }
                Stmt::Gather(members) => {
                    let ended = paper::gather(&home, self.tasks_of(me, members)).await?;
                    self.home.sleep(after).await?;
                    self.say(me, format!("{id} gathered {ended:?}"));
                }
                Stmt::Finally(body, cleanup) => {
                    let body = self.clone().block(me, body);
                    let cleanup = self.clone().block(me, cleanup);
                    paper::finally(&home, body, cleanup).await?;
                }
                Stmt::Catch(body, handler, swallow) => match self.clone().block(me, body).await {
                    Err(Raised::Cancelled) => {
                        let count = home.current().cancelling();
                        self.say(me, format!("{id} caught {count}"));
                        match self.clone().block(me, handler).await {
                            Ok(()) if !swallow => return Err(Raised::Cancelled),
                            Err(Raised::Cancelled) => return Err(Raised::Cancelled),
                            ended => {
                                // Also where another exception takes its place.
                                home.current().swallow();
                                ended?
                            }
                        }
                    }
                    ended => ended?,
                },
                Stmt::Fail => return Err(Raised::Failed(id)),
            }
            self.home.sleep(after).await?;
            self.say(me, format!("{id} done"));
            Ok(())
        })
    }

    fn owner(&self, me: Id) -> Id {
        self.owners.borrow().get(&me).copied().unwrap_or(me)
    }

    /// One of the tasks that are there now, other than the one in whose turn this is: a child ends in
    /// its parent's turn, where a request that it makes itself may come too late (difference).
    fn pick(&self, me: Id, n: usize) -> Option<(Id, Rc<Task>)> {
        let tasks = self.tasks.borrow();
        let owner = self.owner(me);
        let others: Vec<_> = tasks.iter().filter(|(id, _)| **id != owner).collect();
        let (id, (task, _)) = others.get(n % others.len().max(1))?;
        Some((**id, task.clone()))
    }

    /// One that nobody has awaited, and that is younger: so no circle of tasks waits for itself.
    fn to_join(&self, me: Id, n: usize) -> Option<Rc<Task>> {
        let mut tasks = self.tasks.borrow_mut();
        let mut free: Vec<_> =
            tasks.iter_mut().filter(|(id, (_, taken))| **id > me && !taken).collect();
        let count = free.len().max(1);
        let (_, (task, taken)) = free.get_mut(n % count)?;
        *taken = true;
        Some(task.clone())
    }
}
