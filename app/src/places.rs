//! The places of the navigation: where the header, the palette and the keyboard lead to.

/// One of them.
pub struct Place {
    pub address: &'static str,
    pub name: &'static str,
    /// The key that goes there, after `g`.
    pub key: &'static str,
}

/// In the order of the header.
pub const PLACES: [Place; 6] = [
    Place { address: "/", name: "Dashboard", key: "d" },
    Place { address: "/datasets", name: "Datasets", key: "a" },
    Place { address: "/train", name: "Train", key: "t" },
    Place { address: "/jobs", name: "Jobs", key: "j" },
    Place { address: "/experiments", name: "Experiments", key: "e" },
    Place { address: "/models", name: "Models", key: "m" },
];
