//! The pipe between an agent and its trainer, in both directions.
#![no_main]

use domain::wire::trainer::{Command, Frame, ran_out_of_memory};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    fuzz::within(32, || {
        if let Ok(frame) = serde_json::from_str::<Frame>(text) {
            let again = serde_json::to_string(&frame).expect("a frame is JSON");
            assert_eq!(serde_json::from_str::<Frame>(&again).expect("it is read again"), frame);
        }
        if let Ok(command) = serde_json::from_str::<Command>(text) {
            let again = serde_json::to_string(&command).expect("a command is JSON");
            assert_eq!(serde_json::from_str::<Command>(&again).expect("it is read again"), command);
        }
        let _ = ran_out_of_memory(text);
    });
});
