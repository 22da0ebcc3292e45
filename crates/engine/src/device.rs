//! Where the mathematics happens. Since Burn 0.22 a tensor has no backend parameter: the device decides at run time.

use burn::tensor::Device as BurnDevice;
use domain::job::Device;

/// Devices that this executable can train on.
pub fn devices() -> Vec<Device> {
    Device::ALL.to_vec()
}

/// A device without gradients.
pub(crate) fn plain(device: Device) -> BurnDevice {
    match device {
        Device::Flex => BurnDevice::flex(),
        // Deprecated upstream; it stays selectable for comparison as long as Burn has it.
        #[allow(deprecated)]
        Device::Ndarray => BurnDevice::ndarray(),
    }
}
