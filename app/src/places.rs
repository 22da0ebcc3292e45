//! The places of the navigation: where the header, the palette and the keyboard lead to.

/// One of them.
pub struct Place {
    pub address: &'static str,
    /// Yet to be translated.
    pub name: &'static str,
    /// The key that goes there, after `g`.
    pub key: &'static str,
}

/// In the order of the header.
pub const PLACES: [Place; 6] = [
    Place { address: "/", name: marked!("Dashboard"), key: "d" },
    Place { address: "/datasets", name: marked!("Datasets"), key: "a" },
    Place { address: "/train", name: marked!("Train"), key: "t" },
    Place { address: "/jobs", name: marked!("Jobs"), key: "j" },
    Place { address: "/experiments", name: marked!("Experiments"), key: "e" },
    Place { address: "/models", name: marked!("Models"), key: "m" },
];
