//! The way between people and a server, which breaks and stalls: a TCP proxy on a port that stays when the server's does
//! not.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::ledger::hold;

const TICK: Duration = Duration::from_millis(50);

/// Ends when dropped.
pub(super) struct Proxy {
    pub(super) port: u16,
    way: Arc<Way>,
}

#[derive(Default)]
struct Way {
    target: Mutex<Option<SocketAddr>>,
    /// Connections of an earlier generation are cut.
    generation: AtomicU64,
    stalled: Mutex<Option<Instant>>,
    ended: AtomicBool,
}

impl Proxy {
    /// # Errors
    /// When there is no port.
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let way = Arc::new(Way::default());
        let accepting = Arc::clone(&way);
        thread::spawn(move || accepting.accept(&listener));
        Ok(Self { port, way })
    }

    /// Where connections that come from now on go.
    pub(super) fn lead_to(&self, port: u16) {
        *hold(&self.way.target) = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }

    /// Cuts every connection there is, in the middle of whatever is said.
    pub(super) fn cut(&self) {
        self.way.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Lets nothing through for a while.
    pub(super) fn stall(&self, time: Duration) {
        *hold(&self.way.stalled) = Some(Instant::now() + time);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.ended.store(true, Ordering::SeqCst);
        self.cut();
    }
}

impl Way {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while !self.ended.load(Ordering::SeqCst) {
            match listener.accept() {
                Ok((client, _)) => {
                    let way = Arc::clone(self);
                    thread::spawn(move || way.join(client));
                }
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// One connection, until an end or a cut. A server that is not there is a connection that is cut at once.
    fn join(self: &Arc<Self>, client: TcpStream) {
        let generation = self.generation.load(Ordering::SeqCst);
        let target = *hold(&self.target);
        let Some(server) = target.and_then(|at| TcpStream::connect_timeout(&at, TICK * 20).ok()) else { return };
        let ready = client.set_nonblocking(false).is_ok()
            && [&client, &server].iter().all(|stream| {
                stream.set_read_timeout(Some(TICK)).is_ok()
                    && stream.set_write_timeout(Some(TICK * 100)).is_ok()
                    && stream.set_nodelay(true).is_ok()
            });
        let (Ok(client_too), Ok(server_too), true) = (client.try_clone(), server.try_clone(), ready) else { return };
        let way = Arc::clone(self);
        let back = thread::spawn(move || way.pass(server_too, client_too, generation));
        self.pass(client, server, generation);
        let _ = back.join();
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, generation: u64) {
        let mut bytes = [0; 16 << 10];
        let is_cut = || self.generation.load(Ordering::SeqCst) != generation;
        loop {
            let read = from.read(&mut bytes);
            while !is_cut() && hold(&self.stalled).is_some_and(|until| until > Instant::now()) {
                thread::sleep(TICK / 5);
            }
            if is_cut() {
                let _ = from.shutdown(Shutdown::Both);
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
            match read {
                Ok(0) => {
                    let _ = to.shutdown(Shutdown::Write);
                    return;
                }
                Ok(length) if to.write_all(bytes.get(..length).unwrap_or_default()).is_ok() => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Ok(_) | Err(_) => {
                    let _ = from.shutdown(Shutdown::Both);
                    let _ = to.shutdown(Shutdown::Both);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
        time::Duration,
    };

    use super::Proxy;

    #[test]
    fn bytes_go_through_until_it_is_cut() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::start().unwrap();
        proxy.lead_to(server.local_addr().unwrap().port());
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client.write_all(b"hello").unwrap();
        let (mut served, _) = server.accept().unwrap();
        let mut heard = [0; 5];
        served.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"hello");
        proxy.cut();
        assert_eq!(client.read(&mut heard).unwrap_or(0), 0, "the client is told");
        assert_eq!(served.read(&mut heard).unwrap_or(0), 0, "and so is the server");
    }
}
