//! What browsers send over the socket, and what they are sent.
#![no_main]

use domain::wire::socket::{ClientMessage, ServerMessage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    fuzz::within(32, || {
        if let Ok(message) = serde_json::from_str::<ClientMessage>(text) {
            let again = serde_json::to_string(&message).expect("a message is JSON");
            assert_eq!(serde_json::from_str::<ClientMessage>(&again).expect("it is read again"), message);
        }
        if let Ok(message) = serde_json::from_str::<ServerMessage>(text) {
            let again = serde_json::to_string(&message).expect("a message is JSON");
            assert_eq!(serde_json::from_str::<ServerMessage>(&again).expect("it is read again"), message);
        }
    });
});
