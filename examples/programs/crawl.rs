//! Fetches a thousand pages at once on one thread. Each takes its server a second, so one after the
//! other they would take a quarter of an hour.
//!
//! `cargo run --release --example crawl`
//!
//! The server is asyncio's own and runs in a second process. Other options:
//!
//! ```sh
//! cargo run --release --example crawl -- --pages 200 --limit 50     # fifty at a time
//! cargo run --release --example crawl -- --urls list.txt            # real http:// URLs, one a line
//! ```

use asyncio::local::Semaphore;
use asyncio::net::TcpListener;
use asyncio::{BoxError, TimeoutError, as_completed, now, sleep, wait_for};
use asyncio_examples::{Options, ProcessStatus, SecondProcess, first_process_ends};
use asyncio_examples::{grouped, raise_descriptor_limit, short};
use asyncio_hyper::http::{Request, Response, StatusCode};
use asyncio_hyper::hyper::{body::Incoming, service::service_fn};
use asyncio_hyper::{Client, serve};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use std::{env, fs, io, process};

const USAGE: &str = "crawl [--pages N] [--limit N] [--urls FILE]";

/// How long the server takes for a page.
const THINKING: Duration = Duration::from_secs(1);
/// A page that is not here by then is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many failures are shown one by one.
const SHOWN: usize = 20;

fn main() -> Result<(), BoxError> {
    let descriptors = raise_descriptor_limit(u64::MAX);
    if env::args().nth(1).as_deref() == Some("serve") {
        return Ok(asyncio::run(serve_pages())?);
    }
    let options = Options::parse(USAGE);
    // Runs until this is dropped.
    let mut site = None;
    let urls: Vec<String> = if let Some(file) = options.text("--urls") {
        let list = fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        list.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    } else {
        let site = site.insert(SecondProcess::start(&["serve"])?);
        let pages = 0..options.number("--pages").unwrap_or(1_000);
        pages.map(|page| format!("http://{}/pages/{page}", site.announced())).collect()
    };
    if urls.is_empty() {
        return Err("there is nothing to fetch".into());
    }
    // Some descriptors are for other things than connections.
    let most = usize::try_from(descriptors).unwrap_or(usize::MAX).saturating_sub(50).max(1);
    let limit = options.number("--limit").unwrap_or(most).min(most);
    asyncio::run(crawl(&urls, limit));
    Ok(())
}

/// The second process: a site whose every hundredth page is gone.
async fn serve_pages() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let page = async |request: Request<Incoming>| {
        sleep(THINKING).await;
        let path = request.uri().path();
        let number: usize = path.rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(99);
        let mut response = Response::new(format!("This is {path}.\n").repeat(number % 500));
        if number % 100 == 99 {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        Ok::<_, Infallible>(response)
    };
    let server = serve(listener, service_fn(page));
    println!("{}", server.local_addr());
    first_process_ends().await
}

struct Page {
    status: StatusCode,
    bytes: u64,
}

async fn fetch(client: &Client, url: &str) -> Result<Page, BoxError> {
    let mut response = client.get(url).await?;
    let mut page = Page { status: response.status(), bytes: 0 };
    while let Some(piece) = response.chunk().await? {
        page.bytes += piece.len() as u64;
    }
    Ok(page)
}

async fn crawl(urls: &[String], limit: usize) {
    let (client, turns) = (Client::new(), Semaphore::new(limit));
    let began = now();
    let mut fetched = as_completed(urls.iter().map(async |url| {
        let _turn = turns.acquire().await;
        let began = now();
        let page = match wait_for(fetch(&client, url), PATIENCE).await {
            Ok(page) => page,
            Err(TimeoutError { .. }) => {
                Err(format!("{url}: no answer in {}", short(PATIENCE)).into())
            }
        };
        (page, now() - began)
    }));

    let mut summary = Summary::default();
    let bar = progress_bar(urls.len());
    while let Some((page, took)) = fetched.next().await {
        summary.add(page, took);
        bar.inc(1);
    }
    bar.finish_and_clear();
    summary.print(urls.len(), limit, now() - began);
}

#[derive(Default)]
struct Summary {
    statuses: BTreeMap<StatusCode, u64>,
    failures: Vec<BoxError>,
    bytes: u64,
    /// What all the pages took together.
    one_by_one: Duration,
}

impl Summary {
    fn add(&mut self, page: Result<Page, BoxError>, took: Duration) {
        self.one_by_one += took;
        match page {
            Ok(page) => {
                self.bytes += page.bytes;
                *self.statuses.entry(page.status).or_default() += 1;
            }
            Err(failure) => self.failures.push(failure),
        }
    }

    fn print(&self, urls: usize, limit: usize, took: Duration) {
        let at_once = if limit < urls {
            format!("{} at a time", grouped(limit as u64))
        } else {
            "all at once".into()
        };
        println!("{} URLs, {at_once}", grouped(urls as u64));
        for (status, count) in &self.statuses {
            println!("{:>8}  {status}", grouped(*count));
        }
        if !self.failures.is_empty() {
            println!("{:>8}  failed:", grouped(self.failures.len() as u64));
        }
        for failure in self.failures.iter().take(SHOWN) {
            println!("          {failure}");
        }
        if self.failures.len() > SHOWN {
            println!("          and others");
        }
        let times = self.one_by_one.as_secs_f64() / took.as_secs_f64();
        println!("{} bytes in {}", grouped(self.bytes), short(took));
        println!("one after the other: {}, {times:.0} times as long", short(self.one_by_one));
        if let Some(threads) = ProcessStatus::of(process::id()).threads() {
            println!("threads: {threads}");
        }
    }
}

/// Draws to standard error, if that is a terminal.
fn progress_bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:50} {pos}/{len} pages, {elapsed}")
        .expect("the template is right");
    ProgressBar::new(length as u64).with_style(style)
}
