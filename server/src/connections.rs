//! Accepts connections, and ends those whose other side falls silent. `axum::serve` waits for ever for a request that
//! somebody has begun, so that a few thousand idle sockets would be a whole server (slow loris).

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// Most that the head of a request may have, cookies and tokens included.
const HEAD_BYTES: usize = 64 << 10;

/// Serves until `stop`, then lets begun requests end. `idle` is how long a connection may take to send the head of a
/// request, counted from the end of the one before.
pub async fn serve(mut listener: TcpListener, router: Router, idle: Duration, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(idle).max_buf_size(HEAD_BYTES);
    let open = TaskTracker::new();
    while let Some((stream, peer)) = stop.run_until_cancelled(Listener::accept(&mut listener)).await {
        open.spawn(answer(http.clone(), stream, peer, router.clone(), stop.clone()));
    }
    // Nobody connects any more, while those who have are waited for.
    drop(listener);
    open.close();
    open.wait().await;
}

async fn answer(http: http1::Builder, stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%peer, %error, "a connection broke off");
    }
}
