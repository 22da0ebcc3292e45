//! Where the mathematics happens. Since Burn 0.22 a tensor has no backend parameter: the device decides at run time.

use burn::tensor::Device as BurnDevice;
use domain::job::Device;

use crate::Error;

/// Devices that this executable can train on, here.
pub fn devices() -> Vec<Device> {
    let mut devices = Device::CPU.to_vec();
    // What the driver says: asking Burn would take memory of the GPU for good.
    if cfg!(feature = "cuda") && std::path::Path::new("/proc/driver/nvidia/version").exists() {
        devices.push(Device::Cuda);
    }
    if cfg!(feature = "wgpu") && (!cfg!(target_os = "linux") || std::path::Path::new("/dev/dri").exists()) {
        devices.push(Device::Wgpu);
    }
    devices
}

/// A device without gradients.
///
/// # Errors
/// When this executable was built without it.
pub(crate) fn plain(device: Device) -> Result<BurnDevice, Error> {
    match device {
        Device::Flex => Ok(BurnDevice::flex()),
        // Deprecated upstream; it stays selectable for comparison as long as Burn has it.
        #[allow(deprecated)]
        Device::Ndarray => Ok(BurnDevice::ndarray()),
        #[cfg(feature = "cuda")]
        Device::Cuda => Ok(BurnDevice::cuda(0)),
        #[cfg(feature = "wgpu")]
        Device::Wgpu => Ok(BurnDevice::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        #[allow(unreachable_patterns, reason = "not with every feature")]
        other => Err(Error::NoSuchDevice(other.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use domain::job::Device;

    use super::{devices, plain};

    #[test]
    fn every_device_that_is_listed_was_built_in() {
        let listed = devices();
        assert!(Device::CPU.iter().all(|device| listed.contains(device)));
        let built = [(Device::Cuda, cfg!(feature = "cuda")), (Device::Wgpu, cfg!(feature = "wgpu"))];
        for (device, built) in built {
            assert_eq!(plain(device).is_ok(), built, "{device:?}");
            assert!(built || !listed.contains(&device), "{device:?}");
        }
    }
}
