import Foundation

@testable import fstore

/// A stream to a device that is always full.
final class FullDevice {
    let stream: TextStream
    private let descriptor: Int32

    /// Nil where the system has no such device.
    init?() {
        descriptor = open("/dev/full", O_WRONLY)
        guard descriptor >= 0 else { return nil }
        stream = TextStream(descriptor: descriptor)
    }

    deinit { close(descriptor) }
}
